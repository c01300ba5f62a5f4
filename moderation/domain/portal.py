"""Sign-in by the portal: what a token must say (RFC 7519), and whom it names. No key, no signature, no clock of its own.

A token says who its bearer is, for as long as it lives; it is no order to do something, and may be used often.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from moderation.domain.comment import MAX_NICKNAME_CHARS, is_blank
from moderation.domain.draft import faults_of_string
from moderation.domain.errors import PortalTokenInvalid

ALGORITHM: Final = "HS256"
"""The only one taken. What the token's own header says of it is compared, never followed."""
AUDIENCE: Final = "moderation"
LEEWAY: Final = timedelta(seconds=60)
"""How far the portal's clock and ours may be apart."""
MOST_LIFE: Final = timedelta(hours=24)
"""From `iat` to `exp`: what is stolen must end soon, and nothing but its end takes a token back."""
MAX_TOKEN_CHARS: Final = 4_096
MAX_SUBJECT_CHARS: Final = 255
_LATEST: Final = 1 << 53
"""Beyond it a JSON number is not exact any more."""


class Why(StrEnum):
    """What is wrong with a token: a stable code for whoever makes them."""

    TOO_LONG = "too-long"
    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown-key"
    RETIRED_KEY = "retired-key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    ISSUED_AT = "issued-at"
    EXPIRES_AT = "expires-at"
    LIFETIME = "lifetime"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    SUBJECT = "subject"
    NAME = "name"
    VERIFIED = "verified"


PURPOSE: Final = "portal-key"
"""Of the keyed hash that a key's secret is."""


def author_name(site_id: UUID, subject: str) -> str:
    """Name a signed-in author for the hash that finds him: his subject is the portal's, so it means him on its site only."""
    return f"portal:{site_id}:{subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Whom a token names, as the portal says it."""

    subject: str
    nickname: str
    is_verified: bool


def read_claims(claims: Mapping[str, object], *, site_key: str, now: datetime) -> Signed:
    """Return whom the claims of a token name, its signature being right. Raises `PortalTokenInvalid`.

    1 made by this portal for this service      2 in force now, and not for long      3 who
    """
    if claims.get("iss") != site_key:
        raise PortalTokenInvalid(Why.ISSUER)
    audience = claims.get("aud")
    if AUDIENCE not in (audience if isinstance(audience, list) else [audience]):
        raise PortalTokenInvalid(Why.AUDIENCE)
    _check_time(claims, now.timestamp())
    subject, nickname, is_verified = claims.get("sub"), claims.get("name"), claims.get("verified", False)
    if not isinstance(subject, str) or not subject or _is_faulty(subject, MAX_SUBJECT_CHARS):
        raise PortalTokenInvalid(Why.SUBJECT)
    if not isinstance(nickname, str) or is_blank(nickname) or _is_faulty(nickname, MAX_NICKNAME_CHARS):
        raise PortalTokenInvalid(Why.NAME)
    if not isinstance(is_verified, bool):
        raise PortalTokenInvalid(Why.VERIFIED)
    return Signed(subject=subject, nickname=nickname, is_verified=is_verified)


def _check_time(claims: Mapping[str, object], now: float) -> None:
    leeway = LEEWAY.total_seconds()
    issued_at, expires_at = _moment(claims, "iat"), _moment(claims, "exp")
    if issued_at is None:
        raise PortalTokenInvalid(Why.ISSUED_AT)
    if expires_at is None:
        raise PortalTokenInvalid(Why.EXPIRES_AT)
    if not 0 < expires_at - issued_at <= MOST_LIFE.total_seconds():
        raise PortalTokenInvalid(Why.LIFETIME)
    begins = _moment(claims, "nbf") if "nbf" in claims else issued_at
    if begins is None or max(issued_at, begins) > now + leeway:
        raise PortalTokenInvalid(Why.NOT_YET_VALID)
    if now >= expires_at + leeway:
        raise PortalTokenInvalid(Why.EXPIRED)


def _moment(claims: Mapping[str, object], name: str) -> float | None:
    """Return a claim that is a NumericDate (seconds, perhaps with a fraction), else None."""
    moment = claims.get(name)
    if isinstance(moment, bool) or not isinstance(moment, int | float):
        return None
    # The bound first: a whole number of a thousand digits fits into no float.
    return float(moment) if -_LATEST < moment < _LATEST and math.isfinite(moment) else None


def _is_faulty(text: str, most: int) -> bool:
    return bool(faults_of_string("", text, most, is_line=True))
