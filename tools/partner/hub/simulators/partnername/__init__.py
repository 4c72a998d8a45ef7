"""The simulated PartnerName."""
