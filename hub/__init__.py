"""Ketenhub: a message-broker integration hub between a youth-care organisation and its chain partners."""

__version__ = "0.1.0"
