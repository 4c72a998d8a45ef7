"""The same job as a Celery application, as Celery's own pages write it: a task, late acknowledgement, prefork.

The task parses and validates the message, encrypts it, stores it (commit), posts it to the partner, and stores what came of
it (commit). It has none of the hub's promises: what ``delay()`` returned for may be lost with the broker (no confirms), a
task that raises is gone, nobody keeps order, nothing shows what waits.
"""

from __future__ import annotations

import os
import uuid
from functools import cache
from typing import Any

import psycopg
from celery import Celery
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.schemas.parsing import Limits, parse
from hub.schemas.registry import find, validate
from hub.transports.digikoppeling import envelope
from hub.transports.digikoppeling.addressing import Addressing
from hub.transports.http import HttpTransport

#: Where the servers are: set by ``bench.celery_job``.
AMQP, POSTGRES, PARTNER = (os.environ.get(f"BENCH_{name}", "") for name in ("AMQP", "POSTGRES", "PARTNER"))

TABLE = """
    CREATE TABLE deliveries (
        id uuid PRIMARY KEY, reference text NOT NULL UNIQUE, body bytea NOT NULL, status text NOT NULL,
        accepted_at timestamptz NOT NULL DEFAULT now(), delivered_at timestamptz, answer bytea
    )
"""

app = Celery("bench", broker=AMQP)
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    task_serializer="json",
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)


@cache
def _connection() -> psycopg.Connection[Any]:
    return psycopg.connect(POSTGRES)


@cache
def _transport() -> HttpTransport:
    return HttpTransport(PARTNER)


@cache
def _key() -> AESGCM:
    return AESGCM(bytes(32))


@app.task  # type: ignore[untyped-decorator]
def deliver(reference: str, message: str) -> None:
    """Validate, store, post and store the outcome."""
    body = message.encode()
    if validate(parse(body, limits=Limits(max_bytes=len(body))), schema=find("vtoDi01")):
        raise ValueError("the message is not valid")
    nonce, number = os.urandom(12), uuid.uuid4()
    sealed = nonce + _key().encrypt(nonce, body, b"")
    connection = _connection()
    with connection.transaction():
        connection.execute(
            "INSERT INTO deliveries (id, reference, body, status) VALUES (%s, %s, %s, 'sending')", (number, reference, sealed)
        )
    opened = _key().decrypt(sealed[:12], sealed[12:], b"")
    headers = Addressing("urn:to", "urn:from", "urn:action", reference, reference, None)
    reply = _transport().post("", envelope.splice(headers, opened), envelope.HTTP_HEADERS)
    if reply.status != 200:
        raise ValueError("the partner refused")
    with connection.transaction():
        connection.execute(
            "UPDATE deliveries SET status = 'sent', delivered_at = now(), answer = %s WHERE id = %s", (reply.body, number)
        )
