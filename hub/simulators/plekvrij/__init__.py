"""The simulated world of Plekvrij: who receives events, and providers that publish well and badly."""
