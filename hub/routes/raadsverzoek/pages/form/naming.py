"""What to call the children and parties of a draft, and their roles in a few words; for the eyes of its author only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.routes.raadsverzoek.pages.form import fields as f
from hub.routes.raadsverzoek.pages.form.state import Party, State
from hub.web.console.forms import Typed


def holders_in_words(state: State, number: str) -> str:
    """Who has gezag over the child of this volgnummer; empty when it is nobody."""
    return listed(
        f"{party_name(party)} ({role['rol']})"
        for party in state.parties
        for role in party.roles
        if role.get("kind") == number and role.get("rol") in f.GEZAG_ROLES
    )


def roles_in_words(party: Party, names: Mapping[str, str]) -> list[str]:
    """Each role of a party in a few words: "Ouder met gezag van Noor Voorbeeld en Sami Exempel"."""
    children: dict[str, list[str]] = {}
    for role in party.roles:
        if role.get("rol"):
            kind = role.get("kind", "")
            children.setdefault(role["rol"], []).append(names.get(kind, "een kind") if kind else "het hele gezin")
    return [f"{rol[:1].upper()}{rol[1:]} van {listed(about)}" for rol, about in children.items()]


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names in a row; of many the first few, and how many more there are."""
    all_names = list(names)
    if len(all_names) > most + 1:
        return f"{', '.join(all_names[:most])} en nog {len(all_names) - most}"
    return " en ".join(part for part in (", ".join(all_names[:-1]), *all_names[-1:]) if part)


def child_name(typed: Typed) -> str:
    """What to call a child: its name, or its number."""
    if typed.get("ongeboren") == "nee":
        return f"Ongeboren kind (kind {typed.get('volgnummer', '')})"
    return _name(typed) or f"Kind {typed.get('volgnummer', '')}"


def party_name(party: Party) -> str:
    """What to call a party."""
    if party.soort == "instelling":
        return party.typed.get("naam", "").strip() or "Instelling zonder naam"
    return _name(party.typed) or "Persoon zonder naam"


def _name(typed: Typed) -> str:
    first = typed.get("voornamen", "").strip() or typed.get("voorletters", "").strip()
    parts = (first, typed.get("voorvoegsel", "").strip(), typed.get("geslachtsnaam", "").strip())
    return " ".join(part for part in parts if part)
