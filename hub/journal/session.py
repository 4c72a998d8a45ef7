"""A PostgreSQL session that asks several things in one round trip: libpq's pipeline mode, by way of ``psycopg.pq``.

Every round trip of a transaction makes two processes wait for each other and for a processor, and on the way of a message most
of a commit's time is that. psycopg's own pipeline saves the round trips but costs what it saves in Python: over all
processes 8 % more CPU per message, in a worker 13 %, and accept to delivered at 100/s 20 % later (p50, in turns). May go when
it costs the same.

Statements are prepared at their first use and known by their text. Types are the server's to infer (each statement casts what
it cannot), so a text has one plan whatever values come.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import errors as pg
from psycopg.abc import Buffer
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult

from hub.journal.database import Row

_WELL = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Question(NamedTuple):
    """A statement with ``$1``, ``$2`` ... and its parameters.

    Bytes go as they are, in PostgreSQL's binary format of whatever type the statement wants there; all else goes as text.
    """

    text: str
    values: Sequence[Any] = ()


class Session:
    """One connection in pipeline mode; nothing else may be run on it. Not thread-safe.

    Args:
        connection: A new one, in autocommit, so that psycopg adds nothing of its own.
        patience: Seconds to wait for the next piece of an answer.
    """

    def __init__(self, connection: psycopg.Connection[Row], *, patience: float = 35.0) -> None:
        self._connection = connection
        self._patience = patience
        self._pg = connection.pgconn
        self._pg.enter_pipeline_mode()
        self._prepared: dict[str, bytes] = {}
        self._answers, self._both = select.poll(), select.poll()
        self._answers.register(self._pg.socket, select.POLLIN)
        self._both.register(self._pg.socket, select.POLLIN | select.POLLOUT)
        self._whole = True

    @property
    def usable(self) -> bool:
        """Whether there may be a next question. Not while an answer is under way: interrupted, whose would the next one be?"""
        return self._whole and not self._connection.closed

    def close(self) -> None:
        """Idempotent."""
        self._connection.close()

    def ask(self, questions: Sequence[Question]) -> list[PGresult]:
        """Ask all of these in one round trip; the server answers in order and leaves the rest when one fails.

        Raises:
            psycopg.Error: The first failure. One with a ``diag.severity_nonlocalized`` of ERROR is the server's own word.
        """
        encoded = [_encode(question.values) for question in questions]
        sent: list[str | None] = []  # per answer that is to come: the text that it says is prepared
        names = dict(self._prepared) if any(one.text not in self._prepared for one in questions) else self._prepared
        self._whole = False
        for question, (values, formats) in zip(questions, encoded, strict=True):
            name = names.get(question.text)
            if name is None:
                name = names[question.text] = b"hub_%d" % len(names)
                self._pg.send_prepare(name, question.text.encode())
                sent.append(question.text)
            self._pg.send_query_prepared(name, values, formats, Format.BINARY)
            sent.append(None)
        self._pg.pipeline_sync()
        self._send()
        results = self._receive()
        self._whole = True
        for text, result in zip(sent, results, strict=True):
            if text is not None and result.status == ExecStatus.COMMAND_OK:
                self._prepared[text] = names[text]
        _raise_failure(results)
        return [result for text, result in zip(sent, results, strict=True) if text is None]

    def rows(self, result: PGresult) -> list[Row]:
        """The rows of an answer, as Python values."""
        reader = Transformer(self._connection)
        reader.set_pgresult(result)
        return reader.load_rows(0, result.ntuples, tuple)

    def _send(self) -> None:
        while self._pg.flush():
            for _, event in self._ready(self._both):
                if event & ~select.POLLOUT:  # what the server says first must be read, or it waits for us
                    self._pg.consume_input()

    def _ready(self, poll: select.poll) -> list[tuple[int, int]]:
        """What this socket is ready for. A server that is silent for longer than it may take is no longer waited for."""
        events = poll.poll(self._patience * 1000)
        if not events:
            raise psycopg.OperationalError("the server did not answer in time")
        return events

    def _receive(self) -> list[PGresult]:
        results: list[PGresult] = []
        try:
            while True:
                while self._pg.is_busy():
                    self._ready(self._answers)
                    self._pg.consume_input()
                result = self._pg.get_result()
                if result is None:  # the end of one statement's answer
                    if self._pg.status == ConnStatus.BAD:
                        raise psycopg.OperationalError("the connection is lost")
                elif result.status == ExecStatus.PIPELINE_SYNC:
                    return results
                else:
                    results.append(result)
        except psycopg.Error:
            _raise_failure(results)  # the server may have said why before it hung up
            raise


def _encode(values: Sequence[Any]) -> tuple[list[Buffer | None] | None, list[Format] | None]:
    if not values:
        return None, None
    encoded: list[Buffer | None] = []
    formats = []
    for value in values:
        binary = isinstance(value, bytes | bytearray | memoryview)
        formats.append(Format.BINARY if binary else Format.TEXT)
        encoded.append(value if binary or value is None else _text(value))
    return encoded, formats


def _text(value: Any) -> bytes:
    data = str(value).encode()
    if b"\0" in data:  # libpq would take it for the end
        raise psycopg.DataError("text in PostgreSQL cannot contain NUL")
    return data


def _raise_failure(results: Sequence[PGresult]) -> None:
    for result in results:
        if result.status not in _WELL and result.status != ExecStatus.PIPELINE_ABORTED:
            raise pg.error_from_result(result)
