"""The rules of a raadsverzoek: which fires, where it points, and what it says to its author."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from hub.errors import Finding
from hub.routes.raadsverzoek import wording
from tests.support import raadsverzoeken as rv

Made = dict[str, Any]
Change = Callable[[Made], object]


def findings(made: Made, today: dt.date = rv.TODAY, **changes: Any) -> list[Finding]:
    return rv.route(**changes).check(rv.encoded(made), today)


def told(made: Made, **changes: Any) -> list[tuple[str, str, str]]:
    return [(item.rule, item.field, item.severity) for item in findings(made, **changes)]


def sentences(made: Made) -> list[str]:
    return [wording.sentence(item, made) for item in findings(made)]


def changed(change: Change, **base: Any) -> Made:
    made = rv.raadsverzoek(**base)
    change(made)
    return made


def child(**changes: Any) -> Change:
    def change(made: Made) -> None:
        merged = made["kinderen"][0] | changes
        made["kinderen"][0] = {key: value for key, value in merged.items() if value is not None}

    return change


def party(**changes: Any) -> Change:
    def change(made: Made) -> None:
        merged = made["betrokkenen"][0] | changes
        made["betrokkenen"][0] = {key: value for key, value in merged.items() if value is not None}

    return change


def relation(**changes: Any) -> Change:
    def change(made: Made) -> None:
        merged = made["betrokkenen"][0]["relaties"][0] | changes
        made["betrokkenen"][0]["relaties"][0] = {key: value for key, value in merged.items() if value is not None}

    return change


def attachment(**changes: Any) -> Change:
    def change(made: Made) -> None:
        merged = made["documenten"][0] | changes
        made["documenten"][0] = {key: value for key, value in merged.items() if value is not None}

    return change


def unborn(**changes: Any) -> Change:
    def change(made: Made) -> None:
        made["kinderen"][0] = rv.ongeboren(1, **changes)

    return change


def second_party(**changes: Any) -> Change:
    other = {"geslachtsnaam": "Ander", "voornamen": "Andere"} | changes
    return lambda made: made["betrokkenen"].append(rv.persoon("b2", {"kind": 1, "rol": "grootouder"}, **other))


def top(**changes: Any) -> Change:
    return lambda made: made.update(changes)


def test_a_valid_document_has_no_findings() -> None:
    assert told(rv.raadsverzoek()) == []
    assert told(rv.raadsverzoek(kinderen=[rv.ongeboren()], betrokkenen=[rv.persoon()])) == []
    assert told(rv.raadsverzoek(betrokkenen=[rv.instelling()])) == []


BROKEN: list[tuple[str, str, Change]] = [
    ("RV01", "/onverwijldeSpoed", top(onverwijldeSpoed=True)),
    ("RV03", "/kinderen", top(kinderen=[], betrokkenen=[rv.persoon("b1", {"rol": "hulpverlener"})])),
    ("RV03", "/betrokkenen/1/relaties", lambda made: made["betrokkenen"].append(rv.persoon("b2") | {"relaties": []})),
    ("RV03", "/documenten", top(documenten=[])),
    ("RV04", "/kinderen/0/bsn", child(bsn="999999048")),
    ("RV04", "/kinderen/0/bsn", child(bsn="99999904")),
    ("RV04", "/kinderen/0/bsn", child(bsn="٩٩٩٩٩٩٠٤٧")),
    ("RV04", "/kinderen/0/bsn", child(bsn="000000000")),
    ("RV04", "/betrokkenen/0/bsn", party(bsn="111222334")),
    ("RV04", "/verzoeker/rsin", lambda made: made["verzoeker"].update(rsin="111222334")),
    ("RV05", "/kinderen/0/rniNummer", child(bsn=None, rniNummer="1234567890123456")),
    ("RV06", "/kinderen/0/bsn", child(bsn=None)),
    ("RV06", "/kinderen/0/rniNummer", child(rniNummer="12345678901234567")),
    ("RV06", "/betrokkenen/0/rniNummer", party(bsn="111222333", rniNummer="12345678901234567")),
    ("RV06", "/kinderen/0/geenNummerBekend", child(geenNummerBekend=True)),
    ("RV06", "/kinderen/0/bsn", unborn(bsn="999999047")),
    ("RV06", "/kinderen/0/voornamen", unborn(voornamen="Al")),
    ("RV07", "/betrokkenen/1/bsn", lambda made: (party(bsn="111222333")(made), second_party(bsn="111222333")(made))),
    ("RV10", "/kinderen/0/geboortedatum", child(geboortedatum="2026-11-23")),
    ("RV10", "/kinderen/0/geboortedatum", child(geboortedatum="2026-12")),
    ("RV10", "/kinderen/0/geboortedatum", child(geboortedatum="2027")),
    ("RV10", "/kinderen/0/geboortedatum", child(geboortedatum="2015-02-29")),
    ("RV10", "/kinderen/0/geboortedatum", child(geboortedatum="09-03-2015")),
    ("RV10", "/betrokkenen/0/geboortedatum", party(geboortedatum="2030")),
    ("RV10", "/kinderen/0/geboortedatum", child(geboortedatum="9999")),
    ("RV10", "/kinderen/0/geboortedatum", child(geboortedatum="9999-12-31")),
    ("RV10", "/kinderen/0/geboortedatum", child(geboortedatum="0000")),
    ("RV10", "/betrokkenen/0/geboortedatum", party(geboortedatum="9990-02-30")),
    ("RV10", "/datumAanmelding", top(datumAanmelding="2026-11-23")),
    ("RV10", "/datumAanmelding", top(datumAanmelding="2026-13-99")),
    ("RV10", "/documenten/0/datum", attachment(datum="2026-11-23")),
    ("RV13", "/kinderen/0/moeder", unborn(moeder=None)),
    ("RV13", "/betrokkenen/0/telefoon", lambda made: (unborn()(made), party(telefoon=None)(made))),
    ("RV94", "/kinderen/0/moeder", unborn(moeder="b9")),
    ("RV94", "/kinderen/0/moeder", lambda made: (unborn(moeder="b2")(made), made["betrokkenen"].append(rv.instelling("b2")))),
    ("RV14", "/kinderen/0/gezagOnbekend", relation(rol="ouder zonder gezag")),
    ("RV16", "/betrokkenen/0/relaties/0/geinformeerd", relation(geinformeerd=None)),
    ("RV17", "/betrokkenen/0/relaties/0/redenNietGeinformeerd", relation(geinformeerd=False)),
    ("RV17", "/betrokkenen/0/relaties/0/redenNietGeinformeerd", relation(redenNietGeinformeerd="Een goede reden")),
    ("RV17", "/betrokkenen/0/relaties/0/redenNietGeinformeerd", relation(geinformeerd=False, redenNietGeinformeerd="Kort")),
    ("RV18", "/betrokkenen/0/telefoon", top(betrokkenen=[rv.instelling(telefoon=None)])),
    ("RV19", "/documenten", attachment(soort="Hulpverleningsrapportage")),
    ("RV19", "/documenten", lambda made: made["documenten"].append(rv.document(bestandsnaam="twee.pdf", text="twee"))),
    ("RV21", "/documenten/0/bestandsnaam", attachment(bestandsnaam=" verzoek.pdf")),
    ("RV21", "/documenten/0/bestandsnaam", attachment(bestandsnaam="verzoek?.pdf")),
    ("RV21", "/documenten/0/bestandsnaam", attachment(bestandsnaam="verzoek-999999047.pdf")),
    ("RV21", "/documenten/0/bestandsnaam", attachment(bestandsnaam="v" * 252 + ".pdf")),
    ("RV22", "/documenten/0/mediatype", attachment(mediatype="image/jpeg", bestandsnaam="v.jpg")),
    ("RV22", "/documenten/0/mediatype", attachment(mediatype="text/plain", bestandsnaam="verzoek.txt")),
    ("RV22", "/documenten/0/mediatype", attachment(bestandsnaam="verzoek.exe")),
    ("RV22", "/documenten/0/mediatype", attachment(mediatype=None, inhoud=base64.b64encode(b"MZ program").decode())),
    ("RV23", "/documenten/0/inhoud", attachment(inhoud="")),
    ("RV23", "/documenten/0/inhoud", attachment(inhoud=None)),
    ("RV24", "/kinderen/0/adresBuitenland", child(adresBuitenland={"landnaam": "België", "regel1": "Laan 1"})),
    ("RV25", "/kinderen/0/adres", child(geheimAdres=True, adres={"plaats": "Haarlem"})),
    ("RV26", "/kinderen/0/voorvoegsel", child(voorvoegsel="v" * 11)),
    ("RV26", "/onderwerp", top(onderwerp="o" * 81)),
    ("RV26", "/betrokkenen/0/naam", top(betrokkenen=[rv.instelling(naam="n" * 46)])),
    ("RV27", "/betrokkenen/0/telefoon", party(telefoon="112")),
    ("RV27", "/betrokkenen/0/telefoon", party(telefoon="06 1 2 3 4 5 6 7 8 9 0")),
    ("RV27", "/verzoeker/medewerker/telefoon", lambda made: made["verzoeker"]["medewerker"].update(telefoon="intern")),
    ("RV90", "/onverwijldeSpoed", lambda made: made.pop("onverwijldeSpoed")),
    ("RV90", "/urgentie", top(urgentie=" ")),
    ("RV90", "/verzoeker/medewerker", lambda made: made["verzoeker"].pop("medewerker")),
    ("RV90", "/verzoeker/organisatie", lambda made: made["verzoeker"].update(organisatie="  ")),
    ("RV90", "/kinderen/0/geslachtsnaam", child(geslachtsnaam="")),
    ("RV90", "/kinderen/0/voornamen", child(voornamen=None)),
    ("RV90", "/kinderen/0/geboortedatum", child(geboortedatum=None)),
    ("RV90", "/kinderen/0/geboortedatum", child(bsn=None, geenNummerBekend=True, geboortedatum=None)),
    (
        "RV90",
        "/kinderen/0/geboortedatum",
        child(bsn=None, geenNummerBekend=True, geboortedatum=None, geboortedatumOnbekend=True),
    ),
    ("RV90", "/kinderen/0/geboortedatum", unborn(geboortedatum=None)),
    ("RV90", "/kinderen/0/adres/huisnummer", child(adres={"postcode": "2011AB"})),
    ("RV90", "/betrokkenen/0/geslachtsnaam", party(geslachtsnaam=None)),
    (
        "RV90",
        "/betrokkenen/1/relaties/0/kind",
        lambda made: (second_party()(made), made["betrokkenen"][1]["relaties"][0].pop("kind")),
    ),
    ("RV90", "/betrokkenen/0/adresBuitenland/regel1", party(adresBuitenland={"landnaam": "België"})),
    ("RV90", "/documenten/0/datum", attachment(datum=None)),
    ("RV91", "/urgentie", top(urgentie="Middel")),
    ("RV91", "/kenmerk", top(kenmerk="CJG 2026")),
    ("RV91", "/kenmerk", top(kenmerk="CJG1")),
    ("RV91", "/kenmerk", top(kenmerk="999999047")),
    ("RV91", "/kenmerk", top(kenmerk="CJG-999999047/a")),
    ("RV91", "/rolInbrenger", top(rolInbrenger="buurman")),
    ("RV91", "/kinderen/0/geslacht", child(geslacht="X")),
    ("RV91", "/kinderen/0/ongeboren", child(ongeboren="nee")),
    ("RV91", "/kinderen/0/adres/postcode", child(adres={"postcode": "2011", "huisnummer": 1})),
    ("RV91", "/kinderen/0/adres/huisnummer", child(adres={"huisnummer": 0})),
    ("RV91", "/kinderen/0/adres/huisnummer", child(adres={"huisnummer": "12"})),
    ("RV91", "/kinderen/0/adres/huisletter", child(adres={"huisletter": "AB"})),
    ("RV91", "/kinderen/0/adres/toevoeging", child(adres={"toevoeging": "a-1"})),
    ("RV91", "/betrokkenen/0/naam", party(naam="Een persoon")),
    ("RV91", "/betrokkenen/0/geslachtsnaam", top(betrokkenen=[rv.instelling(geslachtsnaam="Een instelling")])),
    ("RV91", "/betrokkenen/0/vestigingsnummer", top(betrokkenen=[rv.instelling(vestigingsnummer="123")])),
    ("RV91", "/documenten/0/inhoud", attachment(inhoud="JVBERi0xLjQK\n")),
    ("RV91", "/documenten/0/inhoud", attachment(inhoud="JVBERi0xLjQ=JVBERi0xLjQK")),
    ("RV92", "/onbekend", top(onbekend=1)),
    ("RV92", "/kinderen/0", child(**{"veld 999999047": 1})),
    ("RV93", "/kinderen/0/geslachtsnaam", child(geslachtsnaam="Voor\u0007beeld")),
    ("RV93", "/kinderen/0/geslachtsnaam", child(geslachtsnaam="Voor\ufffebeeld")),
    ("RV94", "/betrokkenen/0/relaties/1/kind", lambda made: made["betrokkenen"][0]["relaties"].append(rv.gezag(7))),
    ("RV95", "/kinderen/1/volgnummer", lambda made: made["kinderen"].append(rv.kind(2) | {"volgnummer": 1})),
    ("RV95", "/betrokkenen/1/id", lambda made: made["betrokkenen"].append(rv.persoon("b1", geslachtsnaam="Ander"))),
    ("RV95", "/betrokkenen/0/relaties/1/rol", lambda made: made["betrokkenen"][0]["relaties"].append(rv.gezag(1))),
    ("RV96", "/kinderen/0/geboortedatumOnbekend", child(geboortedatumOnbekend=True)),
]


@pytest.mark.parametrize(("rule", "pointer", "change"), BROKEN)
def test_a_broken_rule_is_told_at_its_place(rule: str, pointer: str, change: Change) -> None:
    found = told(changed(change))
    assert (rule, pointer, "error") in found
    assert {item for item, _, severity in found if severity == "error"} == {rule}


WARNED: list[tuple[str, str, Change]] = [
    ("RV08", "/betrokkenen/0/bsn", party(bsn="999999047")),
    ("RV11", "/kinderen/0/geboortedatum", unborn(geboortedatum="2026-11-21")),
    ("RV11", "/kinderen/0/geboortedatum", unborn(geboortedatum="2026-10")),
    ("RV11", "/kinderen/0/geboortedatum", unborn(geboortedatum="2027-08-23")),
    ("RV11", "/kinderen/0/geboortedatum", unborn(geboortedatum="9999-12")),
    ("RV12", "/kinderen/0/geboortedatum", child(geboortedatum="0001")),
    ("RV12", "/kinderen/0/geboortedatum", child(geboortedatum="2008-11-22")),
    ("RV12", "/kinderen/0/geboortedatum", child(geboortedatum="2007")),
    ("RV15", "/betrokkenen/0/geboortedatum", party(geboortedatum="2010")),
    ("RV25", "/kinderen/0/geheimAdres", child(geheimAdres=True)),
    ("RV25", "/kinderen/0/geheimAdres", child(geheimAdres=True, adres={"plaats": ""})),
]


@pytest.mark.parametrize(("rule", "pointer", "change"), WARNED)
def test_a_doubtful_value_is_a_warning_and_no_error(rule: str, pointer: str, change: Change) -> None:
    made = changed(change)
    assert told(made) == [(rule, pointer, "warning")]
    built = rv.route().build(rv.encoded(made), rv.IDENTITY)
    assert [item.rule for item in built.warnings] == [rule]


@pytest.mark.parametrize(
    "change",
    [
        top(datumAanmelding="2026-11-22", datumBesluitTafel="2026-11-22"),
        child(adres={"plaats": " "}, adresBuitenland={"regel1": ""}),
        top(betrokkenen=[rv.instelling(adres={}, adresBuitenland={"landnaam": " "})]),
        child(geboortedatum="2008"),  # may have become 18, may not
        child(geboortedatum="2026-11"),  # may have been born already
        child(geboortedatum="2026-11-22"),
        unborn(geboortedatum="2026-11"),
        unborn(geboortedatum="2027-08-22"),
        unborn(geboortedatum="2027-08"),
        party(geboortedatum="2008"),
        child(geboortedatum=None, geboortedatumOnbekend=True),
        child(bsn=None, geenNummerBekend=True, geboortedatum="2015"),
        child(bsn=None, rniNummer="12345678901234567"),
        party(telefoon="+31 (0)6-1234 56789"),
        attachment(bestandsnaam="verzoek 123456789 v1.PDF"),
        lambda made: (relation(rol="ouder, gezag niet benoemd")(made), child(gezagOnbekend=True)(made)),
    ],
)
def test_a_value_that_may_be_right_is_left_alone(change: Change) -> None:
    assert told(changed(change)) == []


def test_acute_danger_is_told_alone() -> None:
    assert told({"onverwijldeSpoed": True}) == [("RV01", "/onverwijldeSpoed", "error")]


def test_more_than_two_holders_of_gezag_is_a_warning_at_the_child() -> None:
    parties = [rv.persoon(f"b{n}", geslachtsnaam=f"Ouder{n}") for n in range(1, 4)]
    assert told(rv.raadsverzoek(betrokkenen=parties)) == [("RV15", "/kinderen/0", "warning")]


def test_two_roles_with_gezag_of_one_person_make_one_holder() -> None:
    parties = [rv.persoon("b1", rv.gezag(1), rv.gezag(1, rol="voogd")), rv.persoon("b2", geslachtsnaam="Ander")]
    assert told(rv.raadsverzoek(betrokkenen=parties)) == []


def test_two_persons_of_one_name_and_birth_date_are_a_warning_unless_their_numbers_differ() -> None:
    same = {"geslachtsnaam": "Gelijk", "voornamen": "Jan", "geboortedatum": "1990"}
    made = changed(lambda made: (party(**same)(made), second_party(**same)(made)))
    assert told(made) == [("RV09", "/betrokkenen/1/geslachtsnaam", "warning")]
    made["betrokkenen"][0]["bsn"], made["betrokkenen"][1]["bsn"] = "111222333", "123456782"
    assert told(made) == []


def test_twenty_one_children_are_too_many() -> None:
    children = [rv.kind(n, bsn=None, geenNummerBekend=True, geboortedatum="2015", voornamen=f"Kind{n}") for n in range(1, 22)]
    parent = rv.persoon("b1", *(rv.gezag(n) for n in range(1, 22)))
    assert told(rv.raadsverzoek(kinderen=children, betrokkenen=[parent])) == [("RV03", "/kinderen", "error")]


def test_documents_of_more_than_the_limit_are_refused_and_the_sum_is_told() -> None:
    content = base64.b64encode(b"%PDF-" + bytes(1995)).decode()
    more = base64.b64encode(b"%PDF-" + bytes(1996)).decode()
    made = rv.raadsverzoek(
        documenten=[
            rv.document(inhoud=content),
            rv.document("Gezinsgeschiedenis", inhoud=more),
        ]
    )
    assert told(made, max_content_bytes=4001) == []
    assert told(made, max_content_bytes=4000) == [("RV20", "/documenten", "error")]


def test_a_message_over_its_limit_is_refused_in_words_about_the_documents() -> None:
    with pytest.raises(Exception) as caught:
        rv.route(max_xml_bytes=3000).build(rv.encoded(rv.raadsverzoek()), rv.IDENTITY)
    assert [item.rule for item in caught.value.findings] == ["RV20"]


def test_equal_names_and_equal_contents_of_documents_are_refused() -> None:
    first = rv.document()
    made = rv.raadsverzoek(documenten=[first, {**first, "soort": "Gezinsgeschiedenis"}])
    assert told(made) == [("RV23", "/documenten/1/bestandsnaam", "error"), ("RV23", "/documenten/1/inhoud", "error")]


def test_all_that_is_wrong_is_told_at_once() -> None:
    made = changed(lambda made: (child(voorvoegsel="v" * 11, bsn="1")(made), relation(geinformeerd=None)(made)))
    assert [rule for rule, _, _ in told(made)] == ["RV26", "RV04", "RV16"]


def test_a_field_that_could_not_be_read_is_not_also_told_missing() -> None:
    assert [rule for rule, _, _ in told(changed(child(bsn=999999047)))] == ["RV91"]
    assert [rule for rule, _, _ in told(changed(top(documenten="geen lijst")))] == ["RV91"]


@pytest.mark.parametrize("key", ["onbekend", "een veld 1"])
def test_an_unknown_key_hides_no_other_fault(key: str) -> None:
    made = changed(lambda made: (child(**{key: 1, "bsn": "1"})(made), made.update({key: 1}), made.pop("urgentie")))
    assert [rule for rule, _, _ in told(made)] == ["RV92", "RV92", "RV90", "RV04"]


def test_a_part_that_cannot_be_read_leaves_the_places_of_the_others() -> None:
    made = rv.raadsverzoek(kinderen=["geen kind", rv.kind(1, bsn="1")])
    assert ("RV04", "/kinderen/1/bsn", "error") in told(made)


def test_a_sentence_without_a_place_in_it_is_logged_with_one() -> None:
    (item,) = findings(changed(child(bsn="123456789")))
    assert item.message == f"Kind 1: {wording.SENTENCES['RV04']}"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (child(bsn="12345678"), "Een burgerservicenummer heeft 9 cijfers; u hebt er 8 ingevuld. Controleer het nummer."),
        (
            top(verzoeker=rv.verzoeker() | {"rsin": "12345"}),
            "Een RSIN heeft 9 cijfers; u hebt er 5 ingevuld. Controleer het nummer.",
        ),
        (
            attachment(bestandsnaam=" verzoek.pdf"),
            'De bestandsnaam "verzoek.pdf" begint of eindigt met een spatie. Haal die weg.',
        ),
        (attachment(bestandsnaam="v" * 300 + ".pdf"), "De bestandsnaam heeft 304 tekens; er passen er 255. Maak hem korter."),
        (
            attachment(bestandsnaam="999999047.pdf"),
            "In de bestandsnaam staat een burgerservicenummer. Geef het bestand een naam zonder persoonsgegevens.",
        ),
        (
            attachment(bestandsnaam="verzoek.docx"),
            "Dit is geen echt pdf-bestand: de inhoud past niet bij de naam. Open het en bewaar het als pdf.",
        ),
        (relation(rol=None), "Kies een rol."),
        (top(onverwijldeSpoed=None), "Kies of een kind nu in acuut gevaar is."),
        (top(urgentie=None), "Kies hoe snel de Raad moet beginnen."),
    ],
)
def test_a_sentence_says_the_one_reason_and_what_to_do(change: Any, text: str) -> None:
    assert text in sentences(changed(change))


def test_an_unknown_key_gets_the_nearest_known_one() -> None:
    assert any("Bedoelde u geslachtsnaam?" in text for text in sentences(changed(child(geslachtnaam="X"))))


SENTENCES: list[tuple[Change, str]] = [
    (child(bsn="999999048"), wording.SENTENCES["RV04"]),
    (
        child(bsn=None),
        "Van Noor Voorbeeld is geen BSN of nummer niet-ingezetene ingevuld. Vul het in, of vink aan dat het niet bekend is en "
        "geef dan naam en geboortejaar.",
    ),
    (
        child(bsn=None, rniNummer="123"),
        "Een nummer niet-ingezetene heeft 17 cijfers; u hebt er 3 ingevuld. Controleer het nummer.",
    ),
    (
        unborn(geboortedatum="2026-10", geslachtsnaam="Voorbeeld"),
        "De verwachte geboortedatum van kind 1 is voorbij of meer dan 9 maanden weg. Is het kind geboren, zet het dan om.",
    ),
    (relation(geinformeerd=False), "Ouder b1 Proefouder is niet geïnformeerd. Schrijf op waarom niet."),
    (
        child(voorvoegsel="v" * 11),
        "Het tussenvoegsel is te lang: 11 tekens, er passen er 10. Kort het zelf in; wij knippen niets af.",
    ),
    (
        top(betrokkenen=[rv.instelling(telefoon=None)]),
        "Vul het telefoonnummer van GI Voorbeeld, team voogdij in; het algemene nummer mag ook. Zonder nummer kan het verzoek "
        "niet weg.",
    ),
    (
        attachment(bestandsnaam="raar?.pdf"),
        'De bestandsnaam "raar?.pdf" heeft een teken dat niet mee kan. Gebruik letters, cijfers, streepjes en een punt.',
    ),
    (
        attachment(mediatype="text/plain", bestandsnaam="verzoek.txt"),
        "Een bestand van dit type (.txt) kan niet mee. Bewaar het als pdf.",
    ),
    (
        party(bsn="999999047"),
        "Noor Voorbeeld is kind in dit verzoek en ook betrokkene. Dat kan bij een minderjarige moeder; klopt het?",
    ),
]


@pytest.mark.parametrize(("change", "text"), SENTENCES)
def test_the_author_reads_names_where_the_log_reads_places(change: Change, text: str) -> None:
    made = changed(change)
    assert text in sentences(made)
    for item in findings(made):
        for name in ("Noor", "Proefouder", "GI Voorbeeld", "raar", "text/plain"):
            assert name not in item.message


def test_the_rules_of_the_journal_have_their_sentences() -> None:
    made = rv.raadsverzoek()
    used = wording.sentence(wording.kenmerk_used("CJG-2026-000123"), made)
    assert used.startswith("Zaaknummer CJG-2026-000123 is al eerder verstuurd.")
    earlier = wording.child_in_earlier_request(0, "/berichten/1")
    assert earlier.severity == "warning"
    assert "Noor" not in earlier.message
    assert wording.sentence(earlier, made).startswith(
        "Kind Noor Voorbeeld staat in een eerder verzoek dat nog loopt (/berichten/1)."
    )


def test_a_sentence_is_made_of_whatever_the_document_is() -> None:
    item = wording.finding("RV14", "/kinderen/0/gezagOnbekend")
    for made in ({}, {"kinderen": 3}, {"kinderen": "tekst"}, {"kinderen": [4]}, {"kinderen": [{"voornamen": 5}]}):
        assert wording.sentence(item, made).startswith("Bij kind 1 staat niemand met gezag.")


def test_the_page_for_acute_danger_names_the_numbers() -> None:
    text = wording.stop_text("088 000 0000", "0800 2000")
    assert "(088 000 0000)" in text
    assert text.endswith("Uw concept blijft bewaard.")


def test_every_rule_of_the_domain_page_has_a_sentence() -> None:
    assert {key.partition(".")[0] for key in wording.SENTENCES} >= {f"RV{number:02d}" for number in range(1, 29)}
