"""A private RabbitMQ node: own name, own epmd, own folders, own ports, no plugins."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import uuid
from pathlib import Path
from typing import Self

from hub.transports.held_port import HeldPort
from tests.support.private_server import PrivateServer
from tests.support.processes import ChildProcess, ServiceUnavailable, answers, minimal_environment

#: Where Debian and the generic package put the server's own script (the wrapper in /usr/sbin insists on /var/lib/rabbitmq).
SCRIPTS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server")

#: Virtual hosts that exist from the start, so that tests do not wait for them.
FIRST_VHOSTS = 4
#: How many are added at once when they have run out.
MORE_VHOSTS = 16

USER = "hub"


def find_program() -> str:
    """The script that starts RabbitMQ. Raises: ServiceUnavailable."""
    for script in SCRIPTS:
        if os.access(script, os.X_OK):
            return script
    found = shutil.which("rabbitmq-server")
    if found is None or shutil.which("erl") is None:
        raise ServiceUnavailable("RabbitMQ is not installed: run `make services`")
    return found


class RabbitServer(PrivateServer):
    """A RabbitMQ node of our own.

    Attributes:
        port: For AMQP.
        url: Its default virtual host, with user and password.
    """

    ENDS_IN_ORDER = signal.SIGTERM

    def __init__(self) -> None:
        self._program = find_program()
        super().__init__("rabbitmq", "the RabbitMQ node")
        self._ports += HeldPort(), HeldPort()
        self._epmd_port, self._distribution_port = (port.number for port in self._ports[1:])
        self.node = f"hubtest{os.getpid()}x{secrets.token_hex(3)}@localhost"
        self._password = secrets.token_hex(12)
        self._epmd: ChildProcess[bytes] | None = None
        self._vhosts = [f"v{number}" for number in range(FIRST_VHOSTS)]
        self._environment = self._configure()

    @property
    def url(self) -> str:
        return self.url_of("%2F")

    def url_of(self, vhost: str, *, port: int | None = None) -> str:
        """The URL of a virtual host, by way of another port (a proxy) if wanted."""
        return f"amqp://{USER}:{self._password}@127.0.0.1:{port or self.port}/{vhost}"

    def start(self) -> Self:
        """Start and wait until it serves. Raises: ServiceUnavailable."""
        if self._epmd is None or self._epmd.poll() is not None:
            command = ["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"]
            self._epmd = self._run(command, lambda: answers(self._epmd_port), "epmd", log="epmd")
        self._server = self._run([self._program], lambda: answers(self.port))
        return self

    def flush(self) -> None:
        """Make RabbitMQ write which queues it has.

        A quorum queue made less than about a second before a SIGKILL may come back without a leader for ever: its name is
        in a table that is written twice a second. Tests that kill right after declaring call this first.
        """
        self.evaluate("[ok = dets:sync(Table) || Table <- dets:all()], ok.")

    def close(self) -> None:
        if self._epmd is not None:
            self.kill()
            self._epmd.end()
            self._epmd = None
        super().close()

    def new_vhost(self) -> str:
        """An empty virtual host that nobody has used yet."""
        if not self._vhosts:
            self._vhosts = [f"v{uuid.uuid4().hex[:12]}" for _ in range(MORE_VHOSTS)]
            self.evaluate("".join(_ADD_VHOST % (name, USER, name) for name in self._vhosts) + "ok.")
        return self._vhosts.pop()

    def evaluate(self, erlang: str) -> str:
        """Run Erlang inside the node, for what AMQP cannot do (alarms, virtual hosts)."""
        control = Path(self._program).with_name("rabbitmqctl")
        command = [str(control), "--quiet", "--node", self.node, "eval", erlang]
        return self._account.run(command, env=self._environment, cwd=self.folder)

    def _configure(self) -> dict[str, str]:
        cookie = self.folder / ".erlang.cookie"
        self._write(cookie, secrets.token_hex(20))
        cookie.chmod(0o400)
        self._write(self.folder / "plugins", "[].\n")
        self._write(self.folder / "definitions.json", json.dumps(self._definitions()))
        self._write(self.folder / "rabbitmq.conf", _CONFIGURATION.format(port=self.port, folder=self.folder))
        return {
            **minimal_environment(self.folder),
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_BASE": str(self.folder),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "no-such-file"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "generated"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(self.folder / "feature_flags"),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_ALLOW_INPUT": "1",  # the script then becomes the Erlang process: its pid is the one we know
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o600)
        self._account.give(path)

    def _definitions(self) -> dict[str, list[dict[str, object]]]:
        names = ["/", *self._vhosts]
        every = {"user": USER, "configure": ".*", "write": ".*", "read": ".*"}
        return {
            "users": [{"name": USER, "password": self._password, "tags": "administrator"}],
            "vhosts": [{"name": name} for name in names],
            "permissions": [{"vhost": name, **every} for name in names],
        }


_ADD_VHOST = (
    'ok = rabbit_vhost:add(<<"%s">>, <<"hubtest">>), '
    'ok = rabbit_auth_backend_internal:set_permissions(<<"%s">>, <<"%s">>,<<".*">>, <<".*">>, <<".*">>, <<"hubtest">>), '
)

_CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
num_acceptors.tcp = 2
load_definitions = {folder}/definitions.json
log.console = false
log.file.level = warning
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GB
raft.wal_max_size_bytes = 16000000
heartbeat = 30
"""
