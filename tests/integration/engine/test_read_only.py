"""A database that takes no writes for a while: full storage at a provider, a standby that is not promoted yet."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import psycopg
import pytest

from hub.broker.embedded import EmbeddedBroker
from hub.delivery.worker import WorkerOptions
from hub.errors import Unavailable
from hub.journal.opening import open_journal
from tests.integration.engine.conftest import Setup, offer
from tests.support.fake_partner import FakePartner, blocks_until
from tests.support.journals import postgres_journal_url
from tests.support.plugin import GIVEN_POSTGRES
from tests.support.routes import plain_document


def _read_only(url: str, server_url: str, on: bool) -> None:
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {"on" if on else "off"}')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


@pytest.mark.postgres
def test_outcomes_are_kept_while_the_database_is_read_only(
    request: pytest.FixtureRequest, new_database: Callable[..., str]
) -> None:
    server_url = os.environ.get(GIVEN_POSTGRES) or request.getfixturevalue("postgres_server").url
    url = postgres_journal_url(server_url, new_database)
    release = threading.Event()
    partner = FakePartner(blocks_until(release))
    with ExitStack() as stack:
        journal, broker = open_journal(url), EmbeddedBroker()
        stack.callback(journal.close)
        stack.callback(broker.close)
        setup = Setup(journal, broker, stack)
        options = WorkerOptions(concurrency=4, call_deadline=2.0, lease_margin=1.0, abandon_after=0.5, journal_pause=0.05)
        engine = setup.engine({"plain": partner}, options=options).start()
        ids = offer(engine, 4)
        partner.wait_for(lambda it: it.running == 4)
        _read_only(url, server_url, on=True)
        release.set()
        partner.wait_for(lambda it: it.running == 0)
        with pytest.raises(Unavailable):
            engine.accept("plain", plain_document("late", 9))
        threading.Event().wait(1)  # the worker tries again and again meanwhile
        _read_only(url, server_url, on=False)
        setup.wait_for_all(ids)
        assert Counter(one.message_id for one in partner.got) == Counter(ids), "a success was forgotten and sent again"
        setup.verify()
