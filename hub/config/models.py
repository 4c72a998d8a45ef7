"""The settings themselves. A field's description is its text in ``config/hub.example.toml``: one thing, one text."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from hub.config.secrets import SecretUrl


class Settings(BaseModel):
    """Base of every table of settings, those of adapters and routes too: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)


def _network(value: Any) -> IPv4Network | IPv6Network:
    """An address is a network of one."""
    try:
        return ip_network(str(value))
    except ValueError:
        raise ValueError("not an address such as 10.0.0.5 or a network such as 10.0.0.0/24") from None


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


def _in_data_dir(value: Any, info: ValidationInfo) -> Any:
    """A default comes as a Path, a setting as text."""
    if not isinstance(value, str | Path):
        return value
    return str(value).replace("{data_dir}", (info.context or {}).get("data_dir", "var"))


def _raw(value: Any) -> Any:
    """A default as one would write it: validation makes it the field's type, and fills in {data_dir}."""
    return value


def _empty() -> Any:
    """A table that is not there: validation fills in its defaults."""
    return {}


def _without_double_underscore(name: str) -> str:
    if "__" in name:
        raise ValueError("a name has no double underscore: it separates levels in environment variables")
    return name


#: A path in which ``{data_dir}`` stands for ``hub.data_dir``. Relative paths start at the working directory.
DataPath = Annotated[Path, BeforeValidator(_in_data_dir)]
#: Name of a connection or route: it becomes part of queue names, metric labels and environment variables.
Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40), AfterValidator(_without_double_underscore)
]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


class HubSettings(Settings):
    """Who and where this hub is."""

    name: str = Field("ketenhub", min_length=1, description="Name of this hub, as shown on pages and in the log.")
    environment: Literal["demo", "test", "acceptatie", "productie"] = Field(
        "demo", description="Coloured label on every page, so that nobody mistakes a test for the real thing."
    )
    oin: str = Field(
        "00000099000000001000",
        pattern=r"^[0-9A-Z]{20}$",
        description="OIN of the organisation, 20 positions. The prefix 00000099 is for tests and refused in productie.",
    )
    organisation: str = Field("Voorbeeldorganisatie", min_length=1, description="Name of the organisation.")
    data_dir: Path = Field(
        Path("var"), description="Folder for what the hub keeps itself; {data_dir} in other settings stands for it."
    )

    @model_validator(mode="after")
    def _production_has_a_real_oin(self) -> Self:
        if self.environment == "productie" and self.oin.startswith("00000099"):
            raise ValueError("productie needs the organisation's own OIN: the prefix 00000099 is for tests")
        return self


class JournalSettings(Settings):
    """The database: the system of record."""

    url: SecretUrl = Field(
        _raw("sqlite:///{data_dir}/hub.sqlite3"),
        description="sqlite:///PATH for one machine, postgresql://USER@HOST/NAME in production. With a password: write it "
        "to a file and put file:PATH here.",
    )
    pool_size: Count = Field(8, description="Connections that a process keeps open while idle; PostgreSQL only.")

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: SecretUrl) -> SecretUrl:
        return _one_of(url, "sqlite", "postgresql")


class BrokerSettings(Settings):
    """The message broker: carries tickets, holds nothing that matters."""

    url: SecretUrl = Field(
        _raw("memory://"),
        description="memory:// inside one process; amqp://USER@HOST/VHOST or amqps:// for RabbitMQ. May be file:PATH.",
    )
    ticket_life_seconds: Seconds = Field(60, description="After this long an unused ticket is given out again.")
    publish_timeout_seconds: Seconds = Field(10, description="Wait this long for the broker to confirm a batch of tickets.")
    ca_file: Path | None = Field(None, description="Trust store (PEM) for amqps://.")
    certificate_file: Path | None = Field(None, description="Client certificate (PEM) for amqps://.")
    key_file: Path | None = Field(None, description="Private key (PEM) of the client certificate.")

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: SecretUrl) -> SecretUrl:
        return _one_of(url, "memory", "amqp", "amqps")


class KeySettings(Settings):
    """The keys that contents are encrypted with. Without them contents are lost: see `hub keys init`."""

    file: DataPath = Field(Path("{data_dir}/keys.toml"), description="Key file, made by `hub keys init`; mode 0600.")
    active: str | None = Field(None, description="Id of the master key for new messages; the key file's choice when absent.")


class WebSettings(Settings):
    """API, console and the endpoints for partners."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on. 127.0.0.1 is this machine only.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field(
        "http://127.0.0.1:8080",
        pattern=r"^https?://[^/?#@]+(/[^?#]*)?$",
        description="How others reach this hub; used in links and in what partners are told.",
    )
    max_request_bytes: Count = Field(40_000_000, description="A larger request is refused before it is read whole.")
    byte_budget: Count = Field(
        160_000_000, description="Documents above 1 MB share this many bytes of memory; beyond it the answer is 503."
    )
    proxy_addresses: tuple[Network, ...] = Field(
        (),
        description="Addresses or networks (10.0.0.0/24) of the proxies that end TLS for the hub; only their word counts about "
        "a client certificate and about who calls (X-Forwarded-For).",
    )
    oin_header: str = Field(
        "x-client-oin",
        description="Header in which such a proxy tells the OIN (subject.serialNumber) of a verified certificate.",
    )
    theme_file: Path | None = Field(None, description="Stylesheet with the organisation's NL Design System theme.")

    @model_validator(mode="after")
    def _one_request_fits(self) -> Self:
        if self.max_request_bytes > self.byte_budget:
            raise ValueError("max_request_bytes is more than byte_budget: the largest request could never be taken")
        return self


class DeliverySettings(Settings):
    """How messages leave."""

    lease_margin_seconds: Seconds = Field(30, description="A lease lasts a connection's call deadline plus this.")
    poll_seconds: Seconds = Field(1, description="Look for work this often when no wake-up comes.")
    max_batch: Count = Field(20, description="Messages per transaction, at most, in claims, leases and settlements.")
    worker_deaths: Count = Field(3, description="A message whose worker died this often is parked.")
    unexpected_attempts: Count = Field(3, description="A message that meets a fault in the hub itself this often is parked.")
    retry_base_seconds: Seconds = Field(10, description="First pause after a failed attempt; doubles, with jitter.")
    retry_max_seconds: Seconds = Field(3600, description="Longest pause between attempts.")
    breaker_failures: Count = Field(5, description="Failures in a row at one partner that open its breaker.")
    breaker_seconds: Seconds = Field(1, description="An open breaker sends its first probe after this long; doubles.")
    breaker_max_seconds: Seconds = Field(
        10, description="Longest pause between probes: so long it takes at most until a partner that is back is noticed."
    )
    parked_in_a_row: Count = Field(5, description="Messages parked in a row with one code that pause the connection.")

    @model_validator(mode="after")
    def _longest_is_longest(self) -> Self:
        if self.retry_base_seconds > self.retry_max_seconds:
            raise ValueError("retry_base_seconds is more than retry_max_seconds")
        if self.breaker_seconds > self.breaker_max_seconds:
            raise ValueError("breaker_seconds is more than breaker_max_seconds")
        return self


class HousekeepingSettings(Settings):
    """What happens by the clock."""

    interval_seconds: Seconds = Field(
        1, description="Time between looks at ended leases; late answers are looked for 5 and retention 60 times less often."
    )
    seal_file: DataPath = Field(
        Path("{data_dir}/seals.jsonl"),
        description="Copy of the timeline's seals outside the database; put it where the database's owner cannot write.",
    )
    keep_refused_days: Count = Field(14, description="Keep what a known sender sent and we refused, so that one can see why.")
    keep_access_log_days: Count = Field(1826, description="Keep the log of who saw what. NEN 7513 asks five years at least.")
    keep_backups_days: Count = Field(
        35, description="How long you keep backups: `hub privacy destroy` tells from it when a content is gone everywhere."
    )
    destroyed_file: DataPath = Field(
        Path("{data_dir}/destroyed.jsonl"),
        description="Ids of what was destroyed on request, to do again after a restore; back it up with the seals.",
    )
    certificate_warning_days: Count = Field(
        60, description="`hub check` and a task on the console warn this long before a certificate ends."
    )


class LogSettings(Settings):
    """The technical log, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least important events to write.")
    format: Literal["json", "console"] = Field("json", description="json for machines, console for people.")


class Connection(Settings):
    """One connection to a chain partner."""

    partner: Name = Field(description="Which adapter speaks over it.")
    enabled: bool = Field(True, description="False: messages are accepted and wait.")
    concurrency: Count = Field(16, description="Calls at the same time, per worker process; also how far batches can grow.")
    window_max: Count | None = Field(None, description="Tickets outstanding, at most; 4 x concurrency when absent.")
    call_deadline_seconds: Seconds = Field(60, description="A call that takes longer in total is broken off.")
    settings: Mapping[str, Any] = Field(
        default_factory=dict, repr=False, description="The adapter's own settings; see the partner's page."
    )

    @property
    def window(self) -> int:
        """Tickets outstanding, at most."""
        return self.window_max or 4 * self.concurrency


class RouteSettings(Settings):
    """One business exchange."""

    enabled: bool = Field(True, description="False: new documents are refused; what was accepted still goes.")
    connection: Name | None = Field(None, description="The connection it leaves by; the route's own name for it when absent.")
    settings: Mapping[str, Any] = Field(
        default_factory=dict, repr=False, description="The route's own settings; see the route's page."
    )


_Days = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class FolderSettings(Settings):
    """A folder in which others put documents for one route."""

    path: Path = Field(
        description="The folder. Documents are put here; the hub makes klaar, afgekeurd and .bezig in it. Who may write here "
        "may send requests, and who may read here sees personal data."
    )
    route: Name = Field(description="The route its documents are for.")
    poll_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(2, description="Look for documents this often.")
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        5, description="A file is taken when its size and time have not changed for this long."
    )
    attachments_within_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        300, description="A document whose attachments are not all there after this long is refused."
    )
    max_bytes: Annotated[int, Field(gt=0)] = Field(
        36_000_000, description="A document with its attachments is refused above this size, before it is read."
    )
    delete_after_days: _Days = Field(
        7, description="Remove accepted files from klaar after this long; 0 removes them at once and leaves the receipt."
    )
    delete_refused_after_days: _Days = Field(30, description="Remove refused files from afgekeurd after this long.")


class Config(Settings):
    """All settings of a hub. Frozen, and safe to print: secrets show their reference only."""

    hub: HubSettings = Field(default_factory=_empty)
    journal: JournalSettings = Field(default_factory=_empty)
    broker: BrokerSettings = Field(default_factory=_empty)
    keys: KeySettings = Field(default_factory=_empty)
    web: WebSettings = Field(default_factory=_empty)
    delivery: DeliverySettings = Field(default_factory=_empty)
    housekeeping: HousekeepingSettings = Field(default_factory=_empty)
    log: LogSettings = Field(default_factory=_empty)
    connections: Mapping[Name, Connection] = Field(default_factory=dict)
    routes: Mapping[Name, RouteSettings] = Field(default_factory=dict)
    folders: Mapping[Name, FolderSettings] = Field(default_factory=dict)

    _source: str = PrivateAttr("")
    _from_env: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def file_of(self, key: str) -> str:
        """Where the setting ``key`` (dotted) was made: the file, or the variable that overrides it. For error texts."""
        matches = [known for known in self._from_env if f"{key}.".startswith(f"{known}.")]
        return self._from_env[max(matches, key=len)] if matches else self._source


def _one_of(url: SecretUrl, *schemes: str) -> SecretUrl:
    if url.scheme not in schemes:
        raise ValueError(f"should begin with one of {', '.join(f'{scheme}://' for scheme in schemes)}")
    return url
