"""Pages of rules on trial: who may start and read what, and how a replay's progress is asked for."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.policy import Mode
from moderation.flows import replaying, rulesets, shadow, suggesting
from moderation.ports import Services
from moderation.store.tables import StoredRule
from tests.factories import a_comment, a_rule, a_site, active_rules, an_account

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def number(session: Session, services: Services) -> int:
    """Make two sites, an owner and a moderator of the first, an owner of the other; return a draft's number."""
    a_site(session, services, mode=Mode.RULES)
    a_site(session, services, "other")
    an_account(session, services, "owner", Role.OWNER, site_key="demo", language="en")
    an_account(session, services, "reader", site_key="demo", language="en")
    an_account(session, services, "stranger", Role.OWNER, site_key="other", language="en")
    active_rules(session, services, [a_rule("加微信")])
    for text in ("办证<b>找我", "加微信领资料", "花海开得真早"):
        a_comment(session, services, text)
    return rulesets.import_rules("demo", "trial", [a_rule("办证")], session=session, services=services).number


def start(browser: FlaskClient, number: int, **changed: str) -> str:
    form = {"version": str(number), "most": "100", **changed}
    answer = browser.post("/console/rules/demo/replays", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_a_replay_is_started_watched_and_read(
    sign_in: SignIn, number: int, session: Session, services: Services
) -> None:
    owner = sign_in("owner")
    address = start(owner, number)
    running = owner.get(address).text
    assert 'hx-trigger="every 1s"' in running
    asked = owner.get(f"{address}/progress")
    assert asked.headers["Cache-Control"] == "private, no-cache"
    again = owner.get(f"{address}/progress", headers={"If-None-Match": asked.headers["ETag"]})
    assert again.status_code == 304

    replaying.work(session=session, services=services)

    told = owner.get(f"{address}/progress", headers={"If-None-Match": asked.headers["ETag"]})
    assert told.status_code == 200
    assert 'hx-trigger="load"' in told.text
    done = sign_in("reader").get(address).text
    assert "hx-trigger" not in done
    assert "Published → Waits, flagged" in done
    assert "&lt;b&gt;" in done
    assert '<mark class="wavy"' in done
    assert "Before: <strong>Published</strong>" in done
    assert "After: <strong>Waits, flagged</strong>" in done
    for term in ("办证", "加微信"):
        assert f'<span dir="auto">{term}</span> <code class="rule-key">{a_rule(term).key}</code>' in done
    assert address in owner.get("/console/rules/demo/replays").text


def test_a_rule_that_is_gone_from_its_draft_is_shown_by_its_key(
    sign_in: SignIn, number: int, session: Session, services: Services
) -> None:
    owner = sign_in("owner")
    address = start(owner, number)
    replaying.work(session=session, services=services)
    session.execute(delete(StoredRule))
    session.commit()

    assert f"<code>{a_rule('办证').key}</code>" in owner.get(address).text


def test_a_second_replay_while_one_runs_leads_to_that_and_says_so(sign_in: SignIn, number: int) -> None:
    owner = sign_in("owner")
    address = start(owner, number)
    assert "runs on this site already" not in owner.get(address).text

    assert start(owner, number) == address
    assert "runs on this site already" in owner.get(address).text


def test_a_replay_can_be_stopped(sign_in: SignIn, number: int) -> None:
    owner = sign_in("owner")
    address = start(owner, number)

    assert owner.post(f"{address}/cancel").status_code == 303
    assert "Stopped" in owner.get(address).text


def test_the_shadow_is_started_read_and_ended(
    sign_in: SignIn, number: int, session: Session, services: Services
) -> None:
    owner = sign_in("owner")
    form = {"version": str(number)}
    assert owner.post("/console/rules/demo/shadow", data=form).status_code == 303
    a_comment(session, services, "办证第二个")
    shadow.work(session=session, services=services)

    page = sign_in("reader").get("/console/rules/demo/shadow").text
    assert "In shadow" in page
    assert "Active rules: <strong>Published</strong>" in page
    assert "Shadow: <strong>Waits, flagged</strong>" in page
    assert f'<span dir="auto">办证</span> <code class="rule-key">{a_rule("办证").key}</code>' in page
    assert owner.post("/console/rules/demo/shadow/stop").status_code == 303
    assert "Ended" in owner.get("/console/rules/demo/shadow").text


def test_suggestions_are_asked_for_and_shown_empty(
    sign_in: SignIn, number: int, session: Session, services: Services
) -> None:
    del number
    owner = sign_in("owner")
    assert "has not looked yet" in owner.get("/console/rules/demo/suggestions").text
    assert owner.post("/console/rules/demo/suggestions", data={"days": "30"}).status_code == 303
    while suggesting.work(session=session, services=services):
        pass

    assert "Nothing stands out" in owner.get("/console/rules/demo/suggestions?days=30").text


POSTS = ("replays", "shadow", "shadow/stop", "suggestions")


@pytest.mark.parametrize("page", ["replays", "shadow", "suggestions"])
def test_who_does_not_review_a_site_is_told_it_is_unknown(sign_in: SignIn, number: int, page: str) -> None:
    address = start(sign_in("owner"), number)
    stranger = sign_in("stranger")

    assert stranger.get(f"/console/rules/demo/{page}").status_code == 404
    assert stranger.get(f"/console/rules/nowhere/{page}").status_code == 404
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}/progress").status_code == 404
    assert stranger.get(address.replace("demo", "other")).status_code == 404
    for path in (*POSTS, f"replays/{address.rpartition('/')[2]}/cancel"):
        form = {"version": str(number), "most": "100", "days": "7"}
        assert stranger.post(f"/console/rules/demo/{path}", data=form).status_code == 404


@pytest.mark.parametrize("path", POSTS)
def test_only_who_configures_a_site_starts_anything(sign_in: SignIn, number: int, path: str) -> None:
    form = {"version": str(number), "most": "100", "days": "7"}

    assert sign_in("reader").post(f"/console/rules/demo/{path}", data=form).status_code == 403


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("replays", {"version": "x", "most": "100"}),
        ("replays", {"version": "2", "most": "99"}),
        ("replays", {"version": "2", "most": "9" * 30}),
        ("replays", {"version": "2", "most": "100", "since": "yesterday"}),
        ("replays", {"version": "2", "most": "100", "since": "9999-12-31"}),
        ("replays", {"version": "2", "most": "100", "since": "2026-02-02", "until": "2026-01-01"}),
        ("replays", {"version": "99", "most": "100"}),
        ("shadow", {}),
        ("shadow", {"version": "1"}),
        ("suggestions", {"days": "8"}),
    ],
)
@pytest.mark.usefixtures("number")
def test_what_makes_no_sense_is_refused(sign_in: SignIn, path: str, form: dict[str, str]) -> None:
    assert sign_in("owner").post(f"/console/rules/demo/{path}", data=form).status_code in {404, 422}


@pytest.mark.usefixtures("number")
def test_an_unknown_replay_is_not_found(sign_in: SignIn) -> None:
    owner = sign_in("owner")

    assert owner.get(f"/console/rules/demo/replays/{UUID(int=1)}").status_code == 404
    assert owner.get("/console/rules/demo/suggestions?days=8").status_code == 422
