"""Sign-in by the portal over HTTP: one header names the author; what is wrong with it is a problem that says why."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.policy import Mode, SignIn
from moderation.domain.portal import Why
from moderation.flows import portal_keys
from moderation.flows.portal_keys import AddedKey
from moderation.ports import Services
from moderation.store.tables import Author
from tests.factories import ORIGIN, a_site
from tests.fakes import START, FrozenClock, RecordingLog
from tests.http.api.answers import COMMENTS, FRAME, OWN, TOKEN, a_body, assert_problem, post_comment
from tests.portal import a_token, claims_at, part, signed


@pytest.fixture
def key(session: Session, services: Services) -> AddedKey:
    """Make a site whose portal may sign its readers in, and its key."""
    a_site(session, services, mode=Mode.POST, sign_in=SignIn.OPTIONAL)
    return portal_keys.add("demo", session=session, services=services)


def own(client: FlaskClient, **headers: str) -> list[str]:
    answer = client.get(
        OWN, query_string={"thread": "1553855"}, headers={n.replace("_", "-"): v for n, v in headers.items()}
    )
    assert answer.status_code == 200, answer.text
    return [comment["text"] for comment in answer.get_json()["comments"]]


def test_a_signed_in_reader_posts_and_finds_his_own_in_any_browser(
    client: FlaskClient, key: AddedKey, clock: FrozenClock
) -> None:
    first = a_token(key, clock.now(), verified=True)
    posted = post_comment(client, "一", headers={"Portal-Token": first, "Author-Token": TOKEN})
    clock.move(minutes=30)
    later = a_token(key, clock.now(), verified=True)

    assert posted.status_code == 201, posted.text
    assert own(client, Portal_Token=later) == ["一"]
    assert own(client, Author_Token=TOKEN) == []
    (comment,) = client.get(f"{COMMENTS}?thread=1553855").get_json()["comments"]
    assert (comment["nickname"], comment["is_verified"]) == ("槐花", True)


def test_a_signed_in_reader_need_give_no_name(client: FlaskClient, key: AddedKey, clock: FrozenClock) -> None:
    body = {"thread": "1553855", "text": "花海开得真早"}
    headers = {"Portal-Token": a_token(key, clock.now())}

    named = client.post(COMMENTS, json=body, headers=headers)
    nameless = client.post(COMMENTS, json=body)

    assert named.status_code == 201, named.text
    assert_problem(nameless, 422, "validation-failed")
    assert nameless.get_json()["errors"][0]["pointer"] == "/nickname"


@pytest.mark.usefixtures("key")
def test_whoever_has_no_token_of_the_portal_writes_as_before_where_sign_in_is_optional(
    client: FlaskClient,
) -> None:
    assert post_comment(client, "一", headers={"Author-Token": TOKEN}).status_code == 201
    assert post_comment(client, "二").status_code == 201
    assert own(client, Author_Token=TOKEN) == ["一"]


NOW = int(START.timestamp())


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({"exp": NOW - 61, "iat": NOW - 3_600}, Why.EXPIRED, id="expired for 61 seconds"),
        pytest.param({"iat": NOW + 61}, Why.NOT_YET_VALID, id="from the future"),
        pytest.param({"exp": NOW + 86_401}, Why.LIFETIME, id="valid for more than a day"),
        pytest.param({"iss": "other"}, Why.ISSUER, id="of another site"),
        pytest.param({"aud": "shop"}, Why.AUDIENCE, id="for another service"),
        pytest.param({"sub": ""}, Why.SUBJECT, id="of nobody"),
        pytest.param({"name": "a\x00b"}, Why.NAME, id="with NUL in the name"),
        pytest.param({"name": "x" * 4_000}, Why.TOO_LONG, id="with an endless name"),
    ],
)
@pytest.mark.parametrize("is_posting", [True, False], ids=["posting", "reading one's own"])
def test_a_bad_token_is_a_problem_that_says_why_and_repeats_nothing(
    *, client: FlaskClient, key: AddedKey, changed: dict[str, object], why: Why, is_posting: bool
) -> None:
    token = a_token(key, START, **changed)
    headers = {"Portal-Token": token, "Author-Token": TOKEN}

    answer = (
        client.post(COMMENTS, json=a_body(), headers=headers)
        if is_posting
        else client.get(f"{OWN}?thread=1553855", headers=headers)
    )

    assert_problem(answer, 401, "portal-token-invalid")
    assert answer.get_json()["why"] == why
    assert answer.headers["WWW-Authenticate"] == "Portal-Token"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert not any(piece in answer.text for piece in token.split("."))


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "token",
    [
        "",
        " ",
        "x",
        "a.b.c",
        "\u00ff.\u00ff.\u00ff",
        "Bearer x.y.z",
        "." * 4_000,
        "x" * 10_000,
        part({"alg": "none"}) + "." + part(claims_at(START)) + ".",
        signed({"alg": "HS256", "kid": "0a1b2c3d"}, claims_at(START), "k" * 43),
        signed({"alg": "HS256", "kid": "a\x00"}, claims_at(START), "k" * 43),
    ],
    ids=lambda token: f"{token[:12]!r} of {len(token)}",
)
def test_what_is_no_token_is_a_problem_never_a_failure(client: FlaskClient, token: str) -> None:
    answer = post_comment(client, headers={"Portal-Token": token})

    assert_problem(answer, 401, "portal-token-invalid")
    assert answer.get_json()["why"] in set(Why)


def test_where_nobody_signs_in_a_token_is_refused_rather_than_overlooked(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST)
    token = a_token(portal_keys.add("demo", session=session, services=services), clock.now())

    answer = post_comment(client, headers={"Portal-Token": token})

    assert_problem(answer, 403, "sign-in-not-offered")


def test_where_sign_in_is_required_everybody_reads_and_only_the_signed_in_post(
    client: FlaskClient, session: Session, services: Services, clock: FrozenClock
) -> None:
    a_site(session, services, mode=Mode.POST, sign_in=SignIn.REQUIRED)
    token = a_token(portal_keys.add("demo", session=session, services=services), clock.now())

    anonymous = post_comment(client, headers={"Author-Token": TOKEN})
    signed_in = post_comment(client, headers={"Portal-Token": token})
    page = client.get(f"{COMMENTS}?thread=1553855").get_json()
    without_script = client.application.test_client().post(
        f"{FRAME}?thread=1553855", data={"text": "我写的", "nickname": "晨曦"}
    )

    assert_problem(anonymous, 401, "sign-in-required")
    assert signed_in.status_code == 201
    assert page["form"]["sign_in"] == "required"
    assert len(page["comments"]) == 1
    assert (without_script.status_code, "我写的" in without_script.text) == (401, True)


def test_a_token_on_a_site_that_does_not_exist_names_nobody(
    client: FlaskClient, key: AddedKey, clock: FrozenClock
) -> None:
    token = a_token(key, clock.now())

    answer = client.get("/api/v1/sites/nowhere/own-comments?thread=1", headers={"Portal-Token": token})

    assert_problem(answer, 404, "site-unknown")


def test_no_log_holds_a_token_a_subject_or_a_secret(
    client: FlaskClient, key: AddedKey, clock: FrozenClock, log: RecordingLog, session: Session
) -> None:
    good, bad = a_token(key, clock.now()), a_token(key, clock.now() - timedelta(days=2))

    for token in (good, bad):
        post_comment(client, headers={"Portal-Token": token})

    assert session.scalars(select(Author.subject)).one() == "reader-7"
    logged = repr(log.lines)
    assert log.lines
    for secret in (*good.split(".")[1:], *bad.split(".")[1:], "reader-7", "槐花", key.secret, key.key_id):
        assert secret not in logged
    assert not re.search(r"eyJ[\w-]+\.", logged)
