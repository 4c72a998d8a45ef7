"""RabbitMQ's own traits, on a real server: differing queues, alarms, wrong credentials, TLS, many threads."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pika
import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.broker.rabbitmq import RabbitBroker
from hub.contracts.broker import Confirmation, Delivery
from hub.errors import ConfigError, NotConnected
from hub.message import Ticket, new_id
from tests.support.processes import refused_port
from tests.support.services import RabbitServer, wait_until
from tests.support.tcp_proxy import TcpProxy

pytestmark = pytest.mark.rabbit


@pytest.fixture
def broker(amqp_url: str) -> Iterator[RabbitBroker]:
    broker = RabbitBroker(amqp_url)
    yield broker
    broker.close()


def _tickets(count: int) -> list[Ticket]:
    return [Ticket(new_id(), number, "svb") for number in range(count)]


def test_a_queue_with_another_ticket_life_is_a_fault_that_names_queue_and_remedy(broker: RabbitBroker, amqp_url: str) -> None:
    broker.declare(["svb"])
    other = RabbitBroker(amqp_url, ticket_life=5)
    with pytest.raises(ConfigError) as caught:
        other.declare(["corv", "svb"])
    assert "hub.work.svb" in str(caught.value)
    assert "x-message-ttl" in str(caught.value)
    assert "hub broker delete svb" in str(caught.value)
    other.delete("svb")
    other.declare(["corv", "svb"])
    other.close()


def test_a_consumer_uses_a_queue_that_another_version_made(broker: RabbitBroker, amqp_url: str) -> None:
    broker.declare(["svb"])
    newer = RabbitBroker(amqp_url, ticket_life=5)
    consumer = newer.consumer("svb", prefetch=5)
    tickets = _tickets(1)
    assert broker.publisher().publish(tickets, timeout=10) == [Confirmation.CONFIRMED]
    assert [found.ticket for found in consumer.receive(1, timeout=20)] == tickets
    newer.close()


def test_a_consumer_makes_what_is_missing(broker: RabbitBroker) -> None:
    consumer, publisher = broker.consumer("svb", prefetch=5), broker.publisher()
    wait_until(lambda: publisher.publish(_tickets(1), timeout=5) == [Confirmation.CONFIRMED], "a queue")
    assert len(consumer.receive(1, timeout=20)) == 1


def test_a_consumer_comes_back_after_a_fault_that_is_not_the_brokers(
    broker: RabbitBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as no file descriptor left at the moment of connecting again: without its thread a worker would idle for ever."""
    broker.declare(["svb"])
    consumer, publisher = broker.consumer("svb", prefetch=5), broker.publisher()
    assert publisher.publish(_tickets(1), timeout=10) == [Confirmation.CONFIRMED]
    assert len(consumer.receive(1, timeout=20)) == 1
    line = consumer._line
    assert line is not None
    tried = threading.Event()

    def no_descriptor(*_: object, **__: object) -> None:
        tried.set()
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as full:
        full.setattr("pika.SelectConnection", no_descriptor)
        line.session.close()
        assert tried.wait(60)
    assert publisher.publish(_tickets(1), timeout=10) == [Confirmation.CONFIRMED]
    assert len(consumer.receive(1, timeout=20)) == 1


def test_a_wrong_password_is_not_connected_and_not_shown(amqp_url: str) -> None:
    head, _, tail = amqp_url.partition("@")
    broker = RabbitBroker(f"{head[:-4]}WRONG@{tail}")
    with pytest.raises(NotConnected) as caught:
        broker.declare(["svb"])
    assert "WRONG" not in str(caught.value)
    assert not broker.publisher().ready()
    broker.close()


def test_an_alarm_gives_unknown_in_time_then_refuses_and_goes_on_afterwards(
    broker: RabbitBroker, rabbit_server: RabbitServer
) -> None:
    broker.declare(["svb"])
    publisher = broker.publisher()
    assert publisher.publish(_tickets(1), timeout=10) == [Confirmation.CONFIRMED]
    rabbit_server.evaluate("rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []}).")
    try:
        assert publisher.publish(_tickets(3), timeout=0.5) == [Confirmation.UNKNOWN] * 3
        wait_until(lambda: not publisher.ready(), "word of the alarm")
        with pytest.raises(NotConnected, match="blocks publishers"):
            publisher.publish(_tickets(1), timeout=5)
        with suppress(NotConnected):
            broker.depth("svb")  # questions do not hang
    finally:
        rabbit_server.evaluate("rabbit_alarm:clear_alarm({resource_limit, memory, node()}).")
    wait_until(publisher.ready, "the end of the alarm")
    assert publisher.publish(_tickets(1), timeout=10) == [Confirmation.CONFIRMED]


def test_a_queue_without_a_leader_costs_time_only(
    broker: RabbitBroker, rabbit_server: RabbitServer, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker serves heartbeats and answers nothing about the queue, as after a kill right after its making."""
    monkeypatch.setattr("hub.broker.consuming.SETUP_SECONDS", 0.3)
    broker.declare(["svb"])
    leader = f"'{amqp_url.rpartition('/')[2]}_hub.work.svb'"
    rabbit_server.evaluate(f"sys:suspend({leader}).")
    with structlog.testing.capture_logs() as events:
        consumer, publisher = broker.consumer("svb", prefetch=10), broker.publisher()
        assert publisher.publish(_tickets(2), timeout=0.5) == [Confirmation.UNKNOWN] * 2
        wait_until(
            lambda: {"event": "broker_silent", "connection": "svb", "log_level": "warning"} in events,
            "the consumer gives up",
            seconds=20,
        )
    rabbit_server.evaluate(f"sys:resume({leader}).")
    wait_until(
        lambda: publisher.ready() and publisher.publish(_tickets(1), timeout=5) == [Confirmation.CONFIRMED],
        "a confirm",
        seconds=30,
    )
    assert consumer.receive(1, timeout=30)


def test_a_deleted_exchange_is_returned_and_made_again(broker: RabbitBroker, delete_exchange: Callable[[], None]) -> None:
    broker.declare(["svb"])
    publisher = broker.publisher()
    assert publisher.ready()
    delete_exchange()
    assert publisher.publish(_tickets(2), timeout=10) == [Confirmation.RETURNED] * 2
    broker.declare(["svb"])
    wait_until(publisher.ready, "a new channel")
    assert publisher.publish(_tickets(2), timeout=10) == [Confirmation.CONFIRMED] * 2


@pytest.fixture
def delete_exchange(amqp_url: str) -> Callable[[], None]:
    def delete() -> None:
        with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
            connection.channel().exchange_delete("hub.work")

    return delete


def test_several_threads_acknowledge_for_one_consumer(broker: RabbitBroker) -> None:
    broker.declare(["svb"])
    tickets = _tickets(600)
    assert set(broker.publisher().publish(tickets, timeout=20)) == {Confirmation.CONFIRMED}
    consumer = broker.consumer("svb", prefetch=20)
    seen: list[Delivery] = []
    lock = threading.Lock()

    def work() -> None:
        while found := consumer.receive(7, timeout=2):
            for delivery in reversed(found):
                consumer.acknowledge([delivery])
            with lock:
                seen.extend(found)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result(60)
    assert len(seen) == 600
    assert {delivery.ticket for delivery in seen} == set(tickets)
    consumer.close()
    assert broker.depth("svb") == 0


def test_closing_on_a_stalled_line_does_not_hang(broker: RabbitBroker, rabbit_server: RabbitServer, amqp_url: str) -> None:
    broker.declare(["svb"])
    with TcpProxy(*rabbit_server.host_and_port) as proxy:
        stalled = RabbitBroker(amqp_url.replace(f":{rabbit_server.port}/", f":{proxy.port}/"))
        publisher, consumer = stalled.publisher(), stalled.consumer("svb", prefetch=1)
        assert publisher.ready()
        wait_until(lambda: proxy.connections == 2, "both connections")
        proxy.stall()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(stalled.close).result(30)
        assert not publisher.ready()
        assert consumer.receive(1, timeout=0) == []


def test_tls_to_a_broker_whose_certificate_is_trusted_and_to_no_other(
    rabbit_server: RabbitServer, amqp_url: str, tmp_path: Path
) -> None:
    """The node has no TLS listener: a small TLS server hands the bytes on, as a load balancer would."""
    certificate, key = _certificate(tmp_path)
    with _TlsFront(rabbit_server.host_and_port, certificate, key) as port:
        url = amqp_url.replace("amqp://", "amqps://").replace(f"127.0.0.1:{rabbit_server.port}", f"localhost:{port}")
        trusting = RabbitBroker(url, ca_file=certificate)
        trusting.declare(["svb"])
        assert trusting.publisher().publish(_tickets(1), timeout=10) == [Confirmation.CONFIRMED]
        trusting.close()
        wary = RabbitBroker(url)
        with pytest.raises(NotConnected):
            wary.declare(["svb"])
        assert not wary.publisher().ready()
        wary.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    return paths


class _TlsFront:
    """Ends TLS and hands the bytes to a server without."""

    def __init__(self, target: tuple[str, int], certificate: Path, key: Path) -> None:
        self._target = target
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> int:
        threading.Thread(target=self._accept, daemon=True).start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        for end in (self._listener, *self._sockets):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                self._sockets.append(plain)
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with suppress(OSError):
            client = self._context.wrap_socket(plain, server_side=True)
            server = socket.create_connection(self._target)
            self._sockets += [client, server]
            threading.Thread(target=self._copy, args=(server, client), daemon=True).start()
            self._copy(client, server)

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


def test_a_publisher_that_cannot_connect_does_not_knock_on_every_call() -> None:
    broker = RabbitBroker(f"amqp://hub:x@127.0.0.1:{refused_port()}/")
    publisher = broker.publisher()
    with pytest.raises(NotConnected, match="no connection"):
        publisher.publish(_tickets(1), timeout=1)
    with pytest.raises(NotConnected, match="a moment ago"):
        publisher.publish(_tickets(1), timeout=1)
    broker.close()
