"""The HTTP API, version 1, by the NL API Design Rules 2.1: documents in, states out. Never content."""
