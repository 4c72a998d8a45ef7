"""Hostile XML is refused before it can do harm, and honest XML is read, however large."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap

import pytest

from hub.errors import DecodeFailure
from hub.schemas.parsing import PIECE, Limits, UnreadableXml, c14n_digest, parse, parse_own

SECRET = "999999047"
LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))


def refusal(data: bytes, limits: Limits | None = None) -> UnreadableXml:
    with pytest.raises(UnreadableXml) as caught:
        parse(data, limits=limits or Limits())
    assert isinstance(caught.value, DecodeFailure)
    assert SECRET not in str(caught.value)
    return caught.value


def padded(data: bytes) -> bytes:
    """The same document with so much white space at its end that it is parsed in pieces."""
    return data + b" " * PIECE


@pytest.fixture(params=["at once", "in pieces"])
def offer(request):
    """Offers a document both ways: as it is, and made large."""
    return (lambda data: data) if request.param == "at once" else padded


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE a><a/>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]><a/>',
        '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
        f"{LAUGHS}]><a>&j;</a>",
        f"{LAUGHS}]><a b='&j;'/>",
        '\ufeff<?xml version="1.0"?>\n<!-- x --><?p <a?>\n<!DOCTYPE a><a/>',
    ],
)  # fmt: skip
def test_any_doctype_is_refused(document, offer):
    refused = refusal(offer(document.encode()))
    assert refused.rule == "DOCTYPE"
    assert refused.code == "undecodable"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("document", ["<!DOCTYPE a><a/>", "<a/>", '<?xml version="1.0" encoding="UTF-16"?><a/>'])
def test_two_and_four_byte_encodings_are_refused(document, encoding):
    assert refusal(document.encode(encoding)).rule == "ENCODING"


@pytest.mark.parametrize("declared", ["ISO-8859-1", "UTF-16", "utf-7", "cp037", "windows-1252", "US-ASCII", ""])
def test_another_declared_encoding_is_refused(declared, offer):
    assert refusal(offer(f'<?xml version="1.0" encoding="{declared}"?><a/>'.encode("ascii"))).rule == "ENCODING"


@pytest.mark.parametrize("declared", ["UTF-8", "utf-8", "Utf-8"])
def test_utf_8_is_read_with_and_without_byte_order_mark(declared, offer):
    document = f"<?xml version='1.0' encoding='{declared}'?><a>é\U0001f600</a>"
    assert parse(offer(document.encode())).text == "é\U0001f600"
    assert parse(offer(document.encode("utf-8-sig"))).text == "é\U0001f600"


@pytest.mark.parametrize(
    "wrong", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe9", b"\0", b"\x01", b"&#0;"]
)
def test_bytes_and_characters_that_xml_does_not_have_are_refused(wrong, offer):
    assert refusal(offer(b"<a>" + wrong + SECRET.encode() + b"</a>")).code == "undecodable"


@pytest.mark.parametrize(
    "broken",
    ["", " ", "tekst", '{"a": 1}', "<a>", "<a", "<a/><b/>", "<a></b>", "<a b='1' b='2'/>", "<p:a/>", "<a>&vreemd;</a>",
     "<a>x<b/>&vreemd;</a>", "<a b='&vreemd;'/>", "<a><!-- -- --></a>", "<a><![CDATA[</a>", "<a b=1/>", "<!doctype a><a/>"],
)  # fmt: skip
def test_what_is_not_well_formed_is_refused(broken, offer):
    refused = refusal(offer(broken.encode()))
    assert "ERR_" in refused.rule
    assert refused.code == "undecodable"


def test_a_refusal_names_rule_and_line_but_no_content():
    refused = refusal(f"<a>\n<{SECRET}x></a>".encode())
    assert (refused.line, refused.finding.line) == (2, 2)
    assert re.fullmatch(r"[A-Z_]+", refused.rule)
    refused = refusal(f"<a>\n\n<b>{SECRET}</{SECRET}></a>".encode())
    assert "line 3" in str(refused)


def test_a_truncated_document_is_refused_at_every_length():
    whole = "<?xml version='1.0'?><a b='c'><d>é</d></a>".encode()
    for length in range(len(whole)):
        refusal(whole[:length])


def test_limits_hold_exactly(offer):
    limits = Limits(elements=50, depth=10, attributes=5)
    assert len(parse(offer(b"<a>" + b"<b/>" * 49 + b"</a>"), limits=limits)) == 49
    assert refusal(offer(b"<a>" + b"<b/>" * 50 + b"</a>"), limits).rule == "TOO_MANY_ELEMENTS"
    parse(offer(b"<a>" * 10 + b"</a>" * 10), limits=limits)
    refused = refusal(offer(b"<a>" * 11 + b"</a>" * 11), limits)
    assert (refused.rule, refused.code) == ("TOO_DEEP", "too_large")
    parse(offer(b"<a b='' c='' d='' e='' f=''/>"), limits=limits)
    assert refusal(offer(b"<a b='' c='' d='' e='' f='' g=''/>"), limits).rule == "TOO_MANY_ATTRIBUTES"


def test_the_declarations_of_one_element_are_bounded(offer):
    limits = Limits(declarations=3)
    own = "<a xmlns='u' xmlns:b='u' xmlns:c='u'><d xmlns:e='u' xmlns:f='u' xmlns:g='u'>xmlns xmlns</d><h xmlns:i='u'/>{}</a>"
    assert len(parse(offer(own.format("").encode()), limits=limits)) == 2
    refused = refusal(offer(own.format("<j xmlns:k='u' xmlns:l='u' xmlns:m='u' xmlns:n='u'/>").encode()), limits)
    assert (refused.rule, refused.code) == ("TOO_MANY_DECLARATIONS", "too_large")


def test_the_children_of_one_element_are_bounded(offer):
    limits = Limits(children=7)
    assert len(parse(offer(b"<a><c><c/></c>" + b"<b/>" * 6 + b"</a>"), limits=limits)) == 7
    refused = refusal(offer(b"<a><c><c/></c>" + b"<b/>" * 7 + b"</a>"), limits)
    assert (refused.rule, refused.code) == ("TOO_MANY_ELEMENTS", "too_large")


def test_bytes_and_attributes_are_bounded_before_parsing():
    assert refusal(b"<a>" + b"x" * 100, Limits(max_bytes=100)).rule == "TOO_LARGE"
    assert refusal(b"<a " + b"b=''" * 11, Limits(equals_signs=10)).rule == "TOO_MANY_ATTRIBUTES"


def test_comments_and_instructions_are_dropped_and_text_stays_whole(offer):
    root = parse(offer(b"<a>een<!-- x -->twee<?p q?>drie<![CDATA[<vier>]]></a>"))
    assert root.text == "eentweedrie<vier>"
    assert len(root) == 0


def test_a_word_like_doctype_in_text_does_no_harm(offer):
    assert parse(offer(b"<!-- <!DOCTYPE a> --><a><![CDATA[<!DOCTYPE a>]]></a>")).text == "<!DOCTYPE a>"


def test_large_and_small_documents_give_the_same_tree():
    rows = b"".join(b"<r n='%d'>t\xc3\xa9kst &amp; %d</r>%s" % (n, n, b" " * 100) for n in range(900))
    root = parse(b"<a>" + rows + b"</a>")
    assert [(row.get("n"), row.text) for row in root] == [(str(n), f"tékst & {n}") for n in range(900)]


def test_what_the_hub_built_itself_is_parsed_to_the_same_tree_or_told_to_be_broken():
    for filler in (b"x", b"x" * PIECE):
        own = b"<?xml version='1.0' encoding='UTF-8'?>\n<a b='c'>t\xc3\xa9kst<d>%b</d></a>" % filler
        assert c14n_digest(parse_own(own)) == c14n_digest(parse(own))
        for broken in (own[:-1], own.replace(b"</d>", b"&vreemd;</d>"), own.replace(b"\xc3", b"")):
            with pytest.raises(UnreadableXml) as caught:
                parse_own(broken)
            assert caught.value.code == "undecodable"
            assert "vreemd" not in str(caught.value)


def test_the_digest_ignores_what_canonical_xml_ignores():
    one = parse(b"<p:a xmlns:p='urn:x' xmlns:q='urn:y' b='1' c=\"2\"><p:d/></p:a>")
    other = parse(b"<?xml version='1.0'?><!-- x --><p:a c='2' b='1' xmlns:p='urn:x'><!-- y --><p:d></p:d></p:a>")
    assert c14n_digest(one) == c14n_digest(other)
    assert len(c14n_digest(one)) == 32
    assert c14n_digest(one) != c14n_digest(parse(b"<p:a xmlns:p='urn:x' b='1' c='3'><p:d/></p:a>"))
    assert c14n_digest(one) != c14n_digest(parse(b"<p:a xmlns:p='urn:x' b='1' c='2'> <p:d/></p:a>"))


def test_the_digest_is_of_the_element_and_not_of_its_envelope():
    alone = parse(b"<b xmlns='urn:x'>1</b>")
    wrapped = parse(b"<e xmlns='urn:e' xmlns:z='urn:z' z:y='1'><b xmlns='urn:x'>1</b>staart</e>")[0]
    assert c14n_digest(alone) == c14n_digest(wrapped)


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(UnreadableXml, match="NO_CANONICAL_FORM"):
        c14n_digest(parse(b"<a xmlns:p='relatief'><p:b/></a>"))


FLOODS = {
    "elements": ('b"<a>" + b"<b/>" * 8_700_000 + b"</a>"', "TOO_MANY_ELEMENTS"),
    "depth": ('b"<a>" * 11_000_000', "ERR_RESOURCE_LIMIT"),
    "attributes": ('b"<a" + b"".join(b\' a%d=""\' % n for n in range(2_500_000)) + b"/>"', "TOO_MANY_ATTRIBUTES"),
    "namespaces": ('b"<a" + b"".join(b\' xmlns:a%d="u"\' % n for n in range(250_000)) + b"/>"', "TOO_MANY_DECLARATIONS"),
    "comments": ('b"<a>" + b"<!---->" * 4_800_000 + b"</a>"', "read"),
    "instructions": ('b"<a>" + b"<?p?>" * 6_800_000 + b"</a>"', "read"),
    "prolog": ('b"<!--x-->" * 4_300_000 + b"<a/>"', "read"),
    "tag without end": ('b"<" + b"x" * 34_000_000', "ERR_NAME_TOO_LONG"),
    "base64 of 28 MB": ('b"<a>" + b"QUJD" * 7_000_000 + b"</a>"', "read"),
}
PROGRAM = """
    import resource
    from hub.schemas.parsing import UnreadableXml, parse
    data = {data}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        parse(data)
        print("read")
    except UnreadableXml as refused:
        print(refused.rule)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_costs_little_memory(flood):
    data, expected = FLOODS[flood]
    program = textwrap.dedent(PROGRAM).format(data=data)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    outcome, extra_kilobytes = run.stdout.split()
    assert outcome == expected
    assert int(extra_kilobytes) < 200_000
