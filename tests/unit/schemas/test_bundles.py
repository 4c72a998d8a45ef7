"""Bundles of schemas are installed only when they are harmless, and count from their day on."""

from __future__ import annotations

import datetime as dt
import json
import stat
import zipfile
from pathlib import Path

import pytest

import hub.schemas
from hub.cli import main
from hub.cli.exits import ExitCode
from hub.schemas import bundles, registry
from hub.schemas.bundles import BundleRefused

OWN = Path(hub.schemas.__file__).parent
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
DAY = dt.date(2027, 1, 1)
XS = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.egem.nl/StUF/StUF0301">{}</xs:schema>'
TINY = XS.format('<xs:element name="Bv01Bericht" type="xs:string"/>')
FO01 = registry.find("Fo01Bericht").tag


def including(location: str) -> str:
    return TINY.replace("<xs:element", f'<xs:include schemaLocation="{location}"/><xs:element')


def own_files() -> dict[str, bytes]:
    return {f"set/{file.relative_to(OWN).as_posix()}": file.read_bytes() for file in OWN.rglob("*.xsd")}


@pytest.fixture
def bundle(tmp_path):
    def write(files: dict[str, bytes | str], name: str = "bundle.zip") -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as target:
            for path, data in files.items():
                target.writestr(path, data)
        return tmp_path / name

    return write


@pytest.fixture
def longer(bundle):
    """Our own schemas, but with a code of at most 9 characters in a Fo01."""
    files = own_files()
    name = "set/stuf0301/antwoorden.xsd"
    assert b'<xs:maxLength value="7"/>' in files[name]
    files[name] = files[name].replace(b'<xs:maxLength value="7"/>', b'<xs:maxLength value="9"/>')
    return bundle(files)


def fo01(code: str) -> bytes:
    return (
        '<Fo01Bericht xmlns="http://www.egem.nl/StUF/StUF0301"><stuurgegevens><berichtcode>Fo01</berichtcode>'
        "<zender><applicatie>raad</applicatie></zender><ontvanger><applicatie>hub</applicatie></ontvanger>"
        "<referentienummer>r-1</referentienummer><tijdstipBericht>20261123</tijdstipBericht>"
        "<crossRefnummer>c</crossRefnummer></stuurgegevens>"
        f"<body><code>{code}</code><plek>client</plek><omschrijving>x</omschrijving></body></Fo01Bericht>"
    ).encode()


def test_without_bundles_our_own_schemas_count(tmp_path):
    assert bundles.active_types(tmp_path / "none", DAY) == registry.OWN


def test_a_bundle_counts_from_its_day_on(longer, tmp_path):
    home = tmp_path / "schemas"
    installed = bundles.install(longer, home, valid_from=DAY, now=NOW)
    assert set(installed.types) == {known.tag for known in registry.OWN}
    before = registry.Registry(bundles.active_types(home, DAY - dt.timedelta(days=1)))
    after = registry.Registry(bundles.active_types(home, DAY))
    assert before.find(FO01) == registry.find(FO01)
    assert after.find(FO01).version == installed.id
    element = registry.parse(fo01("StUF99999"))
    assert [finding.rule for finding in before.validate(element)] == ["SCHEMAV_CVC_MAXLENGTH_VALID"]
    assert after.validate(element) == ()


def test_of_two_bundles_the_newest_that_is_valid_counts(longer, bundle, tmp_path):
    home = tmp_path / "schemas"
    tiny = bundle({"a.xsd": TINY}, "tiny.zip")
    later = bundles.install(longer, home, valid_from=DAY + dt.timedelta(days=9), now=NOW)
    sooner = bundles.install(tiny, home, valid_from=DAY, now=NOW)
    assert [one.id for one in bundles.installed(home)] == [sooner.id, later.id]
    versions = {known.name: known.version for known in bundles.active_types(home, DAY)}
    assert versions["Bv01Bericht"] == sooner.id
    assert versions["Fo01Bericht"] == "03.01"
    assert {known.version for known in bundles.active_types(home, DAY + dt.timedelta(days=9))} == {later.id}


def test_installing_again_changes_the_day_only(longer, tmp_path):
    home = tmp_path / "schemas"
    first = bundles.install(longer, home, valid_from=DAY, now=NOW)
    second = bundles.install(longer, home, valid_from=DAY.replace(year=2028), now=NOW)
    assert second.id == first.id
    assert [one.valid_from for one in bundles.installed(home)] == ["2028-01-01"]
    assert sorted(path.name for path in home.iterdir()) == sorted([first.id, "index.json"])


def test_a_schema_may_be_wider_than_a_message(bundle, tmp_path):
    many = "".join(f'<xs:element name="e{n}" type="xs:string"/>' for n in range(21_000))
    types = bundles.unpack(bundle({"a.xsd": TINY.replace("</xs:schema>", f"{many}</xs:schema>")}), tmp_path / "out")
    assert list(types.values()) == ["a.xsd"]


def test_a_comparison_tells_structure_and_verdict(longer, tmp_path):
    document = tmp_path / "fo01.xml"
    document.write_bytes(fo01("StUF99999"))
    found = {one.type.name: one for one in bundles.compare(longer, registry.OWN, [document])}
    assert found["Fo01Bericht"].differences == (
        "changed: /StUF:Fo01Bericht/StUF:body/StUF:code (1..1 string maxLength=7 -> 1..1 string maxLength=9)",
    )
    assert found["Fo01Bericht"].verdicts == ((str(document), False, True),)
    assert found["vtoDi01"].differences == ()


def link_entry() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("link.xsd")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.txt": "x"}, "no message that the hub knows"),
        ({"a.xsd": "<geen xsd"}, "no message that the hub knows"),
        ({"../a.xsd": TINY}, "outside"),
        ({"a/../../b.xsd": TINY}, "outside"),
        ({"/etc/a.xsd": TINY}, "outside"),
        ({"c:\\a.xsd": TINY}, "outside"),
        ({"a.xsd": TINY, "../kwaad.sh": "x"}, "outside"),
        ({"a.xsd": TINY, "a.xsd/b.xsd": TINY}, "cannot be a file"),
        ({"a.xsd": TINY.replace("xs:string", "xs:bestaatNiet")}, "does not compile"),
        ({"a.xsd": including("http://127.0.0.1:9/b.xsd")}, "not in the bundle"),
        ({"a.xsd": including("../../b.xsd")}, "not in the bundle"),
        ({"a.xsd": including("/etc/b.xsd")}, "not in the bundle"),
        ({"a.xsd": including("b.xsd"), "b.xsd": "<!DOCTYPE a><a/>"}, "DOCTYPE"),
        ({"a.xsd": TINY, "groot.xsd": b"\0" * (bundles.MOST_BYTES + 1)}, "unpacks to over"),
        ({"a.xsd": TINY} | {f"{n}.txt": "" for n in range(bundles.MOST_ENTRIES)}, "entries"),
    ],
)  # fmt: skip
def test_a_bundle_that_breaks_a_rule_is_refused_and_changes_nothing(files, says, bundle, tmp_path):
    home = tmp_path / "home" / "schemas"
    with pytest.raises(BundleRefused, match=says):
        bundles.install(bundle(files), home, valid_from=DAY, now=NOW)
    assert list(home.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle.zip", "home"]


def test_a_link_in_a_bundle_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
        target.writestr("a.xsd", TINY)
        target.writestr(link_entry(), "/etc/passwd")
    with pytest.raises(BundleRefused, match="link"):
        bundles.unpack(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize("length", [0, 10, 200, -30])
def test_a_damaged_zip_is_refused(length, longer, tmp_path):
    longer.write_bytes(longer.read_bytes()[:length])
    with pytest.raises(BundleRefused, match="not a readable zip"):
        bundles.unpack(longer, tmp_path / "out")


def test_the_commands_compare_install_and_list(longer, tmp_path, capsys):
    home = str(tmp_path / "schemas")
    assert main(["schemas", "compare", str(longer), "--dir", home]) == ExitCode.NEGATIVE
    shown = capsys.readouterr().out
    assert "Fo01Bericht: 1 difference\n  changed: /StUF:Fo01Bericht/StUF:body/StUF:code" in shown
    assert "vtoDi01: no differences" in shown
    assert main(["schemas", "install", str(longer), "--dir", home, "--valid-from", "2020-01-01"]) == ExitCode.OK
    id_ = capsys.readouterr().out.strip()
    assert main(["schemas", "compare", str(longer), "--dir", home]) == ExitCode.OK
    capsys.readouterr()
    assert main(["schemas", "list", "--dir", home, "--json"]) == ExitCode.OK
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["version"] for row in rows} == {id_}
    assert main(["schemas", "install", str(tmp_path / "weg.zip"), "--dir", home]) == ExitCode.CANNOT
