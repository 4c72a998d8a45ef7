"""Number series, for numbers that the hub allots itself. Numbers may be skipped; none is given twice."""

from __future__ import annotations

from hub.contracts.route import Series
from hub.journal.database import Statement, Tx

#: Numbers in a row that others may have used before the hub gives up: somebody else counts on in this series then.
MOST_SKIPPED = 100_000
#: The largest block that is looked at in one go.
_LARGEST_BLOCK = 5_000

_TAKE = Statement(
    """
    INSERT INTO series (name, last) VALUES (:name, :many)
    ON CONFLICT (name) DO UPDATE SET last = series.last + excluded.last RETURNING last
    """
)
# The kind stands in the batch too: given apart it tempts a planner that knows few rows to read every number there is.
_USED = Statement(
    "SELECT r.value FROM refs r JOIN batch b ON b.kind = r.kind AND b.value = r.value WHERE r.exclusive",
    batch={"kind": "text", "value": "text"},
)


def stored_name(name: str) -> str:
    """A series as the table has it, apart from the moments of sending systems. The first series had a prefix of its own."""
    return name if name.startswith("kenmerk/") else f"number/{name}"


def take_numbers(tx: Tx, series: Series, many: int) -> list[int]:
    """Take the next ``many`` numbers and return those that nobody has used, in order; at least one.

    A block that is used as a whole is skipped, the next one is larger. Empty when ``MOST_SKIPPED`` numbers were in use.
    """
    skipped = 0
    while skipped < MOST_SKIPPED:
        last = tx.rows(_TAKE, name=stored_name(series.name), many=many)[0][0]
        numbers = range(last - many + 1, last + 1)
        if not series.kind:
            return list(numbers)
        used = {row[0] for row in tx.rows(_USED, [(series.kind, series.write(number)) for number in numbers])}
        if free := [number for number in numbers if series.write(number) not in used]:
            return free
        skipped += many
        many = min(many * 4, _LARGEST_BLOCK)
    return []
