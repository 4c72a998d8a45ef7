"""What the simulated Digikoppeling adapter answers at once, and what it reads in the hub's answers."""

from __future__ import annotations

from hub.errors import DecodeFailure
from hub.simulators.deliveries import Said
from hub.simulators.serving import Reply
from hub.standards.stuf import Fout, Stuurgegevens, answer_to, read_fout, write_fout
from hub.transports import soap
from hub.transports.http_reply import HttpReply

XML = {"Content-Type": soap.CONTENT_TYPE}


def plain_fault(code: str, text: str) -> Reply:
    """A SOAP fault without a message of its own."""
    return Reply(500, soap.write_fault(code, text), XML)


def fo03(message: Stuurgegevens, fout: Fout) -> Reply:
    """Fo03 in a SOAP fault; a plain fault when the message has no referentienummer."""
    if not message.referentienummer:
        return plain_fault("Client", fout.omschrijving)
    faultcode = "Client" if fout.plek == "client" else "Server"
    return Reply(500, soap.write_fault(faultcode, "Fo03", write_fout(answer_to("Fo03", message), fout)), XML)


def read_hubs_answer(reply: HttpReply) -> Said:
    """What the hub said to a delivery."""
    try:
        message = soap.read_message(reply.body)
    except DecodeFailure:
        return Said(f"http:{reply.status}")
    if message.fault is None:
        name = str(message.body[0].tag).rpartition("}")[2] if len(message.body) == 1 else ""
        return Said("Bv03", "confirmed") if name == "Bv03Bericht" and reply.status == 200 else Said(f"foreign:{name}")
    for detail in message.fault.detail:
        if str(detail.tag).endswith("}Fo03Bericht"):
            fout = read_fout(detail)
            return Said(fout.code, "refused" if fout.plek == "client" else "pending")
    return Said(f"fault:{message.fault.code}")
