"""The shape of data: what a log may contain about responses and records with personal data."""
