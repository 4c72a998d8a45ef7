"""Where the official schemas and samples are, and the official verdict. Only for tests marked ``official``.

The data are never part of the project: they are read by path, from ``HUB_TEST_DATA`` or ``../shared/data`` beside it.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from lxml import etree

_ROOT = Path(__file__).resolve().parent.parent.parent


def data_dir() -> Path:
    """Folder of the official data; it may be absent."""
    return Path(os.environ.get("HUB_TEST_DATA") or _ROOT.parent / "shared" / "data")


def corv_dir() -> Path:
    """Folder of the official data of CORV: schemas, samples, lists."""
    return data_dir() / "corv"


def jeugdzorg_xsd() -> Path:
    """The official schema of the koppelvlak Jeugdzorg, set ``jr``; it declares the StUF answers too."""
    return corv_dir() / "xsd-jr" / "jz0100_msg_jzberichten_resolved2025.xsd"


@functools.cache
def jeugdzorg() -> etree.XMLSchema:
    """The official schema, compiled. For one thread."""
    return etree.XMLSchema(etree.parse(str(jeugdzorg_xsd())))


def is_valid(data: bytes) -> bool:
    """The official verdict on a document that is well-formed."""
    return bool(jeugdzorg()(etree.fromstring(data, etree.XMLParser(huge_tree=True))))


def sample(name: str) -> bytes:
    """One of the synthetic samples, e.g. ``vtoDi01`` for ``SYNTH_vtoDi01.xml``."""
    return (corv_dir() / "voorbeelden" / f"SYNTH_{name}.xml").read_bytes()


def samples() -> dict[str, bytes]:
    """Every synthetic XML sample by name, without prefix and ending."""
    return {
        file.stem.removeprefix("SYNTH_"): file.read_bytes() for file in sorted((corv_dir() / "voorbeelden").glob("SYNTH_*.xml"))
    }
