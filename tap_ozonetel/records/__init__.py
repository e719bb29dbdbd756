"""JSON values to records: the schemas of the streams, and the conversion to them."""
