"""The shape of data: what a log may say about responses and records that hold personal data."""
