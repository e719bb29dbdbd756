"""The faults that a sandbox can inject."""
