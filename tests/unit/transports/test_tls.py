from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from pydantic import ValidationError

from hub.errors import ConfigError, ConnectionFault, Reached
from hub.transports.http import HttpTransport
from hub.transports.tls import TlsMode, TlsSettings, client_context
from tests.support.certificates import TestRoot
from tests.support.raw_server import RawServer, answering, raw_server, reply


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> TestRoot:
    return TestRoot(tmp_path_factory.mktemp("root"))


def serve(root: TestRoot, *, host: str = "127.0.0.1", ask: Path | None = None, top: ssl.TLSVersion | None = None) -> RawServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(root.leaf("server", host=host))
    if top:
        context.maximum_version = top
    if ask:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ask)
    return raw_server(answering(reply(b"yes")), tls=context)


def post(server: RawServer, settings: TlsSettings) -> bytes:
    transport = HttpTransport(server.url, tls=settings, connect_timeout=60, read_timeout=60)
    try:
        transport.post("", b"1", {})
        return transport.post("", b"2" * 200_000, {}).body
    finally:
        transport.close()


def test_one_way_tls_works_with_the_connections_own_root(root: TestRoot) -> None:
    with serve(root) as server:
        assert post(server, TlsSettings(mode=TlsMode.ONE_WAY, trust_store=root.path)) == b"yes"


@pytest.mark.parametrize("top", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_two_way_tls_shows_our_certificate(root: TestRoot, top: ssl.TLSVersion) -> None:
    with serve(root, ask=root.path, top=top) as server:
        settings = TlsSettings(mode=TlsMode.TWO_WAY, trust_store=root.path, certificate=root.leaf("client"))
        assert post(server, settings) == b"yes"


@pytest.mark.parametrize("top", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_that_is_not_accepted_is_a_fault_of_the_connection(
    root: TestRoot, tmp_path: Path, top: ssl.TLSVersion
) -> None:
    """With TLS 1.3 the partner's no comes after the request has been written."""
    other = TestRoot(tmp_path, "other")
    with serve(root, ask=root.path, top=top) as server:
        settings = TlsSettings(mode=TlsMode.TWO_WAY, trust_store=root.path, certificate=other.leaf("client"))
        with pytest.raises(ConnectionFault) as caught:
            post(server, settings)
        assert (caught.value.code, caught.value.reached) == ("tls_failed", Reached.NO)
        assert server.requests == []


def test_a_root_of_another_connection_is_not_trusted(root: TestRoot, tmp_path: Path) -> None:
    with serve(root) as server, pytest.raises(ConnectionFault, match="TLS failed"):
        post(server, TlsSettings(mode=TlsMode.ONE_WAY, trust_store=TestRoot(tmp_path, "other").path))


def test_the_host_name_is_checked(root: TestRoot) -> None:
    with serve(root, host="192.0.2.1") as server, pytest.raises(ConnectionFault, match="TLS failed"):
        post(server, TlsSettings(mode=TlsMode.ONE_WAY, trust_store=root.path))


def test_versions_below_the_minimum_are_refused(root: TestRoot) -> None:
    with serve(root, top=ssl.TLSVersion.TLSv1_2) as server, pytest.raises(ConnectionFault):
        post(server, TlsSettings(mode=TlsMode.ONE_WAY, trust_store=root.path, minimum="1.3"))
    context = client_context(TlsSettings(mode=TlsMode.ONE_WAY))
    assert context is not None
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    "settings",
    [{"mode": "two-way"}, {"mode": "one-way", "certificate": "x"}, {"mode": "none", "trust_store": "x"}, {"minimum": "1.1"}],
)
def test_settings_that_contradict_themselves_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TlsSettings.model_validate(settings)


def test_a_key_that_does_not_belong_is_refused_at_start(root: TestRoot, tmp_path: Path) -> None:
    certificate, key = root.leaf("one"), TestRoot(tmp_path).leaf("two")
    with pytest.raises(ConfigError, match=r"tls\.certificate"):
        client_context(TlsSettings(mode=TlsMode.TWO_WAY, certificate=certificate, key=key))
