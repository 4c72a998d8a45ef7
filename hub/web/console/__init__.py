"""The console: server-rendered pages in plain Dutch. One module per area, each with a ``router(site)``."""
