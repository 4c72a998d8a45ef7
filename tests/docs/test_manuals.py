"""The two manuals speak the console's own words: buttons, steps, tasks, states, terms; and their pictures are there."""

from __future__ import annotations

import re

import pytest
import yaml

from hub import registry
from hub.routes.raadsverzoek.pages.form.landing import STEPS
from hub.routes.raadsverzoek.settings import Party, RaadsverzoekSettings
from hub.web.accounts import SESSION_SECONDS
from hub.web.console import words
from hub.web.passwords import SHORTEST
from tests.docs.pages import MAKERS, ROOT, made_parts
from tests.docs.test_documents import unknown_in
from tools import screenshots

SECRETARY = (ROOT / "docs" / "handleiding-secretaris.md").read_text(encoding="utf-8")
OPERATOR = (ROOT / "docs" / "handleiding-beheerder.md").read_text(encoding="utf-8")
PAGES = {"secretaris": SECRETARY, "beheerder": OPERATOR}
_NUMBERS = {5: "vijf", 8: "acht"}


def console() -> str:
    """Everything that the console can say, with the tags taken out."""
    places = [ROOT / "hub" / "web", ROOT / "hub" / "routes"]
    files = [file for place in places for kind in ("*.py", "*.html") for file in sorted(place.rglob(kind))]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r"<span class=\"hub-only-heard\">.*?</span>", "", text)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_manual_prints_in_bold_is_on_a_page(name: str):
    said = console()
    bold = set(re.findall(r"\*\*([^*]+)\*\*", PAGES[name]))
    assert len(bold) >= 6
    assert not [one for one in bold if one not in said]


def test_the_steps_of_the_form_are_those_of_the_manual():
    assert re.findall(r"^\| \d\. ([^|]+) \|", SECRETARY, flags=re.MULTILINE) == list(STEPS.values())


def test_every_state_of_a_case_is_explained():
    assert made_parts(SECRETARY)["case-states"] == MAKERS["case-states"]()


def test_every_task_and_every_state_of_a_connection_is_in_the_operators_manual():
    night = OPERATOR.partition("## 's Nachts")[2]
    own = {kind for exchange in registry.exchanges().values() for kind in registry.load(exchange.words).tasks}
    assert not [text for kind, text in words.tasks().items() if kind not in own and f"| *{text}* |" not in night]
    manuals = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("handleiding-*.md"))
    assert not [text for kind, text in words.tasks().items() if kind in own and text not in manuals]
    assert not [state.label for state in words.CONNECTION_STATES.values() if f"| **{state.label}** |" not in OPERATOR]


def test_commands_in_containers_name_a_service_and_a_command():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    found = re.findall(r"`docker compose run --rm (\S+) ([^`]+)`", OPERATOR)
    assert len(found) >= 3
    for service, command in found:
        assert service in services
        assert unknown_in(f"hub {command}") is None


def test_terms_are_those_of_the_settings():
    party = Party(organisatie="00000099000000001000", applicatie="jeugd-applicatie")
    settings = RaadsverzoekSettings(zender=party, ontvanger=party.model_copy(update={"applicatie": "RvdK-applicatie"}))
    assert f"Over {settings.hold_before_sending.seconds // 60} minuten" in SECRETARY
    assert f"waar {settings.keep_drafts.days} dagen niets in verandert" in SECRETARY
    assert f"na {settings.answer_within.total_seconds() / 3600:g} uur nog niets" in SECRETARY
    assert f"hooguit {settings.max_content_bytes // 1_000_000} MB" in SECRETARY
    assert f"Na {_NUMBERS[SESSION_SECONDS // 3600]} uur meldt" in SECRETARY
    assert settings.telefoon_veilig_thuis in SECRETARY
    assert all(f"`{name}`" in OPERATOR and hasattr(settings, name) for name in ("verzoeker", "telefoon_raad", "kenmerk_prefix"))
    assert f"langer dan {_NUMBERS[settings.deliver_within.days]} dagen wacht" in OPERATOR
    assert f"minstens {SHORTEST} tekens" in OPERATOR


def test_every_picture_can_be_made_by_command_is_small_and_is_used():
    wanted = {file.name for file in screenshots.files()}
    assert {file.name for file in screenshots.IMAGES.glob("*.png")} == wanted
    assert not [file for file in screenshots.files() if file.stat().st_size > screenshots.MOST_BYTES]
    used = set(re.findall(r"images/([\w-]+\.png)", SECRETARY + OPERATOR))
    assert used <= wanted
    assert len(used) >= 10


def test_every_picture_has_a_text_for_who_cannot_see_it():
    assert all(len(alt) > 10 for page in PAGES.values() for alt in re.findall(r"!\[([^\]]*)\]\(images/", page))
