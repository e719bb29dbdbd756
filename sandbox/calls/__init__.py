"""The calls of a sandbox account."""
