"""``hub verwijsindex``: what is left of each municipality's reports and when it is gone, and the account of who did what."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.frame import JsonOption, group, note, result, result_json
from hub.cli.session import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.assembly import Hub

app = group("Reports in the index: what is left of them, and who did what.")


@app.command(short_help="What is left per municipality, and when it is gone.")
def remaining(as_json: JsonOption = False) -> None:
    """Tell per municipality how many reports stand, in which months they are removed, and when the last of them is gone.

    After the switch-off of a municipality this is its wind-down report. It holds numbers and days, nothing about anybody.

    \b
    Examples:
      hub verwijsindex remaining
      hub verwijsindex remaining --json
    """
    from hub.routes.verwijsindex import cases

    with opened() as hub:
        off, found = _switched_off(hub), {one.gemeente: one for one in cases.remaining(hub.journal)}
    for name in sorted({*off, *found}):
        one = found.get(name) or cases.Remaining(name, 0, 0, None, {}, 0, None)
        day = off.get(name)
        if as_json:
            result_json({"municipality": name, "switched_off": day, **one._asdict()})
            continue
        since = f"switched off from {day}; " if day else ""
        ended = f", {one.ended} removed" + (f", the last on {one.last_ended:%Y-%m-%d}" if one.last_ended else "")
        left = (
            f"{one.standing} standing, {one.ending} being removed, all gone by {one.gone_by}" if one.gone_by else "nothing left"
        )
        result(f"{name}  {since}{left}{ended}")
        for month, count in one.months.items():
            result(f"        {month}  {count}")


@app.command(short_help="Who reported, changed, removed, received and made contact.")
def log(
    days: Annotated[int, typer.Option(metavar="N", min=1, max=36_500, help="Look back this many days.")] = 30,
    account: Annotated[str, typer.Option(metavar="NAME", help="Only what this account did or received.")] = "",
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="At most this many lines.")] = 1000,
    as_json: JsonOption = False,
) -> None:
    """Tell who reported, changed, removed and received, and when: the account that the law asks. It never says about whom.

    What was processed about one young person is told by ``hub privacy report``.

    \b
    Examples:
      hub verwijsindex log --days 365 --json
      hub verwijsindex log --account anna
    """
    from hub.routes.verwijsindex import cases

    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    with opened() as hub:
        who = f"user:{account}" if account else ""
        found = cases.acts(hub.journal, since=since, who=who, limit=limit + 1)
    for act in found[:limit]:
        if as_json:
            result_json(act._asdict())
        else:
            about = act.report or f"message {act.message_id}"
            result(f"{act.at:%Y-%m-%d %H:%M}  {act.what:<9}  {act.who}  {act.gemeente}  {about}  {act.detail}".rstrip())
    if len(found) > limit:
        note(f"hub: there is more; these are the first {limit}. Ask with a larger --limit.")


def _switched_off(hub: Hub) -> Mapping[str, dt.date]:
    """Municipality -> the day of its switch-off, as the settings of reports say."""
    from hub.routes.verwijsindex.route import MeldingRoute

    route = hub.routes.get("melding")
    return route.settings.switched_off if isinstance(route, MeldingRoute) else {}
