"""``hub demo``: everything here and now, with simulated partners, told as a story."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Annotated

import typer

from hub.cli.ending import Ending
from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, note, result_json
from hub.cli.session import partner_name

if TYPE_CHECKING:
    from hub.contracts.demonstration import DemoCase, DemoComparison, Demonstration, Line
    from hub.demo.play import CaseResult
    from hub.demo.scene import Scene
    from hub.intake.intake import Taken
    from hub.journal.reading import MessageView, TimelineEntry

#: Entries that the demonstration tells by itself, with more in them.
_TOLD_OTHERWISE = frozenset({"accepted"})


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the cases instead of keeping the hub running.")] = False,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Where the console is; another one when it is busy.")
    ] = 8080,
    only: Annotated[list[str] | None, typer.Option(metavar="EXCHANGE", help="Play these exchanges only; repeatable.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Try everything here and now: a hub with simulated partners in processes of their own, one real case after the other.

    Needs no server, no settings and no rights; nothing stays behind. All people are synthetic.

    Exit code 0 when every case reached its expected state, else 1. With --json the result is one line on standard output,
    {"cases": [{"name", "route", "id", "expected", "state", "seconds", "timeline"}], "ok"}, and the story goes to standard
    error.

    \b
    Examples:
      hub demo
      hub demo --once
      hub demo --once --json | jq .ok
    """
    ending = Ending.by_signals()
    demonstrations = _demonstrations(only)
    from hub.demo.play import play
    from hub.demo.scene import Scene  # slow to import

    story = Story(sys.stderr if as_json else sys.stdout)
    with Scene(tuple(demonstrations.values()), port, pause=ending.pause) as scene:
        story.opening(scene, demonstrations.values())
        played = list(play(scene, demonstrations, story))
        ok = all(one.ok for one in played)
        story.closing(played)
        if as_json:
            result_json({"cases": [one.to_json() for one in played], "ok": ok})
            sys.stdout.flush()
        if not once:
            story.keeps_running(scene)
            ending.wait()
            note("\nhub: ending")
    raise typer.Exit(ExitCode.OK if ok else ExitCode.NEGATIVE)


def _demonstrations(only: Sequence[str] | None) -> dict[str, Demonstration]:
    """What is to be played, by the title of its exchange."""
    from hub import registry

    known = {name: one for name, one in registry.exchanges().items() if one.demo}
    wrong = [name for name in only or () if name not in known]
    if wrong:
        raise typer.BadParameter(f"there is no demonstration of {wrong[0]!r}; known: {', '.join(known)}", param_hint="--only")
    return {one.title: registry.load(one.demo) for name, one in known.items() if not only or name in only}


class Story:
    """Tells what happens on a screen: Dutch as users read it, an English caption beside it."""

    def __init__(self, stream: IO[str]) -> None:
        from hub.cli.story import screen

        self._console = screen(stream)
        self._partner = ""

    def opening(self, scene: Scene, demonstrations: Iterable[Demonstration]) -> None:
        """What there is to be seen."""
        self._hub = scene.hub
        self._rule("Ketenhub: demonstratie")
        self._say("De hub draait op deze computer, in dit proces.")
        for one in demonstrations:
            self._say(one.opening)
        self._say("Alle personen zijn verzonnen; de burgerservicenummers zijn gepubliceerde testnummers.", dim=True)
        if scene.wanted_port not in (0, scene.port):
            self._say(f"Port {scene.wanted_port} is in use; the console is on port {scene.port} instead.")
        partners = "    ".join(f"Partner: {one.listening} (process {one.pid})" for one in scene.partners.values())
        self._say(f"Console: {scene.url}    {partners}", dim=True)

    def exchange(self, title: str) -> None:
        """The cases of an exchange begin."""
        self._console.print()
        self._rule(title)

    def begin(self, number: int, case: DemoCase) -> None:
        """A case begins."""
        from rich.text import Text

        self._console.print()
        self._console.print(Text(f"{number}. {case.title}", style="bold"))
        self._say(case.caption, dim=True)
        self._console.print()

    def partner_down(self) -> None:
        """The partner's process was ended."""
        self._tell("Het proces van de partner is gestopt", "the partner's process was killed", "bad")

    def partner_back(self) -> None:
        """The partner's process runs again."""
        self._tell("De partner is terug", "the partner's process runs again", "good")

    def accepted(self, about: Iterable[Line], taken: Taken, view: MessageView) -> None:
        """The document was taken in."""
        self._partner = partner_name(self._hub, view.connection)
        for line in about:
            self._line(line)
        for warning in taken.warnings:
            self._tell(f"Let op: {warning.message}", f"warning {warning.rule}", "wait")
        self._tell(f"Opgebouwd als {view.type} en geldig volgens het schema", f"built and validated: {_size(view.size)}")
        self._tell("Aangenomen en veilig bewaard", "encrypted and committed: from now on the hub answers for it", "good")
        self._say(f"              zaaknummer {taken.kenmerk}    referentienummer {taken.reference}", dim=True)

    def entry(self, entry: TimelineEntry) -> None:
        """A new entry in the timeline."""
        from hub.cli.wording import entry_line

        if entry.event not in _TOLD_OTHERWISE:
            self._line(entry_line(entry, self._partner), entry.until or entry.at)

    def waiting(self, view: MessageView, next_attempt: dt.datetime | None) -> None:
        """The message waits, and it can be seen for what and until when."""
        from hub.cli.wording import clock, state_line

        self._line(state_line(view, self._partner))
        if next_attempt is not None:
            self._tell(
                f"Volgende poging om {clock(next_attempt)}", "the hub keeps trying by itself; no attempt is lost", "wait"
            )

    def received_as_stored(self, comparison: DemoComparison, digest: str, message_id: str) -> None:
        """The partner's books hold exactly what the hub stored."""
        self._tell(comparison.sentence, f"{comparison.caption} {digest[:12]}…", "good")
        if message_id:
            self._say(f"              MessageID {message_id}", dim=True)

    def answered(self, answer: MessageView, words: str, ours: str) -> None:
        """What the partner said, and our confirmation."""
        if ours:
            name = answer.type.removesuffix("Bericht")
            self._tell(f"Antwoord {name} bewaard en zelf bevestigd met {ours}", f"stored first, then answered with {ours}")
        for line in words.splitlines():
            self._say(f"              „{line.strip()}”")

    def sent(self, view: MessageView) -> None:
        """The partner's side took over, and the business answer is still to come."""
        from hub.cli.wording import state_line

        self._line(state_line(view, self._partner))

    def end(self, view: MessageView, reason: str) -> None:
        """Where the message stands at the end, in one sentence."""
        from hub.cli.wording import state_line

        self._line(state_line(view, self._partner, reason))

    def closing(self, played: Sequence[CaseResult]) -> None:
        """What was expected and what came of it."""
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE, pad_edge=False)
        for heading in ("case", "zaaknummer", "expected", "reached", "seconds", ""):
            table.add_column(heading, justify="right" if heading == "seconds" else "left", no_wrap=True)
        for one in played:
            sign = "[green]✓[/]" if one.ok else "[red]✗[/]"
            table.add_row(one.case.name, one.kenmerk, one.case.expected, one.state, f"{one.seconds:.1f}", sign)
        self._console.print()
        self._rule("Uitkomst")
        self._console.print(table)
        good = sum(one.ok for one in played)
        self._say(f"{good} of {len(played)} cases reached the expected state in {sum(one.seconds for one in played):.1f} s.")

    def keeps_running(self, scene: Scene) -> None:
        """The hub stays."""
        self._say(f"The hub keeps running: {scene.url} , stop with Ctrl-C")
        self._say(f"Look into it from another terminal: hub --config {scene.config_file} list", dim=True)

    def _tell(self, dutch: str, english: str, tone: str = "plain") -> None:
        from hub.contracts.demonstration import Line

        self._line(Line(dutch, english, tone))

    def _line(self, line: Line, at: dt.datetime | None = None) -> None:
        from hub.cli.story import print_line
        from hub.cli.wording import clock

        print_line(self._console, line, when=clock(at or dt.datetime.now(dt.UTC)))

    def _say(self, text: str, *, dim: bool = False) -> None:
        from rich.text import Text

        self._console.print(Text(text, style="dim" if dim else ""))

    def _rule(self, title: str) -> None:
        from rich.text import Text

        self._console.print(Text(f"── {title} " + "─" * max(4, 72 - len(title)), style="bold cyan"))


def _size(size: int) -> str:
    return f"{size / 1000:.1f} kB"
