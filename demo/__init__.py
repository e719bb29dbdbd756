"""Shows the tap at work on a local account, without a real one: `python -m demo`."""
