"""What a reader is told who posts too fast: 429, when to come back, which limit it was. And who counts as one."""

import dataclasses
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.adapters.limits import LimitsAdapter
from moderation.app import create_app
from moderation.domain.policy import ChallengeMode, Mode
from moderation.extensions import db, limiter
from moderation.ports import Services
from moderation.settings import Settings
from tests.factories import ORIGIN, WIDE, a_site
from tests.fakes import MemoryLimits
from tests.http.api.answers import CHALLENGES, COMMENTS, FRAME, a_body, assert_problem, post_comment

TIGHT = {**WIDE, "client": "2/minute;30/hour"}


def assert_too_many(answer: TestResponse, *, scope: str, quota: int) -> None:
    assert_problem(answer, 429, "too-many-requests")
    seconds = int(answer.headers["Retry-After"])
    assert seconds >= 1
    assert answer.get_json()["retry_after_seconds"] == seconds
    assert answer.headers["RateLimit-Policy"].startswith(f'"{scope}";q={quota}')
    assert answer.headers["RateLimit"] == f'"{scope}";r=0;t={seconds}'


@pytest.mark.parametrize(
    ("limited", "scope"),
    [("client", "client"), ("client_and_thread", "client-thread"), ("author", "author")],
)
def test_a_spent_limit_says_which_and_when_to_come_back(
    client: FlaskClient, session: Session, services: Services, limited: str, scope: str
) -> None:
    a_site(session, services, limits={**WIDE, limited: "2/minute"})
    token = {"Author-Token": "mod_author_" + "t" * 43}
    answers = [post_comment(client, f"第{number}条", headers=token) for number in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert_too_many(answers[-1], scope=scope, quota=2)
    assert answers[-1].headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_refused_challenge_and_a_faulty_draft_spend_no_posting(
    client: FlaskClient, session: Session, services: Services, limits: MemoryLimits
) -> None:
    a_site(session, services, challenge=ChallengeMode.IMAGE, limits=TIGHT)

    for _ in range(5):
        assert post_comment(client, "").status_code == 422
        assert post_comment(client).status_code == 422

    assert limits.spent == {}


def test_what_is_too_much_for_a_site_waits_and_is_not_refused(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST, limits={**WIDE, "site": "2/minute"})

    answers = [post_comment(client, f"第{number}条") for number in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 202]


def test_the_same_text_again_and_again_waits(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, mode=Mode.POST, limits={**WIDE, "same_text": "2/10minutes"})

    texts = ("低价代办各类证件手续", "低价 代办 各类证件 手续！", "低价代办\u200b各類證件手續")
    answers = [post_comment(client, text) for text in texts]

    assert [answer.status_code for answer in answers] == [201, 201, 202]


@pytest.fixture
def door(settings: Settings, services: Services) -> Iterator[Flask]:
    """Return an app whose door lets three requests a minute through, behind one proxy."""
    made = create_app(
        dataclasses.replace(settings, door_limit="3/minute", sign_in_limit="3/minute", proxy_hops=1),
        services=dataclasses.replace(services, limits=MemoryLimits()),
    )
    with made.app_context():
        limiter.reset()
    yield made
    with made.app_context():
        limiter.reset()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def knocking(door: Flask, services: Services) -> FlaskClient:
    with door.app_context():
        a_site(db.session(), services)
        db.session.remove()
    made = door.test_client()
    made.environ_base["HTTP_ORIGIN"] = ORIGIN
    return made


def test_the_door_counts_every_attempt_and_answers_like_any_other_limit(knocking: FlaskClient) -> None:
    answers = [knocking.post(COMMENTS, data=b"{") for _ in range(3)]

    refused = knocking.post(COMMENTS, json=a_body())

    assert [answer.status_code for answer in answers] == [415] * 3
    assert_too_many(refused, scope="door", quota=3)
    assert refused.headers["RateLimit-Policy"].endswith(";w=60")
    assert int(refused.headers["Retry-After"]) <= 61
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_the_door_is_one_for_comments_challenges_and_the_plain_form(knocking: FlaskClient) -> None:
    knocking.post(COMMENTS, json=a_body())
    knocking.post(CHALLENGES, json={})
    knocking.post(f"{FRAME}?thread=1", data={})

    assert_too_many(knocking.post(CHALLENGES, json={}), scope="door", quota=3)
    page = knocking.post(
        f"{FRAME}?thread=1", data={"text": "我的话还在"}, headers={"Origin": "http://localhost"}
    )
    assert page.status_code == 429
    assert page.mimetype == "text/html"
    assert "我的话还在" in page.text
    assert int(page.headers["Retry-After"]) >= 1
    assert page.headers["RateLimit"].startswith('"door";r=0;t=')


def test_reading_is_never_blocked_by_the_door(knocking: FlaskClient) -> None:
    for _ in range(5):
        knocking.post(COMMENTS, json=a_body())

    assert knocking.get(f"{COMMENTS}?thread=1").status_code == 200
    assert knocking.options(COMMENTS).status_code == 204


def knock(client: FlaskClient, forwarded_for: str) -> int:
    return client.post(COMMENTS, data=b"{", headers={"X-Forwarded-For": forwarded_for}).status_code


def test_what_a_client_writes_before_the_proxys_own_entry_changes_nothing(knocking: FlaskClient) -> None:
    assert [knock(knocking, f"203.0.113.{number}, 198.51.100.9") for number in range(5)] == [415] * 3 + [
        429
    ] * 2


def test_all_addresses_of_one_ipv6_network_are_one_client(knocking: FlaskClient) -> None:
    assert [knock(knocking, f"2001:db8:1:2::{number:x}") for number in range(1, 6)] == [415] * 3 + [429] * 2
    assert knock(knocking, "2001:db8:1:3::1") == 415


def test_a_mapped_address_is_the_address_it_maps(knocking: FlaskClient) -> None:
    spelled = ["198.51.100.9", "::ffff:198.51.100.9", "::FFFF:c633:6409", "198.51.100.9"]

    assert [knock(knocking, address) for address in spelled] == [415] * 3 + [429]


def test_what_is_no_address_is_one_client_and_escapes_no_limit(knocking: FlaskClient) -> None:
    garbage = ["unknown", "<script>", "127.0.0.1.5", "256.1.1.1", "a" * 5000, "’"]

    assert [knock(knocking, address) for address in garbage] == [415] * 3 + [429] * 3


@pytest.mark.usefixtures("door")
def test_without_a_declared_proxy_a_forwarded_address_is_ignored(
    settings: Settings, services: Services
) -> None:
    bare = create_app(dataclasses.replace(settings, door_limit="3/minute"), services=services)
    client = bare.test_client()

    assert [knock(client, f"203.0.113.{number}") for number in range(5)] == [415] * 3 + [429] * 2
    with bare.app_context():
        db.engine.dispose()


@pytest.mark.usefixtures("door")
def test_coming_back_after_the_told_seconds_is_welcome(settings: Settings, services: Services) -> None:
    quick = create_app(dataclasses.replace(settings, door_limit="2/second"), services=services)
    client = quick.test_client()
    refused = client.post(COMMENTS, data=b"{")
    while refused.status_code != 429:
        refused = client.post(COMMENTS, data=b"{")

    time.sleep(int(refused.headers["Retry-After"]))

    assert client.post(COMMENTS, data=b"{").status_code == 415
    with quick.app_context():
        db.engine.dispose()


@pytest.mark.usefixtures("door")
def test_the_real_limits_word_the_same_fields(settings: Settings, services: Services) -> None:
    real = LimitsAdapter("memory://", now=time.time, fallback_share=1.0, log=services.log)  # noqa: TID251
    app = create_app(settings, services=dataclasses.replace(services, limits=real))
    with app.app_context():
        a_site(db.session(), services, limits=TIGHT)
        db.session.remove()
    client = app.test_client()
    client.environ_base["HTTP_ORIGIN"] = ORIGIN
    answers = [post_comment(client, f"第{number}条") for number in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert_too_many(answers[-1], scope="client", quota=2)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
