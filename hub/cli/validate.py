"""``hub validate``: judge documents by the schemas of their standard, without accepting or sending anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.exits import ExitCode
from hub.cli.frame import JsonOption, note, result, result_json
from hub.errors import DecodeFailure, Finding, NoRoute
from hub.schemas import registry, rules
from hub.schemas.parsing import DEFAULT, UnreadableXml, parse


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known about one file.

    Attributes:
        file: As it was given.
        type: The message type it was judged as, or None when that is unknown.
        valid: True, False, or None when it could not be judged.
        findings: Why not valid, or why it could not be judged; never holds a value of the document.
    """

    file: str
    type: str | None
    valid: bool | None
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """One line of ``--json``."""
        keys = ("line", "path", "rule", "message")
        findings = [{key: asdict(finding)[key] for key in keys} for finding in self.findings]
        return {"file": self.file, "type": self.type, "valid": self.valid, "findings": findings}


def validate_files(files: Iterable[Path], type_: str | None = None, schema_only: bool = False) -> Iterator[Verdict]:
    """Judge files one by one.

    Args:
        files: What to judge; each is read whole, up to the largest message allowed.
        type_: Judge all as this message type; else each by its root element.
        schema_only: Leave out the rules that a standard has beside its schema.

    Raises:
        NoRoute: ``type_`` is unknown; raised before anything is read.
    """
    known = registry.find(type_) if type_ else None
    return (_judge(file, known, schema_only) for file in files)


def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="XML documents.")],
    type_: Annotated[str | None, typer.Option("--type", metavar="T", help="Judge as this type; else by root element.")] = None,
    schema_only: Annotated[bool, typer.Option("--schema-only", help="Leave out the rules beside the schema.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check documents against their standard. Nothing is accepted or sent.

    Writes a verdict per file, with line, path and rule of all that is wrong; values of a document are never shown.
    With --json a line per file: file, type, valid (true, false, or null when it could not be judged) and findings.

    Exit code 2 if any could not be judged (unreadable, or of unknown type), else 1 if any is invalid, else 0.

    \b
    Examples:
      hub validate document.xml
      hub validate --type TYPE --schema-only out/*.xml
      hub validate --json in/*.xml | jq 'select(.valid != true)'
    """
    try:
        verdicts = validate_files(files, type_, schema_only)
    except NoRoute:
        names = ", ".join(known.name for known in registry.OWN)
        note(f"hub validate: there is no message type '{type_}'. Known are: {names}.")
        raise typer.Exit(ExitCode.CANNOT) from None
    seen = []
    for verdict in verdicts:
        seen.append(verdict.valid)
        if as_json:
            result_json(verdict.as_json())
        else:
            _show(verdict)
    note(f"{seen.count(True)} valid, {seen.count(False)} invalid, {seen.count(None)} could not be judged")
    raise typer.Exit(exit_code(seen))


def exit_code(valid: Iterable[bool | None]) -> ExitCode:
    """The exit code for these verdicts."""
    seen = set(valid)
    if None in seen:
        return ExitCode.CANNOT
    return ExitCode.NEGATIVE if False in seen else ExitCode.OK


def _judge(file: Path, known: registry.MessageType | None, schema_only: bool) -> Verdict:
    name = known.name if known else None
    try:
        if file.stat().st_size > DEFAULT.max_bytes:
            return Verdict(str(file), name, None, (Finding("TOO_LARGE", f"larger than {DEFAULT.max_bytes} bytes"),))
        root = parse(file.read_bytes())
        type_ = known or registry.find(str(root.tag))
    except OSError as error:
        return Verdict(str(file), name, None, (Finding("UNREADABLE_FILE", error.strerror or "the file cannot be read"),))
    except UnreadableXml as error:
        return Verdict(str(file), name, None, (error.finding,))
    except (DecodeFailure, NoRoute) as error:
        return Verdict(str(file), name, None, (Finding(error.code.upper(), error.text),))
    findings = registry.validate(root, schema=type_)
    if not schema_only and root.tag == type_.tag:
        findings += rules.check_rules(root, type_)
    return Verdict(str(file), type_.name, not findings, findings)


def _show(verdict: Verdict) -> None:
    words = {True: "valid", False: "invalid", None: "could not be judged"}
    result(f"{verdict.file}: {words[verdict.valid]}{f' ({verdict.type})' if verdict.type else ''}")
    for finding in verdict.findings:
        place = " ".join(part for part in (f"line {finding.line}" if finding.line else "", finding.path) if part)
        result(f"  {place + ': ' if place else ''}{finding.message} [{finding.rule}]")
