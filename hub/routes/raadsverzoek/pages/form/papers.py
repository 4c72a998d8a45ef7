"""The documents: taking a file in, checking its beginning at once, and the page of each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from hub.errors import Finding
from hub.message import new_id
from hub.routes.raadsverzoek import wording
from hub.routes.raadsverzoek.attachments import megabytes
from hub.routes.raadsverzoek.pages.form import fields as f
from hub.routes.raadsverzoek.pages.form.sheets import Fields
from hub.routes.raadsverzoek.pages.form.state import HEAD_BYTES, Paper, State
from hub.web.console.drafts import NewFile
from hub.web.console.forms import Field, Typed, inputs, take_over
from hub.web.console.posts import Upload

#: More files than the rules allow are not kept.
_MOST = 101


class Papers:
    """The list of documents, and the place to add one."""

    template = "raadsverzoek/form/documenten.html"
    guarded = False
    next = "controle"

    def __init__(self, most: int, mediatypes: Mapping[str, Any]) -> None:
        self._most = most
        self._mediatypes = mediatypes
        self._typed: Typed = {}

    def part(self, state: State) -> object:
        return [one.file for one in state.papers]

    def take(self, state: State, fields: Fields) -> None:
        """A file comes by ``receive``; what was typed about one that is refused stands on the page again."""
        take_over(self._typed, fields, ("soort", "datum-dag", "datum-maand", "datum-jaar"))

    def act(self, state: State, action: str) -> str:
        return ""

    def view(self, state: State) -> dict[str, Any]:
        endings = sorted({ending for one in self._mediatypes.values() for ending in one.extensions})
        free = f.SOORTEN if not any(one.typed.get("soort") == f.VERZOEK for one in state.papers) else f.SOORTEN[1:]
        return {
            "papers": state.papers,
            "megabytes": megabytes,
            "most": self._most,
            "endings": endings,
            "beginnings": {name: one.starts_with for name, one in self._mediatypes.items()},
            "soort": Field("soort", "Wat voor document is dit?", kind="choice", options=f.SOORTEN, required=True),
            "date": Field("datum", "Datum van het document", kind="date", required=True),
            "typed": {"soort": free[0][0] if free[0][0] == f.VERZOEK else "", **self._typed},
        }


class OnePaper:
    """One document."""

    template = "raadsverzoek/form/document.html"
    guarded = True
    next = "documenten"

    def __init__(self, file: str) -> None:
        self.file = file

    def _paper(self, state: State) -> Paper:
        return state.paper(self.file) or Paper(self.file, 0, "", "", "")

    def part(self, state: State) -> object:
        return self._paper(state).typed

    def take(self, state: State, fields: Fields) -> None:
        take_over(self._paper(state).typed, fields, inputs(f.PAPER_GROUPS))

    def act(self, state: State, action: str) -> str:
        if action == "verwijder":
            state.papers = [one for one in state.papers if one.file != self.file]
            return "documenten"
        return ""

    def view(self, state: State) -> dict[str, Any]:
        paper = self._paper(state)
        return {"groups": f.PAPER_GROUPS, "typed": paper.typed, "paper": paper, "megabytes": megabytes}


def receive(upload: Upload, fields: Fields, mediatypes: Mapping[str, Any]) -> tuple[NewFile, Paper]:
    """A file as it is kept: its bytes apart, the facts about it in the state. Its kind comes from its first bytes."""
    file = NewFile(new_id(), upload.data)
    head = bytes(upload.data[:HEAD_BYTES])
    found = next((name for name, one in mediatypes.items() if head.startswith(bytes.fromhex(one.starts_with))), "")
    typed: Typed = {"bestandsnaam": upload.name.replace("\\", "/").rpartition("/")[2][:300]}
    take_over(typed, fields, [name for name in inputs(f.PAPER_GROUPS) if name != "bestandsnaam"])
    digest = hashlib.sha256(upload.data).hexdigest()
    return file, Paper(str(file.id), len(upload.data), digest, head.hex(), found, typed)


def refusal(upload: Upload | None, state: State, most: int, mediatypes: Mapping[str, Any]) -> Finding | None:
    """Why a file is not taken in at all: it could never go along, and it is still where it came from."""
    if upload is None or not (upload.name or upload.data):
        return wording.finding("RV90.inhoud", "/documenten")
    if not upload.data:
        return wording.finding("RV23", "/documenten")
    size = state.size + len(upload.data)
    if size > most:
        return wording.finding("RV20", "/documenten", x=megabytes(size), max=megabytes(most))
    if len(state.papers) >= _MOST:
        return wording.finding("RV03.many", "/documenten", n=len(state.papers), soort="documenten", max=_MOST - 1)
    beginnings = (bytes.fromhex(one.starts_with) for one in mediatypes.values())
    if not any(upload.data.startswith(beginning) for beginning in beginnings):
        ending = upload.name.rpartition(".")[2].lower() if "." in upload.name else ""
        if any(f".{ending}" in one.extensions for one in mediatypes.values()):
            return wording.finding("RV22.content", "/documenten", soort=ending)
        shown = f".{ending}" if ending.isalnum() and len(ending) < 6 else "onbekend"
        return wording.finding("RV22", "/documenten", type=shown)
    return None
