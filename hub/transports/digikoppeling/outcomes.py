"""What an answer of a Digikoppeling adapter means for the message; one pure function.

The table is that of ``docs/delivery-guarantees.md``: Bv means taken over, Fo03 refused or not now. Anything else leaves the hub
responsible, also a Bv or Fo03 about another message. Partners differ in how they use codes, so codes map to reactions in a
table of the connection's settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from lxml import etree

from hub.errors import ConnectionFault, DecodeFailure, HubError, Reached, Refused, Stage, Unavailable
from hub.message import Outgoing, Receipt
from hub.standards.stuf import STUF, read_fout, read_stuurgegevens
from hub.transports import soap
from hub.transports.http_reply import HttpReply
from hub.transports.not_now import not_now

_CONFIRMATIONS = {f"{{{STUF}}}{code}Bericht": code for code in ("Bv04", "Bv03")}
_FO03 = f"{{{STUF}}}Fo03Bericht"

#: Of the 4xx, what may be answered otherwise in a while: request time-out, too early, too many requests.
_OF_THE_MOMENT = frozenset({408, 425, 429})

#: Codes are shown, so only what looks like a code is: letters, digits, dot and hyphen.
_CODE = re.compile(r"[A-Za-z0-9.-]{1,20}")


class Reaction(StrEnum):
    """What an answer leads to."""

    SENT = "sent"  # the partner's side took over
    PARK = "park"  # a person has to look
    RETRY = "retry"  # not now
    PAUSE = "pause"  # the connection is wrong, no message is to blame
    CLASH = "clash"  # sent when an earlier attempt may have arrived, else a real clash of references: park


#: Reactions where the settings say nothing. Keys are StUF codes, ``http:<status>`` and ``fault:<faultcode>``. (The codes come
#: from one informal source, so they are a setting.)
DEFAULT_REACTIONS: Mapping[str, Reaction] = {
    "StUF016": Reaction.CLASH,
    "StUF055": Reaction.PARK,
    "StUF058": Reaction.RETRY,
    "fault:Client": Reaction.PARK,
    "fault:VersionMismatch": Reaction.PARK,
    "fault:MustUnderstand": Reaction.PARK,
    "http:401": Reaction.PAUSE,
    "http:403": Reaction.PAUSE,
    "http:404": Reaction.PAUSE,
    "http:407": Reaction.PAUSE,
}


def judge(reply: HttpReply, outgoing: Outgoing, reactions: Mapping[str, Reaction] = DEFAULT_REACTIONS) -> Receipt:
    """The receipt when the partner's side took over; everything else is raised. No text holds content.

    Args:
        reply: The answer as it came.
        outgoing: What was sent; ``earlier_maybe`` decides what a duplicate's refusal means.
        reactions: Table of the connection; see ``DEFAULT_REACTIONS``.

    Raises:
        ConnectionFault: 401, 403, 404 or 407: credentials or address.
        Throttled: The partner asked to wait (429 or 503 with Retry-After).
        Unavailable: Not now.
        Refused: The partner refused the message.
        All of these carry the answer as ``evidence``.
    """
    try:
        return _judge(reply, outgoing, reactions)
    except HubError as error:
        error.evidence = reply.body
        raise


def _judge(reply: HttpReply, outgoing: Outgoing, reactions: Mapping[str, Reaction] = DEFAULT_REACTIONS) -> Receipt:
    status = f"http:{reply.status}"
    if reactions.get(status) is Reaction.PAUSE:
        raise _connection_fault(reply.status)
    try:
        message = soap.read_message(reply.body)
    except DecodeFailure:
        raise _not_soap(reply, outgoing, reactions.get(status)) from None
    if message.fault is None:
        if 200 <= reply.status < 300 and len(message.body) == 1:
            child = message.body[0]
            if child.tag in _CONFIRMATIONS:
                _refuse_another(child, outgoing)
                return Receipt(_CONFIRMATIONS[child.tag], _remark(child), reply.body)
            if child.tag == _FO03:  # some adapters send it without the fault around it
                return _judge_fo03(child, "", reply, outgoing, reactions)
        raise _not_soap(reply, outgoing, reactions.get(status))
    for detail in message.fault.detail:
        if detail.tag == _FO03:
            return _judge_fo03(detail, message.fault.code, reply, outgoing, reactions)
    raise _judge_fault(message.fault.code, reply, reactions)


def _judge_fo03(
    element: etree._Element, faultcode: str, reply: HttpReply, outgoing: Outgoing, reactions: Mapping[str, Reaction]
) -> Receipt:
    _refuse_another(element, outgoing)
    fout = read_fout(element)
    code = _safe_code(fout.code)
    plek = fout.plek or {"Client": "client", "Server": "server"}.get(faultcode, "")
    reaction = reactions.get(code) or (Reaction.PARK if plek == "client" else Reaction.RETRY)
    text = f"Fo03 {code} ({plek if plek in ('client', 'server') else 'no place'})"
    if reaction is Reaction.CLASH:
        if not outgoing.earlier_maybe:
            raise Refused(f"{text}: the reference is in use with other content", partner_code=code, code="reference_clash")
        remark = f"{text} after an attempt with unknown outcome: probably taken over then; the business answer decides"
        return Receipt(code, remark, reply.body)
    if reaction is Reaction.SENT:
        return Receipt(code, f"{text}: taken as delivered by the settings of this connection", reply.body)
    if reaction is Reaction.PARK:
        raise Refused(text, partner_code=code)
    if reaction is Reaction.PAUSE:
        raise ConnectionFault(text, code="authentication_failed", stage=Stage.SENDING)
    raise Unavailable(text, stage=Stage.SENDING)  # an explicit "not taken": it did not arrive


def _refuse_another(answer: etree._Element, outgoing: Outgoing) -> None:
    """Raise when an answer names another message than ours: it proves nothing about ours, which may have arrived."""
    named = read_stuurgegevens(answer).cross_refnummer
    if named and named != outgoing.reference:
        text = f"{str(answer.tag).rpartition('}')[2]} about another message than ours"
        raise Unavailable(text, code="answer_to_another", reached=Reached.MAYBE, stage=Stage.SENDING)


def _judge_fault(faultcode: str, reply: HttpReply, reactions: Mapping[str, Reaction]) -> HubError:
    code = _safe_code(faultcode)
    reaction = reactions.get(f"fault:{code}")
    if reaction is Reaction.PARK:
        return Refused(f"SOAP fault {code}", partner_code=code)
    if reaction is Reaction.PAUSE:
        return ConnectionFault(f"SOAP fault {code}", code="authentication_failed", stage=Stage.SENDING)
    return not_now(reply, f"SOAP fault {code}", "partner_unavailable")


def _not_soap(reply: HttpReply, outgoing: Outgoing, reaction: Reaction | None) -> HubError:
    """An answer that is not from the partner's application: a proxy, a maintenance page, an empty body.

    A 4xx says that this request is wrong, so that the same one will be answered in the same way (RFC 9110, 15.5), except those
    that speak of the moment.
    """
    if reaction is None and 400 <= reply.status < 500 and reply.status not in _OF_THE_MOMENT:
        code = "too_large" if reply.status == 413 else "refused"
        text = f"HTTP {reply.status} to a message of {len(outgoing.body)} bytes"
        return Refused(text, partner_code=f"http:{reply.status}", code=code)
    text = f"HTTP {reply.status} with {'something else than expected' if reply.body else 'an empty body'}"
    if reaction is Reaction.PARK:
        return Refused(f"HTTP {reply.status}", partner_code=f"http:{reply.status}")
    return not_now(reply, text, "foreign_answer" if reply.status < 400 else "partner_unavailable")


def _connection_fault(status: int) -> ConnectionFault:
    code = "address_wrong" if status == 404 else "authentication_failed"
    return ConnectionFault(f"HTTP {status}", code=code, stage=Stage.SENDING)


def _remark(confirmation: etree._Element) -> str:
    """Deviations of a confirmation that did not justify doubting it.

    StUF's schema demands full stuurgegevens in Bv04, the text of Digikoppeling Intern only berichtcode: a *minimal* Bv04 is
    accepted by this client as a named exception, although it is invalid by the schema.
    """
    found = read_stuurgegevens(confirmation)
    if found.cross_refnummer:
        return ""
    return "the confirmation does not say of what" if found.referentienummer else "minimal confirmation: only berichtcode"


def _safe_code(code: str) -> str:
    return code if _CODE.fullmatch(code) else "without a readable code"
