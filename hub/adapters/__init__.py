"""Chain partners: a folder each, how it speaks. Found by the registry; nobody else imports them."""
