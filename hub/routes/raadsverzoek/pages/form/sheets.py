"""The pages that one fills in: what each shows, what it takes over from a form, and what its buttons do.

A sheet changes its own part of the state only, so two windows on different pages of a draft do not meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from hub.routes.raadsverzoek.pages.form import fields as f
from hub.routes.raadsverzoek.pages.form.naming import child_name, holders_in_words, party_name, roles_in_words
from hub.routes.raadsverzoek.pages.form.state import Party, State
from hub.web.console import forms
from hub.web.console.forms import TEXT_LIMIT, Group, Typed, inputs, shown, take_over

Fields = Mapping[str, str]
#: More than the rules allow, so that they get to say it, and few enough to keep a draft small.
CHILDREN_LIMIT, PARTIES_LIMIT = 21, 101


class Sheet(Protocol):
    """A page of a draft."""

    template: str
    next: str  # the page that follows
    guarded: bool  # whether what another window typed here must not be overwritten unseen

    def part(self, state: State) -> object:
        """What of the state this page shows, as JSON-able values."""

    def take(self, state: State, fields: Fields) -> None:
        """Take over what was typed."""

    def act(self, state: State, action: str) -> str:
        """Do what a button asks; the page to go to, empty for what follows by itself."""

    def view(self, state: State) -> dict[str, Any]:
        """What its template shows."""


def seen_mark(sheet: Sheet, state: State) -> str:
    """A mark of what a page showed: a window that shows something else has an older mark."""
    return forms.seen_mark(sheet.part(state))


class Danger:
    """Is a child in danger now?"""

    template = "raadsverzoek/form/gevaar.html"
    guarded = True
    next = "verzoek"

    def part(self, state: State) -> object:
        return state.request.get(f.GEVAAR.key, "")

    def take(self, state: State, fields: Fields) -> None:
        take_over(state.request, fields, f.GEVAAR.inputs)

    def act(self, state: State, action: str) -> str:
        return "stop" if state.request.get(f.GEVAAR.key) == "ja" else ""

    def view(self, state: State) -> dict[str, Any]:
        return {"groups": [Group("", (f.GEVAAR,))], "typed": state.request}


class Request:
    """What is asked, and on whose behalf."""

    template = "raadsverzoek/form/verzoek.html"
    guarded = True
    next = "kinderen"

    def __init__(self, urgenties: tuple[str, ...], rollen: tuple[str, ...]) -> None:
        self._groups = f.request_groups(urgenties, rollen)

    def part(self, state: State) -> object:
        return {name: text for name, text in state.request.items() if name != f.GEVAAR.key}

    def take(self, state: State, fields: Fields) -> None:
        take_over(state.request, fields, inputs(self._groups))

    def act(self, state: State, action: str) -> str:
        return ""

    def view(self, state: State) -> dict[str, Any]:
        return {"groups": self._groups, "typed": state.request}


class Children:
    """The list of children."""

    template = "raadsverzoek/form/kinderen.html"
    guarded = False
    next = "gezag"

    def part(self, state: State) -> object:
        return [one["volgnummer"] for one in state.children]

    def take(self, state: State, fields: Fields) -> None:
        """Nothing is typed here."""

    def act(self, state: State, action: str) -> str:
        if action in ("voeg-kind-toe", "voeg-ongeboren-toe") and len(state.children) < CHILDREN_LIMIT:
            return f"kinderen/{state.add_child(unborn=action == 'voeg-ongeboren-toe')}"
        return ""

    def view(self, state: State) -> dict[str, Any]:
        return {"children": [(one["volgnummer"], child_name(one), one) for one in state.children]}


class Child:
    """One child."""

    template = "raadsverzoek/form/kind.html"
    guarded = True
    next = "kinderen"

    def __init__(self, number: str) -> None:
        self.number = number

    def _typed(self, state: State) -> Typed:
        return state.child(self.number) or {}

    def part(self, state: State) -> object:
        return {name: text for name, text in self._typed(state).items() if name != f.GEZAG_UNKNOWN.key}

    def take(self, state: State, fields: Fields) -> None:
        take_over(self._typed(state), fields, inputs((*f.child_groups(False, ()), *f.child_groups(True, ()))))

    def act(self, state: State, action: str) -> str:
        typed = self._typed(state)
        if action == "verwijder":
            state.remove_child(self.number)
            return "kinderen"
        if typed.get("moeder") == "nieuw":
            mother = state.add_party("persoon", "gezag")
            mother.typed["geslacht"] = "V"
            mother.roles.append({"kind": self.number, "rol": ""})
            typed["moeder"] = mother.id
            return f"gezag/{mother.id}"
        if action == "nog-een" and len(state.children) < CHILDREN_LIMIT:
            return f"kinderen/{state.add_child(unborn=False)}"
        return ""

    def view(self, state: State) -> dict[str, Any]:
        typed = self._typed(state)
        unborn = typed.get("ongeboren") == "nee"
        people = [(one.id, party_name(one)) for one in state.parties if one.soort == "persoon"]
        groups = f.child_groups(unborn, (*people, ("nieuw", "Zij staat er nog niet bij: voeg haar toe")))
        return {
            "groups": shown(groups, typed, "unborn" if unborn else "born"),
            "typed": typed,
            "number": self.number,
            "name": child_name(typed),
        }


class Parties:
    """The list of those with gezag (step ``gezag``) or of everybody else (step ``betrokkenen``)."""

    template = "raadsverzoek/form/personen.html"
    guarded = False

    def __init__(self, step: str) -> None:
        self.step = step
        self.next = "betrokkenen" if step == "gezag" else "documenten"

    def part(self, state: State) -> object:
        unknown = {one["volgnummer"]: one.get(f.GEZAG_UNKNOWN.key, "") for one in state.children}
        return [[one.id for one in state.parties if one.stap == self.step], unknown if self.step == "gezag" else {}]

    def take(self, state: State, fields: Fields) -> None:
        if self.step == "gezag":
            for child in state.children:
                value = fields.get(f"{f.GEZAG_UNKNOWN.key}-{child['volgnummer']}")
                if value is not None:
                    child[f.GEZAG_UNKNOWN.key] = value[:TEXT_LIMIT]

    def act(self, state: State, action: str) -> str:
        soort = {"voeg-persoon-toe": "persoon", "voeg-instelling-toe": "instelling"}.get(action)
        if soort is None or len(state.parties) >= PARTIES_LIMIT:
            return ""
        return f"{self.step}/{state.add_party(soort, self.step).id}"

    def view(self, state: State) -> dict[str, Any]:
        names = {one["volgnummer"]: child_name(one) for one in state.children}
        mine = [one for one in state.parties if one.stap == self.step]
        holders = {number: holders_in_words(state, number) for number in names}
        rows = [(one, party_name(one), roles_in_words(one, names)) for one in mine]
        return {"rows": rows, "children": state.children, "names": names, "holders": holders, "in_step": self.step}


class OneParty:
    """One person or institution, with a role for each child."""

    template = "raadsverzoek/form/persoon.html"
    guarded = True

    def __init__(self, step: str, party_id: str) -> None:
        self.step = self.next = step
        self.party_id = party_id

    def _party(self, state: State) -> Party:
        return state.party(self.party_id) or Party(self.party_id, "persoon", self.step)

    def part(self, state: State) -> object:
        party = self._party(state)
        return [party.soort, party.typed, party.roles]

    def take(self, state: State, fields: Fields) -> None:
        party = self._party(state)
        groups = f.INSTITUTION_GROUPS if party.soort == "instelling" else f.PERSON_GROUPS
        asked = [f.INFORMED.key, f.REASON.key, f.PER_CHILD.key]
        take_over(party.typed, fields, [*inputs(groups), *asked])
        if "relaties-0-rol" in fields:
            party.roles = _roles(fields, party.roles)

    def act(self, state: State, action: str) -> str:
        if action == "verwijder":
            state.remove_party(self.party_id)
            return self.step
        if action in ("nog-een-persoon", "nog-een-instelling") and len(state.parties) < PARTIES_LIMIT:
            soort = "persoon" if action == "nog-een-persoon" else "instelling"
            return f"{self.step}/{state.add_party(soort, self.step).id}"
        if action == "rol-erbij":
            return f"{self.step}/{self.party_id}"
        return ""

    def view(self, state: State) -> dict[str, Any]:
        party = self._party(state)
        groups = f.INSTITUTION_GROUPS if party.soort == "instelling" else f.PERSON_GROUPS
        names = {one["volgnummer"]: child_name(one) for one in state.children}
        with_gezag = any(role.get("rol") in f.GEZAG_ROLES for role in party.roles)
        answered = any(party.typed.get(key) for key in (f.INFORMED.key, f.REASON.key))
        return {
            "groups": shown(groups, party.typed, "born"),
            "typed": party.typed,
            "party": party,
            "name": party_name(party),
            "names": names,
            "rows": _role_rows(party, names),
            "roles": f.ROLES,
            "ask_informed": self.step == "gezag" or with_gezag or answered,
            "per_child": bool(party.typed.get(f.PER_CHILD.key)),
            "asked": {"role": f.ROLE, "informed": f.INFORMED, "reason": f.REASON, "per_child": f.PER_CHILD},
        }


def _roles(fields: Fields, before: list[Typed]) -> list[Typed]:
    """The roles on the page, without the rows that were left empty."""
    roles = []
    for number in range(PARTIES_LIMIT * 2):
        prefix = f"relaties-{number}-"
        if f"{prefix}rol" not in fields:
            break
        role: Typed = dict(before[number]) if number < len(before) else {}
        take_over(role, fields, ("kind", f.ROLE.key, f.INFORMED.key, f.REASON.key), prefix)
        if role.get("rol") or (number < len(before) and role.get("redenNietGeinformeerd")):
            roles.append(role)
    return roles


def _role_rows(party: Party, names: Mapping[str, str]) -> list[Typed]:
    """The roles there are, an empty one for every child without, and one more with a free choice."""
    about = {role.get("kind", "") for role in party.roles}
    empty = [{"kind": number, "rol": ""} for number in names if number not in about]
    return [*party.roles, *empty, {"kind": "", "rol": "", "vrij": "ja"}]
