"""The secretary's cases: what needs her, where each request stands, and what the Raad sent back.

``paths`` are the addresses, ``facts`` what the journal knows about cases, ``presenting`` puts that in words, ``listing``,
``case`` and ``unmatched`` are the pages, ``actions`` is what she may do and ``deciding`` does it, ``opening`` shows content and
records who looked, ``letter`` is the request as one reads it, ``tasks`` tells what needs her.
"""
