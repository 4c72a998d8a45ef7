"""Sees to it that the server programs for the tests are installed: RabbitMQ and PostgreSQL.

Called by ``make services``. The tests start private servers of their own, so the services that the packages bring are not
wanted: they are kept from starting while we install, and one that runs already is left alone.

With ``--run`` it also starts both, private and empty, prints their URLs and keeps them until Ctrl-C.

Exit code 0: everything is there. 1: something is missing; the line to run is printed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

#: Keeps Debian packages from starting their services (Debian Policy 9.3.3.2); 101 means "not allowed".
POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\nexit 101\n"


def missing_packages() -> list[str]:
    """Debian packages whose programs are not there."""
    rabbit = Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists() or shutil.which("rabbitmq-server")
    postgres = any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")
    return [name for name, found in (("rabbitmq-server", rabbit), ("postgresql", postgres)) if not found]


def administrator() -> list[str] | None:
    """What to put before a command to run it as root: nothing, ``sudo -n``, or None when we may not."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    return None


def install(packages: list[str], prefix: list[str]) -> bool:
    """Install without starting services; whether it worked."""
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    ours = not POLICY.exists()
    if ours:
        write = f"printf '%s' '{POLICY_TEXT}' > {POLICY} && chmod 755 {POLICY}"
        subprocess.run([*prefix, "sh", "-c", write], check=True)
    try:
        for arguments in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *packages]):
            if subprocess.run([*prefix, *environment, "apt-get", *arguments], check=False).returncode:
                return False
    finally:
        if ours:
            subprocess.run([*prefix, "rm", "-f", str(POLICY)], check=True)
    return True


def run() -> int:
    """Start a RabbitMQ and a PostgreSQL for trying things out, until Ctrl-C."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from tests.support.services import PostgresServer, RabbitServer

    postgres, rabbit = PostgresServer(), RabbitServer()
    try:
        print(f"export HUB_TEST_POSTGRES={postgres.start().url}")
        print(f"export HUB_TEST_AMQP={rabbit.start().url}", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        rabbit.close()
        postgres.close()
    return 0


def ensure() -> int:
    """Check, install if we may, and say what is left to do."""
    missing = missing_packages()
    if not missing:
        return 0
    by_hand = f"sudo apt-get install {' '.join(missing)}"
    if shutil.which("apt-get") is None:
        print(f"Install these with your package manager (on Debian: {by_hand})", file=sys.stderr)
        return 1
    prefix = administrator()
    if prefix is None:
        print(f"Run this once: {by_hand}", file=sys.stderr)
        return 1
    if install(missing, prefix) and not missing_packages():
        return 0
    print(f"Installing did not work. Run this: {by_hand}", file=sys.stderr)
    return 1


def main() -> int:
    """Ensure, and run if asked."""
    code = ensure()
    return run() if code == 0 and "--run" in sys.argv[1:] else code


if __name__ == "__main__":
    sys.exit(main())
