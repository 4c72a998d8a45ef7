"""The private servers for tests, benchmarks and fault runs: import them from here.

``HUB_TEST_AMQP`` and ``HUB_TEST_POSTGRES`` name servers to use instead; those are never started, stopped or killed.
"""

from __future__ import annotations

from tests.support.postgres_server import PostgresServer, create_database, drop_database
from tests.support.processes import ServiceUnavailable, wait_until
from tests.support.rabbit_server import RabbitServer

__all__ = [
    "PostgresServer",
    "RabbitServer",
    "ServiceUnavailable",
    "create_database",
    "drop_database",
    "wait_until",
]
