"""A small identity provider that is real: discovery, keys, code flow with PKCE, ID tokens signed with RS256.

It agrees at once and says what a test tells it to say, wrong things included.
"""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID = "desk"
CLIENT_SECRET = "a secret that the desk and its provider share"


@cache
def a_key(kid: str, whose: str = "provider") -> RSAKey:
    """Make a key once: that takes a while."""
    assert whose
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@dataclass
class Provider:
    """What the provider says next. `claims` goes over what would be right; None takes a claim away."""

    now: datetime
    address: str = ""
    subject: str = "person-1"
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    is_tampered: bool = False
    key: RSAKey = field(default_factory=lambda: a_key("first"))
    signs_with: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    discovered_issuer: str | None = None

    def renew_key(self) -> None:
        """Sign with another key from now on, and publish that one only."""
        self.key = a_key("second")

    def id_token(self, nonce: str) -> str:
        """Sign what is said of the person."""
        right = {
            "iss": self.address,
            "aud": CLIENT_ID,
            "sub": self.subject,
            "nonce": nonce,
            "iat": int(self.now.timestamp()),
            "exp": int((self.now + timedelta(minutes=5)).timestamp()),
        }
        said = {name: value for name, value in (right | self.claims).items() if value is not None}
        key = self.signs_with or self.key
        token = jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, said, key)
        if not self.is_tampered:
            return token
        head, body, signature = token.split(".")
        flipped = "A" if body[10] != "A" else "B"
        return f"{head}.{body[:10]}{flipped}{body[11:]}.{signature}"


def create_provider(provider: Provider) -> Flask:
    """Make the provider's app."""
    app = Flask("provider")

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        return jsonify(
            issuer=provider.discovered_issuer or provider.address,
            authorization_endpoint=f"{provider.address}/authorize",
            token_endpoint=f"{provider.address}/token",
            jwks_uri=f"{provider.address}/keys",
        )

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(keys=[provider.key.as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> Any:
        asked = request.args
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(provider.codes)}"
        provider.codes[code] = dict(asked)
        return redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    @app.post("/token")
    def token() -> Any:
        form = request.form
        asked = provider.codes.pop(form.get("code", ""), None)
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        known = request.authorization
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
            or known is None
            or (known.username, known.password) != (CLIENT_ID, CLIENT_SECRET)
        ):
            return jsonify(error="invalid_grant"), 400
        return jsonify(access_token="unused", token_type="Bearer", id_token=provider.id_token(asked["nonce"]))

    return app


@contextmanager
def running(now: datetime) -> Iterator[Provider]:
    """Run a provider on a free port of this machine."""
    provider = Provider(now=now)
    server = make_server("127.0.0.1", 0, create_provider(provider), threaded=True)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
