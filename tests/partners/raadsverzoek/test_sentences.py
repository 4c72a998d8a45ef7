"""What comes back about a request, as people read it."""

from __future__ import annotations

import datetime as dt

import pytest

from hub.routes.raadsverzoek import sentences
from hub.routes.raadsverzoek.sentences import Decision, Notification


def test_a_rejection_names_the_field_and_repeats_no_details() -> None:
    details = "PE_VALID_1_2_1: Element {http://x}aoa.postcode: 1234 AA is not a valid value"
    assert sentences.rejected("Het StUF VTO bericht voldoet niet", "server", details) == (
        "Dit verzoek is niet aangenomen: Het StUF VTO bericht voldoet niet. Het ligt niet bij de Raad. Verbeter de postcode en "
        "verstuur opnieuw."
    )


def test_a_rejection_without_a_place_or_a_reason_still_says_what_to_do() -> None:
    assert sentences.rejected(" ", "server") == (
        "Dit verzoek is niet aangenomen: de Raad noemt geen reden. Het ligt niet bij de Raad. Verbeter wat er niet klopt en "
        "verstuur opnieuw."
    )


def test_a_place_outweighs_the_details() -> None:
    assert "Verbeter het bestand en" in sentences.rejected("Fout", "/JZ:vtoDi01/ZKN:inhoud", "postcode")


def test_an_accepted_and_an_overdue_request_have_their_sentence() -> None:
    assert sentences.accepted() == "Dit verzoek is aangenomen en ligt bij de Raad."
    sent = sentences.moment(dt.datetime(2026, 11, 22, 14, 5))
    assert sentences.overdue(sent) == (
        "De Raad heeft de ontvangst nog niet bevestigd (verstuurd 22 november 2026 om 14:05 uur). Bel de Raad om te vragen of "
        "het verzoek er is."
    )


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("202611241000", "24 november 2026"),
        ("20260101", "1 januari 2026"),
        ("202603", "maart 2026"),
        ("2026", "2026"),
        ("20261399", "20261399"),
        ("202613", "202613"),
        ("20261100", "november 2026"),
        ("onbekend", "onbekend"),
    ],
)
def test_a_date_of_any_length_reads_as_people_write_it(digits: str, shown: str) -> None:
    assert sentences.day(digits) == shown


@pytest.mark.parametrize(
    ("status", "result", "sentence"),
    [
        (
            "Intake afgerond",
            "",
            "De Raad heeft op 24 november 2026 de intake van Noor afgerond. Er staat geen afwijzing in; ga ervan uit dat het "
            "onderzoek doorgaat.",
        ),
        (
            "Intake afgerond",
            "Verzoek tot onderzoek afgewezen",
            "De Raad begint geen onderzoek naar Noor (besluit van 24 november 2026). Bespreek met de inbrenger hoe de hulp "
            "verdergaat.",
        ),
        (
            "Onderzoek afgerond",
            "Geen rekest Kinderbescherming",
            "Het onderzoek naar Noor is klaar. De Raad vraagt de rechter niet om een maatregel. Bespreek hoe de hulp "
            "verdergaat.",
        ),
        (
            "Onderzoek afgerond",
            "",
            "Het onderzoek naar Noor is klaar. De uitkomst staat niet in dit bericht; mogelijk vraagt de Raad de rechter om "
            'een maatregel. Wacht op "Zaak afgerond" of bel de Raad.',
        ),
        ("Zaak afgerond", "Maatregel opgelegd", "De rechter heeft voor Noor een maatregel opgelegd."),
        ("Zaak afgerond", "Geen maatregel opgelegd", "De zaak van Noor is klaar. Er is geen maatregel opgelegd."),
        ("Zaak afgerond", "Iets nieuws", 'De Raad meldt voor Noor: "Zaak afgerond", "Iets nieuws" (24 november 2026).'),
        ("Zaak afgerond", "", 'De Raad meldt voor Noor: "Zaak afgerond" (24 november 2026).'),
    ],
)
def test_a_status_and_its_result_read_as_one_sentence(status: str, result: str, sentence: str) -> None:
    assert sentences.status("Noor", status, result, "20261124") == sentence


def test_braces_in_a_name_or_a_status_are_only_text() -> None:
    assert "{datum}" in sentences.status("{datum}", "Intake afgerond", "", "2026")
    assert '"{kind}"' in sentences.status("Noor", "{kind}", "", "2026")


def test_a_decision_leaves_out_what_is_missing_and_adds_no_words() -> None:
    full = Decision("Ondertoezichtstelling voor een jaar", "20270115", "20270120", "20280120", "Rechtbank Haarlem", "GI")
    assert full.sentence() == (
        "Besluit van 15 januari 2027: Ondertoezichtstelling voor een jaar. Geldt van 20 januari 2027 tot 20 januari 2028. "
        "Genomen door Rechtbank Haarlem. Uitgevoerd door GI."
    )
    assert Decision("Iets", tot="2028").sentence() == "Besluit: Iets. Geldt tot 2028."
    assert Decision(beslist="2027").sentence() == "Besluit van 2027."


def test_a_notification_reads_from_its_cause_to_its_number() -> None:
    told = Notification(
        "Noor", "Zaak afgerond", "Maatregel opgelegd", "20261124", True, "RvdK-2026-0102", (Decision("OTS"),)
    ).sentences()
    assert told == [
        "De Raad is dit onderzoek zelf begonnen; er is geen verzoek van ons.",
        "De rechter heeft voor Noor een maatregel opgelegd.",
        "Besluit: OTS.",
        "Nummer bij de Raad: RvdK-2026-0102.",
    ]


def test_a_notification_that_matches_nothing_asks_for_a_person() -> None:
    told = Notification("Noor", "Intake afgerond").sentences(matched=False)
    assert told[-1] == "Dit bericht hoort nog bij geen verzoek. Zoek de zaak erbij of leg het apart."
    assert "op een onbekende datum" in told[0]


@pytest.mark.parametrize(
    ("status", "result", "closes"),
    [
        ("Zaak afgerond", "", True),
        ("Intake afgerond", "Verzoek tot onderzoek afgewezen", True),
        ("Onderzoek afgerond", "Geen rekest Kinderbescherming", True),
        ("Intake afgerond", "", False),
        ("Onderzoek afgerond", "", False),
    ],
)
def test_a_child_is_closed_by_the_end_of_its_case_a_rejection_or_no_request(status: str, result: str, closes: bool) -> None:
    assert Notification("Noor", status, result).closes is closes


def test_a_child_is_called_by_what_the_message_knows() -> None:
    assert sentences.child_name(" Noor ") == "Noor"
    assert sentences.child_name("", unborn=True, mother="Zoë") == "het ongeboren kind van Zoë"
    assert sentences.child_name("", mother="Zoë") == "een kind zonder naam in het bericht"
    assert sentences.not_heard_of("Noor") == "Over Noor heeft de Raad nog niets gemeld."
    assert sentences.perhaps_the_unborn(3).endswith("(kind 3). Klopt dat?")


def test_an_institution_that_the_list_does_not_know_keeps_its_code() -> None:
    assert sentences.institution("RC0108", {"RC0108": "Rechtbank Haarlem"}) == "Rechtbank Haarlem"
    assert sentences.institution("XX", {}) == "instantie met code XX"
