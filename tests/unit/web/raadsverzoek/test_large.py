"""The largest request that may be sent goes through the form, in a process of its own whose memory is looked at."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any, cast

import httpx
import psutil
import pytest

from tests.support.form_filler import PAPER, PDF, Secretary, sentences
from tests.support.live_site import PASSWORD, LiveSite, hidden
from tests.support.processes import PATIENCE, ChildProcess

pytestmark = pytest.mark.slow

#: Mebibytes that the process may take beyond what it had before. The document is 21 MB; as base64 28 MB, as a message 28 MB.
MOST_MIB = 320
_SERVER = """
import sys
from pathlib import Path
from hub import telemetry
from tests.support.live_site import LiveSite
telemetry.configure(level="error", format="console")
with LiveSite(Path(sys.argv[1])) as site:
    site.user("anna", "secretary")
    print(site.url, flush=True)
    sys.stdin.read()
"""


def test_the_largest_request_goes_through_the_form(tmp_path: Path, record_property: Any):
    log = tmp_path / "server.log"
    with ChildProcess([sys.executable, "-c", _SERVER, str(tmp_path)], log=log, stdin=PIPE, stdout=PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url, server.last_words()
        with httpx.Client(base_url=url, timeout=60) as browser:
            form = {**hidden(browser.get("/aanmelden")), "naam": "anna", "wachtwoord": PASSWORD}
            assert browser.post("/aanmelden", data=form).status_code == 303
            anna = Secretary(cast(LiveSite, SimpleNamespace(signed_in=lambda name: browser)), "anna")
            base = anna.whole()
            before = _peak(server.pid)
            rest = 21_000_000 - len(PDF)
            page = anna.get(f"{base}/documenten")
            file = ("gezin.pdf", b"%PDF-" + bytes(rest - 5), "application/pdf")
            anna.go(page, "voeg-toe", file=file, **{**PAPER, "soort": "Gezinsgeschiedenis"})
            uploaded = _peak(server.pid)
            answer = anna.send_off(base)
            assert answer.status_code == 303, sentences(answer)
            sent = _peak(server.pid)
            assert anna.get(answer.headers["location"]).status_code == 200
            shown = _peak(server.pid)
        server.communicate("", timeout=PATIENCE)
    told = f"before {before:.0f}, uploaded {uploaded:.0f}, sent {sent:.0f}, proof shown {shown:.0f} MiB"
    record_property("peak_memory", told)
    print(told)
    assert shown - before < MOST_MIB, told


def _peak(pid: int) -> float:
    """The most memory the process had so far, in MiB; where the system does not tell, what it has now."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
