"""Charts: bars in proportion, nothing that was given can become markup, and no picture of nothing."""

from __future__ import annotations

from lxml import etree

from hub.web.console.charts import Bar, bars


def _widths(svg: str) -> list[float]:
    return [float(one.get("width", "0")) for one in etree.fromstring(svg).iter("{*}rect")]


def test_bars_are_in_proportion_and_say_their_number() -> None:
    svg = bars("Berichten", [Bar("Bevestigd", 30), Bar("Afgewezen", 15), Bar("Niets", 0), Bar("Een", 1)])
    widths = _widths(svg)
    assert widths[0] == 2 * widths[1] > 0
    assert widths[2] == 0
    assert widths[3] >= 1, "one can be seen"
    assert [one.text for one in etree.fromstring(svg).iter("{*}text")][:4] == ["Bevestigd", "30", "Afgewezen", "15"]


def test_what_is_given_becomes_no_markup() -> None:
    root = etree.fromstring(bars('"><script>', [Bar("<b>vet</b>", 1)]))
    assert root.get("aria-label") == '"><script>'
    assert [etree.QName(one).localname for one in root] == ["text", "rect", "text"]


def test_nothing_has_no_picture() -> None:
    assert bars("leeg", []) == ""
    assert bars("leeg", [Bar("Bevestigd", 0)]) == ""
