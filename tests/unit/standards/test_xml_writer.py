from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.schemas import parsing
from hub.standards.xml_writer import element, escape, group

#: What XML 1.0 can carry; the rest is refused where documents come in.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r", exclude_characters="\ufffe\uffff"))


@given(TEXTS, TEXTS)
def test_what_is_written_is_read_back(text: str, value: str) -> None:
    read = parsing.parse(f"<x>{group('y', '<z/>', ('a', value))}{escape(text)}</x>".encode())
    assert read[0].get("a") == value
    assert (read[0].tail or "") == text


def test_nothing_is_written_where_there_is_nothing() -> None:
    assert element("a", None) == element("a", "") == group("a", "") == group("a", "", ("b", "c")) == ""
    assert element("a", 0) == "<a>0</a>"
    assert group("a", element("b", "<&>\r"), ("c", '"'), ("d", "e")) == '<a c="&quot;" d="e"><b>&lt;&amp;&gt;&#13;</b></a>'
