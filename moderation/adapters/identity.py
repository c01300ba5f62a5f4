"""The operator's identity provider, by OpenID Connect: discovery, code flow with PKCE, a checked ID token.

Authlib speaks OAuth 2, joserfc (which it brings) checks the token. Only loaded when the settings name a provider:
both come with the extra `oidc`.
"""

import threading
from datetime import datetime
from typing import Any, Final, cast

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from joserfc.jwt import JWTClaimsRegistry

from moderation.domain.errors import IdentityRefused
from moderation.ports import Identified

_ANSWER_SECONDS: Final = 5
_LEEWAY_SECONDS: Final = 60
_MAX_CHARS: Final = 255
_ALGORITHMS: Final = ("RS256", "PS256", "ES256")
"""Signatures by the provider's own key. Never `none`, and no HMAC under a secret that both know."""


class OpenIdProvider:
    """Fulfils `ports.IdentityProvider`."""

    def __init__(self, *, issuer: str, client_id: str, client_secret: str) -> None:
        """Take what the settings name; nothing is asked of the provider before somebody signs in."""
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._found: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._lock = threading.Lock()

    @property
    def issuer(self) -> str:
        """Name the provider as its tokens do."""
        return self._issuer

    def address(self, *, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """Return where to send a browser."""
        endpoint = self._discovered()["authorization_endpoint"]
        with self._session(redirect) as oauth:
            address, _ = oauth.create_authorization_url(
                endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    def redeem(self, code: str, *, redirect: str, nonce: str, verifier: str, now: datetime) -> Identified:
        """Exchange a code for an ID token and check that (OpenID Connect Core 1.0, section 3.1.3.7)."""
        endpoint = self._discovered()["token_endpoint"]
        try:
            with self._session(redirect) as oauth:
                answer = oauth.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    timeout=_ANSWER_SECONDS,
                )
        except (AuthlibBaseError, requests.RequestException, ValueError) as error:
            raise IdentityRefused("code") from error
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise IdentityRefused("no-token")
        claims = self._claims(token)
        self._check(claims, nonce=nonce, now=now)
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_CHARS or "\x00" in subject:
            raise IdentityRefused("subject")
        return Identified(issuer=self._issuer, subject=subject)

    def _session(self, redirect: str) -> OAuth2Session:
        return OAuth2Session(
            self._client_id,
            self._client_secret,
            scope="openid",
            redirect_uri=redirect,
            code_challenge_method="S256",
        )

    def _claims(self, token: str) -> dict[str, Any]:
        """Return what a token says, if the provider signed it. Keys that it has changed since are asked for once."""
        try:
            return jwt.decode(token, self._key_set(), algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError):
            pass
        self._keys = None
        try:
            return jwt.decode(token, self._key_set(), algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise IdentityRefused("signature") from error

    def _check(self, claims: dict[str, Any], *, nonce: str, now: datetime) -> None:
        expected = JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            expected.validate(claims)
        except ExpiredTokenError as error:
            raise IdentityRefused("claim-exp") from error
        except (JoseError, ValueError, TypeError) as error:
            raise IdentityRefused(f"claim-{getattr(error, 'claim', None) or 'malformed'}") from error
        audience = claims["aud"]
        is_shared = isinstance(audience, list) and len(audience) > 1
        if (is_shared or "azp" in claims) and claims.get("azp") != self._client_id:
            raise IdentityRefused("claim-azp")

    def _discovered(self) -> dict[str, Any]:
        with self._lock:
            if self._found is None:
                found = _get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if found.get("issuer") != self._issuer or not all(
                    isinstance(found.get(name), str) for name in needed
                ):
                    raise IdentityRefused("discovery")
                self._found = found
            return self._found

    def _key_set(self) -> KeySet:
        address = self._discovered()["jwks_uri"]
        if self._keys is None:
            try:
                self._keys = KeySet.import_key_set(cast("KeySetSerialization", _get(address)))
            except (JoseError, KeyError, TypeError) as error:
                raise IdentityRefused("keys") from error
        return self._keys


def _get(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=_ANSWER_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        document = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise IdentityRefused("unreachable") from error
    if not isinstance(document, dict):
        raise IdentityRefused("discovery")
    return document
