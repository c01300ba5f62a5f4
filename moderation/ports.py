"""What the flows ask of the outside world, as Protocols, and the frozen `Services` that carries them.

Adapters fulfil these in production, plain fakes in tests. Time, randomness, drawing, counting and hashing of
secrets come through here; the database does not: flows take a SQLAlchemy session beside `Services`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from moderation.domain.challenge import Strength
from moderation.domain.errors import TooMany
from moderation.rules import RuleSet, RuleSetError


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn captcha: the image as bytes, its size in pixels, and the answer a person would read from it."""

    answer: str
    image: bytes
    media_type: str
    width: int
    height: int


class Captcha(Protocol):
    """Draws challenges. Knows nothing of who asks or whether the answer was right."""

    def draw(self, strength: Strength = Strength.NORMAL) -> Drawing:
        """Draw one fresh challenge (some milliseconds of CPU: never on the request path while the pool holds)."""
        ...


@dataclass(frozen=True, slots=True)
class Recording:
    """A spoken question: the clip as bytes, and the answer a person would hear in it."""

    answer: str
    content: bytes
    media_type: str


class Sounds(Protocol):
    """Speaks challenges for who cannot see them."""

    def record(self) -> Recording:
        """Make one fresh clip (a third of a second of CPU: the worker's, never a request's)."""
        ...


class ProofOfWork(Protocol):
    """Sets work that a browser has to do before it is served, and checks that it was done. Keeps nothing."""

    def ask(self, facts: Mapping[str, str | int], *, weight: int) -> Mapping[str, object]:
        """Set a piece of work, signed together with what it is for: plain values for a browser's script.

        `weight` times the ordinary work, some milliseconds of CPU here whatever the weight.
        """
        ...

    def check(self, proof: str) -> Mapping[str, object] | None:
        """Return the facts of a piece of work that was done, None for anything else; says nothing of time or use."""
        ...


@dataclass(frozen=True, slots=True)
class Spent:
    """What spending one posting showed, of the tightest limit."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_seconds: int
    retry_after_seconds: int

    def insist(self, scope: str) -> None:
        """Raise `TooMany` unless it was allowed."""
        if not self.is_allowed:
            raise self.refusal(scope)

    def refusal(self, scope: str) -> TooMany:
        """Return the error of a limit that is spent."""
        return TooMany(
            retry_after_seconds=self.retry_after_seconds,
            limit=self.limit,
            remaining=self.remaining,
            scope=scope,
        )


class Limits(Protocol):
    """Counts postings per key over windows, shared by every process."""

    def spend(self, key: str, *, limits: str, scope: str) -> Spent:
        """Spend one posting of `key`. `limits` reads like "5/minute;30/hour"; `scope` keeps counters apart."""
        ...

    def peek(self, key: str, *, limits: str, scope: str) -> Spent:
        """Say what spending would show at this moment, and spend nothing; `remaining` is what is left now."""
        ...

    def reset(self) -> None:
        """Forget every counter (tests, and an operator's last resort)."""
        ...


class Secrets(Protocol):
    """Makes and checks what must not be guessed. One place for keyed hashes, so that key rotation is one place."""

    def token(self, prefix: str) -> str:
        """Return a fresh 256-bit secret, prefixed by its kind (`mod_session_…`)."""
        ...

    def digest(self, secret: str) -> bytes:
        """Hash a 256-bit secret for storage (SHA-256: such secrets need no stretching)."""
        ...

    def keyed(self, purpose: str, *parts: str) -> bytes:
        """Hash guessable values under the service's key, so that a stolen table answers no guesses."""
        ...

    def keyed_by_all(self, purpose: str, *parts: str) -> dict[str, bytes]:
        """Return the same under every key still accepted, by key id: one in ordinary times, two during a rotation."""
        ...

    @property
    def key_id(self) -> str:
        """Name the present key without telling it."""
        ...

    def hash_password(self, password: str) -> str:
        """Stretch a password for storage (argon2id)."""
        ...

    def check_password(self, stored: str, password: str) -> bool:
        """Check a password in time that does not depend on how wrong it is."""
        ...

    def needs_rehash(self, stored: str) -> bool:
        """Say whether a stored hash was made with weaker parameters than today's."""
        ...

    def shared_secret(self) -> str:
        """Return a fresh secret to share with an authenticator, in base 32."""
        ...

    def step_of_code(self, secret: str, code: str, now: datetime) -> int | None:
        """Return the time step whose code this is, a step early or late included (RFC 6238); None for none."""
        ...

    def address_of_secret(self, secret: str, *, login: str, issuer: str) -> str:
        """Return what an authenticator reads from a picture: `otpauth://…`."""
        ...

    def recovery_code(self) -> str:
        """Return a fresh code of 80 bits, in groups that a person can copy."""
        ...


@dataclass(frozen=True, slots=True)
class InForce:
    """The rule set to judge a site's comments by, with its id; both None when this process has none that is whole.

    `failure` says why the active one could not be loaded. It is told to whoever tried, not to every comment after
    it, so that the log names it now and then rather than a thousand times.
    """

    rule_set_id: UUID | None
    rule_set: RuleSet | None
    failure: RuleSetError | None = None


class RuleSets(Protocol):
    """Rule sets ready to match, loaded once per process."""

    def get(self, rule_set_id: UUID, read_artefact: Callable[[], bytes]) -> RuleSet:
        """Return a rule set, reading its artefact only when this process has not loaded it yet."""
        ...

    def in_force(self, site_id: UUID, rule_set_id: UUID, read_artefact: Callable[[], bytes]) -> InForce:
        """Return a site's active rule set or, while that is damaged, the last good one that this process loaded."""
        ...


class Ids(Protocol):
    """Makes identifiers."""

    def new(self) -> UUID:
        """Return a fresh UUIDv7: sortable by time, unguessable enough, never a secret (RFC 9562)."""
        ...


@dataclass(frozen=True, slots=True)
class Identified:
    """Who the identity provider says somebody is: its own address and its own unchanging name for him."""

    issuer: str
    subject: str


class IdentityProvider(Protocol):
    """The operator's identity provider, spoken to by OpenID Connect. Every failure is an `IdentityRefused`."""

    @property
    def issuer(self) -> str:
        """Name the provider as its tokens do."""
        ...

    def address(self, *, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """Return where to send a browser: code flow, with state, nonce and the challenge of a verifier (RFC 7636)."""
        ...

    def redeem(self, code: str, *, redirect: str, nonce: str, verifier: str, now: datetime) -> Identified:
        """Exchange a code for a token and check that: signature, issuer, audience, expiry, nonce."""
        ...


class SignedTokens(Protocol):
    """Reads tokens that a portal signed (JWT, HS256). Every failure is a `PortalTokenInvalid`."""

    def key_id(self, token: str) -> str:
        """Return which key the token says it was signed under; nothing is checked by that yet."""
        ...

    def claims(self, token: str, secrets: Iterable[str]) -> Mapping[str, object]:
        """Return what the token says, if it was signed under one of these secrets. Who checks what it says is the flow."""
        ...


class Log(Protocol):
    """Structured events; never a comment's text, an address, an e-mail or a token."""

    def info(self, event: str, **fields: object) -> object:
        """Record something that went as meant."""
        ...

    def warning(self, event: str, **fields: object) -> object:
        """Record something an operator should look at."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything outside that a flow may use, chosen once by the composition root."""

    clock: Clock
    captcha: Captcha
    sounds: Sounds
    proof_of_work: ProofOfWork
    limits: Limits
    rule_sets: RuleSets
    secrets: Secrets
    ids: Ids
    tokens: SignedTokens
    log: Log
    identity_provider: IdentityProvider | None = None
    """None: nobody signs in by one."""
