"""The administration's pages: budgets with their story, and what came back from SVB."""
