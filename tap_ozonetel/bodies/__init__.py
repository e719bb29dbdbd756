"""Bytes to JSON values: the envelope of a response body, and the records in it."""
