"""Messages as files for the portal: out-folder, in-folder and receipts; and what comes back finds its message."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import time
from pathlib import Path

import pytest

from hub.adapters.svb.client import make
from hub.adapters.svb.endpoint import SvbEndpoint
from hub.adapters.svb.files import SENT, NoFiles, SvbFiles, make_source
from hub.adapters.svb.settings import FileSettings, SvbSettings
from hub.contracts.adapter import InboundRequest
from hub.contracts.inbound import InboundSource
from hub.errors import ConnectionFault, NotConnected, Untrusted
from hub.message import Outgoing, new_id
from hub.routes.pgb import cases
from hub.schemas.parsing import parse
from hub.simulators.svb import answers
from hub.standards.istandaarden import read_envelope
from hub.testing import source_suite as suite
from hub.transports.digikoppeling.settings import SystemSettings
from tests.partners.pgb.processes import PgbFiles
from tests.partners.pgb.test_adapter import TOLD


def settings(folder: Path) -> SvbSettings:
    return SvbSettings(
        transport="files",
        own=SystemSettings(organisatie="0392", applicatie="ketenhub"),
        partner=SystemSettings(organisatie="VWS", applicatie="GGk"),
        files=FileSettings(uit=folder / "uit", binnen=folder / "binnen", settle_seconds=0),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("uit", "binnen"):
        (tmp_path / name).mkdir()
    return tmp_path


def outgoing() -> Outgoing:
    reference = "0b8b5c1e-8a4e-4f0e-9d1c-000000000001"
    return Outgoing(new_id(), "toekenning", "svb", "ggk_Di01", reference, b"<bericht/>", 1, False)


def test_the_settings_choose_between_the_two_ways(folder: Path) -> None:
    assert isinstance(make(settings(folder), "svb"), SvbFiles)
    plain = {"own": {"organisatie": "0392", "applicatie": "ketenhub"}, "partner": {"organisatie": "VWS", "applicatie": "GGk"}}
    assert isinstance(make_source(SvbSettings.model_validate({**plain, "url": "http://x.invalid/"}), "svb"), NoFiles)
    for wrong in (plain, {**plain, "transport": "files"}):
        with pytest.raises(ValueError, match=r"url is missing|needs files"):
            SvbSettings.model_validate(wrong)
    by_files = {**plain, "transport": "files", "files": {"uit": "/u", "binnen": "/b"}}
    assert SvbSettings.model_validate(by_files, context={"environment": "productie"}).url == "", "nobody calls"
    with pytest.raises(ValueError, match="inbound takes what anybody delivers"):
        SvbSettings.model_validate({**plain, "url": "http://x.invalid/"}, context={"environment": "productie"})
    with pytest.raises(Untrusted):
        SvbEndpoint(settings(folder)).authenticate(InboundRequest({}, b""))


def test_a_message_is_one_file_and_a_repeat_writes_none(folder: Path) -> None:
    adapter, message = make(settings(folder), "svb"), outgoing()
    receipt = adapter.send(message)
    (written,) = [path for path in (folder / "uit").iterdir() if path.is_file()]
    assert written.name == f"ggk_Di01-{message.reference}.xml"
    assert written.read_bytes() == message.body
    assert receipt.evidence is not None
    assert json.loads(receipt.evidence)["sha256"] == hashlib.sha256(message.body).hexdigest()
    assert (receipt.remark, adapter.send(message).remark) == ("", "the file was there already")
    written.rename(folder / "uit" / SENT / written.name)
    assert adapter.send(message).remark == "the file was there already"
    assert [path.name for path in (folder / "uit").iterdir()] == [SENT], "what was uploaded is not offered again"


def test_a_folder_that_is_away_is_not_the_message_s_fault(folder: Path) -> None:
    adapter = make(settings(folder), "svb")
    (folder / "uit").rename(folder / "weg")
    assert not adapter.ping().ok
    with pytest.raises(NotConnected):
        adapter.send(outgoing())
    (folder / "uit").write_text("no folder")
    with pytest.raises(ConnectionFault):
        adapter.send(outgoing())


class FilesBench:
    """The in-folder; it is away when it has another name."""

    patience = 10.0
    can_hang = False

    def __init__(self, folder: Path) -> None:
        self._folder, self._settings = folder / "binnen", settings(folder)
        self._numbers = itertools.count()
        self._made: list[InboundSource] = []

    def source(self) -> InboundSource:
        self._made.append(make_source(self._settings, "svb"))
        return self._made[-1]

    def put(self, reference: str, *, good: bool = True) -> None:
        body = answers.fo01(TOLD, "IB007") if good else b"<nothing/>"
        body = re.sub(rb"(<StUF:referentienummer>)[^<]*", rb"\g<1>" + reference.encode(), body, count=1)
        file = self._folder / f"{reference}.xml"
        file.write_bytes(body + f"<!-- {suite.MARKED} -->".encode())
        moment = time.time() - 1000 + next(self._numbers)
        os.utime(file, (moment, moment))

    def away(self, away: bool) -> None:
        other = self._folder.with_name("weg")
        (self._folder if away else other).rename(other if away else self._folder)

    def hang(self) -> None:
        raise NotImplementedError

    def wait_for_poll(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        for source in self._made:
            source.close()


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
def test_the_in_folder_keeps_the_contract_of_sources(folder: Path, check: suite.Check) -> None:
    bench = FilesBench(folder)
    check(bench)
    bench.close()


def _told(hub: PgbFiles, path: Path) -> dict[str, object]:
    """What an uploaded file says, as far as its return needs it."""
    envelope = read_envelope(parse(path.read_bytes()))
    payload = parse(envelope.bericht)
    number, budget = (payload.findtext(f".//{{*}}{name}") for name in ("Identificatie", "Budgetidentificatie"))
    return {**TOLD, "identificatie": number, "budget": budget, "reference": envelope.stuurgegevens.referentienummer}


@pytest.mark.parametrize("bare", [False, True], ids=["in its envelope", "without envelope"])
@pytest.mark.parametrize(("code", "status"), [("0200", "completed"), ("S329", "rejected")])
def test_what_comes_back_as_a_file_finds_its_message(files: PgbFiles, bare: bool, code: str, status: str) -> None:
    name = f"F-{int(bare)}-{code}"
    message_id = files.grant(budgetnummer=name)
    files.wait(message_id, "sent")
    (path,) = files.out.glob(f"*{files.view(message_id).reference}.xml")
    path.rename(files.out / SENT / path.name)
    back = answers.retour(_told(files, path.with_name(SENT) / path.name), [code])
    files.put(f"{name}.xml", read_envelope(parse(back)).bericht if bare else back)
    assert files.wait(message_id).status == status
    (budget,) = cases.find(files.hub.journal, name)
    assert budget.outcome == status
    (returned,) = cases.returns_to(files.hub.journal, [message_id])[message_id]
    assert returned.codes.endswith(f"={code}") or (returned.codes, code) == ("", "0200")
    files.wait_until((files.back / "verwerkt" / f"{name}.xml").exists, "the file is put away")
    files.put(f"{name}-again.xml", back)
    files.wait_until((files.back / "verwerkt" / f"{name}-again.xml").exists, "the same return again")
    assert files.view(message_id).status == status


def test_what_is_no_message_is_put_aside_with_the_reason(files: PgbFiles) -> None:
    files.put("vreemd.xml", b"<vreemd/>")
    reason = files.back / "geweigerd" / "vreemd.xml.reden.txt"
    files.wait_until(reason.exists, "a reason beside it")
    other = answers.retour({**TOLD, "afzender": "0999"}, ["0200"])
    files.put("ander.xml", read_envelope(parse(other)).bericht)
    refused = files.back / "geweigerd" / "ander.xml.reden.txt"
    files.wait_until(refused.exists, "a return to another organisation is not ours")
