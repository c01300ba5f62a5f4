"""The form and the signature of a portal's token: what is no token, and what another key or another way has signed."""

import hashlib
import hmac

import pytest

from moderation.adapters.tokens import JsonWebTokens
from moderation.domain.errors import PortalTokenInvalid
from moderation.domain.portal import MAX_TOKEN_CHARS, Why
from tests.fakes import START
from tests.portal import claims_at, part, signed

SECRET = "k" * 43
ANOTHER = "o" * 43
HEADER: dict[str, object] = {"alg": "HS256", "typ": "JWT", "kid": "0a1b2c3d"}
CLAIMS = claims_at(START)
GOOD = signed(HEADER, CLAIMS, SECRET)
NONE = f"{part(HEADER | {'alg': 'none'})}.{part(CLAIMS)}."


def read(token: str, *secrets: str) -> tuple[str, object]:
    tokens = JsonWebTokens()
    return tokens.key_id(token), tokens.claims(token, secrets or (SECRET,))


def test_a_token_tells_its_key_and_its_claims() -> None:
    assert read(GOOD) == ("0a1b2c3d", CLAIMS)


def test_one_right_secret_among_several_is_enough() -> None:
    assert read(GOOD, ANOTHER, SECRET)[1] == CLAIMS


def signed_by_512() -> str:
    said = f"{part(HEADER)}.{part(CLAIMS)}"
    return f"{said}.{part(hmac.new(SECRET.encode(), said.encode(), hashlib.sha512).digest())}"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        pytest.param("", Why.MALFORMED, id="nothing"),
        pytest.param("槐花", Why.MALFORMED, id="a name"),
        pytest.param("a.b.c", Why.MALFORMED, id="three letters"),
        pytest.param("é.é.é", Why.MALFORMED, id="what is not ASCII"),
        pytest.param("a.b.c.d.e", Why.MALFORMED, id="an encrypted token's five parts"),
        pytest.param(GOOD.rpartition(".")[0], Why.MALFORMED, id="a token without a signature"),
        pytest.param(f"{GOOD}.{GOOD}", Why.MALFORMED, id="two tokens in one"),
        pytest.param(f"{GOOD}, {GOOD}", Why.MALFORMED, id="two headers joined"),
        pytest.param(f"{GOOD}\n", Why.MALFORMED, id="a token and a line end"),
        pytest.param(f"Bearer {GOOD}", Why.MALFORMED, id="a token behind a word"),
        pytest.param("x" * (MAX_TOKEN_CHARS + 1), Why.TOO_LONG, id="one character too many"),
        pytest.param(
            signed(HEADER, CLAIMS | {"x": "x" * 10_000}, SECRET), Why.TOO_LONG, id="a right token of 10 kB"
        ),
        pytest.param(signed(["HS256"], CLAIMS, SECRET), Why.MALFORMED, id="a header that is a list"),
        pytest.param(signed(b"{alg", CLAIMS, SECRET), Why.MALFORMED, id="a header that is no JSON"),
        pytest.param(signed(b"[" * 2_000, CLAIMS, SECRET), Why.MALFORMED, id="a header of 2,000 brackets"),
        pytest.param(signed(HEADER, b"name=x", SECRET), Why.MALFORMED, id="claims that are no JSON"),
        pytest.param(signed(HEADER, b"\xff\xfe", SECRET), Why.MALFORMED, id="claims that are no UTF-8"),
        pytest.param(signed(HEADER, [CLAIMS], SECRET), Why.MALFORMED, id="claims that are a list"),
        pytest.param(signed(HEADER, b"[" * 2_000, SECRET), Why.MALFORMED, id="claims of 2,000 brackets"),
        pytest.param(
            signed(HEADER, b'{"exp":' + b"9" * 2_000 + b"}", SECRET)[:-1] + "!",
            Why.MALFORMED,
            id="a signature with a mark in it",
        ),
        pytest.param(signed(HEADER | {"crit": ["x"], "x": 1}, CLAIMS, SECRET), Why.MALFORMED, id="a demand we know not"),
        pytest.param(NONE, Why.ALGORITHM, id="alg none"),
        pytest.param(NONE.replace(part(HEADER | {"alg": "none"}), part(HEADER | {"alg": "nOnE"})), Why.ALGORITHM, id="alg nOnE"),
        pytest.param(signed(HEADER | {"alg": "RS256"}, CLAIMS, SECRET), Why.ALGORITHM, id="RS256 confusion"),
        pytest.param(signed(HEADER | {"alg": "HS512"}, CLAIMS, SECRET), Why.ALGORITHM, id="a longer hash"),
        pytest.param(signed({"kid": "0a1b2c3d"}, CLAIMS, SECRET), Why.ALGORITHM, id="no alg at all"),
        pytest.param(signed(HEADER | {"alg": ["HS256"]}, CLAIMS, SECRET), Why.ALGORITHM, id="a list of algs"),
        pytest.param(signed({"alg": "HS256"}, CLAIMS, SECRET), Why.UNKNOWN_KEY, id="no kid"),
        pytest.param(signed(HEADER | {"kid": 7}, CLAIMS, SECRET), Why.MALFORMED, id="a kid that is a number"),
        pytest.param(signed(HEADER, CLAIMS, ANOTHER), Why.SIGNATURE, id="signed by another key"),
        pytest.param(signed(HEADER, CLAIMS, ""), Why.SIGNATURE, id="signed by no key"),
        pytest.param(signed_by_512(), Why.SIGNATURE, id="signed by a longer hash than it says"),
        pytest.param(f"{GOOD.rpartition('.')[0]}.", Why.SIGNATURE, id="an empty signature"),
        pytest.param(
            f"{part(HEADER)}.{part(CLAIMS | {'sub': 'editor'})}.{GOOD.rpartition('.')[2]}",
            Why.SIGNATURE,
            id="the signature of other claims",
        ),
        pytest.param(
            signed(HEADER | {"jwk": {"kty": "oct", "k": part(b"mine")}}, CLAIMS, "mine"),
            Why.SIGNATURE,
            id="a key brought along",
        ),
    ],
)  # fmt: skip
def test_what_is_no_token_of_the_portal_is_refused_and_named(token: str, why: Why) -> None:
    with pytest.raises(PortalTokenInvalid) as refused:
        read(token)

    assert refused.value.why == why
    assert not token or token not in repr(refused.value)


def test_a_number_too_long_to_be_read_is_no_claim() -> None:
    with pytest.raises(PortalTokenInvalid) as refused:
        JsonWebTokens().claims(signed(HEADER, b'{"exp":' + b"9" * 5_000 + b"}", SECRET), [SECRET])

    assert refused.value.why == Why.MALFORMED
