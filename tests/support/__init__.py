"""Real servers, fault injection and deliberately bad implementations for the tests, usable outside pytest too."""
