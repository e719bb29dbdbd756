{{ ozonetel.measures(['call_date', 'hour', 'direction']) }}
