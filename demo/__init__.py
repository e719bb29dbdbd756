"""Runs the tap against a local account and shows the result: `python -m demo`."""
