"""The service's settings: read once from `MODERATION_*`, typed, bounded; an unknown or unsound one stops the start.

Settings say how this installation runs (where its database is, how it is reached). How a site judges its comments
is the site's policy and lives in the database. `docs/settings.md` documents each; a test keeps that complete.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

PREFIX: Final = "MODERATION_"
READ_ELSEWHERE: Final = ("MODERATION_TEST_", "MODERATION_VENV")
"""Variables of `./run` and the tests share the prefix and are none of the service's."""
MIN_SECRET_CHARS: Final = 32


_LIMIT: Final = re.compile(
    r"(?:[1-9][0-9]{0,5}/(?:[1-9][0-9]{0,3})?(?:second|minute|hour|day)s?(?:;(?!$)|$))+"
)
_LIMIT_STORAGES: Final = ("sqlite:///", "redis", "valkey", "memory://")
_PUBLIC_URL: Final = re.compile(r"https?://[a-z0-9._-]+(?::[0-9]{1,5})?")
"""As browsers write an origin: it is compared with the one they send."""
_ISSUER: Final = re.compile(
    r"(?:https://[A-Za-z0-9._-]+(?::[0-9]{1,5})?|http://(?:localhost|127\.0\.0\.1)(?::[0-9]{1,5})?)"
    r"(?:/[A-Za-z0-9._~/-]*)?"
)
"""Plain http only on this machine, for trying it out."""


class SettingsError(Exception):
    """A setting is missing, unknown or out of bounds. The message names it and says what to write."""


def _bounded(default: int, low: int, high: int) -> int:
    """Declare a number with its bounds, checked by `Settings.read`."""
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this installation runs. Field `database_url` is read from `MODERATION_DATABASE_URL`, and so on."""

    database_url: str = field(repr=False)
    """`sqlite:////absolute/path.db` or `postgresql+psycopg://user@host/name`."""
    secret_key: str = field(repr=False)
    """At least 32 characters from a random source; signs cookies and keys the hashes of guessable values."""
    previous_secret_key: str = field(default="", repr=False)
    """The key before a rotation: still accepted for sign-in cookies and challenges, no longer used for new ones."""
    limits_url: str = field(default="", repr=False)
    """Where limits are counted: `sqlite:////path`, `redis://…` or `valkey://…`. Empty: beside the SQLite
    database, which several processes of one machine share."""
    workers: int = _bounded(1, 1, 64)
    """Server processes. With more than one, limits must be shared: `memory://` stops the start."""
    proxy_hops: int = _bounded(0, 0, 5)
    """Reverse proxies in front that append to X-Forwarded-For. Too high lets every client forge its address;
    too low makes all readers one client."""
    is_https: bool = True
    """Cookies are `Secure` and `__Host-`. Off only for plain-http use on one machine, such as the demo."""
    public_url: str = ""
    """The address readers reach the service at, without a trailing slash; empty: taken from each request."""
    sqlite_synchronous: str = "FULL"
    """`FULL` keeps every acknowledged comment through a power cut; `NORMAL` may lose the last ones."""
    max_body_bytes: int = _bounded(65_536, 1_024, 1_048_576)
    challenge_seconds: int = _bounded(180, 30, 600)
    challenge_pool: int = _bounded(200, 0, 5_000)
    """Challenges kept drawn ahead of need by the worker."""
    sound_pool: int = _bounded(0, 0, 200)
    """Sounds kept made ahead of need by the worker; 0: there are none, and no challenge can be heard."""
    door_limit: str = "60/minute"
    """Requests to post or to get a challenge, per client, counted before anything else is looked at."""
    sign_in_limit: str = "20/15minutes"
    login_limit: str = "10/15minutes;200/day"
    """Guesses at one login's password, and at its codes, from browsers in which it has not signed in before."""
    require_totp: str = "off"
    """Who must have a second factor: `off` nobody, `owners`, `all`."""
    oidc_issuer: str = ""
    """The identity provider, as its tokens name it; empty: people sign in by password alone."""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_button: str = ""
    """The name of the provider on the button of the sign-in page; empty: its host."""
    session_idle_minutes: int = _bounded(60, 5, 1_440)
    session_hours: int = _bounded(12, 1, 168)
    log_format: str = "json"
    """`json`, or `console` for people."""

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Build settings from environment variables.

        A secret may come from a file: `MODERATION_SECRET_KEY_FILE=/run/secrets/key`. Raises `SettingsError`.
        """
        environment = os.environ if environment is None else environment
        known = {PREFIX + declared.name.upper(): declared for declared in fields(cls)}
        given: dict[str, str] = {}
        for name, value in environment.items():
            if not name.startswith(PREFIX) or name.startswith(READ_ELSEWHERE):
                continue
            if name in known:
                given[name] = value
            elif name.removesuffix("_FILE") in known:
                given.setdefault(name.removesuffix("_FILE"), _read_file(name, value))
            else:
                raise SettingsError(f"{name} is not a setting; docs/settings.md lists them")
        for name, declared in known.items():
            if name not in given and declared.default is MISSING:
                raise SettingsError(f"{name} is not set; docs/settings.md says what it holds")
        values = {known[name].name: _parse(name, text, known[name]) for name, text in given.items()}
        settings = cls(**values)  # type: ignore[arg-type]
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse combinations that would run but not be safe. Raises `SettingsError`."""
        if len(self.secret_key) < MIN_SECRET_CHARS:
            raise SettingsError(
                f"{PREFIX}SECRET_KEY needs at least {MIN_SECRET_CHARS} random characters: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
            )
        if self.previous_secret_key == self.secret_key:
            raise SettingsError(f"{PREFIX}PREVIOUS_SECRET_KEY is the key before SECRET_KEY, not the same")
        if self.log_format not in {"json", "console"}:
            raise SettingsError(f"{PREFIX}LOG_FORMAT is json or console")
        if self.sqlite_synchronous not in {"FULL", "NORMAL"}:
            raise SettingsError(f"{PREFIX}SQLITE_SYNCHRONOUS is FULL or NORMAL")
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise SettingsError(f"{PREFIX}DATABASE_URL starts with sqlite:/// or postgresql+psycopg://")
        if self.require_totp not in {"off", "owners", "all"}:
            raise SettingsError(f"{PREFIX}REQUIRE_TOTP is off, owners or all")
        self._check_addresses()
        self._check_limits()
        self._check_identity_provider()

    def _check_addresses(self) -> None:
        if self.public_url and not _PUBLIC_URL.fullmatch(self.public_url):
            raise SettingsError(
                f"{PREFIX}PUBLIC_URL is like https://comments.example: no path, no trailing slash"
            )

    def _check_identity_provider(self) -> None:
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if not any(given):
            return
        if not all(given):
            raise SettingsError(
                f"{PREFIX}OIDC_ISSUER, {PREFIX}OIDC_CLIENT_ID and {PREFIX}OIDC_CLIENT_SECRET belong together"
            )
        if not _ISSUER.fullmatch(self.oidc_issuer):
            raise SettingsError(f"{PREFIX}OIDC_ISSUER is like https://id.example/realms/desk")
        if not self.public_url:
            raise SettingsError(
                f"{PREFIX}OIDC_ISSUER needs {PREFIX}PUBLIC_URL: the provider sends people back there"
            )

    def _check_limits(self) -> None:
        limits = (
            ("DOOR_LIMIT", self.door_limit),
            ("SIGN_IN_LIMIT", self.sign_in_limit),
            ("LOGIN_LIMIT", self.login_limit),
        )
        for name, grammar in limits:
            if not _LIMIT.fullmatch(grammar):
                raise SettingsError(f"{PREFIX}{name} is like 60/minute or 5/minute;30/hour")
        if self.limits_url and not self.limits_url.startswith(_LIMIT_STORAGES):
            raise SettingsError(
                f"{PREFIX}LIMITS_URL starts with sqlite:///, redis://, valkey:// or memory://"
            )
        if self.limits_storage.startswith("memory://") and self.workers > 1:
            raise SettingsError(
                f"{PREFIX}LIMITS_URL=memory:// counts per process: with {self.workers} workers every limit would be "
                f"{self.workers} times as wide; use sqlite:/// or redis://",
            )

    @property
    def is_sqlite(self) -> bool:
        """Say whether the database is a file of this machine."""
        return self.database_url.startswith("sqlite")

    @property
    def limits_storage(self) -> str:
        """The storage of the limits, with the default worked out."""
        if self.limits_url:
            return self.limits_url
        if self.is_sqlite and ":memory:" not in self.database_url:
            return f"{self.database_url.removesuffix('.db')}-limits.db"
        return "memory://"


def _read_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}: cannot read the file ({error.strerror})") from error


_BOOLEANS: Final = MappingProxyType(
    {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
)


def _parse(name: str, text: str, declared: Field[object]) -> str | int | bool:
    if declared.type is bool:
        if text.lower() not in _BOOLEANS:
            raise SettingsError(f"{name} is true or false")
        return _BOOLEANS[text.lower()]
    if declared.type is int:
        low, high = declared.metadata["low"], declared.metadata["high"]
        if not text.isascii() or not text.isdecimal() or not low <= int(text) <= high:
            raise SettingsError(f"{name} is a whole number from {low} to {high}")
        return int(text)
    return text
