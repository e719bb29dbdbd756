"""The Ozonetel API over HTTP. Nothing here imports `singer_sdk`."""
