"""Taking the address of the web server: before anything else starts, so that a taken port is told at once."""

from __future__ import annotations

import socket

from hub.errors import ConfigError

#: Connections that wait to be accepted.
BACKLOG = 512


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        ConfigError: The address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        text = f"cannot listen on {host}:{port}: {error.strerror}; stop the program that uses it, or choose another port"
        raise ConfigError(text, key="web.port") from None


def url_of(listener: socket.socket) -> str:
    """Where it listens, as a URL."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"
