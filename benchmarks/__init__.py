"""Speed and memory of the tap, compared with the alternatives that a user has."""
