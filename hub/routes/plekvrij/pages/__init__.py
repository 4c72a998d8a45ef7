"""The pages of this exchange."""
