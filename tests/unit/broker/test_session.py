"""What is written together leaves together."""

from __future__ import annotations

import pytest

from hub.broker.session import _Connection


class _Transport:
    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)


@pytest.fixture
def connection() -> _Connection:
    made = object.__new__(_Connection)  # connecting is not what this is about
    made._transport = _Transport()
    return made


def test_what_is_written_in_a_block_is_one_write_at_its_end(connection: _Connection) -> None:
    with connection.corked():
        connection._adapter_emit_data(b"me")
        connection._adapter_emit_data(b"thod")
        assert connection._transport.written == []
    connection._adapter_emit_data(b"after")
    with connection.corked():
        pass
    assert connection._transport.written == [b"method", b"after"]


def test_what_was_written_before_a_block_broke_off_still_leaves(connection: _Connection) -> None:
    def write() -> None:
        with connection.corked():
            connection._adapter_emit_data(b"frame")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert connection._transport.written == [b"frame"]
