"""The generated calls of an account."""
