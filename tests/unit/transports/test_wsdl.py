from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hub.transports.digikoppeling.envelope import WSDL
from hub.transports.wsdl import load_wsdl
from tests.support.raw_server import RawServer

IMPORTING = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 targetNamespace="urn:t"><types><xs:schema targetNamespace="urn:t">
 <xs:import namespace="urn:o" schemaLocation="%s"/></xs:schema>
 </types></definitions>"""


def test_our_own_wsdl_loads() -> None:
    assert load_wsdl(WSDL).service is not None


def test_a_wsdl_cannot_make_us_fetch(tmp_path: Path) -> None:
    def script(conn: socket.socket) -> None:
        raise AssertionError("something was fetched")

    with RawServer(script) as server:
        wsdl = tmp_path / "importing.wsdl"
        wsdl.write_text(IMPORTING % server.url)
        with pytest.raises(Exception, match=r"disk only|forbidden|External"):
            load_wsdl(wsdl)
        assert server.connections == 0


@pytest.mark.parametrize(
    "prolog",
    ['<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x">', '<!DOCTYPE d [<!ENTITY e "x">]>', '<!DOCTYPE d [<!ENTITY e SYSTEM "x">]>'],
)
def test_a_wsdl_with_a_dtd_is_refused(tmp_path: Path, prolog: str) -> None:
    wsdl = tmp_path / "dtd.wsdl"
    wsdl.write_text(prolog + IMPORTING.replace("<xs:import", "<!--").replace('"%s"/>', "-->"))
    with pytest.raises(Exception, match=r"(?i)dtd|entit"):
        load_wsdl(wsdl)
