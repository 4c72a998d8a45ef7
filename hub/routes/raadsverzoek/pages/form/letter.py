"""The check page's text: a draft in sentences, as a letter to the Raad, in the order of the form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hub.routes.raadsverzoek.attachments import megabytes
from hub.routes.raadsverzoek.pages.form import fields as f
from hub.routes.raadsverzoek.pages.form.naming import child_name, party_name
from hub.routes.raadsverzoek.pages.form.state import Paper, Party, State
from hub.web.console.forms import Typed, every

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
#: What the attached request should hold; the hub does not read it.
GROUNDS = (
    "reden en waarom nu", "bedreigde ontwikkeling, per kind", "feiten met bron en datum (liefst twee bronnen)",
    "ingezette hulp en resultaat", "voorgeschiedenis", "gezag", "mening van ouders en kind", "veiligheidsafspraken",
    "besluit van de tafel",
)  # fmt: skip

_PAPER_LABELS = {one.key: one.label for one in every(f.PAPER_GROUPS)}


class Item(NamedTuple):
    """One child, party or document in the letter: its name, lines about it, and the page where it can be changed."""

    name: str
    lines: tuple[str, ...]
    page: str


class Letter(NamedTuple):
    """A draft as a letter."""

    opening: tuple[str, ...]
    sender: tuple[str, ...]
    children: tuple[Item, ...]
    gezag: tuple[Item, ...]
    others: tuple[Item, ...]
    papers: tuple[Item, ...]


def letter(state: State) -> Letter:
    """The letter that a draft makes."""
    names = {one["volgnummer"]: child_name(one) for one in state.children}
    return Letter(
        tuple(_opening(state.request)),
        tuple(_sender(state.request)),
        tuple(_child_item(one, state, names) for one in state.children),
        tuple(_party_item(one, names) for one in state.parties if one.stap == "gezag"),
        tuple(_party_item(one, names) for one in state.parties if one.stap != "gezag"),
        tuple(_paper(one) for one in state.papers),
    )


def _opening(typed: Typed) -> Iterator[str]:
    if typed.get("onderwerp", "").strip():
        yield f"Betreft: {typed['onderwerp'].strip()}"
    kenmerk = typed.get("kenmerk", "").strip()
    yield f"Zaaknummer: {kenmerk}" if kenmerk else "Zaaknummer: dat krijgt dit verzoek bij het versturen"
    if typed.get("urgentie"):
        yield f"Urgentie: {typed['urgentie']}"
    if told := date_in_words(typed, "datumAanmelding"):
        yield f"Bij de tafel aangemeld op {told}"
    if told := date_in_words(typed, "datumBesluitTafel"):
        yield f"De tafel besloot op {told} (dit wordt niet meegestuurd)"
    if typed.get("rolInbrenger"):
        yield f"De inbrenger vraagt om het onderzoek als {typed['rolInbrenger']}"


def _sender(typed: Typed) -> Iterator[str]:
    of = "verzoeker-medewerker-"
    if typed.get("verzoeker-organisatie", "").strip():
        yield typed["verzoeker-organisatie"].strip()
    if typed.get("verzoeker-rsin", "").strip():
        yield f"RSIN: {typed['verzoeker-rsin'].strip()}"
    name = _joined(typed, of + "voorletters", of + "voorvoegsel", of + "achternaam")
    function = typed.get(of + "functie", "").strip()
    if name:
        yield f"{name}, {function}" if function else name
    if typed.get(of + "geslacht"):
        yield f"Aanhef: {dict(f.AANHEF).get(typed[of + 'geslacht'], typed[of + 'geslacht']).lower()}"
    for key in ("telefoon", "email"):
        if typed.get(of + key, "").strip():
            yield typed[of + key].strip()


def _child_item(typed: Typed, state: State, names: Mapping[str, str]) -> Item:
    number = typed["volgnummer"]
    return Item(names[number], tuple(_child(typed, state)), f"kinderen/{number}")


def _child(typed: Typed, state: State) -> Iterator[str]:
    unborn = typed.get("ongeboren") == "nee"
    if told := date_in_words(typed, "geboortedatum"):
        yield f"{'Verwacht' if unborn else 'Geboren'}: {told}"
    elif typed.get("geboortedatumOnbekend"):
        yield "De geboortedatum is niet bekend"
    yield from _numbers(typed)
    if typed.get("vreemdelingennummer", "").strip():
        yield f"Vreemdelingennummer: {typed['vreemdelingennummer'].strip()}"
    if typed.get("geenNummerBekend"):
        yield "Er is geen nummer bekend"
    mother = state.party(typed.get("moeder", ""))
    if unborn and mother is not None:
        yield f"Moeder: {party_name(mother)}"
    yield from _common(typed)
    if typed.get(f.GEZAG_UNKNOWN.key):
        yield "Het is niet bekend wie het gezag heeft"


def _party_item(party: Party, names: Mapping[str, str]) -> Item:
    return Item(party_name(party), tuple(_party(party, names)), f"{party.stap}/{party.id}")


def _party(party: Party, names: Mapping[str, str]) -> Iterator[str]:
    for role in party.roles:
        if not role.get("rol"):
            continue
        about = f"van {names.get(role['kind'], 'een kind')}" if role.get("kind") else "van het hele gezin"
        answers = role if party.typed.get("perKind") else party.typed
        yield f"{role['rol'].capitalize()} {about}" + (_informed(answers) if role["rol"] in f.GEZAG_ROLES else "")
    if party.soort == "persoon":
        if told := date_in_words(party.typed, "geboortedatum"):
            yield f"Geboren: {told}"
        elif party.typed.get("geboortedatumOnbekend"):
            yield "De geboortedatum is niet bekend"
        yield from _numbers(party.typed)
    elif party.typed.get("vestigingsnummer", "").strip():
        yield f"Vestigingsnummer: {party.typed['vestigingsnummer'].strip()}"
    yield from _common(party.typed)
    abroad = [party.typed.get(f"adresBuitenland-{key}", "").strip() for key in ("regel1", "regel2", "regel3", "landnaam")]
    if code := party.typed.get("adresBuitenland-landcode", "").strip():
        abroad.append(f"landcode {code}")
    if any(abroad):
        yield ", ".join(part for part in abroad if part)


def _informed(typed: Typed) -> str:
    if typed.get("geinformeerd") == "ja":
        return "; weet van dit verzoek"
    if typed.get("geinformeerd") == "nee":
        return f"; weet niet van dit verzoek: {typed.get('redenNietGeinformeerd', '').strip() or 'reden ontbreekt'}"
    return ""


def _numbers(typed: Typed) -> Iterator[str]:
    if typed.get("bsn", "").strip():
        yield f"BSN: {typed['bsn'].strip()}"
    if typed.get("rniNummer", "").strip():
        yield f"Nummer niet-ingezetene: {typed['rniNummer'].strip()}"


def _common(typed: Typed) -> Iterator[str]:
    if typed.get("geslacht"):
        yield f"Geslacht: {dict(f.GESLACHT).get(typed['geslacht'], typed['geslacht']).lower()}"
    if typed.get("geheimAdres"):
        yield "Het adres is geheim en gaat niet mee"
    street = _joined(typed, "adres-straat", "adres-huisnummer", "adres-huisletter", "adres-toevoeging")
    place = _joined(typed, "adres-postcode", "adres-plaats")
    address = ", ".join(part for part in (street, place, typed.get("adres-locatie", "").strip()) if part)
    if address:
        yield f"Verblijft: {address}"
    contact = ", ".join(part for part in (typed.get("telefoon", "").strip(), typed.get("email", "").strip()) if part)
    if contact:
        yield f"Te bereiken: {contact}"


def _paper(paper: Paper) -> Item:
    typed = paper.typed
    told = date_in_words(typed, "datum")
    lines = [f"{typed.get('bestandsnaam', '')} ({megabytes(paper.size)} MB)"]
    lines += [f"Van {told}"] if told else []
    for key, label in (
        ("titel", "Titel"),
        ("auteur", "Schrijver"),
        ("taal", "Taal"),
        ("vertrouwelijkheid", "Vertrouwelijkheid"),
    ):
        if text := typed.get(key, "").strip():
            lines.append(f"{label}: {text.lower() if key == 'vertrouwelijkheid' else text}")
    return Item(typed.get("soort", "") or "Soort nog niet gekozen", tuple(lines), f"documenten/{paper.file}")


def date_in_words(typed: Mapping[str, str], key: str) -> str:
    """A date as people write it; as it was typed when it is none."""
    day, month, year = (typed.get(f"{key}-{part}", "").strip() for part in ("dag", "maand", "jaar"))
    if month.isascii() and month.isdigit() and 1 <= int(month) <= len(_MONTHS):
        return " ".join(part for part in (day.lstrip("0"), _MONTHS[int(month) - 1], year) if part)
    return "-".join(part for part in (day, month, year) if part)


def initials(child: Mapping[str, Any]) -> str:
    """A child as a proof of sending names it: initials and year of birth, nothing that finds the child."""
    if child.get("ongeboren"):
        return "ongeboren kind"
    first = child.get("voornamen") or child.get("voorletters") or ""
    letters = "".join(f"{word[0]}." for word in (*first.split()[:1], *child.get("geslachtsnaam", "").split()[:1]))
    year = str(child.get("geboortedatum", ""))[:4]
    return f"{letters or 'zonder naam'}{f' ({year})' if year else ''}"


def day_in_words(moment: dt.date) -> str:
    """A day as people write it."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _joined(typed: Typed, *keys: str) -> str:
    return " ".join(part for key in keys if (part := typed.get(key, "").strip()))
