from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from hub.broker.embedded import EmbeddedBroker
from hub.broker.opening import open_broker
from hub.broker.rabbitmq import RabbitBroker, connection_parameters
from hub.errors import ConfigError, NotConnected
from hub.message import Ticket, new_id
from tests.support.processes import refused_port

SECRET = "geheim-4711"


def test_memory_is_the_embedded_broker() -> None:
    broker = open_broker("memory://")
    assert isinstance(broker, EmbeddedBroker)
    broker.close()


@pytest.mark.parametrize("scheme", ["amqp", "amqps"])
def test_amqp_is_rabbitmq_and_does_not_connect_yet(scheme: str) -> None:
    broker = open_broker(f"{scheme}://hub:{SECRET}@127.0.0.1:1/hub")
    assert isinstance(broker, RabbitBroker)
    broker.close()


@pytest.mark.parametrize("url", [f"http://hub:{SECRET}@x/", f"amqp://hub:{SECRET}@x:noport/", SECRET])
def test_a_wrong_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_broker(url)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.key == "broker.url"


def test_a_broker_that_is_away_is_not_connected_and_its_password_not_shown() -> None:
    broker = open_broker(f"amqp://hub:{SECRET}@127.0.0.1:{refused_port()}/hub")
    with pytest.raises(NotConnected) as caught:
        broker.declare(["svb"])
    assert SECRET not in str(caught.value)
    publisher = broker.publisher()
    assert not publisher.ready()
    with pytest.raises(NotConnected):
        publisher.publish([Ticket(new_id(), 1, "svb")], timeout=1)
    assert broker.consumer("svb", prefetch=1).receive(1, timeout=0.05) == []
    broker.close()


def test_amqps_verifies_the_broker_with_a_modern_tls() -> None:
    options = connection_parameters("amqps://hub:x@rabbit.example/").ssl_options
    assert options is not None
    assert options.server_hostname == "rabbit.example"
    assert options.context.verify_mode is ssl.CERT_REQUIRED
    assert options.context.check_hostname
    assert options.context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_certificate_that_cannot_be_read_is_named_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        open_broker("amqps://hub:x@rabbit.example/", ca_file=tmp_path / "absent.pem")
    assert caught.value.key == "broker.tls"


def test_amqp_has_no_tls() -> None:
    assert connection_parameters("amqp://hub:x@rabbit.example/").ssl_options is None
