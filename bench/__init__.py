"""What the hub costs and how fast it is, measured: ``python -m bench``. Nothing here is part of the hub.

Every module measures one thing and says at its top exactly what; ``docs/performance.md`` is written from the results.
"""
