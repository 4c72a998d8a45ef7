"""The hub's rows, written bare: what the floor and the bare loop over a file put into the journal's own tables.

One statement per commit with binary arrays, the cheapest way that was found; nothing is looked up, and no reference can clash.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from sqlalchemy.dialects import postgresql

from hub.journal import tables
from hub.journal.arrays import column
from hub.journal.database import numbered

_DIALECT: Any = postgresql.dialect()  # type: ignore[no-untyped-call]
_KINDS = {
    "UUID": "uuid",
    "TEXT": "text",
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "INTEGER": "int",
    "BYTEA": "bytea",
    "BOOLEAN": "boolean",
}
#: The hub's tables that acceptance writes: whatever columns they have now.
TABLES = {
    table.name: {one.name: _KINDS[str(one.type.compile(_DIALECT))] for one in table.columns}
    for table in (tables.messages, tables.contents, tables.work, tables.timeline, tables.refs, tables.ordering_keys)
}
#: What a column of this type holds when a row says nothing.
_EMPTY: dict[str, Any] = {"boolean": False, "bigint": 0, "int": 0, "text": "", "bytea": bytes(32)}


def insert(table: str, number: int) -> str:
    """An insert of parameter arrays, as a common table expression."""
    columns = TABLES[table]
    parameters = ", ".join(f":p{number}_{name}::{kind}[]" for name, kind in columns.items())
    names = ", ".join(columns)
    return f"i{number} AS (INSERT INTO {table} ({names}) SELECT * FROM unnest({parameters}))"


#: Everything that is written of messages that are accepted: its text, and the names of its parameters in order.
ACCEPT = numbered(f"WITH {', '.join(insert(table, number) for number, table in enumerate(TABLES))} SELECT 1", "$")


def accepted_rows(ids: list[uuid.UUID], sealed: list[bytes]) -> dict[str, list[dict[str, Any]]]:
    """The rows that the hub writes when it accepts, with values of the same sizes."""
    now = time.time_ns() // 1000
    made: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for one, content in zip(ids, sealed, strict=True):
        text = str(one)
        route = {"route": "raadsverzoek", "connection": "corv"}
        made["messages"].append(
            {
                **route, "id": one, "direction": "out", "type": "vtoDi01", "reference": text, "kenmerk": text, "caller": _US,
                "title": "Verzoek tot onderzoek, 1 kind", "accepted_at": now, "ordering_key": text, "attributes": _ATTRIBUTES,
                "size": len(content), "key_id": "2026-11-23", "data_key": bytes(60), "status": None, "cause": None,
                "final_at": None,
            }
        )  # fmt: skip
        made["contents"] += [
            {"message_id": one, "kind": "message", "body": content},
            {"message_id": one, "kind": "document", "body": content[:1700]},
        ]
        made["work"].append(
            {**route, "message_id": one, "status": "waiting", "reason": "due", "next_at": now, "head": True, "key_id": text}
        )
        made["timeline"].append(entry(one, 1, "accepted"))
        made["refs"] += [
            {"kind": kind, "value": text, "message_id": one, "exclusive": kind != "bsn"}
            for kind in ("reference", "kenmerk", "bsn")
        ]
        made["ordering_keys"].append({"key_id": text, "last_pos": 1, "head_pos": 1})
    return made


def entry(message_id: uuid.UUID, number: int, event: str) -> dict[str, Any]:
    detail = '{"route":"raadsverzoek","type":"vtoDi01"}'
    return {"message_id": message_id, "seq": number, "event": event, "detail": detail, "actor": _US}


_US = "system:bench"
_ATTRIBUTES = json.dumps({"functie": "vtoDi01", "from_organisatie": "0" * 20, "from_applicatie": "jeugd-applicatie"})


def arrays(rows: dict[str, list[dict[str, Any]]]) -> dict[str, bytes]:
    """Parameters by column, as ``_insert`` names them."""
    made: dict[str, bytes] = {}
    for number, table in enumerate(TABLES):
        for name, kind in TABLES[table].items() if table in rows else ():
            empty = _EMPTY.get(kind)
            made[f"p{number}_{name}"] = column(kind, [row.get(name, empty) for row in rows[table]])
    return made
