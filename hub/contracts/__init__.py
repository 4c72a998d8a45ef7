"""What partners, exchanges, routes and brokers promise to the engine. Plain facts and protocols; nothing of one standard."""
