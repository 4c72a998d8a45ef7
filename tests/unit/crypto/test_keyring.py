"""Data keys belong to one message, survive a rotation, and are gone once destroyed."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.crypto import ContentDamaged, ContentGone, KeyFile, KeyMissing, Keyring
from hub.errors import ConfigError, PermanentError, TransientError

MESSAGE = uuid.UUID(int=7)
OTHER = uuid.UUID(int=8)


def test_a_content_opens_with_what_is_stored():
    keyring = Keyring.generate()
    made = keyring.new_data_key(MESSAGE)
    stored = keyring.seal(b"inhoud", made.key, message_id=MESSAGE, kind="body")
    key = keyring.unwrap(made.wrapped, made.key_id, MESSAGE)
    assert keyring.open(stored, key, message_id=MESSAGE, kind="body") == b"inhoud"


def test_a_data_key_of_another_message_does_not_open():
    keyring = Keyring.generate()
    made = keyring.new_data_key(MESSAGE)
    with pytest.raises(ContentDamaged):
        keyring.unwrap(made.wrapped, made.key_id, OTHER)


@given(st.integers(0, 8 * 60 - 1))
def test_any_flipped_bit_in_a_wrapped_key_is_noticed(bit):
    keyring = Keyring.generate()
    made = keyring.new_data_key(MESSAGE)
    assert len(made.wrapped) == 60
    changed = bytearray(made.wrapped)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ContentDamaged):
        keyring.unwrap(bytes(changed), made.key_id, MESSAGE)


@pytest.mark.parametrize("wrapped", [None, b""])
def test_a_destroyed_data_key_means_the_content_is_gone(wrapped):
    with pytest.raises(ContentGone) as caught:
        Keyring.generate().unwrap(wrapped, "m-1", MESSAGE)
    assert isinstance(caught.value, PermanentError)
    assert caught.value.code == "content_gone"


def test_a_missing_master_key_harms_no_message():
    made = Keyring.generate().new_data_key(MESSAGE)
    with pytest.raises(KeyMissing, match=made.key_id) as caught:
        Keyring.generate().unwrap(made.wrapped, made.key_id, MESSAGE)
    assert isinstance(caught.value, TransientError)


def test_a_rotation_still_opens_what_is_older():
    keys = KeyFile.generate()
    old = Keyring(keys)
    made = old.new_data_key(MESSAGE)
    new = Keyring(keys.with_new_master(activate=True))
    assert new.unwrap(made.wrapped, made.key_id, MESSAGE) == made.key
    assert new.new_data_key(MESSAGE).key_id != made.key_id


def test_a_data_key_moves_to_the_active_master_key():
    keys = KeyFile.generate()
    made = Keyring(keys).new_data_key(MESSAGE)
    new = Keyring(keys.with_new_master(activate=True))
    wrapped, key_id = new.rewrap(made.wrapped, made.key_id, MESSAGE)
    assert key_id == new.active != made.key_id
    assert new.unwrap(wrapped, key_id, MESSAGE) == made.key
    assert new.rewrap(wrapped, key_id, MESSAGE) == (wrapped, key_id)


def test_the_configuration_may_choose_the_active_key():
    keys = KeyFile.generate().with_new_master(activate=True)
    first = next(iter(keys.masters))
    assert Keyring(keys, active=first).new_data_key(MESSAGE).key_id == first
    with pytest.raises(ConfigError):
        Keyring(keys, active="m-absent")


def test_no_repr_shows_a_key():
    keys = KeyFile.generate()
    keyring = Keyring(keys)
    made = keyring.new_data_key(MESSAGE)
    secrets = [made.key, *keys.masters.values(), *keys.hashes.values()]
    shown = f"{keys!r} {keyring!r} {made!r} {keyring.hasher!r}"
    assert not any(repr(secret)[2:-1] in shown or secret.hex() in shown for secret in secrets)


def test_a_bsn_hashes_the_same_under_one_key_and_otherwise_under_another():
    keys = KeyFile.generate()
    keyring, again, foreign = Keyring(keys), Keyring(keys), Keyring.generate()
    assert keyring.hash_bsn("999999047") == again.hash_bsn("999999047")
    assert keyring.hash_bsn("999999047") != keyring.hash_bsn("999990342")
    assert keyring.hash_bsn("999999047")[1] != foreign.hash_bsn("999999047")[1]


@pytest.mark.parametrize("wrong", ["", "99999904", "9999990471", "99999904x", " 99999047", "٩٩٩٩٩٩٠٤٧"])
def test_what_is_no_bsn_is_refused_without_repeating_it(wrong):
    with pytest.raises(ValueError) as caught:
        Keyring.generate().hash_bsn(wrong)
    assert str(caught.value) == "a BSN is nine digits"


def test_after_a_rotation_a_person_is_found_under_old_and_new_keys():
    keys = KeyFile.generate()
    old = Keyring(keys).hash_bsn("999999047")
    rotated = Keyring(keys.with_new_hash(activate=True))
    new = rotated.hash_bsn("999999047")
    assert rotated.all_hashes_of_bsn("999999047") == [new, old]
    assert new != old


def test_a_fingerprint_is_recognised_also_after_a_rotation():
    keys = KeyFile.generate()
    made = Keyring(keys).fingerprint(b"document")
    rotated = Keyring(keys.with_new_hash(activate=True))
    assert rotated.matches(made, b"document")
    assert not rotated.matches(made, b"Document")
    assert not Keyring.generate().matches(made, b"document")


def test_a_fingerprint_says_nothing_about_a_bsn():
    keyring = Keyring.generate()
    assert keyring.fingerprint(b"999999047").partition(":")[2] != keyring.hash_bsn("999999047")[1]
