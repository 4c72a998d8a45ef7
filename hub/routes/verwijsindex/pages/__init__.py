"""The pages of this exchange, for the coach; phone first."""
