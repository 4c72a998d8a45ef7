"""The project's own schemas give the official verdict, on every sample and on thousands of made and broken documents."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from lxml import etree

from hub.schemas import registry, structure
from hub.schemas.parsing import parse
from tests.property.schemas.documents import Walker
from tests.property.schemas.mutants import mutate
from tests.support import official

pytestmark = pytest.mark.official

#: Documents for each type; a third of them is not mutated.
COUNT = 2_400
#: Types of the koppelvlak Jeugdzorg; other families are held against their own official schemas elsewhere.
OWN = [known for known in registry.OWN if known.family in ("jeugdzorg", "stuf0301")]


def _ours(data: bytes, known: registry.MessageType) -> bool:
    return not registry.validate(parse(data), schema=known)


@pytest.mark.parametrize("known", OWN, ids=lambda known: known.name)
def test_every_made_or_broken_document_gets_the_official_verdict(known: registry.MessageType) -> None:
    rng = random.Random(f"20261123 {known.name}")
    walker = Walker(official.jeugdzorg_xsd().parent.glob("*.xsd"), rng)
    seeds = [data for data in official.samples().values() if etree.fromstring(data).tag == known.tag]
    assert seeds
    verdicts: Counter[bool] = Counter()
    differing: list[str] = []
    for number in range(COUNT):
        root = etree.fromstring(rng.choice(seeds)) if number % 3 == 0 else walker.document(known.tag)
        if number % 3 != 1:
            mutate(root, rng)
            root.tag = known.tag  # another root is not this type's business
        data = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
        expected = official.is_valid(data)
        verdicts[expected] += 1
        if _ours(data, known) != expected:
            differing.append(f"{number}: official {expected}: {[str(e) for e in official.jeugdzorg().error_log][:3]}")
    print(f"{known.name}: {verdicts[True]} valid, {verdicts[False]} invalid, {len(differing)} judged otherwise")
    assert differing == []
    assert min(verdicts[True], verdicts[False]) > COUNT / 10


def test_every_sample_gets_the_official_verdict() -> None:
    seen = set()
    for name, data in official.samples().items():
        root = parse(data)
        if root.tag in {known.tag for known in OWN}:
            assert (registry.validate(root) == ()) is official.is_valid(data), name
            seen.add(root.tag)
    assert seen == {known.tag for known in OWN}


@pytest.mark.parametrize("known", OWN, ids=lambda known: known.name)
def test_every_message_holds_the_official_elements_as_often_and_with_the_same_values(known: registry.MessageType) -> None:
    folder = official.jeugdzorg_xsd().parent
    theirs = (
        official.jeugdzorg_xsd() if known.family == "jeugdzorg" else folder / "jz0100_msg_stuf_jzberichten_resolved2025.xsd"
    )
    own = structure.fields(known.file, known.tag)
    assert len(own) > 10
    assert structure.differences(structure.fields(theirs, known.tag), own) == []
