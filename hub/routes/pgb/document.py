"""The document ``toekenning``: a PGB as the administration granted it, in its words.

Always the full current state of one budget: a change, an ending and a withdrawal are the same document with other values, and
what is sent replaces what the payer knew. Only the shape lives here: names, types and lengths; rules across fields are in
``rules``.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

#: Characters that XML 1.0 (2.2 Char) cannot carry.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _present(value: Any) -> Any:
    """Turn an empty text into None; refuse characters that the message cannot carry."""
    if isinstance(value, str):
        value = value.strip()
        if _NOT_XML.search(value):
            raise PydanticCustomError("forbidden_character", "a character that XML cannot carry")
        return value or None
    return value


def _postcode(value: Any) -> Any:
    value = _present(value)
    return value.replace(" ", "").upper() if isinstance(value, str) else value


def _date(value: Any) -> Any:
    if not isinstance(value, dt.date):
        value = _present(value)
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise PydanticCustomError("date_form", "not a date")
    return value


def _amount(value: Any) -> Any:
    """A number or a text of digits with a decimal point; nothing else, so that no thousand becomes a one."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str) or not re.fullmatch(r"\d{1,8}(\.\d+)?", str(value)):
        raise PydanticCustomError("amount_form", "not an amount")
    return str(value)


_Present = BeforeValidator(_present)
Text = Annotated[str, Field(min_length=1, max_length=200), _Present]
Text80 = Annotated[str, Field(min_length=1, max_length=80), _Present]
Text10 = Annotated[str, Field(min_length=1, max_length=10), _Present]
Number = Annotated[str, Field(pattern=r"^[0-9A-Za-z._\-]{1,30}$"), _Present]
Date = Annotated[dt.date, BeforeValidator(_date)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2), BeforeValidator(_amount)]


class Part(BaseModel):
    """Something in a document: camel case outside, nothing that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Adres(Part):
    """An address in the Netherlands; ``contact`` says that mail about the budget goes there."""

    contact: bool = True
    straat: Text80
    huisnummer: int = Field(ge=1, le=99999)
    huisletter: Annotated[str, Field(pattern=r"^[A-Za-z]$")] | None = None
    toevoeging: Text10 | None = None
    postcode: Annotated[str, Field(pattern=r"^[1-9][0-9]{3}[A-Z]{2}$"), BeforeValidator(_postcode)]
    plaats: Text80


class Relatie(Part):
    """Somebody who may act for the budget holder."""

    soort: Text10
    geslachtsnaam: Text
    voorvoegsel: Text10 | None = None
    voornamen: Text | None = None
    voorletters: Text10 | None = None
    bsn: str | None = None


class Budgethouder(Part):
    """The child that the budget is for."""

    bsn: Annotated[str, _Present]
    geboortedatum: Date
    geslachtsnaam: Text
    voorvoegsel: Annotated[Text10 | None, _Present] = None
    voornamen: Annotated[Text | None, _Present] = None
    voorletters: Annotated[Text10 | None, _Present] = None
    adressen: tuple[Adres, ...]
    telefoon: Annotated[Text80 | None, _Present] = None
    email: Annotated[Text80 | None, _Present] = None
    relaties: tuple[Relatie, ...] = Field(default=(), max_length=20)


class Functiebudget(Part):
    """The part of a budget that is for one function, in a period."""

    functie: Annotated[str, Field(pattern=r"^[0-9A-Z]{2,5}$"), _Present]
    begindatum: Date
    einddatum: Date
    bedrag: Amount


class ZorgInNatura(Part):
    """Care in kind that is allocated beside it; it is not sent, only held against the budget."""

    product: Annotated[str, Field(pattern=r"^[0-9A-Z]{2,5}$"), _Present]
    begindatum: Date
    einddatum: Date


class Toekenning(Part):
    """The full current state of one PGB.

    Attributes:
        reeks: The series of files of which this file is the whole newest one; a budget that vanishes from it is asked about.
        mutatie: Number or moment of this change in the administration's own system; it rises with each change of a budget.
    """

    gemeente: Annotated[str, Field(pattern=r"^[0-9]{4}$"), _Present]
    budgetnummer: Number
    reeks: Annotated[Number | None, _Present] = None
    budgetnummer_oud: Annotated[Number | None, _Present] = None
    beschikkingsnummer: Number
    mutatie: Annotated[str, Field(pattern=r"^[0-9T:.\-]{1,26}$"), _Present]
    afgiftedatum: Date
    begindatum: Date
    einddatum: Date
    bedrag: Amount
    ingetrokken: bool = False
    budgethouder: Budgethouder
    functiebudgetten: tuple[Functiebudget, ...] = Field(min_length=1, max_length=50)
    zorg_in_natura: tuple[ZorgInNatura, ...] = Field(default=(), max_length=50)

    @property
    def budget(self) -> str:
        """The key of the budget among those of all municipalities."""
        return f"{self.gemeente}/{self.budgetnummer}"

    @property
    def state(self) -> bytes:
        """What the payer is told, apart from when: equal bytes are equal states. Personal; for keyed digests only."""
        return self.model_dump_json(exclude={"mutatie", "reeks", "zorg_in_natura"}).encode()


_DIGITS = re.compile("[0-9]+")


def mutation_order(mutatie: str) -> tuple[int, ...]:
    """By which changes of a budget are put in order: the numbers in it, so that 10 comes after 9."""
    return tuple(int(digits) for digits in _DIGITS.findall(mutatie))
