"""The ladder of challenges over HTTP: which rung a posting stands on, and what its reader does to be let on."""

import base64
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.challenge import FAILED, Strength
from moderation.domain.policy import ChallengeMode, Mode
from moderation.domain.reasons import Cause
from moderation.flows import challenges
from moderation.ports import Services
from moderation.store.tables import Author, Comment, ReviewItem
from tests.factories import a_site
from tests.fakes import CountingCaptcha, FrozenClock, MemoryLimits
from tests.http.api.answers import TOKEN, assert_problem
from tests.http.api.solving import solve

CAN_WORK = {"accepts": ["pow", "image"]}
WITH_TOKEN = {"Author-Token": TOKEN}


@pytest.fixture
def sites(session: Session, services: Services) -> dict[ChallengeMode, str]:
    """Make a site of each mode, where what nothing holds shows at once."""
    made = {}
    for mode in ChallengeMode:
        made[mode] = f"site-{mode.value}"
        a_site(session, services, made[mode], mode=Mode.POST, challenge=mode)
    return made


@pytest.fixture
def captcha(services: Services) -> CountingCaptcha:
    assert isinstance(services.captcha, CountingCaptcha)
    return services.captcha


class Page:
    """A page of one site, open in one browser."""

    def __init__(self, client: FlaskClient, site_key: str) -> None:
        self._client = client
        self._base = f"/api/v1/sites/{site_key}"

    def ask(self, *, headers: dict[str, str] | None = None, **asked: Any) -> TestResponse:
        return self._client.post(f"{self._base}/challenges", json=CAN_WORK | asked, headers=headers or {})

    def work(self, **asked: Any) -> str:
        """Ask for work, and do it."""
        return solve(self.ask(**asked).get_json())

    def image(self) -> dict[str, Any]:
        """Ask for an image, doing what work it takes."""
        given = self.ask(wants="image")
        if given.get_json().get("kind") == "pow":
            given = self.ask(wants="image", proof=solve(given.get_json()))
        assert given.get_json()["kind"] == "image", given.text
        drawn: dict[str, Any] = given.get_json()
        return drawn

    def post(
        self, text: str = "花海开得真早", *, headers: dict[str, str] | None = None, **sent: Any
    ) -> TestResponse:
        body = {"thread": "1", "nickname": "晨曦", "text": text, **sent}
        return self._client.post(f"{self._base}/comments", json=body, headers=headers or {})

    def fail(self, times: int) -> None:
        """Answer as many images wrongly."""
        for _ in range(times):
            refused = self.post(challenge_id=self.image()["id"], challenge_answer="999")
            assert_problem(refused, 422, "challenge-failed")


def page(client: FlaskClient, sites: dict[ChallengeMode, str], mode: ChallengeMode) -> Page:
    return Page(client, sites[mode])


@pytest.fixture
def adaptive(client: FlaskClient, sites: dict[ChallengeMode, str]) -> Page:
    return page(client, sites, ChallengeMode.ADAPTIVE)


@pytest.fixture
def by_image(client: FlaskClient, sites: dict[ChallengeMode, str]) -> Page:
    return page(client, sites, ChallengeMode.IMAGE)


@pytest.fixture
def by_work(client: FlaskClient, sites: dict[ChallengeMode, str]) -> Page:
    return page(client, sites, ChallengeMode.POW)


def answer_to(captcha: CountingCaptcha) -> str:
    """Return the answer of what was drawn last."""
    return str(len(captcha.drawn))


def causes(session: Session, answer: TestResponse) -> list[str]:
    """Say why a posted comment waits; nothing: it shows."""
    session.rollback()
    item = session.scalars(
        select(ReviewItem).where(ReviewItem.comment_id == UUID(answer.get_json()["comment_id"]))
    ).one_or_none()
    return [] if item is None else list(item.causes)


# What is given -----------------------------------------------------------------------------------


def test_work_is_given_with_all_that_a_script_needs(by_work: Page) -> None:
    given = by_work.ask()

    assert given.status_code == 201
    challenge = given.get_json()
    work = challenge.pop("pow")["challenge"]
    assert challenge == {
        "id": challenge["id"],
        "kind": "pow",
        "image_url": None,
        "width": None,
        "height": None,
        "has_sound": False,
        "sound_url": None,
        "expires_at": "2026-11-22T08:10:00Z",
        "expires_in_seconds": 600,
    }
    assert set(work) == {"parameters", "signature"}
    assert work["parameters"]["algorithm"] == "PBKDF2/SHA-256"
    assert set(work["parameters"]) == {
        "algorithm", "cost", "keyLength", "keyPrefix", "nonce", "salt", "keySignature", "data",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "asked", "kind"),
    [
        pytest.param(ChallengeMode.IMAGE, {}, "image", id="an image where images are asked for"),
        pytest.param(ChallengeMode.IMAGE, {"wants": "pow"}, "image", id="work is no choice there"),
        pytest.param(ChallengeMode.POW, {}, "pow", id="work where work is"),
        pytest.param(ChallengeMode.POW, {"accepts": ["image"]}, "image", id="an image for who cannot work"),
        pytest.param(ChallengeMode.POW, {"wants": "image"}, "image", id="an image for who prefers one"),
        pytest.param(ChallengeMode.ADAPTIVE, {}, "pow", id="work first"),
        pytest.param(ChallengeMode.ADAPTIVE, {"wants": "image"}, "pow", id="work before an image"),
        pytest.param(ChallengeMode.ADAPTIVE, {"accepts": ["image"]}, "image", id="no work from who cannot"),
        pytest.param(ChallengeMode.ADAPTIVE, {"wants": "waiver"}, "pow", id="work for who can do nothing else"),
        pytest.param(ChallengeMode.IMAGE, {"wants": "waiver"}, "pow", id="the same in every mode"),
    ],
)  # fmt: skip
def test_what_a_reader_is_given(
    client: FlaskClient,
    sites: dict[ChallengeMode, str],
    mode: ChallengeMode,
    asked: dict[str, Any],
    kind: str,
) -> None:
    assert page(client, sites, mode).ask(**asked).get_json()["kind"] == kind


def test_work_opens_an_image(adaptive: Page, captcha: CountingCaptcha) -> None:
    proof = adaptive.work()
    assert captcha.drawn == []

    opened = adaptive.ask(wants="image", proof=proof)

    assert opened.get_json()["kind"] == "image"
    assert adaptive.ask(wants="image", proof=proof).get_json()["kind"] == "pow"
    assert captcha.drawn == [Strength.NORMAL]


def test_a_closed_thread_costs_nobody_any_work(
    client: FlaskClient, session: Session, services: Services
) -> None:
    a_site(session, services, "shut", mode=Mode.CLOSED, challenge=ChallengeMode.POW)

    assert_problem(Page(client, "shut").ask(thread="1"), 409, "thread-closed")


# What is taken -----------------------------------------------------------------------------------


def test_work_posts_once(by_work: Page) -> None:
    proof = by_work.work()

    first, second = by_work.post(challenge_proof=proof), by_work.post(challenge_proof=proof)

    assert first.status_code == 201
    assert_problem(second, 422, "challenge-expired")


def test_the_retry_of_a_posting_needs_no_second_proof(by_work: Page) -> None:
    sent: dict[str, Any] = {"challenge_proof": by_work.work(), "headers": {"Idempotency-Key": "posting-1"}}

    first, again = by_work.post(**sent), by_work.post(**sent)

    assert (again.status_code, again.get_json()) == (201, first.get_json())


def test_work_runs_out_by_the_clock_of_the_service(by_work: Page, clock: FrozenClock) -> None:
    proof = by_work.work()
    clock.move(seconds=600)

    assert_problem(by_work.post(challenge_proof=proof), 422, "challenge-expired")


def test_an_image_is_as_good_as_work(by_work: Page, captcha: CountingCaptcha) -> None:
    drawn = by_work.ask(accepts=["image"]).get_json()

    assert by_work.post(challenge_id=drawn["id"], challenge_answer=answer_to(captcha)).status_code == 201


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [(ChallengeMode.POW, "pow"), (ChallengeMode.IMAGE, "image"), (ChallengeMode.ADAPTIVE, "pow")],
)
def test_without_a_challenge_the_refusal_names_what_it_takes(
    client: FlaskClient, sites: dict[ChallengeMode, str], mode: ChallengeMode, wanted: str
) -> None:
    refused = page(client, sites, mode).post()

    assert_problem(refused, 422, "challenge-required")
    assert refused.get_json()["challenge"] == wanted


def test_work_is_not_enough_where_the_site_asks_for_images(
    by_image: Page, session: Session, services: Services
) -> None:
    challenges.refill_sounds(size=1, session=session, services=services)
    refused = by_image.post(challenge_proof=by_image.work(wants="sound"))

    assert_problem(refused, 422, "challenge-required")
    assert refused.get_json()["challenge"] == "image"


@pytest.mark.parametrize("sent", [{"text": "看 https://a.example/b"}, {"link": "https://mine.example"}])
def test_a_link_takes_an_image_which_the_refused_proof_still_opens(
    adaptive: Page, captcha: CountingCaptcha, sent: dict[str, Any]
) -> None:
    proof = adaptive.work()

    refused = adaptive.post(challenge_proof=proof, **sent)
    drawn = adaptive.ask(wants="image", proof=proof).get_json()
    passed = adaptive.post(challenge_id=drawn["id"], challenge_answer=answer_to(captcha), **sent)

    assert refused.get_json()["challenge"] == "image"
    assert drawn["kind"] == "image"
    assert passed.status_code == 201


def test_the_fourth_posting_in_ten_minutes_takes_an_image(adaptive: Page) -> None:
    proofs = [adaptive.work() for _ in range(4)]
    for number, proof in enumerate(proofs[:3]):
        assert adaptive.post(f"第{number}条", challenge_proof=proof).status_code == 201

    refused = adaptive.post("第四条", challenge_proof=proofs[3])

    assert refused.get_json()["challenge"] == "image"


def test_the_proof_of_another_site_is_worth_nothing_here(by_work: Page, adaptive: Page) -> None:
    assert_problem(by_work.post(challenge_proof=adaptive.work()), 422, "challenge-expired")


def written(told: object) -> str:
    return base64.b64encode(json.dumps(told).encode()).decode()


def spoilt(where: str, name: str, value: object) -> Callable[[dict[str, Any]], str]:
    """Return what changes one value of a right proof."""

    def spoil(told: dict[str, Any]) -> str:
        parameters = told["challenge"]["parameters"]
        place = {
            "parameters": parameters,
            "facts": parameters["data"],
            "challenge": told["challenge"],
            "solution": told["solution"],
        }[where]
        place[name] = value
        return written(told)

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: "%%%", id="no base64"),
        pytest.param(lambda _: base64.b64encode(b"{").decode(), id="no JSON"),
        pytest.param(lambda told: written([told]), id="a list"),
        pytest.param(lambda _: written({}), id="nothing"),
        pytest.param(spoilt("facts", "until", 9_999_999_999), id="another deadline"),
        pytest.param(spoilt("facts", "use", "waiver"), id="another use"),
        pytest.param(spoilt("parameters", "data", None), id="no facts"),
        pytest.param(spoilt("parameters", "cost", 0), id="less work"),
        pytest.param(spoilt("parameters", "keySignature", None), id="no signed key"),
        pytest.param(spoilt("challenge", "signature", None), id="no signature"),
        pytest.param(spoilt("solution", "derivedKey", "00" * 32), id="another key"),
        pytest.param(spoilt("solution", "derivedKey", 7), id="a key that is none"),
    ],
)
def test_a_forged_proof_is_a_failure(
    by_work: Page, adaptive: Page, limits: MemoryLimits, spoil: Callable[[dict[str, Any]], str]
) -> None:
    forged, to_open = (spoil(json.loads(base64.b64decode(shown.work()))) for shown in (by_work, adaptive))

    assert_problem(by_work.post(challenge_proof=forged), 422, "challenge-failed")
    assert_problem(adaptive.ask(wants="image", proof=to_open), 422, "challenge-failed")
    assert [n for (scope, _), n in limits.spent.items() if scope == FAILED.scope] == [1, 1]


def test_the_counter_alone_proves_nothing(by_work: Page) -> None:
    """The key that it leads to is what was signed; the counter is not even looked at."""
    told = json.loads(base64.b64decode(by_work.work()))

    assert by_work.post(challenge_proof=spoilt("solution", "counter", None)(told)).status_code == 201


def test_an_overlong_proof_is_a_fault(by_work: Page) -> None:
    assert_problem(by_work.post(challenge_proof="x" * 2_049), 422, "validation-failed")
    assert_problem(by_work.ask(proof="x" * 2_049), 422, "validation-failed")


# Failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [ChallengeMode.IMAGE, ChallengeMode.ADAPTIVE])
def test_who_fails_twice_gets_a_harder_image_and_waits(
    client: FlaskClient,
    sites: dict[ChallengeMode, str],
    session: Session,
    captcha: CountingCaptcha,
    mode: ChallengeMode,
) -> None:
    shown = page(client, sites, mode)
    shown.fail(2)

    drawn = shown.image()
    posted = shown.post(challenge_id=drawn["id"], challenge_answer=answer_to(captcha))

    assert captcha.drawn == [Strength.NORMAL, Strength.NORMAL, Strength.HARDER]
    assert posted.status_code == 202
    assert causes(session, posted) == [Cause.FAILED_OFTEN]


def test_an_easy_image_drawn_before_is_not_enough_then_and_is_no_failure(
    by_image: Page, limits: MemoryLimits
) -> None:
    easy = by_image.image()
    by_image.fail(2)

    refused = by_image.post(challenge_id=easy["id"], challenge_answer="1")

    assert_problem(refused, 422, "challenge-required")
    assert [n for (scope, _), n in limits.spent.items() if scope == FAILED.scope] == [2]


def test_who_fails_twice_works_harder(by_work: Page, session: Session) -> None:
    light = by_work.work()
    by_work.fail(2)

    refused = by_work.post(challenge_proof=light)
    heavy = by_work.ask().get_json()
    posted = by_work.post(challenge_proof=solve(heavy))

    assert refused.get_json()["challenge"] == "pow"
    assert heavy["pow"]["challenge"]["parameters"]["data"]["weight"] == 4
    assert causes(session, posted) == [Cause.FAILED_OFTEN]


def test_light_work_opens_no_image_for_who_fails(adaptive: Page) -> None:
    light = adaptive.work()
    adaptive.fail(2)

    answer = adaptive.ask(wants="image", proof=light).get_json()

    assert answer["pow"]["challenge"]["parameters"]["data"]["weight"] == 4


@pytest.mark.parametrize("mode", [ChallengeMode.IMAGE, ChallengeMode.POW, ChallengeMode.ADAPTIVE])
def test_who_fails_five_times_is_shut_out_and_nothing_is_drawn(
    client: FlaskClient, sites: dict[ChallengeMode, str], captcha: CountingCaptcha, mode: ChallengeMode
) -> None:
    shown = page(client, sites, mode)
    unused = shown.image()
    shown.fail(5)
    drawn = len(captcha.drawn)

    for refused in (
        shown.ask(),
        shown.ask(wants="image"),
        shown.ask(wants="waiver"),
        shown.post(challenge_id=unused["id"], challenge_answer="1"),
    ):
        assert_problem(refused, 429, "too-many-requests")
        assert refused.headers["Retry-After"]
    assert len(captcha.drawn) == drawn


def test_failures_of_one_client_are_not_anothers(client: FlaskClient, by_image: Page) -> None:
    by_image.fail(5)
    client.environ_base["REMOTE_ADDR"] = "198.51.100.9"

    assert by_image.ask().status_code == 201


# Known authors -----------------------------------------------------------------------------------


@pytest.fixture
def known(adaptive: Page, session: Session) -> None:
    """Give the author of `TOKEN` three approvals."""
    adaptive.post(challenge_proof=adaptive.work(), headers=WITH_TOKEN)
    session.execute(update(Author).values(approved_count=3))
    session.commit()


@pytest.mark.usefixtures("known")
def test_an_author_whom_the_site_knows_needs_nothing(adaptive: Page) -> None:
    assert_problem(adaptive.ask(headers=WITH_TOKEN), 409, "challenge-not-needed")
    assert adaptive.post("又来了", headers=WITH_TOKEN).status_code == 201
    assert_problem(adaptive.post("没有名字"), 422, "challenge-required")


@pytest.mark.usefixtures("known")
def test_a_known_author_pays_for_no_neighbour_who_fails(adaptive: Page) -> None:
    adaptive.fail(5)

    assert adaptive.post("又来了", headers=WITH_TOKEN).status_code == 201


@pytest.mark.usefixtures("known")
def test_a_known_author_who_posts_often_is_asked_as_others_are(adaptive: Page) -> None:
    for number in range(2):
        adaptive.post(f"第{number}条", headers=WITH_TOKEN)

    refused = adaptive.post("第四条", headers=WITH_TOKEN)

    assert refused.get_json()["challenge"] == "image"
    assert adaptive.ask(headers=WITH_TOKEN).get_json()["kind"] == "pow"


@pytest.mark.usefixtures("known")
def test_a_known_author_is_known_on_his_site_alone(by_work: Page) -> None:
    assert by_work.ask(headers=WITH_TOKEN).get_json()["kind"] == "pow"


@pytest.mark.usefixtures("known")
def test_a_blocked_author_is_not_known(adaptive: Page, session: Session, clock: FrozenClock) -> None:
    session.execute(update(Author).values(banned_until=clock.now().replace(year=9999)))
    session.commit()

    assert adaptive.ask(headers=WITH_TOKEN).get_json()["kind"] == "pow"
    assert_problem(adaptive.post("又来了", headers=WITH_TOKEN), 422, "challenge-required")


# Without sight, without hearing ------------------------------------------------------------------


@pytest.mark.parametrize("mode", [ChallengeMode.IMAGE, ChallengeMode.POW, ChallengeMode.ADAPTIVE])
def test_heavy_work_stands_in_for_everything_and_its_comment_waits(
    client: FlaskClient, sites: dict[ChallengeMode, str], session: Session, mode: ChallengeMode
) -> None:
    shown = page(client, sites, mode)
    given = shown.ask(wants="waiver").get_json()

    posted = shown.post("看 https://a.example/b", challenge_proof=solve(given))

    assert given["pow"]["challenge"]["parameters"]["data"]["weight"] == 8
    assert posted.status_code == 202
    assert causes(session, posted) == [Cause.UNCHALLENGED]


def test_heavy_work_is_for_a_few_comments_an_hour(by_image: Page) -> None:
    spare = by_image.work(wants="waiver")
    for number in range(3):
        by_image.post(f"第{number}条", challenge_proof=by_image.work(wants="waiver"))

    assert_problem(by_image.post("第四条", challenge_proof=spare), 429, "too-many-requests")
    assert_problem(by_image.ask(wants="waiver"), 429, "too-many-requests")


def test_heavy_work_opens_no_image(adaptive: Page) -> None:
    assert adaptive.ask(wants="image", proof=adaptive.work(wants="waiver")).get_json()["kind"] == "pow"


def post_form(client: FlaskClient, site_key: str, **sent: str) -> TestResponse:
    fields = {"text": "看不见图", "nickname": "晨曦"} | sent
    return client.post(
        f"/embed/v1/{site_key}/frame?thread=1", data=fields, headers={"Origin": "http://localhost"}
    )


@pytest.mark.parametrize("mode", [ChallengeMode.IMAGE, ChallengeMode.POW, ChallengeMode.ADAPTIVE])
def test_the_form_without_javascript_lets_off_who_asks_and_his_comment_waits(
    client: FlaskClient, sites: dict[ChallengeMode, str], session: Session, mode: ChallengeMode
) -> None:
    answers = [post_form(client, sites[mode], text=f"第{n}条", waived="yes") for n in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    session.rollback()
    assert [item.causes for item in session.scalars(select(ReviewItem))] == [[Cause.UNCHALLENGED]] * 2
    assert len(session.scalars(select(Comment)).all()) == 2


def test_only_that_form_lets_off(by_image: Page) -> None:
    assert_problem(by_image.post(waived="yes"), 422, "validation-failed")


def test_where_nothing_is_asked_nothing_is_waived(
    client: FlaskClient, sites: dict[ChallengeMode, str], session: Session
) -> None:
    post_form(client, sites[ChallengeMode.OFF], waived="yes")

    assert session.scalars(select(ReviewItem)).all() == []


def test_the_form_without_javascript_shows_an_image_in_every_mode(
    client: FlaskClient, sites: dict[ChallengeMode, str], captcha: CountingCaptcha
) -> None:
    for mode in (ChallengeMode.IMAGE, ChallengeMode.POW, ChallengeMode.ADAPTIVE):
        shown = client.get(f"/embed/v1/{sites[mode]}/frame?thread=1").text

        assert "/challenges/" in shown
    assert captcha.drawn == [Strength.NORMAL] * 3
