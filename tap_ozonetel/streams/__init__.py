"""The streams: which days they read, and how responses become RECORD and STATE messages."""
