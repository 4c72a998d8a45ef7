"""Does what only code in the hub's own process can do: propose an order, and decide about it. Writes JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from hub.assembly import Hub
from hub.config import load
from hub.intake.preparing import NeedsDecision
from hub.message import Caller


def main(config_file: str) -> None:
    hub = Hub(load(Path(config_file), env={}))
    document = json.dumps({"artikel": "kast", "aantal": 1}).encode()
    told = {}
    try:
        hub.intake.accept("probe_decided", document, Caller("api_key", "system"))
    except NeedsDecision as error:
        told["refused"] = error.code
    proposed = hub.intake.propose("probe_decided", document, Caller("api_key", "system"))
    taken = hub.intake.decide(proposed.proposal_id, Caller("user", "inkoper"))
    again = hub.intake.decide(proposed.proposal_id, Caller("user", "inkoper"))
    told |= {"message": str(taken.message_id), "again": again.again and again.message_id == taken.message_id}
    print(json.dumps(told))
    hub.close()


main(sys.argv[1])
