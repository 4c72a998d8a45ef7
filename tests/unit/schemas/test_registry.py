"""Messages are judged by the schema of their root element, and a finding never holds what the document says."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from lxml import etree

from hub.errors import NoRoute, SchemaViolation
from hub.schemas import families, registry, rules
from hub.schemas.findings import MOST
from hub.schemas.parsing import DEFAULT, UnreadableXml, parse

BV01 = (
    '<s:Bv01Bericht xmlns:s="http://www.egem.nl/StUF/StUF0301"><s:stuurgegevens><s:berichtcode>Bv01</s:berichtcode>'
    "<s:zender><s:applicatie>raad</s:applicatie></s:zender><s:ontvanger><s:applicatie>hub</s:applicatie></s:ontvanger>"
    "<s:referentienummer>r-1</s:referentienummer><s:tijdstipBericht>20261123</s:tijdstipBericht>"
    "<s:crossRefnummer>c-1</s:crossRefnummer></s:stuurgegevens><s:melding>een</s:melding>\n<s:melding>twee</s:melding></s:Bv01Bericht>"
)  # fmt: skip
SECRET = "999999047"


def bv01(*replacements: tuple[str, str]) -> bytes:
    text = BV01
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode()


def findings(data: bytes):
    with pytest.raises(SchemaViolation) as caught:
        registry.check(data)
    assert SECRET not in str(caught.value)
    return caught.value.findings


def test_a_valid_message_is_returned_as_its_root_element():
    assert registry.check(bv01()).tag == registry.find("Bv01Bericht").tag


@pytest.mark.parametrize("known", registry.OWN, ids=lambda known: known.name)
def test_every_type_has_a_schema_that_declares_its_root(known):
    found = registry.validate(etree.Element(known.tag))
    assert [finding.rule for finding in found] == ["SCHEMAV_ELEMENT_CONTENT"]
    assert any(first in found[0].message for first in ("stuurgegevens", "Header", "meldingId", "signaalId"))
    assert registry.find(known.name) is registry.find(known.tag) is known


def test_an_unknown_root_element_has_no_route():
    with pytest.raises(NoRoute) as caught:
        registry.check(f"<{'x' + SECRET}/>".encode())
    assert SECRET not in str(caught.value)


def test_judged_as_another_type_the_root_element_is_the_finding():
    (finding,) = registry.validate(parse(bv01()), schema=registry.find("Bv03Bericht"))
    assert (finding.rule, finding.path) == ("ROOT_ELEMENT", "/StUF:Bv01Bericht")


def test_a_finding_names_line_path_and_rule_whatever_prefix_the_sender_uses():
    data = bv01(("<s:melding>twee", f"<s:melding>{SECRET * 30}"))
    for text in (data, data.replace(b"s:", b"").replace(b"xmlns:s", b"xmlns").replace(b':s="', b'="')):
        (finding,) = findings(text)
        assert finding.rule == "SCHEMAV_CVC_MAXLENGTH_VALID"
        assert finding.line == 2
        assert finding.path == "/StUF:Bv01Bericht/StUF:melding[2]"
        assert finding.message == "StUF:melding: the value is longer than allowed: at most 250"


@pytest.mark.parametrize(
    ("change", "rule", "says"),
    [
        (("20261123", SECRET[:7]), "SCHEMAV_CVC_PATTERN_VALID", "the value does not match the pattern [0-9]{8,17}"),
        (("hub<", "x<"), "SCHEMAV_CVC_MINLENGTH_VALID", "at least 3"),
        ((">Bv01<", f">{SECRET}<"), "SCHEMAV_CVC_PATTERN_VALID", "pattern"),
        ((">Bv01<", ">Fo01<"), "SCHEMAV_CVC_ELT_5_2_2_2_2", "fixed value Bv01"),
        (("<s:zender>", f"<s:zender s{SECRET}='{SECRET}'>"), "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1", "not allowed"),
        (("<s:zender>", f"<s:zender>{SECRET}"), "SCHEMAV_CVC_COMPLEX_TYPE_2_3", "elements only"),
        (("<s:referentienummer>r-1</s:referentienummer>", ""), "SCHEMAV_ELEMENT_CONTENT", "expected is StUF:referentienummer"),
        (("<s:crossRefnummer>c-1</s:crossRefnummer>", ""), "SCHEMAV_ELEMENT_CONTENT", "an element is missing"),
        (("<s:melding>een", f'<s:melding xmlns="urn:{SECRET}"><b>{SECRET}</b>'), "SCHEMAV_CVC_TYPE_3_1_2", "elements"),
    ],
)  # fmt: skip
def test_findings_say_what_is_asked_but_not_what_was_there(change, rule, says):
    found = findings(bv01(change))
    assert found[0].rule == rule
    assert says in found[0].message
    if "s9" not in change[1]:  # the name of an attribute is the sender's and is kept
        assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "hostile",
    [
        "' is not accepted by the pattern 'geheim'.",
        "' has a length of '9'; this exceeds the allowed maximum length of 'geheim'.",
        "geheim' is not an element of the set {'geheim'}.",
        "' does not match the fixed value constraint 'geheim'.",
        "Expected is ( geheim ).",
        "geheim",
    ],
)
def test_a_value_that_imitates_the_validators_words_does_not_leak(hostile):
    for place, value in (("20261123<", hostile), ("Bv01</", hostile), ("hub<", hostile * 40)):
        end = place[place.index("<") :]
        assert "geheim" not in repr(findings(bv01((place, value + end))))


def test_names_of_elements_from_foreign_namespaces_are_not_shown():
    (finding,) = findings(bv01(("<s:melding>een</s:melding>", f'<x xmlns="urn:{SECRET}"/>')))
    assert finding.path == "/StUF:Bv01Bericht/*[2]"
    assert SECRET not in repr(finding)


def test_findings_are_bounded():
    many = "<s:melding>" + "x" * 251 + "</s:melding>"
    assert len(findings(bv01(("<s:melding>een</s:melding>", many * (MOST + 50))))) == MOST


def test_an_element_inside_an_envelope_is_judged_by_itself():
    inside = bv01().decode().replace(' xmlns:s="http://www.egem.nl/StUF/StUF0301"', "")
    envelope = f'<e xmlns:s="http://www.egem.nl/StUF/StUF0301" vreemd="1"><h/>{inside}<t/></e>'
    assert registry.validate(parse(envelope.encode())[1]) == ()
    (finding,) = registry.validate(parse(envelope.replace("20261123", "x").encode())[1])
    assert finding.path == "/StUF:Bv01Bericht/StUF:stuurgegevens/StUF:tijdstipBericht"


def test_threads_get_their_own_findings():
    """A compiled schema that threads share mixes their error logs up."""
    wrong: list[str] = []
    start = threading.Barrier(8)

    def judge(number: int) -> None:
        data = parse(
            bv01(
                (
                    "<s:melding>een</s:melding>",
                    "<s:melding>ja</s:melding>" * number + "<s:melding>" + "x" * 251 + "</s:melding>",
                )
            )
        )
        start.wait(10)
        for _ in range(200):
            found = registry.validate(data)
            if [finding.path for finding in found] != [f"/StUF:Bv01Bericht/StUF:melding[{number + 1}]"]:
                wrong.append(repr(found))

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


def test_a_schema_is_compiled_once_for_threads_that_come_one_after_another(monkeypatch: pytest.MonkeyPatch):
    compiled: list[Path] = []
    compile_schema = registry.compile_schema
    monkeypatch.setattr(registry, "compile_schema", lambda file: compiled.append(file) or compile_schema(file))
    own, data, found = registry.Registry(), parse(bv01(("20261123", "x"))), []
    for _ in range(3):
        thread = threading.Thread(target=lambda: found.append(own.validate(data)))
        thread.start()
        thread.join(60)
    assert len(compiled) == 1
    assert len(found) == 3
    assert all(found)


def test_own_schemas_say_where_they_come_from_and_fetch_nothing():
    files = sorted(families.HERE.rglob("*.xsd"))
    assert len(files) >= 7
    for file in files:
        text = file.read_text("utf-8")
        assert "Provenance: written for this project" in text, file
        for location in re.findall(r'schemaLocation="([^"]+)"', text):
            assert (file.parent / location).resolve().is_relative_to(families.HERE)


def test_empty_elements_break_a_rule_of_the_vto_only():
    empty = parse(b"<a><b> </b><c x='1'/><d>e<f/></d></a>")
    assert [finding.path for finding in rules.check_rules(empty, registry.find("vtoDi01"))] == [
        "/*/*[1]",
        "/*/*[2]",
        "/*/*[3]/*",
    ]
    assert rules.check_rules(empty, registry.find("notificatieDi01")) == ()
    assert rules.check_rules(parse(b"<a>b</a>"), registry.find("vtoDi01")) == ()


def test_the_most_findings_a_document_can_cause_are_told():
    """As many wrong elements as the limits allow: libxml2 counts siblings for each, which must stay bearable."""
    wrong = "<s:melding a='1' b='2'/>" * (DEFAULT.children - 1)
    assert len(findings(bv01(("<s:melding>een</s:melding>\n<s:melding>twee</s:melding>", wrong)))) == MOST
    with pytest.raises(UnreadableXml, match="TOO_MANY_ELEMENTS"):
        registry.check(bv01(("<s:melding>een</s:melding>", wrong)))


def test_a_text_that_libxml2_cuts_does_not_leak():
    (finding,) = findings(bv01(("20261123", "by the pattern 'geheim" * 10_000)))
    assert finding.message == "StUF:tijdstipBericht: the value does not match the pattern"


def described(folder: Path, family: str, messages: str, **facts: str) -> None:
    """A family of its own, with one schema that declares ``Bericht`` in a namespace per file."""
    place = folder / family
    place.mkdir(parents=True)
    head = "".join(f'{key} = "{value}"\n' for key, value in {"family": family, "version": "3.2", **facts}.items())
    (place / "messages.toml").write_text(f"{head}[messages]\n{messages}", encoding="utf-8")
    for name in ("jw301", "jw302"):
        (place / f"{name}.xsd").write_text(
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" '
            f'targetNamespace="urn:{name}"><xs:element name="Bericht"><xs:complexType><xs:sequence>'
            f'<xs:element name="{name}" type="xs:int"/></xs:sequence></xs:complexType></xs:element></xs:schema>',
            encoding="utf-8",
        )


IJW = """
JW301 = { element = "Bericht", namespace = "urn:jw301", schema = "jw301.xsd" }
JW302 = { element = "Bericht", namespace = "urn:jw302", schema = "jw302.xsd" }
"""


def test_a_family_that_describes_itself_is_found_without_a_row_elsewhere(tmp_path):
    described(tmp_path, "ijw", IJW)
    known = registry.Registry(registry.types_in(tmp_path))
    assert [(one.name, one.element, one.family, one.version) for one in known.types] == [
        ("JW301", "Bericht", "ijw", "3.2"),
        ("JW302", "Bericht", "ijw", "3.2"),
    ]
    with pytest.raises(NoRoute):
        known.find("Bericht")


def test_messages_with_one_root_are_told_apart_by_namespace_and_by_type(tmp_path):
    described(tmp_path, "ijw", IJW)
    known = registry.Registry(registry.types_in(tmp_path))
    document = b'<b:Bericht xmlns:b="urn:jw302"><b:jw302>1</b:jw302></b:Bericht>'
    assert known.find(str(known.check(document).tag)).name == "JW302"
    assert known.validate(parse(document), schema=known.find("JW302")) == ()
    (finding,) = known.validate(parse(document), schema=known.find("JW301"))
    assert (finding.rule, "JW301" in finding.message) == ("ROOT_ELEMENT", True)


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ('A = { element = "B", namespace = "u", schema = "a.xsd" }\nB = { namespace = "u", schema = "a.xsd" }', "root element"),
        ('A = { namespace = "u" }', "no schema"),
        ("A = {}", "no namespace and no schema"),
        ('A = { namespace = "u", schema = "a.xsd", elements = "B" }', "elements"),
    ],
)
def test_a_wrong_description_is_told_at_start(tmp_path, messages, told):
    described(tmp_path, "wrong", messages)
    with pytest.raises(ValueError, match=told):
        registry.types_in(tmp_path)
