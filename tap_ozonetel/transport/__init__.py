"""One HTTP request: its route, its certificates, and the download of its response."""
