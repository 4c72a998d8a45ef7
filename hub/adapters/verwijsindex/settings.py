"""Settings of a connection to an index: its WSDL, and how our messages map to its operations, fields and codes.

The defaults map to the stand-in WSDL that ships with the hub. Another product's index is connected by these settings alone.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub.config.secrets import Secret
from hub.transports.settings import PartnerSettings

#: Our stand-in. The real interface is not public.
STAND_IN_WSDL = Path(__file__).parent / "stand_in.wsdl"

_WHO = ("id", "naam", "organisatie", "telefoon", "email")


class Reaction(StrEnum):
    """What an answer of the index leads to."""

    TAKEN = "taken"  # it did what was asked, or had done so before
    PARK = "park"  # it says no: a person has to look
    RETRY = "retry"  # not now
    PAUSE = "pause"  # the connection is wrong, no message is to blame


class Operation(BaseModel):
    """One of our messages as an operation of the index.

    ``fields`` says what goes where: a path in the operation's input (names joined by dots) -> a path in our message, or
    ``=text`` for a constant, so that one operation of theirs can serve several messages of ours. What is absent in our message
    is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Name of the operation in the WSDL.
    operation: str
    #: Path in its input -> path in our message, or ``=constant``.
    fields: dict[str, str] = Field(default={})
    #: Path in the answer that holds the result; empty: any answer without a fault means that it was done.
    result: str = "resultaat"


def _people(*names: str) -> dict[str, str]:
    return {f"{name}.{field}": f"{name}.{field}" for name in names for field in _WHO}


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_DECIDED = {"beslotenDoor": "besluit.door", "beslotenOp": "besluit.op"}
_YOUNG = _same("jongere.bsn", "jongere.geslachtsnaam", "jongere.geboortedatum", "jongere.geslacht")


class Operations(BaseModel):
    """What the hub does at an index."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: A report.
    melding: Operation = Operation(
        operation="registreerMelding",
        fields={
            **_same("meldingId", "tijdstip", "verwijderdatum"),
            **_YOUNG,
            **_people("melder", "coordinator"),
            **_DECIDED,
        },
    )
    #: A change of a report.
    wijziging: Operation = Operation(
        operation="wijzigMelding",
        fields={**_same("meldingId", "verwijderdatum"), **_people("melder", "coordinator"), **_DECIDED},
    )
    #: The end of a report.
    beeindiging: Operation = Operation(operation="verwijderMelding", fields=_same("meldingId", "reden"))
    #: Asks whether a report stands; absent: the index cannot be asked.
    bekend: Operation | None = Operation(operation="zoekMelding", fields=_same("meldingId"))
    #: Fetches signals; absent: they are not fetched.
    signalen: Operation | None = Operation(operation="haalSignalen", result="")
    #: Tells the index that a signal was taken; absent: it does not want to know.
    gelezen: Operation | None = Operation(operation="bevestigSignaal", fields=_same("signaalId"))


class SignalMapping(BaseModel):
    """Where the parts of a signal stand in the answer of ``operations.signalen``; paths of local names joined by dots."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: A signal, from the answer's element.
    item: str = "signaal"
    #: The other reporters, from a signal.
    other: str = "ander"
    #: Identity of the signal, from a signal.
    id: str = "signaalId"
    #: Our report, from a signal.
    melding: str = "meldingId"
    #: Whether the reports are about the same person, from a signal.
    same: str = "zelfdeJongere"
    #: Whether the other report is current or archived, from a signal.
    source: str = "bron"
    #: Fields of a reporter, ours -> theirs, from a reporter.
    who: dict[str, str] = {name: name for name in _WHO}

    @model_validator(mode="after")
    def _only_fields_that_we_have(self) -> SignalMapping:
        unknown = sorted(self.who.keys() - set(_WHO))
        if unknown:
            raise ValueError(f"a reporter has no field {', '.join(unknown)}; there are {', '.join(_WHO)}")
        return self


class IndexSettings(PartnerSettings):
    """The connection to an index."""

    #: How users know the partner.
    display_name: str = "Verwijsindex"
    #: Where the index listens.
    url: str
    #: WSDL on disk, with the schemas it imports beside it; the default is a stand-in of ours.
    wsdl: Path = STAND_IN_WSDL
    #: Name of the account for basic authentication; empty sends none.
    username: str = ""
    #: Its password, as file:PATH or env:NAME.
    password: Secret | None = None
    #: Seconds for connecting, and again for the TLS handshake.
    connect_timeout_seconds: float = Field(default=10.0, gt=0, le=3600)
    #: Seconds for each read or write.
    read_timeout_seconds: float = Field(default=30.0, gt=0, le=3600)
    #: Seconds between two looks whether there are signals.
    every_seconds: float = Field(default=60.0, gt=0, le=86_400)
    #: What the index does with the same message twice: "unsafe" never repeats a doubtful call, it asks the index or a person.
    repeat: Literal["unsafe", "recognised"] = "unsafe"
    #: Dates as the index writes them (strftime); empty is ISO 8601.
    date_format: str = ""
    #: Moments as the index writes them (strftime); empty is ISO 8601.
    moment_format: str = ""
    #: Path in our message -> our value -> the index's value.
    codes: dict[str, dict[str, str]] = Field(default={})
    #: The index's word in an answer of ``bekend`` for a report that stands, and for one that does not.
    known: str = "BEKEND"
    unknown: str = "ONBEKEND"
    #: The index's word in a signal for yes, and for an archived report.
    yes: str = "ja"
    archived: str = "archief"
    #: Result, ``http:<status>`` or ``fault:<faultcode>`` -> reaction.
    reactions: dict[str, Reaction] = Field(default={})
    #: What the hub does at the index.
    operations: Operations = Operations()
    #: What signals look like.
    signal: SignalMapping = SignalMapping()

    @model_validator(mode="after")
    def _password_belongs_to_a_name(self) -> IndexSettings:
        if bool(self.username) != (self.password is not None):
            raise ValueError("username and password belong together")
        return self

    def reaction_table(self) -> dict[str, Reaction]:
        """The defaults with this connection's own reactions over them."""
        return DEFAULT_REACTIONS | self.reactions


#: Reactions where the settings say nothing; an unknown result parks, an unknown fault is tried again.
DEFAULT_REACTIONS: dict[str, Reaction] = {
    "OK": Reaction.TAKEN,
    "LATER": Reaction.RETRY,
    "http:401": Reaction.PAUSE,
    "http:403": Reaction.PAUSE,
    "http:404": Reaction.PAUSE,
    "http:407": Reaction.PAUSE,
    "fault:Client": Reaction.PARK,
    "fault:VersionMismatch": Reaction.PARK,
    "fault:MustUnderstand": Reaction.PARK,
}
