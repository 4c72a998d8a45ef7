"""Makes the pictures of the console in ``docs/images``: ``.venv/bin/python -m tools.screenshots [NAME ...]``.

Each picture is of a hub that really runs, filled with invented persons by the same helpers that the tests use, and is taken by
a real Chromium (``HUB_TEST_CHROMIUM``, else the one that is found). Look at every picture before you commit it.

Exit code 0: all were made. 1: one is too large, or there is no browser.
"""

from __future__ import annotations

import array
import base64
import os
import shutil
import struct
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hub import telemetry
from tests.console import case_states, states
from tests.support.form_filler import Secretary
from tests.support.live_site import PASSWORD, LiveSite

#: Where the pictures are, and how large each may be.
IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
MOST_BYTES = 120_000
#: Width of a window -> the height at which its picture ends.
WIDE, NARROW = 1280, 390
HEIGHTS = {WIDE: 1000, NARROW: 844}
#: Without coloured edges of letters a picture takes half the room.
_ARGS = ("--no-sandbox", "--disable-gpu", "--disable-lcd-text", "--font-render-hinting=none")
_SECRETARY, _OPERATOR, _PRIVACY = "a.devries", "beheer", "privacy"


class Shot(NamedTuple):
    """A picture: whose page, where it is (a path, or the name of a place that is filled in later), and how wide."""

    who: str
    where: str
    widths: tuple[int, ...] = (WIDE, NARROW)


SHOTS: Mapping[str, Shot] = {
    "secretaris-lijst": Shot(_SECRETARY, "/raadsverzoeken"),
    "secretaris-gevaar": Shot(_SECRETARY, "/raadsverzoeken/nieuw"),
    "secretaris-kind": Shot(_SECRETARY, "{draft}/kinderen/1"),
    "secretaris-gezag": Shot(_SECRETARY, "{draft}/gezag", (WIDE,)),
    "secretaris-documenten": Shot(_SECRETARY, "{draft}/documenten", (WIDE,)),
    "secretaris-controle": Shot(_SECRETARY, "{draft}/controle"),
    "secretaris-verstuurd": Shot(_SECRETARY, "{sent}/verstuurd"),
    "secretaris-afgewezen": Shot(_SECRETARY, "{rejected}"),
    "secretaris-bel-de-raad": Shot(_SECRETARY, "{overdue}", (WIDE,)),
    "secretaris-per-kind": Shot(_SECRETARY, "{family}"),
    "secretaris-melding": Shot(_SECRETARY, "{unmatched}"),
    "beheer-overzicht": Shot(_OPERATOR, "/"),
    "beheer-partners": Shot(_OPERATOR, "/partners", (WIDE,)),
    "beheer-geparkeerd": Shot(_OPERATOR, "/geparkeerd", (WIDE,)),
    "privacy-inzage": Shot(_PRIVACY, "/inzage", (WIDE,)),
}


def file_of(name: str, width: int) -> Path:
    """Where a picture is kept."""
    return IMAGES / f"{name}-{width}.png"


def files() -> Iterator[Path]:
    """Every picture that there is to be."""
    for name, shot in SHOTS.items():
        yield from (file_of(name, width) for width in shot.widths)


def desk(site: LiveSite) -> dict[str, str]:
    """Fill a hub with a secretary's work; the places that ``SHOTS`` names, and their paths."""
    case_states.fill(site)
    anja = Secretary(site, _SECRETARY)
    draft = anja.whole()
    sent = anja.send_off(anja.whole(), "straks").headers["location"].removesuffix("/verstuurd")
    anja.get(f"{sent}/verstuurd")
    return {**case_states.PATHS, "draft": draft, "sent": sent}


def room(site: LiveSite) -> dict[str, str]:
    """Fill a hub with what an operator meets."""
    states.fill(site)
    return {}


def main(wanted: list[str]) -> int:
    """Make the pictures whose names begin so, or all."""
    program = next(filter(None, map(shutil.which, (os.environ.get("HUB_TEST_CHROMIUM", "chromium"), "google-chrome"))), None)
    if program is None:
        print("there is no Chromium; `apt-get install chromium`, or set HUB_TEST_CHROMIUM", file=sys.stderr)
        return 1
    chosen = {name: shot for name, shot in SHOTS.items() if not wanted or name.startswith(tuple(wanted))}
    telemetry.configure(level="error", format="console")
    too_large = []
    for fill, people in ((desk, {_SECRETARY, _PRIVACY}), (room, {_OPERATOR})):
        mine = {name: shot for name, shot in chosen.items() if shot.who in people}
        if mine:
            too_large += _take_all(program, fill, mine)
    for file in too_large:
        print(f"{file.name} is larger than {MOST_BYTES} bytes", file=sys.stderr)
    return 1 if too_large else 0


def _take_all(program: str, fill: Callable[[LiveSite], dict[str, str]], shots: Mapping[str, Shot]) -> list[Path]:
    from playwright.sync_api import sync_playwright

    made = []
    with tempfile.TemporaryDirectory() as folder, LiveSite(Path(folder), environment="acceptatie") as site:
        places = fill(site)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=list(_ARGS))
            for who, width in sorted({(shot.who, width) for shot in shots.values() for width in shot.widths}):
                page = _signed_in(browser, site, who, width)
                for name, shot in shots.items():
                    if shot.who == who and width in shot.widths:
                        made.append(_take(page, site.url + shot.where.format(**places), file_of(name, width)))
                page.context.close()
            browser.close()
    return [file for file in made if file.stat().st_size > MOST_BYTES]


def _signed_in(browser: Any, site: LiveSite, who: str, width: int) -> Any:
    context = browser.new_context(viewport={"width": width, "height": HEIGHTS[width]}, locale="nl-NL", reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site.url}/aanmelden")
    page.get_by_label("Naam").fill(who)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    with page.expect_navigation(wait_until="networkidle"):
        page.keyboard.press("Enter")
    return page


def _take(page: Any, url: str, file: Path) -> Path:
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": 300})  # a page is at least as high as its window
    answer = page.goto(url, wait_until="networkidle")
    assert answer.ok, f"{file.name}: {answer.status}"
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(tall, HEIGHTS[width])})
    file.write_bytes(smaller(page.screenshot(), page.context.browser))
    print(file.relative_to(IMAGES.parents[1]), file.stat().st_size)
    return file


#: Lets a browser read a picture: width, height and RGBA, base64.
_PIXELS = """async (picture) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + picture)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
  canvas.drawImage(image, 0, 0);
  const all = new Blob([canvas.getImageData(0, 0, image.width, image.height).data]);
  const text = await new Promise((done) => { const reader = new FileReader(); reader.onload = () => done(reader.result);
    reader.readAsDataURL(all); });
  return [image.width, image.height, text.slice(text.indexOf(',') + 1)];
}"""


def smaller(picture: bytes, browser: Any) -> bytes:
    """The same picture with the 256 colours that it has most of: half the bytes, and no eye sees it."""
    context = browser.new_context()
    width, height, text = context.new_page().evaluate(_PIXELS, base64.b64encode(picture).decode())
    context.close()
    pixels = array.array("I", base64.b64decode(text))
    counted = Counter(pixels).most_common()
    palette = [struct.pack("=I", colour)[:3] for colour, _ in counted[:256]]
    index = {colour: number for number, (colour, _) in enumerate(counted[:256])}
    for colour, _ in counted[256:]:
        own = struct.pack("=I", colour)
        index[colour] = min(range(256), key=lambda at: sum((a - b) ** 2 for a, b in zip(palette[at], own, strict=False)))
    flat = bytes(map(index.__getitem__, pixels))
    rows = b"".join(b"\0" + flat[start : start + width] for start in range(0, width * height, width))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
