"""Contents open with their own message, kind and key, and not otherwise."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.crypto import ContentDamaged, content, seal, unseal, unseal_segments
from hub.errors import CODES, PermanentError

MESSAGE = uuid.UUID(int=7)
KEY = bytes(range(32))


def sealed(plaintext: bytes, **changes) -> bytes:
    return seal(plaintext, KEY, **{"message_id": MESSAGE, "kind": "body", **changes})


def opened(data: bytes, key: bytes = KEY, **changes) -> bytes:
    return unseal(data, key, **{"message_id": MESSAGE, "kind": "body", **changes})


@pytest.fixture
def small_segments(monkeypatch):
    """Segments of 4 KB for contents above 8 KB, so that tests need no megabytes."""
    monkeypatch.setattr(content, "SEGMENTED_ABOVE", 8192)
    monkeypatch.setattr(content, "SEGMENT_POWER", 12)


@pytest.mark.parametrize("size", [0, 1, 5000, 8191, 8192, 8193, 12288, 12289, 16384, 40000])
def test_what_was_sealed_opens_at_every_size(small_segments, size):
    plaintext = bytes(number % 251 for number in range(size))
    assert opened(sealed(plaintext)) == plaintext


def test_a_large_content_is_segmented_without_being_told():
    plaintext = bytes(3_000_001)
    data = sealed(plaintext)
    assert data[0] == content.SEGMENTED
    pieces = list(unseal_segments(data, KEY, message_id=MESSAGE, kind="body"))
    assert [len(piece) for piece in pieces] == [524288] * 5 + [3_000_001 - 5 * 524288]
    assert b"".join(pieces) == plaintext


def test_the_same_content_never_looks_the_same():
    assert sealed(b"same") != sealed(b"same")


@given(st.binary(max_size=200), st.data())
def test_any_flipped_bit_is_noticed(plaintext, data):
    changed = bytearray(sealed(plaintext))
    bit = data.draw(st.integers(0, 8 * len(changed) - 1))
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ContentDamaged):
        opened(bytes(changed))


@pytest.mark.parametrize("place", [0, 1, 2, 17, 18, 5000, -1])
@pytest.mark.parametrize("bit", [1, 8, 128])
def test_any_flipped_bit_is_noticed_in_segments(small_segments, place, bit):
    changed = bytearray(sealed(bytes(20000)))
    changed[place] ^= bit
    with pytest.raises(ContentDamaged):
        opened(bytes(changed))


@given(st.binary(max_size=60))
def test_anything_else_is_damaged_and_nothing_worse(data):
    with pytest.raises(ContentDamaged):
        opened(data)


@pytest.mark.parametrize("size", [100, 20000])
@pytest.mark.parametrize("change", [{"message_id": uuid.UUID(int=8)}, {"kind": "answer"}])
def test_a_content_of_another_message_or_kind_does_not_open(small_segments, size, change):
    with pytest.raises(ContentDamaged):
        opened(sealed(bytes(size)), **change)


@pytest.mark.parametrize("size", [100, 20000])
def test_another_key_does_not_open_it(small_segments, size):
    with pytest.raises(ContentDamaged):
        opened(sealed(bytes(size)), bytes(32))


def segments(data: bytes) -> tuple[bytes, list[bytes]]:
    size = 4096 + 16
    return data[:18], [data[start : start + size] for start in range(18, len(data), size)]


def test_swapped_repeated_missing_and_cut_segments_are_noticed(small_segments):
    header, parts = segments(sealed(bytes(5 * 4096)))
    assert len(parts) == 5
    for wrong in (
        [parts[1], parts[0], *parts[2:]],
        [*parts[:2], parts[1], *parts[2:]],
        [parts[0], *parts[2:]],
        parts[:-1],
        parts[:1],
        [],
        [*parts, parts[-1]],
        [*parts[:-1], parts[-1][:-1]],
        [*parts[:-1], parts[-1], b"x"],
    ):
        with pytest.raises(ContentDamaged):
            opened(header + b"".join(wrong))


def test_segments_of_two_contents_of_one_message_do_not_mix(small_segments):
    (header, first), (_, second) = segments(sealed(bytes(20000))), segments(sealed(bytes(20000)))
    with pytest.raises(ContentDamaged):
        opened(header + b"".join([first[0], second[1], *first[2:]]))


def test_the_error_parks_and_names_the_message_only():
    with pytest.raises(PermanentError) as caught:
        opened(sealed(b"inhoud")[:-1])
    assert str(MESSAGE) in str(caught.value)
    assert caught.value.code in CODES
