"""The tasks of this exchange in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from hub.assembly import Hub
from hub.contracts.exchange import TaskText
from hub.journal.outstanding import OpenTask
from hub.routes.plekvrij.effects import PAUSED
from hub.routes.plekvrij.kinds import Freshness
from hub.routes.plekvrij.pages.offers import by_subject
from hub.routes.plekvrij.pages.own import PATH
from hub.routes.plekvrij.pages.subscribing import PATH as SUBSCRIBERS


def describe(hub: Hub, tasks: Sequence[OpenTask]) -> list[TaskText | None]:
    """Each task; None for one about an offer that is gone."""
    now = dt.datetime.now(dt.UTC)
    views = by_subject(hub, [task.subject for task in tasks], now)
    found: list[TaskText | None] = []
    for task in tasks:
        view = views.get(task.subject)
        if task.kind == f"plekvrij.{PAUSED}":
            told = "Deze abonnee nam te vaak niets aan en ging op pauze. Vraag wat er is, hervat en stuur na wat gemist is."
            found.append(TaskText("Abonnee", told, SUBSCRIBERS))
        elif view is None:
            found.append(None)
        else:
            gone = view.fresh is Freshness.UNKNOWN
            told = "De opgave is verlopen: verwijzers zien dat het onbekend is." if gone else "De opgave verloopt bijna."
            name = f"{view.offer.locatie.naam}, {view.kind.name}"
            sentence = f"{told} Klopt het nog? Bevestig, werk bij, of zeg dat deze plek er niet meer is."
            found.append(TaskText(name, sentence, PATH, scope=f"agb:{view.offer.aanbieder.agb}"))
    return found
