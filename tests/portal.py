"""A portal that signs who its reader is: tokens made by hand, right ones and every wrong kind, by no library of ours."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from moderation.flows.portal_keys import AddedKey


def part(content: object) -> str:
    """Write one part of a token: JSON, or bytes as they are."""
    plain = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def signed(header: object, claims: object, secret: str) -> str:
    """Sign a header and claims, whatever they are."""
    said = f"{part(header)}.{part(claims)}"
    return f"{said}.{part(hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest())}"


def claims_at(now: datetime, **changed: object) -> dict[str, object]:
    """Make sound claims of a token of the site `demo`; `...` takes one away."""
    moment = int(now.timestamp())
    claims = {
        "iss": "demo",
        "aud": "moderation",
        "sub": "reader-7",
        "name": "槐花",
        "iat": moment,
        "exp": moment + 3_600,
    }
    return {name: value for name, value in (claims | changed).items() if value is not ...}


def a_token(key: AddedKey, now: datetime, **changed: object) -> str:
    """Make a token of the site `demo` under a key of its own."""
    return signed({"alg": "HS256", "typ": "JWT", "kid": key.key_id}, claims_at(now, **changed), key.secret)


def headers(token: str, **more: str) -> Mapping[str, str]:
    """Return the headers of a request of whoever holds a token."""
    return {"Portal-Token": token, **more}
