"""Faults that the sandbox can inject into its responses."""
