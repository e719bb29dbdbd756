{{ ozonetel.legs() }}
