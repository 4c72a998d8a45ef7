"""Fills in the form for a raadsverzoek over HTTP, as a browser without scripts: what a page shows is what it sends back."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlsplit

import httpx
from lxml import html as lxml_html

from tests.support.live_site import LiveSite

PDF = b"%PDF-1.4\nsynthetisch verzoek\n%%EOF\n"


class Secretary:
    """Somebody at a browser.

    Args:
        name: An account of the site.
    """

    def __init__(self, site: LiveSite, name: str) -> None:
        self.site = site
        self.http = site.signed_in(name)

    def get(self, path: str) -> httpx.Response:
        """Open a page, following redirects."""
        return self.http.get(path, follow_redirects=True)

    def send(self, page: httpx.Response, action: str = "verder", /, file: Any = None, **typed: str) -> httpx.Response:
        """Send the first form of ``page`` whose button is ``action``, with its inputs and what was typed; not followed."""
        form, fields = self.form(page, action)
        for name, value in typed.items():
            fields[name.replace("__", "-")] = value
        fields["actie"] = action
        target = form.get("action") or ""
        if form.get("enctype") == "multipart/form-data":
            files = {"bestand": file if file is not None else ("", b"", "application/octet-stream")}
            return self.http.post(target, data=fields, files=files)
        return self.http.post(target, data=fields)

    def go(self, page: httpx.Response, action: str = "verder", /, file: Any = None, **typed: str) -> httpx.Response:
        """``send``, and on to where it leads; the form must have been taken."""
        answer = self.send(page, action, file, **typed)
        assert answer.status_code == 303, sentences(answer)
        return self.get(answer.headers["location"])

    @staticmethod
    def form(page: httpx.Response, action: str) -> tuple[Any, dict[str, str]]:
        """The form with this button, and what it would send."""
        root = lxml_html.fromstring(page.text)
        action = "verder" if action == "vanzelf" else action  # what the script sends has no button
        form = root.xpath(f"//form[.//button[@value='{action}']]")[0]
        fields = {name: value for name, value in form.fields.items() if value is not None and name != "bestand"}
        return form, fields

    def begin(self) -> str:
        """Begin a draft; its path."""
        answer = self.send(self.get("/raadsverzoeken/nieuw"), onverwijldeSpoed="nee")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].rpartition("/")[0]

    def send_off(self, base: str, when: str = "nu") -> httpx.Response:
        """Agree with every warning and send; where the confirmation is."""
        check = self.get(f"{base}/controle")
        ticks = dict.fromkeys(re.findall(r'name="(akkoord-[0-9a-f]+)"', check.text), "ja")
        form, fields = self.form(check, "verstuur")
        return self.http.post(form.get("action"), data={**fields, **ticks, "wanneer": when, "actie": "verstuur"})

    def whole(self, kenmerk: str = "") -> str:
        """A complete draft with one child, one parent and one document; its path."""
        base = self.begin()
        self.go(self.get(f"{base}/verzoek"), urgentie="Laag", kenmerk=kenmerk, **SENDER)
        child = self.go(self.get(f"{base}/kinderen"), "voeg-kind-toe")
        self.go(child, **CHILD)
        parent = self.go(self.get(f"{base}/gezag"), "voeg-persoon-toe")
        answer = self.go(parent, **PARENT)
        assert "compleet" in answer.text
        papers = self.get(f"{base}/documenten")
        self.go(papers, "voeg-toe", file=("verzoek.pdf", PDF, "application/pdf"), **PAPER)
        return base


SENDER = {
    "verzoeker__organisatie": "CJG Voorbeeldgemeente",
    "verzoeker__medewerker__achternaam": "Testgeval",
    "verzoeker__medewerker__telefoon": "023-5550100",
}
CHILD = {
    "bsn": "999999047", "geslachtsnaam": "Voorbeeld", "voornamen": "Noor", "geboortedatum__dag": "9",
    "geboortedatum__maand": "3", "geboortedatum__jaar": "2015",
}  # fmt: skip
PARENT = {
    "geslachtsnaam": "Proefouder", "voornamen": "Zoë", "telefoon": "06-12345678", "relaties__0__rol": "ouder met gezag",
    "geinformeerd": "ja",
}  # fmt: skip
PAPER = {"soort": "Verzoek tot onderzoek RvdK", "datum__dag": "19", "datum__maand": "11", "datum__jaar": "2025"}


def sentences(page: httpx.Response) -> list[str]:
    """The errors of a page, as they stand at the top."""
    return [html.unescape(one) for one in re.findall(r'<li><a class="utrecht-link" href="[^"]*">([^<]+)</a></li>', page.text)]


def path_of(answer: httpx.Response) -> str:
    """Where an answer leads."""
    return urlsplit(answer.headers["location"]).path
