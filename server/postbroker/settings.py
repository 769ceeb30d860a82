"""All settings, read once: POSTBROKER_* in the environment, secrets also POSTBROKER_*_FILE."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    IPvAnyNetwork,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "POSTBROKER_"
SECRETS = ("secret_key", "api_key", "database_url", "credentials_key")
OF_PLATFORM = re.compile(
    r"POSTBROKER_(?P<platform>[A-Z0-9_]+?)_(?P<name>CLIENT_ID|CLIENT_SECRET|URL|VERSION)"
    r"(?P<is_file>_FILE)?"
)
KEYS = r"^[\w-]{43}=([,\s]+[\w-]{43}=)*$"
"""Keys of 32 random bytes in URL-safe base64."""
NOT_OF_PLATFORMS = frozenset({"DATABASE", "PUBLIC"})
"""What stands before `_URL` in settings of the broker's own."""

LogFormat = Literal["console", "json"]
Seconds = Annotated[tuple[float, ...], NoDecode]


def _default_data_dir() -> Path:
    return user_data_path("postbroker")


def environment_without_settings() -> dict[str, str]:
    """The environment for a child that must not inherit this program's settings."""
    inherited = os.environ.items()  # noqa: TID251
    return {name: value for name, value in inherited if not name.startswith("POSTBROKER_")}


class FileSecrets(PydanticBaseSettingsSource):
    """Reads POSTBROKER_<NAME>_FILE for secrets, so that they need not stand in the environment."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """The content of the file that the variable names, or None."""
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")  # noqa: TID251
        return (Path(path).read_text(encoding="utf-8").strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All secrets that came from files."""
        values = {name: self.get_field_value(None, name)[0] for name in SECRETS}
        return {name: value for name, value in values.items() if value is not None}


class PlatformVariables(PydanticBaseSettingsSource):
    """Reads what the operator has at each platform: POSTBROKER_<PLATFORM>_CLIENT_ID and others."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """The variables of all platforms, by platform and name."""
        found = defaultdict[str, dict[str, str]](dict)
        for variable, value in os.environ.items():  # noqa: TID251
            named = OF_PLATFORM.fullmatch(variable)
            if named is None or not value or named["platform"] in NOT_OF_PLATFORMS:
                continue
            if named["is_file"]:
                value = Path(value).read_text(encoding="utf-8").strip()
            found[named["platform"].lower()][named["name"].lower()] = value
        return dict(found), field_name, True

    def __call__(self) -> dict[str, Any]:
        """The one setting that they are."""
        if "platforms" not in self.settings_cls.model_fields:
            return {}
        return {"platforms": self.get_field_value(None, "platforms")[0]}


class AtPlatform(BaseModel):
    """What the operator has registered at a platform, and where its API is."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    client_id: str | None = None
    client_secret: str | None = Field(default=None, repr=False)
    url: HttpUrl | None = None
    """Replaces the address of the platform's API: for a test, or a server of one's own."""
    version: str | None = None
    """Of its API, where the platform wants one named."""

    @property
    def address(self) -> str | None:
        """The `url`, without a slash at the end."""
        return str(self.url).rstrip("/") if self.url else None

    @property
    def app(self) -> dict[str, str]:
        """What adapters may know of it: what is there."""
        given = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "version": self.version,
        }
        return {name: value for name, value in given.items() if value is not None}


class Environment(BaseSettings):
    """How settings are read; an empty variable counts as none."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then secrets from files, then the platforms'."""
        return (
            init_settings,
            env_settings,
            FileSecrets(settings_cls),
            PlatformVariables(settings_cls),
        )


class Settings(Environment):
    """What an operator can change. Durations are seconds."""

    host: str = "127.0.0.1"
    """The address to listen on. Anything but loopback needs a proxy that speaks TLS."""
    port: int = Field(default=8787, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    data_dir: Path = Field(default_factory=_default_data_dir)
    """Where the database, the secret key, files, `locators/` and the sandbox's ledger lie."""
    database_url: str | None = Field(default=None, pattern="^postgres(ql)?://")
    """`postgresql://…` for several brokers on one database; one SQLite file in the data folder
    when absent."""
    public_url: HttpUrl | None = None
    """The address at which people and browsers reach the broker, when a proxy is before it."""
    secret_key: str | None = Field(default=None, min_length=32)
    """Signs links and keys hashes of keys; made on the first start when absent."""
    credentials_key: str | None = Field(default=None, pattern=KEYS, repr=False)
    """Locks the credentials of connected accounts; several, comma separated, newest first. A file
    in the data folder, made when it is first needed, when absent."""
    platforms: Annotated[Mapping[str, AtPlatform], NoDecode] = Field(default_factory=dict)
    """What the operator has at each platform, by its id."""
    log_format: LogFormat = "console"
    """`console` for people, `json` for machines."""

    lease_seconds: float = Field(default=60, gt=0)
    """A lease before the permit; each step report renews it."""
    lease_limit_seconds: float = Field(default=15 * 60, gt=0)
    """A lease before the permit in all, however often it is renewed."""
    lease_limit_video_seconds: float = Field(default=60 * 60, gt=0)
    """The same for a job with a video, which platforms take slowly."""
    renew_seconds: float = Field(default=15, gt=0)
    """How often the holder renews at least."""
    permit_seconds: float = Field(default=10, gt=0)
    """How long a permit is good for."""
    pull_wait_seconds: float = Field(default=20, ge=0, le=60)
    """The longest wait of a pull."""
    read_wait_seconds: float = Field(default=60, ge=0, le=300)
    """The longest `?wait=` when a job is read."""
    job_life_seconds: float = Field(default=24 * 3600, gt=0)
    """How long a job may wait before it expires, unless it says so itself."""
    attempts: int = Field(default=3, ge=1, le=20)
    """How often a job is tried before the permit."""
    retry_delays: Seconds = (5.0, 30.0)
    """Waits between attempts, comma separated; the last one repeats."""
    verify_delays: Seconds = (10.0, 30.0, 120.0, 600.0)
    """When to look again after a doubtful outcome, counted from the permit, comma separated."""
    verify_patience_seconds: float = Field(default=3600, gt=0)
    """How long after the last planned look a browser may still come back and look."""
    jobs_per_browser: int = Field(default=1, ge=1, le=20)
    """Leases one browser may hold at once."""
    publish_at_once: int = Field(default=8, ge=1, le=100)
    """Posts that this broker sends through official APIs at once; each account sends one."""
    online_seconds: float = Field(default=60, gt=0)
    """A browser that was heard within this time is online."""
    sweep_seconds: float = Field(default=1, gt=0)
    """How often leases and deadlines are looked over."""
    pairing_seconds: float = Field(default=300, gt=0, le=600)
    """Life of a pairing code."""
    daily_posts: int = Field(default=0, ge=0)
    """Jobs a workspace may accept a day; 0 is no limit."""
    key_requests_per_minute: int = Field(default=6000, ge=0)
    """How often a key or a connected app may ask, unless the key says so itself; 0 is no limit."""
    pacing: bool = True
    """Let each account post only as often as its platform's numbers, or its own, say."""
    confirm_first_post: bool = True
    """Ask a person before the first post of each account."""
    retention_days: float = Field(default=90, ge=0)
    """How long text and history of an ended job are kept; 0 keeps them for ever."""
    media_storage: Literal["local", "gcs"] = "local"
    """Where files lie: `local` in the data folder, `gcs` in a bucket of Google Cloud Storage."""
    media_bucket: str | None = None
    """The bucket, for `gcs`."""
    media_key_file: Path | None = None
    """The key file of a service account that may read and write the bucket, for `gcs`."""
    media_bytes: int = Field(default=2_000_000_000, gt=0)
    """The largest file that is taken."""
    media_workspace_bytes: int = Field(default=20_000_000_000, ge=0)
    """How much a workspace may have lying at once; 0 is no limit."""
    media_days: float = Field(default=7, gt=0)
    """How long a file stays, unless a job still uses it."""
    fetch_from: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = ()
    """Networks such as `10.1.0.0/16`, comma separated, from which files are fetched, and in which
    servers of connected accounts may be, although they are not public."""
    mcp_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Web pages such as `https://agent.example`, comma separated, that may speak to `/mcp` beside
    those of this machine and of `public_url`."""
    sandbox: bool = True
    """Serve the simulated platforms under /sandbox."""
    crash_at: str | None = None
    """Tests only: kill this process at a named point of the protocol."""
    chromium: Path | None = None
    """The browser that the demo drives; a Chromium or Google Chrome is looked for when absent."""

    @field_validator("retry_delays", "verify_delays", "fetch_from", "mcp_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()]
            if isinstance(value, str)
            else value
        )

    @model_validator(mode="after")
    def _bucket_is_whole(self) -> Self:
        if self.media_storage == "gcs" and not (self.media_bucket and self.media_key_file):
            raise ValueError("gcs needs POSTBROKER_MEDIA_BUCKET and POSTBROKER_MEDIA_KEY_FILE")
        return self


class ClientSettings(Environment):
    """Where commands find the broker; what is absent, a broker on this machine has left."""

    url: HttpUrl | None = None
    """The broker's address."""
    api_key: str | None = None
    """The key to send."""
    data_dir: Path = Field(default_factory=_default_data_dir)
    """Where a broker on this machine leaves its address and a key."""
