"""Lists as tables: named columns, sorting by an address, a page at a time, and a sentence when there is nothing.

A page shows one with the macro ``table`` of ``tables.html``, which asks its caller for each cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column.

    Attributes:
        sort: What rows are sorted by; without it, by this column they are not.
    """

    key: str
    name: str
    sort: Callable[[R], Any] | None = None


class Heading(NamedTuple):
    """A column as the page shows it: where its link leads, and whether rows are in its order (``aria-sort``)."""

    key: str
    name: str
    path: str
    sorted: str  # "", ascending or descending


class Table(NamedTuple):
    """What the macro shows. ``older`` is where the next page is; empty on the last."""

    caption: str
    headings: tuple[Heading, ...]
    rows: Sequence[Any]
    older: str


def table(
    columns: Sequence[Column[R]],
    rows: Sequence[R],
    *,
    caption: str,
    path: str = "",
    order: str = "",
    limit: int | None = None,
    older: str = "",
) -> Table:
    """A table of these rows.

    Args:
        caption: What is in it, for who cannot see it.
        path: The address of the page, for the links that sort; needed when a column sorts.
        order: Key of the column to sort by, behind ``-`` the other way round; anything else leaves the rows as they are.
        limit: Rows on the page.
        older: Where the next page is.
    """
    key, descending = order.removeprefix("-"), order.startswith("-")
    sort = next((column.sort for column in columns if column.key == key), None)
    shown = list(rows) if sort is None else sorted(rows, key=sort, reverse=descending)
    headings = tuple(_heading(column, path, key if sort else "", descending) for column in columns)
    return Table(caption, headings, shown[:limit], older)


def _heading(column: Column[Any], path: str, key: str, descending: bool) -> Heading:
    if column.sort is None:
        return Heading(column.key, column.name, "", "")
    if column.key != key:
        return Heading(column.key, column.name, f"{path}?volgorde={column.key}", "")
    turned = column.key if descending else f"-{column.key}"
    return Heading(column.key, column.name, f"{path}?volgorde={turned}", "descending" if descending else "ascending")
