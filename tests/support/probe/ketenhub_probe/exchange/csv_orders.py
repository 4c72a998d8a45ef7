"""Orders as rows of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from hub.contracts.fileformat import Faulty, Item, Part
from hub.errors import Finding
from hub.intake.csv_rows import Sheet, read_rows

_SHEET = Sheet(required=("nummer", "artikel", "aantal"))


class OrdersFile:
    """A CSV file of orders; the number of a row is what makes it one of its own."""

    name = "bestellingen"
    title = "Bestellingen"
    route = "probe_order"
    suffixes = (".csv",)
    max_bytes = 10_000_000

    def read(self, file: BinaryIO) -> Iterator[Item]:
        """The rows."""
        for row in read_rows(file, _SHEET):
            if isinstance(row, Faulty):
                yield row
            elif not row.cells["aantal"].isdigit():
                yield Faulty(row.line, (Finding("AANTAL", "dit is geen getal", row.line, "aantal"),))
            else:
                document = json.dumps({"artikel": row.cells["artikel"], "aantal": int(row.cells["aantal"])}).encode()
                columns = {"/artikel": "artikel", "/aantal": "aantal"}
                yield Part(row.line, row.cells["nummer"], document, columns)
