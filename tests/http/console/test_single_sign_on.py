"""Sign-in through an identity provider that is real but for its agreeing to everything (`tests/openid_stub.py`)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.adapters.identity import OpenIdProvider
from moderation.app import create_app
from moderation.domain.account import Role
from moderation.extensions import db
from moderation.ports import Services
from moderation.settings import Settings
from moderation.store.tables import Account, Identity
from tests.factories import PASSWORD, an_account
from tests.fakes import FrozenClock, RecordingLog
from tests.openid_stub import CLIENT_ID, CLIENT_SECRET, Provider, a_key, running

SAME = {"Sec-Fetch-Site": "same-origin"}
TO, BACK, LINK = "/console/sign-in/identity", "/console/sign-in/identity/back", "/console/profile/identity"


@pytest.fixture
def provider(clock: FrozenClock) -> Iterator[Provider]:
    with running(clock.now()) as made:
        yield made


@pytest.fixture
def desk(settings: Settings, services: Services, provider: Provider, site: UUID) -> Iterator[Flask]:
    """Make the service with this provider."""
    del site  # its people sign in
    adapter = OpenIdProvider(issuer=provider.address, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    made = create_app(
        replace(
            settings,
            public_url="http://localhost",
            oidc_issuer=provider.address,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
            oidc_button="Example ID",
        ),
        services=replace(services, identity_provider=adapter),
    )
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def browser_of(desk: Flask, login: str | None = None) -> FlaskClient:
    browser = desk.test_client()
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    if login:
        browser.post("/console/sign-in", data={"login": login, "password": PASSWORD})
    return browser


def agree(address: str) -> str:
    """Go to the provider, which agrees, and return where it sends the browser."""
    answer = requests.get(address, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def go(browser: FlaskClient, start: str = TO) -> TestResponse:
    """Go to the provider and back, as a browser does: back comes a navigation from another site."""
    sent = browser.get(start)
    assert sent.status_code == 303, sent.text
    return come_back(browser, agree(sent.headers["Location"]))


def come_back(browser: FlaskClient, address: str) -> TestResponse:
    return browser.get(address, headers={"Sec-Fetch-Site": "cross-site"})


def link(desk: Flask, login: str = "lin") -> None:
    answer = go(browser_of(desk, login), LINK)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/profile")


def whys(log: RecordingLog) -> list[object]:
    return [fields["why"] for event, fields in log.lines if event == "identity.refused"]


def test_a_tied_identity_signs_in(desk: Flask) -> None:
    link(desk)
    browser = browser_of(desk)
    assert "Example ID" in browser.get("/console/sign-in").text

    answer = go(browser, f"{TO}?next=/console/mine")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/mine")
    assert "Lin" in browser.get("/console/mine").text


def test_the_browser_is_sent_with_state_nonce_and_a_challenge(desk: Flask, provider: Provider) -> None:
    sent = browser_of(desk).get(TO).headers["Location"]

    asked = parse_qs(urlsplit(sent).query)
    assert sent.startswith(f"{provider.address}/authorize?")
    assert asked["redirect_uri"] == [f"http://localhost{BACK}"]
    assert (asked["scope"], asked["response_type"]) == (["openid"], ["code"])
    assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert asked["code_challenge_method"] == ["S256"]


def test_an_unknown_identity_makes_no_account(desk: Flask, session: Session, log: RecordingLog) -> None:
    before = len(session.scalars(select(Account.id)).all())
    session.rollback()
    browser = browser_of(desk)

    answer = go(browser)

    assert answer.status_code == 403
    assert whys(log) == ["unknown"]
    assert len(session.scalars(select(Account.id)).all()) == before
    assert browser.get("/console/queue").status_code == 303


def test_an_e_mail_ties_nobody(desk: Flask, provider: Provider, log: RecordingLog) -> None:
    provider.claims = {"email": "lin@example.org", "email_verified": True, "preferred_username": "lin"}

    assert go(browser_of(desk)).status_code == 403
    assert whys(log) == ["unknown"]


FORGED = a_key("first", "forged")


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "another"}, "claim-nonce"),
        ({"nonce": None}, "claim-nonce"),
        ({"aud": "another-client"}, "claim-aud"),
        ({"aud": ["another-client"]}, "claim-aud"),
        ({"aud": [CLIENT_ID, "another"], "azp": "another"}, "claim-azp"),
        ({"aud": [CLIENT_ID, "another"]}, "claim-azp"),
        ({"iss": "https://elsewhere.example"}, "claim-iss"),
        ({"exp": 1}, "claim-exp"),
        ({"exp": None}, "claim-exp"),
        ({"iat": None}, "claim-iat"),
        ({"sub": None}, "claim-sub"),
        ({"sub": ""}, "claim-sub"),
        ({"sub": "x" * 256}, "subject"),
        ({"sub": 7}, "claim-sub"),
        ({"exp": "soon"}, "claim-exp"),
    ],
    ids=str,
)
def test_a_token_that_says_the_wrong_thing_opens_nothing(
    desk: Flask,
    provider: Provider,
    log: RecordingLog,
    *,
    claims: dict[str, object],
    why: str,
) -> None:
    link(desk)
    provider.claims = claims
    browser = browser_of(desk)

    answer = go(browser)

    assert answer.status_code == 403
    assert whys(log) == [why]
    assert browser.get("/console/queue").status_code == 303


@pytest.mark.parametrize("how", ["tampered", "by another key", "no signature", "a shared secret"])
def test_a_signature_that_is_not_the_providers_opens_nothing(
    desk: Flask, provider: Provider, log: RecordingLog, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(desk)
    match how:
        case "tampered":
            provider.is_tampered = True
        case "by another key":
            provider.signs_with = FORGED
        case _:
            import base64
            import json

            from joserfc import jwt
            from joserfc.jwk import OctKey

            def forged(nonce: str) -> str:
                said = {
                    "iss": provider.address,
                    "aud": CLIENT_ID,
                    "sub": provider.subject,
                    "nonce": nonce,
                    "iat": int(provider.now.timestamp()),
                    "exp": int(provider.now.timestamp()) + 300,
                }
                if how == "a shared secret":
                    return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(CLIENT_SECRET))
                parts = [
                    base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
                    for part in ({"alg": "none"}, said)
                ]
                return ".".join([*parts, ""])

            monkeypatch.setattr(provider, "id_token", forged)

    assert go(browser_of(desk)).status_code == 403
    assert whys(log) == ["signature"]


def test_an_answer_holds_once_and_for_the_browser_that_was_sent(desk: Flask, log: RecordingLog) -> None:
    link(desk)
    browser, other = browser_of(desk), browser_of(desk)
    address = agree(browser.get(TO).headers["Location"])

    assert come_back(other, address).status_code == 403, "another browser"
    assert come_back(browser, address).status_code == 303
    assert come_back(browser, address).status_code == 403, "again"
    assert whys(log) == ["state", "state"]


def test_an_answer_is_not_replayed_with_an_old_cookie(desk: Flask, log: RecordingLog) -> None:
    link(desk)
    browser = browser_of(desk)
    address = agree(browser.get(TO).headers["Location"])
    cookie = browser.get_cookie("moderation")
    assert cookie is not None
    come_back(browser, address)
    thief = browser_of(desk)
    thief.set_cookie("moderation", cookie.value)

    assert come_back(thief, address).status_code == 403
    assert whys(log) == ["state"]


def test_an_answer_that_took_too_long_is_refused(
    desk: Flask, clock: FrozenClock, provider: Provider, log: RecordingLog
) -> None:
    link(desk)
    browser = browser_of(desk)
    address = agree(browser.get(TO).headers["Location"])
    clock.move(minutes=10)
    provider.now = clock.now()

    assert come_back(browser, address).status_code == 403
    assert whys(log) == ["state"]


@pytest.mark.parametrize(("query", "why"), [("error=access_denied", "declined"), ("code=invented", "code")])
def test_a_provider_that_declines_is_told_in_words(
    desk: Flask, log: RecordingLog, query: str, why: str
) -> None:
    browser = browser_of(desk)
    sent = browser.get(TO).headers["Location"]
    state = parse_qs(urlsplit(sent).query)["state"][0]

    answer = come_back(browser, f"{BACK}?{query}&state={state}")

    assert answer.status_code == 403
    assert answer.mimetype == "text/html"
    assert whys(log) == [why]


def test_a_key_that_the_provider_has_changed_is_fetched(desk: Flask, provider: Provider) -> None:
    link(desk)
    provider.renew_key()

    assert go(browser_of(desk)).status_code == 303


def test_a_provider_of_another_name_is_not_trusted(
    desk: Flask, provider: Provider, log: RecordingLog
) -> None:
    provider.discovered_issuer = "https://elsewhere.example"

    assert browser_of(desk).get(TO).status_code == 403
    assert whys(log) == ["discovery"]


def test_one_identity_is_tied_to_one_account(
    desk: Flask, provider: Provider, session: Session, log: RecordingLog
) -> None:
    link(desk, "lin")
    link(desk, "lin")
    assert go(browser_of(desk, "wang"), LINK).status_code == 403
    provider.subject = "person-2"
    assert go(browser_of(desk, "lin"), LINK).status_code == 403

    assert whys(log) == ["taken", "taken"]
    assert len(session.scalars(select(Identity.id)).all()) == 1


def test_a_link_is_begun_on_our_own_page_only(desk: Flask) -> None:
    browser = browser_of(desk, "lin")

    assert browser.get(LINK, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser_of(desk).get(LINK).status_code == 303


def test_a_link_is_finished_by_the_account_that_began_it(desk: Flask, log: RecordingLog) -> None:
    browser = browser_of(desk, "lin")
    address = agree(browser.get(LINK).headers["Location"])
    with browser.session_transaction() as cookie:
        kept = cookie["identity"]
    other = browser_of(desk, "wang")
    with other.session_transaction() as cookie:
        cookie["identity"] = kept

    assert come_back(other, address).status_code == 403
    assert whys(log) == ["other-account"]


def test_a_disabled_account_is_as_unknown(
    desk: Flask, session: Session, services: Services, log: RecordingLog
) -> None:
    from moderation.flows import people

    link(desk)
    boss = an_account(session, services, "boss", Role.OWNER)
    lin = session.scalars(select(Account.id).where(Account.login == "lin")).one()
    people.disable(boss, lin, session=session, services=services)

    assert go(browser_of(desk)).status_code == 403
    assert whys(log) == ["unknown"]


def test_a_second_factor_is_asked_for_all_the_same(desk: Flask, clock: FrozenClock) -> None:
    import pyotp

    link(desk)
    lin = browser_of(desk, "lin")
    page = "/console/profile/second-factor"
    lin.post(page)
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", lin.get(page).text))
    totp = pyotp.TOTP(secret)
    lin.post(f"{page}/confirm", data={"code": totp.at(clock.now())})
    browser = browser_of(desk)

    answer = go(browser)

    assert answer.headers["Location"] == "/console/sign-in/code"
    assert browser.get("/console/queue").status_code == 303
    code = totp.at(clock.now() + timedelta(seconds=30))
    assert browser.post("/console/sign-in/code", data={"code": code}).status_code == 303
    assert browser.get("/console/queue").status_code == 200


def test_an_invitation_is_accepted_without_a_password(
    desk: Flask, session: Session, services: Services
) -> None:
    an_account(session, services, "boss", Role.OWNER, language="en")
    made = browser_of(desk, "boss").post(
        "/console/people/invitations", data={"name": "Zhao", "role": "moderator", "site": "demo"}
    )
    path = re.search(r"/console/invitation/[\w-]+", made.text)
    assert path is not None
    form = {
        "login": "zhao",
        "name": "小赵",
        "language": "zh-CN",
        "time_zone": "UTC",
        "identity": "1",
    }
    newcomer = browser_of(desk)

    faulty = newcomer.post(path[0], data=form | {"login": "小赵"})
    sent = newcomer.post(path[0], data=form)
    away = re.search(r'href="(http://127[^"]+)"', sent.text)
    assert away is not None
    answer = come_back(newcomer, agree(away[1].replace("&amp;", "&")))

    assert (faulty.status_code, sent.status_code, answer.status_code) == (422, 200, 303)
    assert "小赵" in newcomer.get("/console/profile").text
    assert newcomer.get(path[0]).status_code == 404
    assert go(browser_of(desk)).status_code == 303
    assert session.scalars(select(Account.password_hash).where(Account.login == "zhao")).one() == ""
    refused = browser_of(desk).post("/console/sign-in", data={"login": "zhao", "password": ""})
    assert refused.status_code == 401


def test_an_identity_is_untied_only_beside_a_password(desk: Flask, log: RecordingLog) -> None:
    link(desk)

    assert browser_of(desk, "lin").post(f"{LINK}/remove").status_code == 303

    assert go(browser_of(desk)).status_code == 403
    assert whys(log) == ["unknown"]


@pytest.mark.usefixtures("site")
def test_without_a_provider_there_is_no_button_and_no_way(app: Flask, log: RecordingLog) -> None:
    browser = app.test_client()

    assert TO not in browser.get("/console/sign-in").text
    assert browser.get(TO).status_code == 403
    assert whys(log) == ["not-configured"]
