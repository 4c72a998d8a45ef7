"""What was typed, exactly as it was typed, and how that becomes the document and back.

The state holds texts by input name, also impossible ones ("31" of month "13"), so that nothing typed is ever lost; what is
wrong with them is for the rules of the document to say.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.routes.raadsverzoek.pages.form import fields as f
from hub.web.console.forms import Typed, every, typed_of, value_of, values

_REQUEST = tuple(every(f.request_groups((), ())))
_CHILD = (*every(f.child_groups(False, ())), *every(f.child_groups(True, ())))
_PARTY = (*every(f.PERSON_GROUPS), *every(f.INSTITUTION_GROUPS))
_PAPER = tuple(every(f.PAPER_GROUPS))
#: Bytes of a file's beginning that are kept beside its digest: what the rules look at.
HEAD_BYTES = 48


@dataclass(slots=True)
class Party:
    """An interested party: its inputs, and those of each of its roles (``kind`` is a volgnummer or empty for the family)."""

    id: str
    soort: str
    stap: str  # gezag | betrokkenen: the step at which it is asked
    typed: Typed = field(default_factory=dict)
    roles: list[Typed] = field(default_factory=list)


@dataclass(slots=True)
class Paper:
    """An attachment: its inputs, and the facts about the file that is stored apart."""

    file: str
    size: int
    sha256: str
    head: str  # hexadecimal digits of its first bytes
    mediatype: str
    typed: Typed = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """A whole draft."""

    request: Typed = field(default_factory=dict)
    children: list[Typed] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)  # marks of the warnings that were ticked

    def to_json(self) -> bytes:
        """The state as it is stored."""
        plain = {
            "request": self.request,
            "children": self.children,
            "parties": [{name: getattr(one, name) for name in Party.__slots__} for one in self.parties],
            "papers": [{name: getattr(one, name) for name in Paper.__slots__} for one in self.papers],
            "agreed": self.agreed,
        }
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, stored: bytes) -> State:
        """Read what ``to_json`` made."""
        plain = json.loads(stored)
        return cls(
            plain["request"],
            plain["children"],
            [Party(**one) for one in plain["parties"]],
            [Paper(**one) for one in plain["papers"]],
            plain["agreed"],
        )

    def child(self, number: str) -> Typed | None:
        """The child of this volgnummer."""
        return next((one for one in self.children if one["volgnummer"] == number), None)

    def party(self, party_id: str) -> Party | None:
        """The party of this id."""
        return next((one for one in self.parties if one.id == party_id), None)

    def paper(self, file: str) -> Paper | None:
        """The document with this file."""
        return next((one for one in self.papers if one.file == file), None)

    def add_child(self, *, unborn: bool) -> str:
        """A new child; its volgnummer. Numbers of other children stay as they are."""
        number = str(max((int(one["volgnummer"]) for one in self.children), default=0) + 1)
        self.children.append({"volgnummer": number, "ongeboren": "nee" if unborn else "ja"})
        return number

    def add_party(self, soort: str, stap: str) -> Party:
        """A new party without roles."""
        taken = {one.id for one in self.parties}
        number = next(n for n in range(1, len(taken) + 2) if f"b{n}" not in taken)
        self.parties.append(Party(f"b{number}", soort, stap))
        return self.parties[-1]

    def remove_child(self, number: str) -> None:
        """Take a child away, and every role that was about it."""
        self.children = [one for one in self.children if one["volgnummer"] != number]
        for party in self.parties:
            party.roles = [role for role in party.roles if role.get("kind", "") != number]

    def remove_party(self, party_id: str) -> None:
        """Take a party away, also where it was somebody's mother."""
        self.parties = [one for one in self.parties if one.id != party_id]
        for child in self.children:
            if child.get("moeder") == party_id:
                child["moeder"] = ""

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(one.size for one in self.papers)


def to_document(state: State, content: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The document that was typed.

    Args:
        content: Base64 of each file. Without it a file is stood in for by its beginning and its digest, which is enough for
            every rule but the one about size.
    """
    document = values(_REQUEST, state.request)
    if (danger := value_of(f.GEVAAR, state.request)) is not None:
        document["onverwijldeSpoed"] = danger
    document["kinderen"] = [_child(one) for one in state.children]
    document["betrokkenen"] = [_party(one) for one in state.parties]
    document["documenten"] = [_paper(one, content) for one in state.papers]
    return document


def from_document(document: Mapping[str, Any], files: Iterable[Paper]) -> State:
    """The state that gives this document, with ``files`` for its attachments in their order."""
    state = State(typed_of((f.GEVAAR, *_REQUEST), document))
    for index, child in enumerate(document.get("kinderen", ())):
        typed = typed_of((*_CHILD, f.GEZAG_UNKNOWN), child)
        state.children.append({"ongeboren": "ja", **typed, "volgnummer": str(child.get("volgnummer", index + 1))})
    for index, party in enumerate(document.get("betrokkenen", ())):
        state.parties.append(_party_of(party, f"b{index + 1}"))
    for paper, given in zip(files, document.get("documenten", ()), strict=True):
        paper.typed = typed_of(_PAPER, given)
        state.papers.append(paper)
    return state


def _child(typed: Typed) -> dict[str, Any]:
    return {"volgnummer": int(typed["volgnummer"]), **values((*_CHILD, f.GEZAG_UNKNOWN), typed)}


def _party(party: Party) -> dict[str, Any]:
    relations = []
    for role in party.roles:
        relation: dict[str, Any] = {"kind": int(role["kind"])} if role.get("kind") else {}
        relation |= values((f.ROLE,), role)
        asked = role if party.typed.get("perKind") else party.typed if role.get("rol") in f.GEZAG_ROLES else {}
        relation |= values((f.INFORMED, f.REASON), asked)
        relations.append(relation)
    return {"id": party.id, "soort": party.soort, **values(_PARTY, party.typed), "relaties": relations}


def _party_of(party: Mapping[str, Any], fallback: str) -> Party:
    relations = party.get("relaties", ())
    roles = [
        {"kind": str(one["kind"]) if "kind" in one else "", **typed_of((f.ROLE, f.INFORMED, f.REASON), one)}
        for one in relations
    ]
    gezag = [role for role in roles if role.get("rol") in f.GEZAG_ROLES]
    typed = typed_of(_PARTY, party)
    answers = {(role.get("geinformeerd", ""), role.get("redenNietGeinformeerd", "")) for role in gezag}
    others = any(role.get("geinformeerd") or role.get("redenNietGeinformeerd") for role in roles if role not in gezag)
    if len(answers) > 1 or others:
        typed["perKind"] = "ja"
    else:
        for informed, reason in answers:
            typed |= {"geinformeerd": informed, "redenNietGeinformeerd": reason}
        roles = [{"kind": role["kind"], "rol": role.get("rol", "")} for role in roles]
    return Party(
        party.get("id") or fallback, party.get("soort") or "persoon", "gezag" if gezag else "betrokkenen", typed, roles
    )


def _paper(paper: Paper, content: Mapping[str, str] | None) -> dict[str, Any]:
    if content is not None:
        body = content[paper.file]
    else:
        stand_in = bytes.fromhex(paper.head) + bytes.fromhex(paper.sha256) if paper.size else b""
        body = base64.b64encode(stand_in).decode("ascii")
    given = {"mediatype": paper.mediatype} if paper.mediatype else {}
    return {**values(_PAPER, paper.typed), **given, "inhoud": body}
