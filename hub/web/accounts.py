"""Local accounts, sessions and API keys in the journal. Nothing is there by default, and nobody has a right by default."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, literal_column, select

from hub import registry
from hub.errors import ConfigError
from hub.journal.database import Database, Statement, Tx
from hub.journal.tables import api_keys, sessions, users
from hub.message import Caller
from hub.web.passwords import LONGEST, SHORTEST, hash_password, verify_password

#: Roles of no exchange.
_GENERAL = {"operator": "beheerder", "privacy_officer": "privacy officer"}

#: A session ends this long after signing in, whatever happens in it.
SESSION_SECONDS = 8 * 3600

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,79}")
_SCOPE = re.compile(r"[a-z]{1,20}:[A-Za-z0-9._-]{1,40}", re.ASCII)
_KEY = re.compile(r"hub_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOW: ColumnElement[int] = literal_column("hub_now()")

_ADD_USER = Statement(
    """
    INSERT INTO users (name, display_name, password, roles, scope, created_at, disabled)
    VALUES (:name, :display_name, :password, :roles, :scope, hub_now(), FALSE) ON CONFLICT DO NOTHING
    """
)
_DISABLE_USER = Statement("UPDATE users SET disabled = TRUE WHERE name = :name AND NOT disabled")
_END_SESSIONS_OF = Statement("DELETE FROM sessions WHERE user_name = :name")
_BEGIN_SESSION = Statement(
    """
    INSERT INTO sessions (token_hash, user_name, expires_at) SELECT :token_hash, name, hub_now() + :life FROM users
    WHERE name = :name AND NOT disabled
    """
)
_FORGET_SESSIONS = Statement("DELETE FROM sessions WHERE expires_at <= hub_now()")
_END_SESSION = Statement("DELETE FROM sessions WHERE token_hash = :token_hash")
_ADD_KEY = Statement(
    """
    INSERT INTO api_keys (id, key_hash, name, roles, scope, created_at)
    VALUES (:id, :key_hash, :name, :roles, :scope, hub_now())
    """
)
_REVOKE_KEY = Statement("UPDATE api_keys SET revoked_at = hub_now() WHERE id = :id AND revoked_at IS NULL")

#: Verified when there is no such account, so that both answers take as long.
_NOBODY = hash_password(secrets.token_urlsafe())


@cache
def roles() -> Mapping[str, str]:
    """What a person or key may be, and how pages call it: the roles of the exchanges, and the general ones."""
    found: dict[str, str] = {}
    for exchange in registry.exchanges().values():
        found |= exchange.roles
    return found | _GENERAL


@dataclass(frozen=True, slots=True)
class Account:
    """A local account, without its password. ``scope`` limits it, see ``Caller``; empty is no limit."""

    name: str
    display_name: str
    roles: frozenset[str]
    disabled: bool = False
    scope: frozenset[str] = frozenset()

    @property
    def caller(self) -> Caller:
        """The account as a caller."""
        return Caller("user", self.name, self.roles, scope=self.scope)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key, without its secret. ``scope`` limits it, see ``Caller``; empty is no limit."""

    id: str
    name: str
    roles: frozenset[str]
    revoked: bool
    scope: frozenset[str] = frozenset()


def create_user(
    journal: Database,
    name: str,
    roles: Iterable[str],
    password: str,
    *,
    display_name: str = "",
    scope: Iterable[str] = (),
) -> None:
    """Make a local account.

    Raises:
        ConfigError: The name is taken or unfit, a role does not exist, a scope is not written ``kind:value``, or the password
            is too short or too long.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError("a name has lower-case letters, digits and . _ @ - only, at most 80.", key="name")
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(f"a password has {SHORTEST} to {LONGEST} characters.", key="password")
    made = journal.run(_add_user, name, display_name or name, hash_password(password), known_roles(roles), known_scope(scope))
    if not made:
        raise ConfigError("there is an account of this name.", key=name)


def disable_user(journal: Database, name: str) -> bool:
    """Close an account and end its sessions; False when there is none of this name, or it is closed already."""
    return journal.run(_disable_user, name)


def list_users(journal: Database) -> list[Account]:
    """Every account, by name."""
    with journal.reading() as connection:
        rows = connection.execute(select(users).order_by(users.c.name)).mappings()
        return [
            Account(row["name"], row["display_name"], _roles(row["roles"]), bool(row["disabled"]), _scope(row["scope"]))
            for row in rows
        ]


def create_api_key(journal: Database, name: str, roles: Iterable[str], *, scope: Iterable[str] = ()) -> str:
    """Make an API key and return it: ``hub_<id>_<secret>``. It is not kept, so this is the only time it can be seen.

    Raises:
        ConfigError: A role does not exist, a scope is not written ``kind:value``, or ``name`` is empty.
    """
    if not name.strip():
        raise ConfigError("say for whom this key is.", key="name")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    journal.run(_add_key, key_id, _digest(secret), name.strip(), known_roles(roles), known_scope(scope))
    return f"hub_{key_id}_{secret}"


def list_api_keys(journal: Database) -> list[ApiKey]:
    """Every API key, newest last."""
    with journal.reading() as connection:
        rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)).mappings()
        return [
            ApiKey(row["id"], row["name"], _roles(row["roles"]), row["revoked_at"] is not None, _scope(row["scope"]))
            for row in rows
        ]


def revoke_api_key(journal: Database, key_id: str) -> bool:
    """Refuse a key from now on; False when there is none of this id, or it is revoked already."""
    return journal.run(_revoke_key, key_id)


def caller_of_key(journal: Database, presented: str) -> Caller | None:
    """Whose API key this is, None when it is nobody's."""
    parts = _KEY.fullmatch(presented)
    if parts is None:
        return None
    query = select(api_keys.c.key_hash, api_keys.c.roles, api_keys.c.scope).where(
        api_keys.c.id == parts[1], api_keys.c.revoked_at.is_(None)
    )
    with journal.reading() as connection:
        row = connection.execute(query).first()
    if row is None or not hmac.compare_digest(bytes(row[0]), _digest(parts[2])):
        return None
    return Caller("api_key", parts[1], _roles(row[1]), scope=_scope(row[2]))


def sign_in(journal: Database, name: str, password: str) -> str | None:
    """Begin a session; its token, or None when name and password do not belong together."""
    with journal.reading() as connection:
        row = connection.execute(select(users.c.password, users.c.disabled).where(users.c.name == name)).first()
    right = verify_password(password, row[0] if row else _NOBODY)
    if row is None or not right or row[1]:
        return None
    token = secrets.token_urlsafe(32)
    return token if journal.run(_begin_session, name, _digest(token)) else None


def account_of_session(journal: Database, token: str) -> Account | None:
    """Whose session this is, None when it is nobody's (any more)."""
    query = (
        select(users.c.name, users.c.display_name, users.c.roles, users.c.scope)
        .join(sessions, sessions.c.user_name == users.c.name)
        .where(sessions.c.token_hash == _digest(token), sessions.c.expires_at > _NOW, users.c.disabled.is_(False))
    )
    with journal.reading() as connection:
        row = connection.execute(query).first()
    return None if row is None else Account(row[0], row[1], _roles(row[2]), scope=_scope(row[3]))


def sign_out(journal: Database, token: str) -> None:
    """End a session. Idempotent."""
    journal.run(_end_session, _digest(token))


def known_roles(wanted_roles: Iterable[str]) -> str:
    """Roles as they are stored.

    Raises:
        ConfigError: One of them does not exist.
    """
    wanted, known = sorted(set(wanted_roles)), roles()
    for role in wanted:
        if role not in known:
            raise ConfigError(f"there is no such role; known: {', '.join(known)}.", key=role)
    return " ".join(wanted)


def known_scope(scope: Iterable[str]) -> str:
    """A scope as it is stored.

    Raises:
        ConfigError: A part of it is not written ``kind:value``.
    """
    wanted = sorted(set(scope))
    for one in wanted:
        if not _SCOPE.fullmatch(one):
            raise ConfigError("a scope is written kind:value, for instance agb:12345678 or gemeente:0392.", key=one)
    return " ".join(wanted)


def _scope(stored: str) -> frozenset[str]:
    return frozenset(stored.split())


def _roles(stored: str) -> frozenset[str]:
    return frozenset(stored.split()) & roles().keys()


def _digest(secret: str) -> bytes:
    """Enough for a secret of 256 random bits; a password goes through scrypt."""
    return hashlib.sha256(secret.encode()).digest()


def _add_user(tx: Tx, name: str, display_name: str, password: str, roles: str, scope: str) -> bool:
    return tx.run(_ADD_USER, name=name, display_name=display_name, password=password, roles=roles, scope=scope) > 0


def _disable_user(tx: Tx, name: str) -> bool:
    tx.run(_END_SESSIONS_OF, name=name)
    return tx.run(_DISABLE_USER, name=name) > 0


def _add_key(tx: Tx, key_id: str, key_hash: bytes, name: str, roles: str, scope: str) -> None:
    tx.run(_ADD_KEY, id=key_id, key_hash=key_hash, name=name, roles=roles, scope=scope)


def _revoke_key(tx: Tx, key_id: str) -> bool:
    return tx.run(_REVOKE_KEY, id=key_id) > 0


def _begin_session(tx: Tx, name: str, token_hash: bytes) -> bool:
    tx.run(_FORGET_SESSIONS)
    return tx.run(_BEGIN_SESSION, token_hash=token_hash, name=name, life=SESSION_SECONDS * 1_000_000) > 0


def _end_session(tx: Tx, token_hash: bytes) -> None:
    tx.run(_END_SESSION, token_hash=token_hash)
