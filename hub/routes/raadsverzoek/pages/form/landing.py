"""Where on which page a finding belongs: from a JSON Pointer in the document to the input that a link leads to."""

from __future__ import annotations

from typing import NamedTuple

from hub.routes.raadsverzoek.pages.form import fields as f
from hub.routes.raadsverzoek.pages.form.state import Party, State
from hub.web.console.forms import Group, every

STEPS = {
    "gevaar": "Gevaar",
    "verzoek": "Het verzoek",
    "kinderen": "Kinderen",
    "gezag": "Gezag",
    "betrokkenen": "Betrokkenen",
    "documenten": "Documenten",
    "controle": "Controle",
}
_REQUEST = {one.key: one for one in every(f.request_groups((), ()))}
#: Places of a part that have no input of their own, and the one that stands in for them.
_CHILD = {"adresBuitenland": "adres-locatie", "volgnummer": "ongeboren", "": "ongeboren"}
_PAPER = {"inhoud": "bestand", "mediatype": "bestand", "documentkenmerk": "bestand", "": "bestand"}


class Spot(NamedTuple):
    """A page within the draft ("kinderen/2") and the id of an input on it."""

    page: str
    field: str

    def path(self, draft_id: object) -> str:
        """The address of the spot, on a page that shows its errors."""
        return f"/raadsverzoeken/concepten/{draft_id}/{self.page}?toon=fouten#{self.field}"


def landing(pointer: str, state: State) -> Spot:
    """The spot of a place in the document that ``state`` gives. Every pointer has one: at worst the top of its page."""
    part, *rest = pointer.strip("/").split("/")
    if part == "onverwijldeSpoed":
        return Spot("gevaar", f.GEVAAR.first)
    lists = {"kinderen": len(state.children), "betrokkenen": len(state.parties), "documenten": len(state.papers)}
    if part not in lists:
        return _request("-".join((part, *rest)))
    if not rest or not rest[0].isdigit() or int(rest[0]) >= lists[part]:
        # Who has gezag is asked before the others, so an empty list of parties is mended there.
        page = "gezag" if part == "betrokkenen" else part
        return Spot(page, "bestand" if part == "documenten" else "voeg-toe")
    index, way = int(rest[0]), rest[1:]
    if part == "kinderen":
        return _child(state.children[index]["volgnummer"], "-".join(way))
    if part == "betrokkenen":
        return _party(state.parties[index], way)
    key = "-".join(way)
    return Spot(f"documenten/{state.papers[index].file}", _PAPER.get(key) or _input(key, f.PAPER_GROUPS))


def _request(key: str) -> Spot:
    if key == "verzoeker-medewerker":
        key = "verzoeker-medewerker-achternaam"
    found = _REQUEST.get(key)
    return Spot("verzoek", found.first if found else "verzoeker-organisatie" if key.startswith("verzoeker") else "urgentie")


def _child(number: str, key: str) -> Spot:
    if key == "gezagOnbekend":
        return Spot("gezag", f"gezagOnbekend-{number}")
    return Spot(f"kinderen/{number}", _CHILD.get(key) or _input(key, f.child_groups(False, ()) + f.child_groups(True, ())))


def _party(party: Party, way: list[str]) -> Spot:
    page = f"{party.stap}/{party.id}"
    groups = f.INSTITUTION_GROUPS if party.soort == "instelling" else f.PERSON_GROUPS
    if way[:1] != ["relaties"]:
        key = "-".join(way)
        top = "naam" if party.soort == "instelling" else "voornamen"
        return Spot(page, _input(key, groups) if key not in ("", "id", "soort") else top)
    if len(way) < 3:
        return Spot(page, f"relaties-{way[1] if len(way) == 2 else 0}-rol")
    role, key = way[1], way[2]
    if key in ("geinformeerd", "redenNietGeinformeerd") and not party.typed.get("perKind"):
        return Spot(page, key)
    return Spot(page, f"relaties-{role}-{'rol' if key == 'kind' else key}")


def _input(key: str, groups: tuple[Group, ...]) -> str:
    """The input of a key; of a part that has several inputs, the first of them."""
    found = next((one for one in every(groups) if one.key == key or one.key.startswith(f"{key}-")), None)
    return found.first if found else key
