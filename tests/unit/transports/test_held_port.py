"""A port that is held is its server's, before it starts, while it is down, and nobody else's."""

from __future__ import annotations

import errno
import socket

import pytest

from hub.transports.held_port import HeldPort


def test_nobody_answers_until_its_server_listens_and_again_when_that_has_gone() -> None:
    with HeldPort() as held:
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", held.number))
            with socket.create_server(("127.0.0.1", held.number)), socket.create_connection(("127.0.0.1", held.number)):
                pass


def test_no_other_program_is_given_it() -> None:
    with HeldPort() as held, socket.socket() as other:
        with pytest.raises(OSError) as refused:
            other.bind(("127.0.0.1", held.number))
        assert refused.value.errno == errno.EADDRINUSE


def test_a_port_in_use_is_told_and_letting_go_may_be_repeated() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        HeldPort(taken.getsockname()[1])
    held = HeldPort()
    held.close()
    held.close()
