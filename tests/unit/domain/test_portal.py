"""What a token of the portal must say: claim by claim, and what is wrong with every other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.errors import PortalTokenInvalid
from moderation.domain.portal import Signed, Why, read_claims
from tests.fakes import START
from tests.portal import claims_at

NOW = int(START.timestamp())
DAY = 24 * 60 * 60


def read(**changed: object) -> Signed:
    return read_claims(claims_at(START, **changed), site_key="demo", now=START)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="an hour's token"),
        pytest.param({"aud": ["shop", "moderation"]}, id="one for several services"),
        pytest.param({"iat": NOW - 3_659, "exp": NOW - 59}, id="expired for 59 seconds"),
        pytest.param({"iat": NOW + 60}, id="made a minute ahead of our clock"),
        pytest.param({"exp": NOW + DAY}, id="one for a whole day"),
        pytest.param({"iat": NOW - 0.25, "exp": NOW + 3_600.5}, id="moments with fractions"),
        pytest.param({"nbf": NOW + 60}, id="valid in a minute"),
        pytest.param({"sub": "字" * 255}, id="a subject at its bound"),
        pytest.param({"name": "字" * 24}, id="a name at its bound"),
        pytest.param({"verified": False}, id="one whom the portal does not vouch for"),
        pytest.param({"verified": True}, id="one whom it vouches for"),
        pytest.param({"jti": "b0c1", "role": "editor", "x": [1]}, id="claims that mean nothing here"),
    ],
)
def test_a_sound_token_names_its_bearer(changed: dict[str, object]) -> None:
    signed = read(**changed)

    assert signed == Signed(
        subject=str(changed.get("sub", "reader-7")),
        nickname=str(changed.get("name", "槐花")),
        is_verified=changed.get("verified") is True,
    )


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({"iss": ...}, Why.ISSUER, id="no issuer"),
        pytest.param({"iss": "other"}, Why.ISSUER, id="another site's token"),
        pytest.param({"iss": ["demo"]}, Why.ISSUER, id="a list of issuers"),
        pytest.param({"iss": "demo "}, Why.ISSUER, id="the site's key and a space"),
        pytest.param({"aud": ...}, Why.AUDIENCE, id="for no service"),
        pytest.param({"aud": "shop"}, Why.AUDIENCE, id="for another service"),
        pytest.param({"aud": ["shop", ["moderation"]]}, Why.AUDIENCE, id="for a nested list of services"),
        pytest.param({"aud": {"moderation": 1}}, Why.AUDIENCE, id="for an object"),
        pytest.param({"iat": ...}, Why.ISSUED_AT, id="made at no moment"),
        pytest.param({"iat": str(NOW)}, Why.ISSUED_AT, id="made at a string"),
        pytest.param({"iat": True}, Why.ISSUED_AT, id="made at a truth"),
        pytest.param({"iat": float("nan")}, Why.ISSUED_AT, id="made at no number"),
        pytest.param({"iat": 10**400}, Why.ISSUED_AT, id="made at the end of all numbers"),
        pytest.param({"exp": ...}, Why.EXPIRES_AT, id="one without an end"),
        pytest.param({"exp": None}, Why.EXPIRES_AT, id="an end of null"),
        pytest.param({"exp": float("inf")}, Why.EXPIRES_AT, id="an end that never comes"),
        pytest.param({"exp": NOW + DAY + 1}, Why.LIFETIME, id="a second more than a day"),
        pytest.param({"exp": NOW}, Why.LIFETIME, id="an end at its beginning"),
        pytest.param({"iat": NOW + 30, "exp": NOW + 20}, Why.LIFETIME, id="an end before its beginning"),
        pytest.param({"iat": NOW * 1_000, "exp": NOW * 1_000 + DAY}, Why.NOT_YET_VALID, id="milliseconds"),
        pytest.param({"iat": NOW + 61}, Why.NOT_YET_VALID, id="made 61 seconds from now"),
        pytest.param({"nbf": NOW + 61}, Why.NOT_YET_VALID, id="valid in 61 seconds"),
        pytest.param({"nbf": "soon"}, Why.NOT_YET_VALID, id="valid at a word"),
        pytest.param({"iat": NOW - 3_660, "exp": NOW - 60}, Why.EXPIRED, id="expired for a whole minute"),
        pytest.param({"iat": NOW - 3_661, "exp": NOW - 61}, Why.EXPIRED, id="expired for 61 seconds"),
        pytest.param({"sub": ...}, Why.SUBJECT, id="nobody"),
        pytest.param({"sub": ""}, Why.SUBJECT, id="an empty subject"),
        pytest.param({"sub": 7}, Why.SUBJECT, id="a number for a subject"),
        pytest.param({"sub": "x" * 256}, Why.SUBJECT, id="a subject of 256 characters"),
        pytest.param({"sub": "a\x00"}, Why.SUBJECT, id="NUL in the subject"),
        pytest.param({"sub": "a\nb"}, Why.SUBJECT, id="a subject of two lines"),
        pytest.param({"sub": "\ud800"}, Why.SUBJECT, id="half a pair in the subject"),
        pytest.param({"name": ...}, Why.NAME, id="no name"),
        pytest.param({"name": "\u200b "}, Why.NAME, id="an invisible name"),
        pytest.param({"name": "字" * 25}, Why.NAME, id="a name of 25 characters"),
        pytest.param({"name": "a\x00"}, Why.NAME, id="NUL in the name"),
        pytest.param({"name": "a\u2028b"}, Why.NAME, id="a hidden line break in the name"),
        pytest.param({"name": ["槐花"]}, Why.NAME, id="a list of names"),
        pytest.param({"verified": "true"}, Why.VERIFIED, id="vouched for by a word"),
        pytest.param({"verified": 1}, Why.VERIFIED, id="vouched for by a number"),
        pytest.param({"verified": None}, Why.VERIFIED, id="vouched for by null"),
    ],
)
def test_what_is_wrong_with_a_token_is_named(changed: dict[str, object], why: Why) -> None:
    with pytest.raises(PortalTokenInvalid) as refused:
        read(**changed)

    assert refused.value.why == why


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from(["iss", "aud", "sub", "name", "iat", "exp", "nbf", "verified"]), anything)
)
def test_no_claims_can_do_more_than_be_refused(changed: dict[str, object]) -> None:
    try:
        signed: Signed | None = read(**changed)
    except PortalTokenInvalid:
        signed = None

    assert signed is None or 0 < len(signed.subject) <= 255
    assert signed is None or 0 < len(signed.nickname) <= 24
