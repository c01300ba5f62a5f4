"""The token by which a portal says who is reading, found in a page and read without the code that made it."""

import base64
import hashlib
import hmac
import json
from html import unescape
from typing import Any, Final

from flask import Flask

from moderation.extensions import db
from moderation.flows import portal_keys
from moderation.flows.portal_keys import AddedKey
from moderation.ports import Services
from tests.factories import ORIGIN
from tests.integrate.printed import SITE

KEY_ID: Final = "key-of-a-test"
SECRET: Final = "the secret of a portal's key"
HOURS_AT_MOST: Final = 24


def token_in(html: str) -> str | None:
    """Return the token that a page hands to the comment box; None when it hands over none."""
    _, found, after = html.partition('data-portal-token="')
    return unescape(after.partition('"')[0]) if found else None


def a_key(app: Flask, services: Services, site_key: str = SITE) -> AddedKey:
    """Add a key to a site, as the operator does."""
    with app.app_context():
        added = portal_keys.add(site_key, session=db.session(), services=services)
        db.session.remove()
    return added


def claims_of(token: str | None) -> dict[str, Any]:
    """Return what a token says, after its signature, its head and its life were found right."""
    assert token is not None
    head, claims, mac = token.split(".")
    signed = hmac.new(SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert _bytes(mac) == signed
    assert json.loads(_bytes(head)) == {"alg": "HS256", "typ": "JWT", "kid": KEY_ID}
    told: dict[str, Any] = json.loads(_bytes(claims))
    assert 0 < told.pop("exp") - told.pop("iat") <= HOURS_AT_MOST * 3600
    return told


def accepted_name(app: Flask, token: str | None) -> str | None:
    """Post a comment with a token, as the box does, and return the name under which it stands."""
    assert token is not None
    client = app.test_client()
    client.environ_base["HTTP_ORIGIN"] = ORIGIN
    body = {"thread": "signed-in", "text": "花海开得真早", "nickname": "别人"}
    posted = client.post(f"/api/v1/sites/{SITE}/comments", json=body, headers={"Portal-Token": token})
    assert posted.status_code == 201, posted.text
    page = client.get(f"/api/v1/sites/{SITE}/comments?thread=signed-in").json
    assert page is not None
    name: str | None = page["comments"][0]["nickname"]
    return name


def _bytes(part: str) -> bytes:
    assert not set(part) & set("+/="), "base64url, without padding"
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
