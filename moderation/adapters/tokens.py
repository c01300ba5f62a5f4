"""Tokens that portals sign: JSON Web Tokens (RFC 7519) under HS256, read by PyJWT (ADR 0028).

Only form and signature are checked here. What a token says, and whether it still holds, is `domain.portal`: by the
service's own clock, which the library does not ask.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import jwt
from jwt.exceptions import InvalidSignatureError, PyJWTError
from jwt.types import Options

from moderation.domain.errors import PortalTokenInvalid
from moderation.domain.portal import ALGORITHM, MAX_TOKEN_CHARS, Why

_UNCHECKED: Final[Options] = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class JsonWebTokens:
    """Fulfils `ports.SignedTokens`."""

    def key_id(self, token: str) -> str:
        """Return the header's `kid`, of a token that claims to be signed by the one algorithm."""
        if len(token) > MAX_TOKEN_CHARS:
            raise PortalTokenInvalid(Why.TOO_LONG)
        try:
            header: dict[str, Any] = jwt.get_unverified_header(token)
        except (PyJWTError, ValueError, RecursionError) as error:
            raise PortalTokenInvalid(Why.MALFORMED) from error
        if header.get("alg") != ALGORITHM:
            raise PortalTokenInvalid(Why.ALGORITHM)
        key_id = header.get("kid")
        if not isinstance(key_id, str):
            raise PortalTokenInvalid(Why.UNKNOWN_KEY)
        return key_id

    def claims(self, token: str, secrets: Iterable[str]) -> Mapping[str, object]:
        """Return the claims, if one of the secrets made the signature."""
        for secret in secrets:
            try:
                found: dict[str, object] = jwt.decode(
                    token, secret, algorithms=[ALGORITHM], options=_UNCHECKED
                )
            except InvalidSignatureError:
                continue
            except (PyJWTError, ValueError, RecursionError) as error:
                raise PortalTokenInvalid(Why.MALFORMED) from error
            return found
        raise PortalTokenInvalid(Why.SIGNATURE)
