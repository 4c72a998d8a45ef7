"""Exit codes of ``hub``: stable, because scripts rely on them."""

from __future__ import annotations

from enum import IntEnum

from hub.errors import ConfigError, ConnectionFault, HubError, TransientError


class ExitCode(IntEnum):
    """What the end of a command means."""

    OK = 0  #: done, or the answer is yes
    NEGATIVE = 1  #: done, and the answer is no: invalid, refused, not found, something needs attention
    CANNOT = 2  #: could not be judged or started: wrong usage, wrong setting, unreadable file
    AWAY = 3  #: database, broker or partner is away or not to be trusted now; the same command may work later
    FAULT = 70  #: a fault in the hub itself
    INTERRUPTED = 130  #: ended with Ctrl-C


def code_of(error: HubError) -> ExitCode:
    """The exit code for an error that ends a command."""
    if isinstance(error, ConfigError):
        return ExitCode.CANNOT
    if isinstance(error, TransientError | ConnectionFault):
        return ExitCode.AWAY
    return ExitCode.NEGATIVE
