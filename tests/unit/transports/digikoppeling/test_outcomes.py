"""Every row of the outcome table of Digikoppeling Intern."""

from __future__ import annotations

import pytest

from hub.errors import ConnectionFault, HubError, Reached, Refused, Throttled, Unavailable
from hub.message import Outgoing, new_id
from hub.standards.stuf import Fout, Stuurgegevens, Systeem, answer_to, write_bevestiging, write_fout
from hub.transports import soap
from hub.transports.digikoppeling.outcomes import DEFAULT_REACTIONS, Reaction, judge
from hub.transports.http_reply import HttpReply

SECRET = "Pietje-999999047"
SENT = Stuurgegevens("Di01", Systeem("oin-1", "jeugd"), Systeem("oin-2", "raad"), "ref-1")


def outgoing(*, earlier_maybe: bool = False) -> Outgoing:
    return Outgoing(new_id(), "raadsverzoek", "corv", "vtoDi01", "ref-1", b"<x/>", 1, earlier_maybe)


def http(body: bytes, status: int = 200, **headers: str) -> HttpReply:
    return HttpReply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def confirmation(code: str = "Bv04") -> bytes:
    return soap.write_message(write_bevestiging(answer_to(code, SENT)))


def fo03(code: str, plek: str, *, faultcode: str = "Client") -> bytes:
    fout = write_fout(answer_to("Fo03", SENT), Fout(code, plek, SECRET, SECRET))
    return soap.write_fault(faultcode, SECRET, fout)


def raised(reply: HttpReply, *, earlier_maybe: bool = False, **more: Reaction) -> HubError:
    with pytest.raises(HubError) as caught:
        judge(reply, outgoing(earlier_maybe=earlier_maybe), {**DEFAULT_REACTIONS, **more})
    assert SECRET not in repr(caught.value) + caught.value.text + getattr(caught.value, "partner_code", "")
    return caught.value


@pytest.mark.parametrize("code", ["Bv04", "Bv03"])
def test_a_confirmation_means_taken_over(code: str) -> None:
    receipt = judge(http(confirmation(code)), outgoing())
    assert (receipt.code, receipt.remark, receipt.evidence) == (code, "", confirmation_like(receipt.evidence))


def confirmation_like(evidence: bytes | None) -> bytes | None:
    assert evidence is not None
    assert b"crossRefnummer>ref-1<" in evidence
    return evidence


def test_a_minimal_bv04_is_accepted_as_a_named_exception() -> None:
    bare = b'<S:Bv04Bericht xmlns:S="http://www.egem.nl/StUF/StUF0301"><S:stuurgegevens><S:berichtcode>Bv04</S:berichtcode>'
    receipt = judge(http(soap.write_message(bare + b"</S:stuurgegevens></S:Bv04Bericht>")), outgoing())
    assert (receipt.code, receipt.remark) == ("Bv04", "minimal confirmation: only berichtcode")


def test_a_confirmation_that_names_no_message_is_remarked() -> None:
    bare = confirmation().replace(b"<StUF:crossRefnummer>ref-1</StUF:crossRefnummer>", b"")
    assert judge(http(bare), outgoing()).remark == "the confirmation does not say of what"


@pytest.mark.parametrize("earlier_maybe", [False, True])
@pytest.mark.parametrize(
    "reply",
    [
        http(confirmation()),
        http(confirmation("Bv03")),
        http(fo03("StUF055", "client"), 500),
        http(fo03("StUF016", "client"), 500),
        http(fo03("StUF058", "server"), 500),
    ],
)
def test_an_answer_about_another_message_proves_nothing(reply: HttpReply, earlier_maybe: bool) -> None:
    other = Outgoing(new_id(), "r", "corv", "vtoDi01", "ref-2", b"<x/>", 1, earlier_maybe)
    with pytest.raises(Unavailable) as caught:
        judge(reply, other)
    assert (caught.value.code, caught.value.reached) == ("answer_to_another", Reached.MAYBE)
    assert caught.value.text.endswith("about another message than ours")
    assert caught.value.evidence == reply.body


@pytest.mark.parametrize(("status", "faultcode"), [(500, "Client"), (500, "Server"), (200, "Client")])
def test_an_fo03_by_the_client_parks(status: int, faultcode: str) -> None:
    error = raised(http(fo03("StUF055", "client", faultcode=faultcode), status))
    assert isinstance(error, Refused)
    assert (error.partner_code, error.code, error.text) == ("StUF055", "refused", "Fo03 StUF055 (client)")


def test_an_fo03_with_an_unknown_code_goes_by_its_place() -> None:
    assert isinstance(raised(http(fo03("StUF999", "client"), 500)), Refused)
    error = raised(http(fo03("StUF999", "server"), 500))
    assert isinstance(error, Unavailable)
    assert error.reached is Reached.NO  # the partner says itself that it did not take the message


def test_an_fo03_without_a_place_goes_by_the_fault_around_it() -> None:
    body = fo03("StUF999", "", faultcode="Client").replace(b"<StUF:plek></StUF:plek>", b"")
    assert isinstance(raised(http(body, 500)), Refused)
    assert isinstance(raised(http(body.replace(b"soap:Client", b"soap:Server"), 500)), Unavailable)


def test_an_fo03_by_the_server_is_tried_again() -> None:
    error = raised(http(fo03("StUF058", "server", faultcode="Server"), 500))
    assert isinstance(error, Unavailable)
    assert not isinstance(error, Throttled)


def test_an_fo03_without_a_fault_around_it_is_understood() -> None:
    bare = soap.write_message(write_fout(answer_to("Fo03", SENT), Fout("StUF055", "client", SECRET)))
    assert isinstance(raised(http(bare)), Refused)


def test_a_duplicate_after_an_unknown_outcome_was_probably_taken_over() -> None:
    receipt = judge(http(fo03("StUF016", "server"), 500), outgoing(earlier_maybe=True))
    assert receipt.code == "StUF016"
    assert "business answer decides" in receipt.remark


def test_a_duplicate_after_sure_failures_is_a_real_clash() -> None:
    error = raised(http(fo03("StUF016", "server"), 500), earlier_maybe=False)
    assert isinstance(error, Refused)
    assert (error.code, error.partner_code) == ("reference_clash", "StUF016")


@pytest.mark.parametrize("code", ["Client", "VersionMismatch", "MustUnderstand", "Client.Authentication"])
def test_other_faults_by_the_client_park(code: str) -> None:
    assert isinstance(raised(http(soap.write_fault(code, SECRET), 500)), Refused)


@pytest.mark.parametrize("code", ["Server", "Server.Busy", "Odd", ""])
def test_other_faults_are_tried_again(code: str) -> None:
    error = raised(http(soap.write_fault(code, SECRET), 500))
    assert isinstance(error, Unavailable)
    assert error.reached is Reached.MAYBE


@pytest.mark.parametrize("status", [200, 202, 301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Bad Gateway</body></html>",
        b"<html><p>not well-formed",
        b"\x00\xff\xfe garbage",
        soap.write_message(b""),
        soap.write_message(b"<other/>"),
        soap.write_message(b"<a/><b/>"),
    ],
)
def test_whatever_is_not_the_partners_answer_is_tried_again(status: int, body: bytes) -> None:
    error = raised(http(body, status))
    assert isinstance(error, Unavailable)
    assert error.code == ("foreign_answer" if status < 400 else "partner_unavailable")
    assert error.reached is Reached.MAYBE


def test_two_confirmations_or_one_in_a_foreign_namespace_confirm_nothing() -> None:
    bv04 = write_bevestiging(answer_to("Bv04", SENT))
    assert isinstance(raised(http(soap.write_message(bv04 + bv04))), Unavailable)
    assert isinstance(raised(http(soap.write_message(b'<Bv04Bericht xmlns="urn:other"/>'))), Unavailable)
    assert isinstance(raised(http(soap.write_message(b"<w>" + bv04 + b"</w>"))), Unavailable)


def test_a_confirmation_with_an_error_status_confirms_nothing() -> None:
    assert isinstance(raised(http(confirmation(), 500)), Unavailable)
    assert isinstance(raised(http(confirmation(), 302)), Unavailable)


@pytest.mark.parametrize(("status", "code"), [(400, "refused"), (405, "refused"), (413, "too_large"), (431, "refused")])
@pytest.mark.parametrize("body", [b"", b"<html><body>Request Entity Too Large</body></html>", soap.write_message(b"<other/>")])
def test_what_will_be_answered_in_the_same_way_for_ever_parks_at_once(status: int, code: str, body: bytes) -> None:
    error = raised(http(body, status))
    assert isinstance(error, Refused)
    assert (error.code, error.partner_code) == (code, f"http:{status}")
    assert f"HTTP {status}" in error.text
    assert f"{len(outgoing().body)} bytes" in error.text


def test_the_settings_may_say_that_such_a_status_is_of_the_moment() -> None:
    assert isinstance(raised(http(b"", 405), **{"http:405": Reaction.RETRY}), Unavailable)


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "authentication_failed"), (403, "authentication_failed"), (404, "address_wrong"), (407, "authentication_failed")],
)
@pytest.mark.parametrize("body", [b"", b"<html/>", fo03("StUF055", "client")])
def test_401_403_404_and_407_pause_the_connection_and_harm_no_message(status: int, code: str, body: bytes) -> None:
    error = raised(http(body, status))
    assert isinstance(error, ConnectionFault)
    assert error.code == code


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(status: int) -> None:
    error = raised(http(b"busy", status, retry_after="17"))
    assert isinstance(error, Throttled)
    assert error.after == 17.0


def test_the_settings_of_a_connection_change_reactions() -> None:
    assert isinstance(raised(http(fo03("StUF058", "server"), 500), StUF058=Reaction.PARK), Refused)
    assert isinstance(raised(http(fo03("StUF055", "client"), 500), StUF055=Reaction.PAUSE), ConnectionFault)
    assert isinstance(raised(http(b"too large", 413), **{"http:413": Reaction.PARK}), Refused)
    assert isinstance(raised(http(soap.write_fault("Client", ""), 500), **{"fault:Client": Reaction.RETRY}), Unavailable)
    assert isinstance(raised(http(b"", 404), **{"http:404": Reaction.RETRY}), Unavailable)
    taken = judge(http(fo03("StUF016", "server"), 500), outgoing(), {"StUF016": Reaction.SENT})
    assert taken.code == "StUF016"


def test_a_code_that_is_no_code_is_not_repeated() -> None:
    body = fo03("X", "client").replace(b"<StUF:code>X<", f"<StUF:code>{SECRET} {SECRET}<".encode())
    assert "without a readable code" in raised(http(body, 500)).text
