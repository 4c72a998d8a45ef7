"""Who is calling and what they may do: API keys for programs, sessions for people, a right per role and none by default."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from hub import registry
from hub.journal.database import Database
from hub.message import Caller
from hub.web.accounts import SESSION_SECONDS, account_of_session, caller_of_key


class Right(StrEnum):
    """What the pages and the API may ask of a caller; exchanges have rights of their own, ``<exchange>.<what>``."""

    SEE_ALL = "see_all"  # every connection and message, metadata only
    OPERATE = "operate"  # pause, resume, resend, try now, cancel
    LOOKS = "looks"  # see who looked at what
    TASKS = "tasks"  # see the tasks of one's other rights


_GENERAL: dict[str, frozenset[str]] = {
    Right.SEE_ALL: frozenset({"operator"}),
    Right.OPERATE: frozenset({"operator"}),
    Right.LOOKS: frozenset({"privacy_officer"}),
}


@cache
def roles_with(right: str) -> frozenset[str]:
    """The roles that have a right; a right that nobody brings, nobody has."""
    exchanges = registry.exchanges().values()
    if right == Right.TASKS:  # whoever may do something with an exchange, and the operator
        return roles_with(Right.SEE_ALL).union(*(roles for exchange in exchanges for roles in exchange.rights.values()))
    found = _GENERAL.get(right, frozenset())
    return found.union(*(exchange.rights.get(right, ()) for exchange in exchanges))


def may(caller: Caller | None, right: str) -> bool:
    """Whether a caller has a right."""
    return caller is not None and bool(caller.roles & roles_with(right))


def may_look(caller: Caller | None, right: str) -> bool:
    """Whether a caller has a right on pages; one who is limited to organisations only where these pages keep to the limit."""
    return may(caller, right) and not (caller is not None and caller.scope and right in _of_everybody())


@cache
def _of_everybody() -> frozenset[str]:
    """The rights to pages that show every organisation's."""
    return frozenset(right for exchange in registry.exchanges().values() if not exchange.limits for right in exchange.rights)


def bearer(request: Request, journal: Database) -> Caller | None:
    """The caller by ``Authorization: Bearer hub_<id>_<secret>``, None without a valid key."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return caller_of_key(journal, key.strip()) if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the console.

    Attributes:
        caller: Who they are, None when they have not signed in.
        name: What pages call them.
        token: The secret in their cookie, of a session or only of a form; form tokens are derived from it.
        fresh: The form cookie has to be set.
    """

    caller: Caller | None
    name: str
    token: str
    fresh: bool = False

    @property
    def scope(self) -> frozenset[str]:
        """Organisations that they are limited to, as ``Caller.scope``; empty is no limit."""
        return frozenset() if self.caller is None else self.caller.scope

    def may_see(self, scope: str) -> bool:
        """As ``Caller.may_see``."""
        return self.caller is None or self.caller.may_see(scope)

    @property
    def form_token(self) -> str:
        """What every form carries: other sites cannot read the cookie, so they cannot make it."""
        return hmac.new(self.token.encode(), b"form", hashlib.sha256).hexdigest()

    def sent_this(self, request: Request, token: str) -> bool:
        """Whether a form came from one of our own pages, shown to this visitor."""
        site = request.headers.get("sec-fetch-site", "same-origin")
        return site in ("same-origin", "none") and hmac.compare_digest(token.encode(), self.form_token.encode())


class Cookies:
    """Names and properties of the console's two cookies.

    Args:
        https: Whether the hub is reached over https; then they are Secure and bound to this host.
    """

    def __init__(self, *, https: bool) -> None:
        self._secure = https
        prefix = "__Host-" if https else ""
        self.session, self.form = f"{prefix}hub_session", f"{prefix}hub_form"

    def visitor(self, request: Request, journal: Database) -> Visitor:
        """Who sends this request."""
        token = request.cookies.get(self.session, "")
        account = account_of_session(journal, token) if token else None
        if account is not None:
            return Visitor(account.caller, account.display_name, token)
        form = request.cookies.get(self.form, "")
        return Visitor(None, "", form) if len(form) >= 43 else Visitor(None, "", secrets.token_urlsafe(32), fresh=True)

    def begin(self, response: Response, token: str) -> None:
        """Give the browser its session."""
        self._set(response, self.session, token, SESSION_SECONDS)

    def keep_form(self, response: Response, visitor: Visitor) -> None:
        """Give the browser the secret behind the forms on this page, if it has none yet."""
        if visitor.fresh:
            self._set(response, self.form, visitor.token, None)

    def end(self, response: Response) -> None:
        """Take the session from the browser."""
        response.delete_cookie(self.session, secure=self._secure, httponly=True, samesite="strict")

    def _set(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="strict")


class SignInLimit:
    """Slows guessing down: so many failures per name and per address, then none is tried for a while. Thread-safe.

    A try counts as a failure from its beginning, so that tries at the same moment do not all slip through. Each process of
    the hub counts for itself.

    Args:
        most: Failures within ``seconds``.
    """

    #: Names and addresses that are remembered; the ones that failed longest ago are forgotten first.
    REMEMBERED = 10_000

    def __init__(self, most: int = 5, seconds: float = 300.0) -> None:
        self._most = most
        self._seconds = seconds
        self._failures: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str, address: str) -> float:
        """Begin a try, counted as a failure until ``succeeded``; 0 when it is taken, else the seconds to wait."""
        now = time.monotonic()
        with self._lock:
            recent = {key: [at for at in self._failures.get(key, ()) if now - at < self._seconds] for key in (name, address)}
            full = [times[-self._most] + self._seconds - now for times in recent.values() if len(times) >= self._most]
            if full:
                return max(full)
            for key, times in recent.items():
                self._failures[key] = [*times, now]
                self._failures.move_to_end(key)
            while len(self._failures) > self.REMEMBERED:
                self._failures.popitem(last=False)
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of a name, and that this try came from the address."""
        self.undone(name, address)
        with self._lock:
            self._failures.pop(name, None)

    def undone(self, *keys: str) -> None:
        """A try that was taken could not be judged, so it counts for nothing."""
        with self._lock:
            for key in keys:
                if times := self._failures.get(key):
                    times.pop()
