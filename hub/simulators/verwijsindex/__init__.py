"""A simulated index: it takes reports, matches them by the rules of the law, and holds signals until they are fetched."""
