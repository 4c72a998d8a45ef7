"""Business exchanges: a folder each, whole, from document to pages. Found by the registry; nobody else imports them."""
