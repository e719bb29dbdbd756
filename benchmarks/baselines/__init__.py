"""What is measured beside the tap; each in an environment of its own, which its head names."""
