"""The secretary's pages: the form, the cases, and messages that belong to no case yet."""
