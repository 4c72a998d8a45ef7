"""Accounts, sessions and keys: what lets somebody in, and what no longer does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.errors import ConfigError
from hub.journal.database import Database, Statement
from hub.journal.opening import migrate, open_journal
from hub.web import accounts
from hub.web.auth import SignInLimit
from hub.web.passwords import hash_password, verify_password

PASSWORD = "correct paard batterij"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Database]:
    found = open_journal(f"sqlite:///{tmp_path}/hub.sqlite3")
    migrate(found)
    yield found
    found.close()


def test_a_password_is_stored_as_a_salted_hash_only():
    stored = hash_password(PASSWORD)
    assert PASSWORD not in stored
    assert stored != hash_password(PASSWORD)
    assert verify_password(PASSWORD, stored)
    assert not verify_password(PASSWORD + " ", stored)
    assert not verify_password(PASSWORD, "no hash")


def test_an_account_has_no_role_unless_it_is_given_one(journal: Database):
    accounts.create_user(journal, "jan", (), PASSWORD)
    token = accounts.sign_in(journal, "jan", PASSWORD)
    assert token is not None
    found = accounts.account_of_session(journal, token)
    assert found is not None
    assert found.caller.roles == frozenset()


@pytest.mark.parametrize(
    ("name", "roles", "password"),
    [
        ("Jan Jansen", (), PASSWORD),
        ("", (), PASSWORD),
        ("jan", ("boss",), PASSWORD),
        ("jan", (), "te kort"),
        ("jan", (), "x" * 300),
    ],
)
def test_an_unfit_account_is_refused(journal: Database, name: str, roles: tuple[str, ...], password: str):
    with pytest.raises(ConfigError):
        accounts.create_user(journal, name, roles, password)
    assert accounts.list_users(journal) == []


def test_a_name_is_given_once(journal: Database):
    accounts.create_user(journal, "jan", (), PASSWORD)
    with pytest.raises(ConfigError):
        accounts.create_user(journal, "jan", ("operator",), "een ander wachtwoord")
    assert accounts.list_users(journal)[0].roles == frozenset()


def test_closing_an_account_ends_its_session_at_once(journal: Database):
    accounts.create_user(journal, "jan", ("operator",), PASSWORD)
    token = accounts.sign_in(journal, "jan", PASSWORD)
    assert token is not None
    assert accounts.disable_user(journal, "jan")
    assert accounts.account_of_session(journal, token) is None
    assert accounts.sign_in(journal, "jan", PASSWORD) is None
    assert not accounts.disable_user(journal, "jan")


def test_a_session_ends_by_the_clock_of_the_database(journal: Database):
    accounts.create_user(journal, "jan", (), PASSWORD)
    token = accounts.sign_in(journal, "jan", PASSWORD)
    assert token is not None
    journal.run(lambda tx: tx.run(Statement("UPDATE sessions SET expires_at = hub_now()")))
    assert accounts.account_of_session(journal, token) is None


def test_the_token_of_a_session_is_not_in_the_journal(journal: Database):
    accounts.create_user(journal, "jan", (), PASSWORD)
    token = accounts.sign_in(journal, "jan", PASSWORD)
    rows = journal.run(lambda tx: tx.rows(Statement("SELECT token_hash, user_name FROM sessions")))
    assert len(rows) == 1
    assert str(token).encode() not in bytes(rows[0][0])


def test_an_api_key_is_a_caller_until_it_is_revoked(journal: Database):
    key = accounts.create_api_key(journal, "zaaksysteem", ["secretary"])
    caller = accounts.caller_of_key(journal, key)
    assert caller is not None
    assert (caller.kind, caller.roles) == ("api_key", frozenset({"secretary"}))
    assert accounts.revoke_api_key(journal, caller.id)
    assert accounts.caller_of_key(journal, key) is None


def test_keys_and_accounts_can_be_limited_to_organisations(journal: Database):
    scope = frozenset({"agb:12345678", "gemeente:0392"})
    caller = accounts.caller_of_key(journal, accounts.create_api_key(journal, "systeem", ["secretary"], scope=scope))
    assert caller is not None
    assert caller.scope == scope
    accounts.create_user(journal, "jan", ["secretary"], PASSWORD, scope=["agb:12345678"])
    account = accounts.account_of_session(journal, str(accounts.sign_in(journal, "jan", PASSWORD)))
    assert account is not None
    assert account.caller.scope == {"agb:12345678"}
    assert [one.scope for one in accounts.list_users(journal)] == [{"agb:12345678"}]
    assert [one.scope for one in accounts.list_api_keys(journal)] == [scope]


@pytest.mark.parametrize("scope", ["12345678", "agb:", "agb:1 gemeente:2", "AGB:1"])
def test_a_scope_says_of_what_it_is_the_number(journal: Database, scope: str):
    with pytest.raises(ConfigError, match="kind:value"):
        accounts.create_api_key(journal, "x", (), scope=[scope])
    assert accounts.list_api_keys(journal) == []


def test_a_key_that_is_nearly_right_is_nobodys(journal: Database):
    key = accounts.create_api_key(journal, "x", ())
    for near in (key[:-1] + ("A" if key[-1] != "A" else "B"), key + "A", key[:-1], key.upper(), ""):
        assert accounts.caller_of_key(journal, near) is None, near


def test_the_secret_of_a_key_is_not_in_the_journal(journal: Database):
    key = accounts.create_api_key(journal, "x", ())
    rows = journal.run(lambda tx: tx.rows(Statement("SELECT id, key_hash, name FROM api_keys")))
    assert key.split("_", 2)[2] not in repr(rows)


def test_guessing_is_slowed_down_per_name_and_per_address():
    limit = SignInLimit(most=3, seconds=300)
    for _ in range(3):
        assert limit.take("name:jan", "address:1") == 0
    assert limit.take("name:jan", "address:2") > 200
    assert limit.take("name:piet", "address:1") > 200
    assert limit.take("name:piet", "address:2") == 0
    limit.succeeded("name:jan", "address:3")
    assert limit.take("name:jan", "address:2") == 0


def test_signing_in_well_counts_against_nobody():
    limit = SignInLimit(most=3, seconds=300)
    for number in range(10):
        assert limit.take(f"name:{number}", "address:1") == 0
        limit.succeeded(f"name:{number}", "address:1")
    assert limit.take("name:jan", "address:1") == 0


def test_a_try_that_could_not_be_judged_counts_for_nothing():
    limit = SignInLimit(most=3, seconds=300)
    for _ in range(10):
        assert limit.take("name:jan", "address:1") == 0
        limit.undone("name:jan", "address:1")


def test_guesses_at_the_same_moment_are_counted_before_they_are_tried():
    limit = SignInLimit(most=3, seconds=300)
    together = threading.Barrier(12)

    def guess(_: int) -> bool:
        together.wait(10)
        return limit.take("name:jan", "address:1") == 0

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(guess, range(12))) == 3
