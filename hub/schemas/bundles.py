"""Official schema bundles, installed beside the project's own schemas and active from a date on.

A bundle is the zip that a standard's keeper publishes. It is untrusted: nothing outside it is read, links, paths that climb and
bombs are refused, and a bundle of which one needed schema does not compile is refused whole. What is active on a day is told by
``active_types``; give that to ``hub.schemas.registry.Registry``.

Installed bundles live in a directory: a folder per bundle, named after the digest of its zip, and ``index.json``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import posixpath
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lxml import etree

from hub.errors import DecodeFailure
from hub.schemas import structure
from hub.schemas.parsing import UnreadableXml, parse
from hub.schemas.registry import OWN, MessageType, Registry, compile_schema

#: A bundle holds at most so many entries and so many bytes of XSD, unpacked.
MOST_ENTRIES = 2_000
MOST_BYTES = 50_000_000

_INDEX = "index.json"


class BundleRefused(DecodeFailure):
    """The zip is not installed. The text says which rule it breaks, and where in the zip."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """An installed bundle.

    Attributes:
        id: First 16 hexadecimal digits of the SHA-256 of its zip; also its folder.
        source: File name of the zip.
        valid_from: First day (Amsterdam) on which its schemas count, ``yyyy-mm-dd``.
        installed_at: When it was installed, UTC, ISO 8601.
        types: QName of a root element -> XSD in its folder.
    """

    id: str
    source: str
    valid_from: str
    installed_at: str
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One message type in a bundle against what is active.

    Attributes:
        type: The message type as the bundle has it.
        differences: What its structure changes, a line each.
        verdicts: Per document of this type: its file, the verdict now, the verdict of the bundle.
    """

    type: MessageType
    differences: tuple[str, ...]
    verdicts: tuple[tuple[str, bool, bool], ...]


def installed(schemas_dir: Path) -> tuple[Bundle, ...]:
    """The installed bundles, oldest ``valid_from`` first.

    Raises:
        ValueError: The index is damaged.
    """
    try:
        rows = json.loads((schemas_dir / _INDEX).read_text("utf-8"))
    except FileNotFoundError:
        return ()
    bundles = [Bundle(**row) for row in rows["bundles"]]
    return tuple(sorted(bundles, key=lambda bundle: (bundle.valid_from, bundle.installed_at)))


def active_types(schemas_dir: Path, on: dt.date) -> tuple[MessageType, ...]:
    """The message types as they count on a day: those of the newest bundle that is valid by then, else our own."""
    types = {known.tag: known for known in OWN}
    for bundle in installed(schemas_dir):
        if bundle.valid_from <= on.isoformat():
            types |= {known.tag: known for known in _types_of(bundle.types, schemas_dir / bundle.id, bundle.id)}
    return tuple(types.values())


def install(zip_file: Path, schemas_dir: Path, *, valid_from: dt.date, now: dt.datetime) -> Bundle:
    """Install a bundle; installing the same zip again only changes its date. One process at a time.

    Raises:
        BundleRefused: It breaks a rule; nothing is changed.
        OSError: The zip cannot be read or the directory not be written.
    """
    schemas_dir.mkdir(parents=True, exist_ok=True)
    data = zip_file.read_bytes()
    id_ = hashlib.sha256(data).hexdigest()[:16]
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=schemas_dir) as incoming:
        staged = Path(incoming) / id_
        types = unpack(zip_file, staged)
        if (schemas_dir / id_).exists():
            shutil.rmtree(schemas_dir / id_)
        staged.rename(schemas_dir / id_)
    bundle = Bundle(id_, zip_file.name, valid_from.isoformat(), now.astimezone(dt.UTC).isoformat(timespec="seconds"), types)
    _write_index(schemas_dir, [*(other for other in installed(schemas_dir) if other.id != id_), bundle])
    return bundle


def compare(zip_file: Path, current: Iterable[MessageType] = OWN, documents: Iterable[Path] = ()) -> tuple[Comparison, ...]:
    """Hold a bundle against the types that count now, without installing it.

    Args:
        zip_file: The bundle.
        current: What counts now.
        documents: Messages to judge by both.

    Raises:
        BundleRefused: It breaks a rule.
        DecodeFailure: A document cannot be read.
        OSError: A file cannot be read.
    """
    before = Registry(current)
    roots = [(str(file), parse(file.read_bytes())) for file in documents]
    with tempfile.TemporaryDirectory(prefix="hub-schemas-") as folder:
        after = Registry(_types_of(unpack(zip_file, Path(folder) / "zip"), Path(folder) / "zip", "new"))
        return tuple(_compared(before.find(new.tag), new, before, after, roots) for new in after.types)


def _compared(
    old: MessageType, new: MessageType, before: Registry, after: Registry, roots: list[tuple[str, etree._Element]]
) -> Comparison:
    verdicts = [(file, not before.validate(root), not after.validate(root)) for file, root in roots if root.tag == new.tag]
    changes = structure.differences(structure.fields(old.file, old.tag), structure.fields(new.file, new.tag))
    return Comparison(new, tuple(changes), tuple(verdicts))


def unpack(zip_file: Path, into: Path) -> dict[str, str]:
    """Unpack the XSDs of a bundle and return QName of every known root element -> the XSD that declares it.

    Raises:
        BundleRefused: It breaks a rule; ``into`` may then hold a part of it.
        OSError: A file cannot be read or written.
    """
    schemas = _read(zip_file)
    for name, data in schemas.items():
        try:
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(data)
        except (FileExistsError, NotADirectoryError, IsADirectoryError, ValueError):  # "a.xsd" beside "a.xsd/b.xsd"
            raise BundleRefused(f"The bundle holds a path that cannot be a file: {name[:200]!r}") from None
    types = _declared(schemas)
    if not types:
        raise BundleRefused("The bundle declares no message that the hub knows")
    for name in sorted(set(types.values())):
        _refuse_links_outside(name, schemas)
        try:
            compile_schema(into / name)
        except etree.LxmlError:
            raise BundleRefused(f"{name} does not compile") from None
    return types


def _read(zip_file: Path) -> dict[str, bytes]:
    """Every XSD in the zip by its path there, after all entries have proved harmless."""
    schemas: dict[str, bytes] = {}
    room = MOST_BYTES
    try:
        with zipfile.ZipFile(zip_file) as bundle:
            entries = bundle.infolist()
            if len(entries) > MOST_ENTRIES:
                raise BundleRefused(f"The bundle has over {MOST_ENTRIES} entries", code="too_large")
            for entry in entries:
                _refuse_dangerous(entry)
                if entry.is_dir() or not entry.filename.lower().endswith(".xsd"):
                    continue
                if entry.filename in schemas:
                    raise BundleRefused(f"The bundle has {entry.filename!r} twice")
                with bundle.open(entry) as stream:
                    schemas[entry.filename] = stream.read(room + 1)
                room -= len(schemas[entry.filename])
                if room < 0:
                    raise BundleRefused(f"The bundle unpacks to over {MOST_BYTES} bytes", code="too_large")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError) as error:
        raise BundleRefused(f"The bundle is not a readable zip ({type(error).__name__})") from None
    return schemas


def _refuse_dangerous(entry: zipfile.ZipInfo) -> None:
    name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BundleRefused(f"The bundle holds a link or special file: {name!r}")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        raise BundleRefused(f"The bundle holds a path that leads outside it: {name!r}")
    if entry.flag_bits & 0x1:
        raise BundleRefused(f"The bundle is encrypted: {name!r}")


def _declared(schemas: Mapping[str, bytes]) -> dict[str, str]:
    """QName -> XSD, for the root elements we know.

    Sets of one standard declare some elements more than once (shared answers): then the folder counts that declares most.
    """
    known = {message.tag for message in OWN}
    found: dict[str, list[str]] = {}
    for name, data in sorted(schemas.items()):
        try:
            schema = structure.read_schema(data)
        except UnreadableXml:
            continue  # not needed, or the compiler will say so
        namespace = schema.get("targetNamespace", "")
        declared = {f"{{{namespace}}}{part.get('name')}" for part in schema if part.tag.endswith("}element")}
        for tag in declared & known:
            found.setdefault(tag, []).append(name)
    folders = [posixpath.dirname(name) for names in found.values() for name in names]
    return {tag: max(names, key=lambda name: folders.count(posixpath.dirname(name))) for tag, names in sorted(found.items())}


def _refuse_links_outside(name: str, schemas: Mapping[str, bytes]) -> None:
    """Follow imports and includes from an XSD; every one must lead to an XSD in the bundle."""
    todo, seen = [name], set()
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        try:
            locations = structure.links(structure.read_schema(schemas[current]))
        except UnreadableXml as error:
            raise BundleRefused(f"{current}: {error.text}") from None
        for location in locations:
            if location is None:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(current), location))
            if ":" in location or target not in schemas:
                raise BundleRefused(f"{current} imports {location[:200]!r}, which is not in the bundle")
            todo.append(target)


def _types_of(types: Mapping[str, str], folder: Path, version: str) -> list[MessageType]:
    own = {known.tag: known for known in OWN}
    return [replace(own[tag], version=version, file=folder / name) for tag, name in types.items() if tag in own]


def _write_index(schemas_dir: Path, bundles: list[Bundle]) -> None:
    """Write the index so that a reader sees the old one or the new one, never a part."""
    text = json.dumps({"bundles": [asdict(bundle) for bundle in bundles]}, indent=1)
    new = schemas_dir / f"{_INDEX}.new"
    new.write_text(text + "\n", "utf-8")
    new.replace(schemas_dir / _INDEX)
