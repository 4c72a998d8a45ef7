"""After a restore: nothing leaves until a person says so, and numbers given out since the backup are not given again."""

from __future__ import annotations

from hub.journal.database import Statement, Tx
from hub.journal.units import connections

#: Numbers left out of every series: more than can have been given out since a backup.
SKIPPED = 1000

_NAMES = Statement("SELECT name FROM connections ORDER BY name")
_SKIP = Statement("UPDATE series SET last = last + :many WHERE name LIKE 'kenmerk/%' OR name LIKE 'number/%'")


def hold(tx: Tx, by: str) -> list[str]:
    """Pause every connection and let the number series of case numbers skip ahead; returns the connections' names.

    Stamps need nothing: they never run back by themselves.
    """
    names = [row[0] for row in tx.rows(_NAMES)]
    for name in names:
        connections.pause(tx, name, "held", by)
    tx.run(_SKIP, many=SKIPPED)
    return names
