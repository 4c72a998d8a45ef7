"""New journals for tests: copies of one that was migrated once, in SQLite and in PostgreSQL."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from hub import configured
from hub.contracts.exchange import EffectsMaking
from hub.crypto.keyring import Keyring
from hub.journal.database import Database
from hub.journal.effects import EffectsTable
from hub.journal.opening import migrate, open_journal
from hub.journal.reading import SealedContent
from tests.support.services import create_database


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hub-journal-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "template.db"
    journal = open_journal(f"sqlite:///{path}")
    migrate(journal, configured.exchange_tables())
    journal.close()
    return path


@cache
def _postgres_template(server_url: str) -> str:
    url = create_database(server_url)
    journal = open_journal(url)
    migrate(journal, configured.exchange_tables())
    journal.close()
    return urlsplit(url).path.lstrip("/")


def new_sqlite_journal(folder: Path) -> Database:
    """An empty journal in a file of this folder; close it yourself."""
    return open_journal(sqlite_url(folder))


def sqlite_url(folder: Path) -> str:
    """The URL of an empty journal in a file of this folder."""
    path = folder / "journal.db"
    shutil.copyfile(_sqlite_template(), path)
    return f"sqlite:///{path}"


def postgres_journal_url(server_url: str, new_database: Callable[..., str]) -> str:
    """The URL of an empty journal on a server; ``new_database`` is the fixture, which drops it after the test.

    Args:
        server_url: Any database of the server.
    """
    return new_database(template=_postgres_template(server_url))


def give_effects(journal: Database, keyring: Keyring) -> None:
    """Let a journal have the effects of every exchange, as an assembled hub's has; follow-ups cannot be made."""

    def open_(sealed: SealedContent) -> bytes:
        key = keyring.unwrap(sealed.data_key, sealed.key_id, sealed.message_id)
        return keyring.open(sealed.body, key, message_id=sealed.message_id, kind=sealed.kind)

    making = EffectsMaking(routes=dict, keyring=lambda: keyring)
    journal.effects = EffectsTable(configured.effects(making), opener=open_)
