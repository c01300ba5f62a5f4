"""The dashboard: its figures, its periods and sites, who sees whose names."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.account import Role
from moderation.domain.figures import Measure, bucket_of, hour_of, in_bucket
from moderation.flows import figures
from moderation.ports import Services
from moderation.store.tables import Account, Figure
from tests.conftest import Queries, SignIn
from tests.factories import a_comment, a_rule, a_site, active_rules, an_account
from tests.fakes import FrozenClock
from tests.http.console.conftest import AtDesk


def test_the_day_stands_at_the_head(two_comments: list[UUID], at_desk: AtDesk, clock: FrozenClock) -> None:
    assert two_comments
    clock.move(minutes=5)
    desk = at_desk("lin")
    desk.decide(desk.claim(), "reject:fraud")

    page = desk.table("/console/?period=24h")

    assert "诈骗" in page
    assert 'aria-label="100 %"' in page
    reasons = page[page.index('id="reasons-head"') : page.index('id="people-head"')]
    assert '<td class="num">1</td>' in reasons
    assert reasons.count('<td class="num">5 分钟</td>') == 2
    assert page.count('<svg class="chart"') == 4
    assert page.count("<details") >= 4


@pytest.mark.parametrize("period", ["24h", "7d", "30d", "90d"])
@pytest.mark.usefixtures("site")
def test_every_period_is_shown_even_when_nothing_happened(at_desk: AtDesk, period: str) -> None:
    page = at_desk("lin").table(f"/console/?period={period}")

    assert f'period={period}" aria-current="page"' in page
    assert 'class="empty"' in page


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(("query", "status"), [("period=1h", 422), ("site=nowhere", 404), ("site=demo", 200)])
def test_what_is_asked_for_is_checked(at_desk: AtDesk, query: str, status: int) -> None:
    assert at_desk("lin").browser.get(f"/console/?{query}").status_code == status


def table_of_people(browser: FlaskClient) -> str:
    page = browser.get("/console/?period=24h").text
    return page[page.index('id="people-head"') : page.index('id="rules-head"')]


def test_a_moderator_sees_himself_and_the_whole_a_senior_everybody(
    session: Session, services: Services, site: UUID, at_desk: AtDesk
) -> None:
    by_login = dict(session.execute(select(Account.login, Account.id)).all())
    hour = hour_of(services.clock.now() - timedelta(hours=2))
    kept = [(Measure.DECIDED, "approve", 7)]
    kept += [(Measure.APPROVED_BY, by_login[login].hex, count) for login, count in (("lin", 3), ("wang", 4))]
    for measure, subject, count in kept:
        session.add(Figure(site_id=site, measure=measure, hour=hour, subject=subject, count=count))
    session.commit()

    of_lin, of_chen = (table_of_people(at_desk(login).browser) for login in ("lin", "chen"))

    assert "Lin" in of_lin
    assert "Wang" not in of_lin
    assert of_lin.count('<td class="num">7</td>') == 2  # the whole team's
    assert "Lin" in of_chen
    assert "Wang" in of_chen


def test_a_moderator_sees_his_own_time_to_decision_and_the_teams_a_senior_everybodys(
    session: Session, services: Services, site: UUID, at_desk: AtDesk
) -> None:
    by_login = dict(session.execute(select(Account.login, Account.id)).all())
    hour = hour_of(services.clock.now() - timedelta(hours=2))
    kept = [(Measure.DECIDED, "approve", 5)]
    for login, waited, count in (("lin", timedelta(minutes=3), 3), ("wang", timedelta(minutes=31), 2)):
        account, bucket = by_login[login].hex, bucket_of(waited)
        kept += [
            (Measure.WAITED, str(bucket), count),
            (Measure.APPROVED_BY, account, count),
            (Measure.WAITED_BY, in_bucket(account, bucket), count),
        ]
    for measure, subject, count in kept:
        session.add(Figure(site_id=site, measure=measure, hour=hour, subject=subject, count=count))
    session.commit()

    of_lin, of_chen = (table_of_people(at_desk(login).browser) for login in ("lin", "chen"))

    short, long = (f'<td class="num">{text}</td>' for text in ("3 分钟", "31 分钟"))
    assert [of_lin.count(short), of_lin.count(long)] == [3, 1]  # his own two, the team's median and 95 %
    assert [of_chen.count(short), of_chen.count(long)] == [3, 3]


def test_nothing_of_another_site_is_counted(
    session: Session, services: Services, sign_in: SignIn, clock: FrozenClock
) -> None:
    a_site(session, services)
    a_site(session, services, "other")
    an_account(session, services, "lin", Role.SENIOR, site_key="demo")
    active_rules(session, services, [a_rule("停车场")], "other")
    a_comment(session, services, "停车场够不够", site_key="other")
    clock.move(hours=1)
    figures.make(session=session, services=services)
    figures.sample(session=session, services=services)

    page = sign_in("lin").get("/console/?period=24h").text

    assert 'class="empty"' in page
    assert "停车场" not in page
    assert sign_in("lin").get("/console/?site=other").status_code == 404


def test_a_rule_stands_with_its_words_and_precision(
    session: Session, services: Services, site: UUID, at_desk: AtDesk, clock: FrozenClock
) -> None:
    del site
    active_rules(session, services, [a_rule("停车场")])
    a_comment(session, services, "停车场够不够")
    clock.move(minutes=5)
    desk = at_desk("lin")
    desk.decide(desk.claim(), "reject:off-topic")
    clock.move(hours=1)
    figures.make(session=session, services=services)

    page = at_desk("lin").table("/console/?period=24h")

    rules = page[page.index('id="rules-head"') : page.index('id="looks-head"')]
    assert "停车场" in rules
    assert "100 %" in rules
    assert 'class="meter few"' in rules
    assert rules.count('<td class="num">5 分钟</td>') == 2


def test_where_no_time_is_known_a_dash_stands(
    session: Session, services: Services, site: UUID, at_desk: AtDesk, clock: FrozenClock
) -> None:
    del site
    active_rules(session, services, [a_rule("停车场")])
    a_comment(session, services, "停车场够不够")
    clock.move(hours=1)
    figures.make(session=session, services=services)

    page = at_desk("lin").table("/console/?period=24h")

    rules = page[page.index('id="rules-head"') : page.index('id="looks-head"')]
    assert rules.count('<td class="num">–</td>') == 2


def test_the_page_asks_the_database_little(  # noqa: PLR0917 - it sums up what many parts made
    services: Services, site: UUID, at_desk: AtDesk, clock: FrozenClock, queries: Queries, session: Session
) -> None:
    del site
    active_rules(session, services, [a_rule("条")])
    for number in range(5):
        a_comment(session, services, f"第 {number} 条")
    clock.move(minutes=5)
    desk = at_desk("chen")
    desk.decide(desk.claim(), "approve")
    clock.move(hours=1)
    figures.make(session=session, services=services)
    desk = at_desk("chen")
    desk.table("/console/mine")
    queries.statements.clear()
    desk.table("/console/mine")
    around = len(queries)  # the session, and what stands beside every page
    queries.statements.clear()

    desk.table("/console/?period=90d")

    assert len(queries) <= around - 1 + 10
