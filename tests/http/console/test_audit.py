"""The audit's page: filters, pages, links, and files that are safe to open."""

import csv
import io
import json
import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from moderation.console.audit import NOUNS
from moderation.console.wording import EVENTS
from moderation.console.wording import NOUNS as NOUN_WORDS
from moderation.domain.account import Role
from moderation.domain.events import OPERATOR, Event, EventName
from moderation.flows import auditing
from moderation.ports import Services
from moderation.store import outbox
from moderation.store.transaction import transaction
from tests.conftest import SignIn
from tests.factories import a_comment, a_site, an_account
from tests.http.console.conftest import AtDesk

ROW = '<td class="when">'


def test_every_event_and_noun_has_words() -> None:
    assert set(EVENTS) == set(EventName)
    assert set(NOUN_WORDS) == set(NOUNS)


def test_the_audit_can_be_narrowed(two_comments: list[UUID], at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    desk.decide(desk.claim(), "reject:insult")
    one = two_comments[0]

    assert desk.table(f"/console/audit?subject={one}").count(ROW) == 2
    assert desk.table("/console/audit?event=comment.rejected").count(ROW) == 1
    assert desk.table("/console/audit?event=comment").count(ROW) == 3
    assert desk.table("/console/audit?reason=insult").count(ROW) == 1
    assert desk.table("/console/audit?who=author").count(ROW) == 2
    assert desk.table("/console/audit?since=2026-11-22&until=2026-11-22&event=comment").count(ROW) == 3
    assert desk.table("/console/audit?until=2026-11-21").count(ROW) == 0
    assert desk.table("/console/audit?before=1-1").count(ROW) == 0
    assert desk.table(f"/console/audit?who={uuid4()}").count(ROW) == 0


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("subject=nonsense", 422),
        ("event=nonsense", 422),
        ("who=nonsense", 422),
        ("since=2026-13-01", 422),
        ("until=9999-12-31", 422),
        ("since=0001-01-01", 422),
        ("before=x", 422),
        ("before=1", 422),
        ("before=999999999999999999-1", 422),
        ("reason=%00", 422),
        ("reason=" + "x" * 65, 422),
        ("site=nowhere", 404),
    ],
)
def test_what_is_asked_for_is_checked(at_desk: AtDesk, query: str, status: int) -> None:
    assert at_desk("lin").browser.get(f"/console/audit?{query}").status_code == status


def test_a_change_stands_with_who_why_and_from_what_to_what(
    two_comments: list[UUID], at_desk: AtDesk
) -> None:
    desk = at_desk("lin")
    desk.decide(desk.claim(), "reject:insult")

    page = desk.table(f"/console/audit?subject={two_comments[0]}&event=comment.rejected")

    row = page[page.index(ROW) : page.index("</tr>", page.index(ROW))]
    assert "Lin" in row
    assert "辱骂" in row
    assert re.search(r'<del dir="auto">[^<]+</del> → <ins dir="auto">[^<]+</ins>', row)
    assert "/console/threads/" in row
    assert "#comment-" in row


def test_older_pages_follow(
    two_comments: list[UUID], at_desk: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert two_comments
    monkeypatch.setattr(auditing, "PAGE", 2)
    desk = at_desk("lin")
    first = desk.table("/console/audit?event=comment&who=author")
    older = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert older == ""  # two events, two a page

    first = desk.table("/console/audit")
    older = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    assert first.count(ROW) == 2
    assert desk.table(older).count(ROW) >= 1


def exported(browser: object, **form: str) -> str:
    answer = browser.post("/console/audit/export", data=form)  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    text: str = answer.get_data(as_text=True)
    return text


def test_an_export_holds_what_the_filter_finds(two_comments: list[UUID], at_desk: AtDesk) -> None:
    desk = at_desk("lin")

    lines = exported(desk.browser, format="jsonl", event="comment.received").splitlines()
    rows = list(csv.DictReader(io.StringIO(exported(desk.browser, format="csv", event="comment.received"))))

    received = [json.loads(line) for line in lines]
    assert {each["subject_id"] for each in received} == {str(each) for each in two_comments}
    assert {row["subject_id"] for row in rows} == {str(each) for each in two_comments}
    assert desk.table("/console/audit?event=audit.exported").count(ROW) == 2


def test_no_cell_of_an_export_is_a_formula(
    session: Session, services: Services, site: UUID, at_desk: AtDesk
) -> None:
    for number, sign in enumerate("=+-@"):
        with transaction(session):
            event = Event(
                name=EventName.SITE_CHANGED,
                actor=OPERATOR,
                subject_kind="site",
                subject_id=site,
                site_id=site,
                reason=f"{sign}cmd{number}",
            )
            outbox.record(session, event, now=services.clock.now())

    text = exported(at_desk("lin").browser, format="csv", event="site.changed")

    reasons = {row["reason"] for row in csv.DictReader(io.StringIO(text))}
    assert reasons == {"'=cmd0", "'+cmd1", "'-cmd2", "'@cmd3"}


@pytest.mark.usefixtures("site")
def test_an_export_in_another_format_is_refused(at_desk: AtDesk) -> None:
    assert at_desk("lin").browser.post("/console/audit/export", data={"format": "xls"}).status_code == 422


def test_nobody_sees_or_exports_the_audit_of_another_site(
    session: Session, services: Services, sign_in: SignIn
) -> None:
    a_site(session, services)
    a_site(session, services, "other")
    an_account(session, services, "lin", Role.OWNER, site_key="demo")
    foreign = a_comment(session, services, site_key="other").comment_id
    lin = sign_in("lin")

    assert lin.get(f"/console/audit?subject={foreign}").text.count(ROW) == 0
    assert lin.get("/console/audit?site=other").status_code == 404
    assert str(foreign) not in exported(lin, format="jsonl")
    assert lin.post("/console/audit/export", data={"format": "csv", "site": "other"}).status_code == 404


@pytest.mark.usefixtures("two_comments")
def test_the_page_tells_how_far_the_chain_goes(session: Session, services: Services, at_desk: AtDesk) -> None:
    desk = at_desk("lin")
    auditing.seal_all(session=session, services=services)

    head = auditing.head(session=session)
    assert head.hash.hex() in desk.table("/console/audit")
