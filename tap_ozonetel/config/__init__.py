"""The settings: their schema, their parsing and their validation."""
