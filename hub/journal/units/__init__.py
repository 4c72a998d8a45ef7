"""Units of work: what happens in one transaction, everything or nothing. One file per moment in the way of a message.

Lock order everywhere: connection, sender (``series``), key (``ordering_keys``), message (``work``, then ``messages``).
"""
