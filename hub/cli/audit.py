"""``hub audit``: proof that the timeline is as it was written."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, group, note, result, result_json
from hub.cli.session import opened
from hub.journal import verifying
from hub.journal.timeline import START, link
from hub.journal.units import keeping

if TYPE_CHECKING:
    from hub.journal.database import Database

app = group("Verify that nothing in the timeline was changed.")

#: A line of the outside copy, and what a full disk may leave of one.
_SEAL = re.compile(r"[0-9]{1,18} [0-9]{1,18} [0-9]{1,18} [0-9a-f]{64}", re.ASCII)
_PIECE = re.compile(r"[0-9]{1,18}( ([0-9]{1,18}( ([0-9]{1,18}( [0-9a-f]{0,64})?)?)?)?)?", re.ASCII)
#: Entries older than this (microseconds) were sealed, unless the hub stood still within its first minute of work.
_SEALED_WITHIN = 3600 * 1_000_000


class Fault(NamedTuple):
    """Something that is not as it was written. ``kind`` is entry, missing, head, seal, copy or orphan."""

    kind: str
    place: str
    text: str


@app.command(short_help="Verify chains, heads, seals and the outside copy.")
def verify(
    seal_file: Annotated[
        Path | None, typer.Option("--seals", metavar="FILE", help="Outside copy of the seals; else the setting.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify every message's chain of entries, the heads, the seals and the copy of the seals outside the database.

    Entries younger than a minute are not sealed yet; their chains are verified. May run beside a running hub.

    Exit code 0 when all is as it was written, else 1.

    \b
    Examples:
      hub audit verify
      hub audit verify --seals /mnt/worm/seals.jsonl --json
    """
    with opened() as hub:
        copy = seal_file or hub.config.housekeeping.seal_file
        counts = {"messages": 0, "entries": 0, "seals": 0, "copies": 0}
        faults = [*verify_chains(hub.journal, counts), *verify_seals(hub.journal, copy, counts)]
    if as_json:
        result_json({"ok": not faults, **counts, "faults": [fault._asdict() for fault in faults]})
    else:
        for fault in faults:
            result(f"{fault.kind:<8} {fault.place}: {fault.text}")
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        note(f"hub: {told}: {'all as it was written' if not faults else f'{len(faults)} faults'}")
    raise typer.Exit(ExitCode.NEGATIVE if faults else ExitCode.OK)


def verify_chains(journal: Database, counts: dict[str, int]) -> Iterator[Fault]:
    """Every entry against the one before, and the last against the head that is kept beside its message."""
    last: Any = None
    state = (0, START)
    broken = False
    with closing(verifying.all_entries(journal)) as rows:
        for row in rows:
            if last is None or row.id != last.id:
                if last is not None and not broken:
                    yield from _head(last, state)
                counts["messages"] += 1
                state, broken = (0, START), False
            last = row
            if row.seq is None or broken:
                continue
            counts["entries"] += 1
            expected = link(state[1], row.id, row.seq, row.at, row.event, row.detail, row.actor)
            if row.seq != state[0] + 1:
                yield Fault("missing", f"message {row.id}", f"entry {state[0] + 1} is missing")
                broken = True
            elif bytes(row.hash) != expected:
                yield Fault("entry", f"message {row.id}", f"entry {row.seq} was changed")
                broken = True
            state = (row.seq, bytes(row.hash))
    if last is not None and not broken:
        yield from _head(last, state)
    if orphans := verifying.count_orphans(journal):
        yield Fault("orphan", "timeline", f"{orphans} entries belong to no message")


def _head(row: Any, state: tuple[int, bytes]) -> Iterator[Fault]:
    if (row.head_seq, bytes(row.head)) != state:
        yield Fault("head", f"message {row.id}", f"the head says entry {row.head_seq}, the timeline ends with {state[0]}")


def verify_seals(journal: Database, copy: Path, counts: dict[str, int]) -> Iterator[Fault]:
    """Every seal against the entries it covers and the seal before, and against its copy outside the database."""
    outside, copied = _copies(copy)
    counts["copies"] = len(outside)
    yield from copied
    rows, oldest = verifying.all_seals(journal), verifying.oldest_entry(journal)
    if not rows and oldest is not None and oldest < time.time_ns() // 1000 - _SEALED_WITHIN:
        yield Fault("seal", "timeline", "has entries older than an hour and no seal at all: a hub seals them every minute")
    since, previous = 0, bytes(32)
    for number, row in enumerate(rows, start=1):
        counts["seals"] += 1
        if row.number != number:
            yield Fault("seal", f"seal {number}", "is missing")
            break
        digest, entries = journal.run(keeping.digest_of, since, row.upto, previous)
        if (digest, entries) != (bytes(row.hash), row.entries):
            yield Fault("seal", f"seal {number}", f"covers {row.entries} entries; there are {entries}, or they were changed")
        line = f"{row.number} {row.upto} {row.entries} {bytes(row.hash).hex()}"
        if number not in outside:
            yield Fault("copy", f"seal {number}", f"is not in {copy}")
        elif outside[number] != line:
            yield Fault("copy", f"seal {number}", "differs from its copy outside the database")
        since, previous = row.upto, bytes(row.hash)
    for number in sorted(set(outside) - {row.number for row in rows}):
        yield Fault("copy", f"seal {number}", "is in the copy but no longer in the database")


def _copies(copy: Path) -> tuple[dict[int, str], list[Fault]]:
    """Lines of the outside copy by number of the seal, and what is wrong with the copy itself; empty when there is no file yet.

    Such a file can only be added to, so what was written first is the evidence: a second line of the same number must be the
    same. A piece of a line, as a full disk leaves it, is no fault where the line it began follows.
    """
    if not copy.exists():
        return {}, []
    found: dict[int, str] = {}
    faults: list[Fault] = []
    pieces: list[tuple[int, str]] = []
    last = 0
    for place, line in enumerate(copy.read_text(encoding="ascii", errors="replace").split("\n"), start=1):
        if _SEAL.fullmatch(line) is None:
            pieces += [(place, line)] if line else []
            continue
        faults += [_no_seal(number) for number, piece in pieces if not line.startswith(piece)]
        pieces = []
        seal = int(line.split(" ", 1)[0])
        if found.setdefault(seal, line) != line:
            faults.append(Fault("copy", f"seal {seal}", f"has another line in the copy, line {place}: the first one counts"))
        elif seal not in (last, last + 1):
            faults.append(Fault("copy", f"seal {seal}", f"follows seal {last} in the copy: lines were left out or moved"))
        last = max(last, seal)
    # What is torn at the very end is completed by the housekeeper; only a piece that could never become a line is a fault.
    faults += [_no_seal(number) for number, piece in pieces if not _PIECE.fullmatch(piece)]
    return found, faults


def _no_seal(place: int) -> Fault:
    return Fault("copy", f"line {place}", "is no seal")
