"""The toekenningen of the demonstration: rows of one file, with synthetic people and published test BSNs."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator

from hub.contracts.demonstration import DemoCase, DemoComparison, Demonstration, DemoPartner, DemoPlace, Line
from hub.contracts.fileformat import Part
from hub.routes.pgb.formats import SHEET, ToekenningFile
from hub.routes.pgb.reading import read
from hub.routes.pgb.rules import check
from hub.schemas.parsing import c14n_digest, parse

#: Seconds that the simulated payer thinks about a message. The real one takes days.
ANSWER_DELAY = 1.0

#: The budget that the simulated payer rejects, and its code.
_REJECTED, _CODE = "PGB-1002", "S329"

_CONNECTION = """\
[connections.svb]
partner = "svb"
call_deadline_seconds = 10

[connections.svb.settings]
display_name = "SVB"
url = "{url}"
own = {{ organisatie = "0392", applicatie = "ketenhub" }}
partner = {{ organisatie = "VWS", applicatie = "GGk" }}
"""


def file_of(today: dt.date) -> bytes:
    """The file of grants as a spreadsheet writes it: three good rows, and one whose function budgets pass the budget."""
    year, given = today.year + 1, f"{today:%d-%m-%Y}"
    rows = [
        f"0392;PGB-1001;2026-77;1;{given};1-1-{year};31-12-{year};12.000,50;999999047;9-3-2016;Voorbeeld;Lindelaan;12;2011 AB;"
        "Voorbeeldstad;45A04;",
        f"0392;{_REJECTED};2026-78;1;{given};1-1-{year};30-6-{year};4.500,00;123456782;14-9-2012;Proef;Dorpsstraat;3;2011 AB;"
        "Voorbeeldstad;45A99;",
        f"0473;PGB-2001;2026-80;1;{given};1-1-{year};31-12-{year};800,00;999990342;1-2-2018;Testkind;Zeestraat;8;2042 AA;"
        "Voorbeeld aan Zee;45A04;",
        f"0392;PGB-1003;2026-79;1;{given};1-1-{year};31-12-{year};3.000,00;111222333;3-4-2014;Testgeval;Kerkplein;1;2011 AB;"
        "Voorbeeldstad;45A04;3.500,00",
    ]
    headings = ";".join((*SHEET.required, "bedrag 1"))
    return "\r\n".join((headings, *rows, "")).encode("utf-8-sig")


def _row(number: int) -> Callable[[dt.date], bytes]:
    """The document of a row of the file."""

    def document(today: dt.date) -> bytes:
        parts = [item for item in ToekenningFile().read(io.BytesIO(file_of(today))) if isinstance(item, Part)]
        return parts[number].document

    return document


def _describe(offered: bytes) -> Iterator[Line]:
    """What is in it; with the first row, also what is wrong with the bad row of the same file."""
    document = json.loads(offered)
    count = len(document["functiebudgetten"])
    plural = "functiebudget" if count == 1 else "functiebudgetten"
    yield Line(f"Budget {document['budgetnummer']}: {count} {plural}, elke regel klopt", "full state, every rule held")
    if document["budgetnummer"] != "PGB-1001":
        return
    today = dt.date.fromisoformat(document["afgiftedatum"])
    for item in ToekenningFile().read(io.BytesIO(file_of(today))):
        if isinstance(item, Part) and (bad := read(item.document).document) is not None:
            for found in check(bad, today):
                column = item.columns.get(found.field, "")
                text = f"Regel {item.row} van het bestand gaat niet mee, kolom {column}: {found.message}"
                yield Line(text, f"row {item.row} is refused: {found.rule}", "bad")


def _arguments(place: DemoPlace) -> tuple[str, ...]:
    state = str(place.folder / "svb.state")
    rejecting = ("--reject", f"{_REJECTED}={_CODE}")
    return "svb", "--hub", f"{place.hub}/partners/svb", "--delay", str(ANSWER_DELAY), "--state", state, *rejecting


def _connection(place: DemoPlace, url: str) -> str:
    del place
    more = '[connections.svb.settings.inbound]\nalso_addressed_to = ["0473"]\n'
    return _CONNECTION.format(url=url) + more


def _digest(body: bytes) -> str:
    return c14n_digest(parse(body)).hex()


DEMONSTRATION = Demonstration(
    opening="Een bestand met vier toekenningen: één klopt niet en gaat niet mee, één wijst de gesimuleerde SVB af.",
    partners=(DemoPartner(connection="svb", arguments=_arguments, settings=_connection),),
    comparison=DemoComparison(digest=_digest, sentence="SVB ontving precies wat is vastgelegd", caption="same C14N digest"),
    describe=_describe,
    cases=(
        DemoCase(
            name="grant taken",
            title="Een toekenning die SVB overneemt",
            caption="a grant that the payer takes (Bv04, later a return without codes)",
            route="toekenning",
            expected="completed",
            document=_row(0),
        ),
        DemoCase(
            name="grant rejected",
            title="Een toekenning die SVB afwijst",
            caption="a grant that the payer rejects (a return with a code)",
            route="toekenning",
            expected="rejected",
            document=_row(1),
        ),
        DemoCase(
            name="payer away",
            title="Een toekenning terwijl SVB onbereikbaar is",
            caption="sent while the partner is down, delivered when it returns",
            route="toekenning",
            expected="completed",
            document=_row(2),
            partner_down=True,
        ),
    ),
)
