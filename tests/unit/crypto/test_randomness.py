"""Keys, nonces and salts come from the kernel: a generator inside the process repeats itself in a copy of the machine."""

from __future__ import annotations

import ast
import itertools
import os
import uuid
from pathlib import Path

import pytest

from hub.crypto import Keyring, seal
from hub.crypto.content import SEGMENTED_ABOVE
from hub.message import new_id

HUB = Path(__file__).resolve().parents[3] / "hub"

#: Calls that draw from a generator inside the process. RSA and elliptic keys are made by OpenSSL too: the hub makes none.
USERSPACE = {"RAND_bytes", "RAND_pseudo_bytes", "generate_key", "generate_private_key", "generate_parameters", "SystemRandom"}
#: Modules whose ``random`` spreads moments (jitter between attempts), or makes test data by a seed.
SPREADS_MOMENTS = {"delivery/retry.py", "delivery/worker.py", "testing/adapter_suite.py", "simulators/plekvrij/providers.py"}
#: What asks the kernel.
KERNEL = {"urandom", "token_bytes", "token_hex", "token_urlsafe"}
#: Keys, nonces, salts and tokens are made in these.
MAKES_SECRETS = {
    "crypto/content.py",
    "crypto/keyring.py",
    "crypto/keys.py",
    "web/accounts.py",
    "web/auth.py",
    "web/passwords.py",
}


def names_in(source: str) -> set[str]:
    """Every name that is imported or called in a module, without what stands before its dots."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {part for alias in node.names for part in alias.name.split(".")}
            found.add(getattr(node, "module", None) or "")
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Name):
            found.add(node.id)
    return found


def test_no_module_draws_from_a_generator_inside_the_process():
    modules = {str(file.relative_to(HUB)): names_in(file.read_text()) for file in HUB.rglob("*.py")}
    assert modules.keys() >= MAKES_SECRETS | SPREADS_MOMENTS
    assert {name: found & USERSPACE for name, found in modules.items() if found & USERSPACE} == {}
    assert {name for name, found in modules.items() if "random" in found} == SPREADS_MOMENTS
    assert {name for name in MAKES_SECRETS if not modules[name] & KERNEL} == set()


@pytest.mark.parametrize(
    "source",
    [
        "from ssl import RAND_bytes as random_bytes",
        "key = AESGCM.generate_key(256)",
        "import random",
        "from random import Random",
        "import numpy.random",
    ],
)
def test_the_names_are_found(source: str):
    assert names_in(source) & {*USERSPACE, "random"}


def test_what_the_kernel_gives_is_what_is_used(monkeypatch: pytest.MonkeyPatch):
    """A kernel that repeats itself shows that nothing is mixed in from elsewhere, and how much is asked."""
    asked: list[int] = []
    keyring, message = Keyring.generate(), uuid.UUID(int=7)

    def repeats(size: int) -> bytes:
        asked.append(size)
        return bytes(range(size))

    monkeypatch.setattr(os, "urandom", repeats)
    first, second = keyring.new_data_key(message), keyring.new_data_key(message)
    assert first == second
    assert asked == [32, 12] * 2, "a data key, and the nonce under which it is wrapped"
    asked.clear()
    for size, drawn in ((1, 12), (SEGMENTED_ABOVE + 1, 16)):
        one, other = (seal(bytes(size), first.key, message_id=message, kind="body") for _ in range(2))
        assert one == other
        assert asked == [drawn, drawn]
        asked.clear()


def test_ids_are_told_apart_by_their_time_too():
    """Ids are no secret. In a copy of the machine their random half may repeat; the milliseconds before it do not."""
    ids = [new_id() for _ in range(1000)]
    assert all(one < other for one, other in itertools.pairwise(ids))
    assert {one.version for one in ids} == {7}
