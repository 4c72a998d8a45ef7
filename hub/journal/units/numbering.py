"""Number series, for case numbers that the hub allots itself. Numbers may be skipped; none is given twice."""

from __future__ import annotations

from hub.journal.database import Statement, Tx

_TAKE = Statement(
    """
    INSERT INTO series (name, last) VALUES (:name, :many)
    ON CONFLICT (name) DO UPDATE SET last = series.last + excluded.last RETURNING last
    """
)


def take_numbers(tx: Tx, name: str, many: int) -> range:
    """The next ``many`` numbers of a series, starting at 1."""
    last = tx.rows(_TAKE, name=name, many=many)[0][0]
    return range(last - many + 1, last + 1)
