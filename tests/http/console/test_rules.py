"""The rules desk without script: draft, edit, try, activate, roll back, retire, import, export, narrow; who may not."""

import html
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.account import Role
from moderation.domain.review import ItemState
from moderation.flows import rule_pages, rulesets
from moderation.ports import Services
from moderation.rules import Action, Document, Field, Format, Verdict, read_document
from moderation.store.tables import AuditEvent, ReviewItem
from tests.factories import a_comment, a_rule, a_site, active_rules, an_account

RULE = {
    "kind": "term",
    "action": "review",
    "category": "advertising",
    "severity": "50",
    "fields": ["text", "nickname", "link"],
    "has_channels": "no",
    "has_guards": "no",
}
PAGES = ("", "/versions", "/try", "/1", "/1/edit")
OWNERS_PAGES = ("/1/activate", "/1/retire", "/1/discard", "/import", "/2/add", "/2/settings")


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    """Make a site with a rule in force, an owner, a senior and a moderator; and another with people of its own."""
    site_id = a_site(session, services)
    a_site(session, services, "other")
    active_rules(session, services, [a_rule("外挂"), a_rule("赌博", Action.BLOCK, category="gambling")])
    for login, role in (("owner", Role.OWNER), ("senior", Role.SENIOR), ("lin", Role.MODERATOR)):
        an_account(session, services, login, role, site_key="demo")
    an_account(session, services, "stranger", Role.OWNER, site_key="other")
    return site_id


@pytest.fixture
def owner(site: UUID, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    del site
    return sign_in("owner")


def edition(page: TestResponse) -> str:
    found = re.search(r'name="edition" value="(\d+)"', page.text)
    assert found is not None, page.text
    return found[1]


def shown(browser: FlaskClient, path: str) -> str:
    answer = browser.get(f"/console/rules/demo{path}")
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def sent(browser: FlaskClient, path: str, **form: Any) -> str:
    answer = browser.post(f"/console/rules/demo{path}", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def add(browser: FlaskClient, number: int, term: str, **changed: Any) -> TestResponse:
    seen = edition(browser.get(f"/console/rules/demo/{number}/add"))
    return browser.post(
        f"/console/rules/demo/{number}/add", data=RULE | {"edition": seen, "term": term, **changed}
    )


def verdict(session: Session, services: Services, text: str) -> Verdict:
    return rulesets.try_text("demo", {Field.TEXT: text}, session=session, services=services).verdict


def test_a_draft_is_edited_tried_activated_and_rolled_back(
    owner: FlaskClient, session: Session, services: Services
) -> None:
    assert owner.get("/console/rules").headers["Location"] == "/console/rules/demo"
    assert "外挂" in shown(owner, "")
    assert sent(owner, "/drafts", source="version:1", name="春节") == "/console/rules/demo/2/edit"
    assert add(owner, 2, "加微信", act="again").headers["Location"] == "/console/rules/demo/2/add"

    tried = html.unescape(
        owner.post("/console/rules/demo/try", data={"version": "2", "text": "快来加❤微❤信领取"}).text
    )
    assert "等审核" in tried or "人工" in tried or "等待" in tried
    assert "<mark" in tried
    assert "加❤微❤信</mark>" in tried
    assert verdict(session, services, "加微信") is Verdict.ALLOW

    asked = owner.get("/console/rules/demo/2/activate")
    assert "加微信" in html.unescape(asked.text)
    assert sent(owner, "/2/activate", edition=edition(asked)) == "/console/rules/demo"
    assert verdict(session, services, "加微信") is Verdict.REVIEW
    asked = owner.get("/console/rules/demo/1/activate")
    sent(owner, "/1/activate", edition=edition(asked))
    assert verdict(session, services, "加微信") is Verdict.ALLOW
    assert shown(owner, "/versions").count("<tr>") == 3

    sent(owner, "/1/retire")
    assert rule_pages.versions("demo", session=session).has_active is False
    assert "/console/rules/demo/versions" in shown(owner, "")
    assert rule_pages.version("demo", 1, session=session).activated_by == "Owner"


def test_faults_stand_at_their_fields_and_what_was_typed_stays(owner: FlaskClient) -> None:
    sent(owner, "/drafts", source="empty", name="")
    answer = add(
        owner, 2, "（(", kind="pattern", severity="500", ends_at="2026-13-01", thread_key="x", key="A B"
    )
    page = html.unescape(answer.text)

    assert answer.status_code == 422
    assert 'value="（("' in page
    assert 'value="A B"' in page
    assert page.count('aria-invalid="true"') >= 1
    assert 'id="ends_at-fault"' in page
    answer = add(owner, 2, "(", kind="pattern", severity="500", key="A B", category="nonsense")
    page = html.unescape(answer.text)
    for name in ("term", "severity", "key", "category"):
        assert f'id="{name}-fault"' in page
    assert add(owner, 2, "x\0y").status_code == 422
    assert add(owner, 2, "买", kind="nonsense").status_code == 422
    assert add(owner, 2, "买", fields=[]).status_code == 422
    assert add(owner, 2, "买", edition="-1").status_code == 422
    assert shown(owner, "/2/edit").count("<tr>") == 0


def test_of_two_who_edit_the_later_keeps_what_he_typed(owner: FlaskClient) -> None:
    sent(owner, "/drafts", source="empty", name="x")
    stale = edition(owner.get("/console/rules/demo/2/add"))
    assert add(owner, 2, "赌博").status_code == 303
    answer = owner.post("/console/rules/demo/2/add", data=RULE | {"edition": stale, "term": "外挂"})

    assert answer.status_code == 409
    assert 'value="外挂"' in answer.text
    assert "Owner" in answer.text
    again = owner.post("/console/rules/demo/2/add", data=RULE | {"edition": edition(answer), "term": "外挂"})
    assert again.status_code == 303
    # Confirmed what he has not seen: sent back to look.
    late = owner.post("/console/rules/demo/2/activate", data={"edition": stale})
    assert late.headers["Location"] == "/console/rules/demo/2"
    assert owner.post("/console/rules/demo/2/add", data=RULE | {"term": "x"}).status_code == 422


def test_a_rule_is_changed_with_every_field(owner: FlaskClient, session: Session) -> None:
    sent(owner, "/drafts", source="empty", name="x")
    add(owner, 2, "外挂", key="cheats")
    form = owner.get("/console/rules/demo/2/rules/cheats")
    full = RULE | {
        "edition": edition(form),
        "term": "外挂",
        "action": "block",
        "severity": "90",
        "exceptions": "门外挂\r\n\r\n 外挂车 ",
        "fields": ["text"],
        "has_channels": "yes",
        "channels": ["exact", "fold"],
        "has_guards": "yes",
        "thread_key": "1553855",
        "starts_at": "2026-11-22T08:00",
        "ends_at": "2026-12-01T00:00",
    }
    sent(owner, "/2/rules/cheats", **full)
    (rule,) = rulesets.export_rules("demo", 2, session=session).rules

    assert (rule.key, rule.action, rule.severity) == ("cheats", Action.BLOCK, 90)
    assert rule.exceptions == ("门外挂", "外挂车")
    assert rule.fields == {Field.TEXT}
    assert rule.channels is not None
    assert rule.guards == frozenset()
    assert (rule.thread_key, rule.starts_at) == ("1553855", 1_795_305_600)  # 08:00 in Shanghai
    page = shown(owner, "/2/rules/cheats")
    assert 'value="2026-11-22T08:00"' in page
    assert "门外挂\n外挂车</textarea>" in page
    sent(
        owner,
        "/2/rules/cheats",
        act="remove",
        edition=edition(owner.get("/console/rules/demo/2/rules/cheats")),
    )
    assert owner.get("/console/rules/demo/2/rules/cheats").status_code == 404


def test_what_holds_for_all_rules_is_edited(owner: FlaskClient, session: Session) -> None:
    sent(owner, "/drafts", source="version:1", name="x")
    seen = edition(owner.get("/console/rules/demo/2/settings"))
    form = {
        "edition": seen,
        "name": "新",
        "exceptions": "赌博罪",
        "has_thresholds": "yes",
        "review": "40",
        "block": "",
        "certain": "80",
    }
    wrong = owner.post("/console/rules/demo/2/settings", data=form | {"block": "20", "name": ""})
    assert wrong.status_code == 422
    assert 'id="block-fault"' in wrong.text
    assert owner.post("/console/rules/demo/2/settings", data=form | {"review": "x"}).status_code == 422
    sent(owner, "/2/settings", **form)
    written = rulesets.export_rules("demo", 2, session=session)

    assert written.exceptions == ("赌博罪",)
    assert written.thresholds is not None
    assert (written.thresholds.review, written.thresholds.block) == (40, None)
    assert "赌博罪" in shown(owner, "/2")


def test_a_rule_in_force_is_retired_or_edited_in_the_draft_of_corrections(
    owner: FlaskClient, session: Session
) -> None:
    key = a_rule("外挂").key
    assert sent(owner, "/corrections", key=key, act="retire") == "/console/rules/demo/2"
    assert sent(owner, "/corrections", key=key, act="retire") == "/console/rules/demo/2"
    other = a_rule("赌博").key
    assert sent(owner, "/corrections", key=other, act="edit") == f"/console/rules/demo/2/rules/{other}"

    assert [rule.term for rule in rulesets.export_rules("demo", 2, session=session).rules] == ["赌博"]
    assert len(rulesets.export_rules("demo", 1, session=session).rules) == 2


def test_lists_are_imported_as_files_or_pasted_with_faults_by_line(
    owner: FlaskClient, session: Session
) -> None:
    def imported(name: str, content: bytes, **form: str) -> TestResponse:
        # By hand: the client keeps a long form in a file, and forgets to close it.
        parts = {"action": "block", "severity": "70", **form}
        body = b"".join(
            f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in parts.items()
        )
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        return owner.post(
            "/console/rules/demo/import",
            data=body + head.encode() + content + b"\r\n--b--\r\n",
            content_type="multipart/form-data; boundary=b",
        )

    assert (
        imported("广告.txt", "加微信\n加微信\n代开发票\n".encode()).headers["Location"]
        == "/console/rules/demo/2"
    )
    (first, _) = rulesets.export_rules("demo", 2, session=session).rules
    assert (first.action, first.severity) == (Action.BLOCK, 70)
    assert imported("x.csv", b"term,action\nabc,review\n", version="2").status_code == 303
    assert [rule.term for rule in rulesets.export_rules("demo", 2, session=session).rules] == ["abc"]
    assert (
        imported("x.jsonl", '{"term": "赌博"}\n\n{"term": "*", "kind": "link"}\n'.encode()).status_code == 303
    )
    assert imported("x.json", b'{"exceptions": ["abc d"], "rules": [{"term": "abc"}]}').status_code == 303
    pasted = owner.post("/console/rules/demo/import", data={"list": "甲乙\r\n丙丁"})
    assert pasted.status_code == 303

    wrong = imported("x.jsonl", b'{"term": "a"}\n{"term": \n[1]\n{"term": "b", "severity": 0}\n')
    assert wrong.status_code == 422
    for line in (2, 3, 4):
        assert f"第 {line} 行" in wrong.text
    assert imported("x.txt", b"\xff\xfe").status_code == 422
    assert owner.post("/console/rules/demo/import", data={"list": " "}).status_code == 422
    assert imported("x.txt", b"a\n", version="1").status_code == 409
    assert len(rulesets.export_rules("demo", 1, session=session).rules) == 2
    long = imported("long.txt", b"word\n" * 200_000)
    assert long.status_code == 303
    assert imported("long.txt", b"x" * (17 * 2**20)).status_code == 413


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_a_version_is_downloaded_as_it_was_written(owner: FlaskClient, session: Session, form: str) -> None:
    answer = owner.get(f"/console/rules/demo/1/export/{form}")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="rules-demo-1.{form}"'
    written = rulesets.export_rules("demo", 1, session=session)
    assert read_document(answer.text, Format(form)) == Document(written.rules)
    assert owner.get("/console/rules/demo/1/export/xml").status_code == 404


def test_versions_beside_each_other_and_what_is_odd(owner: FlaskClient) -> None:
    sent(owner, "/drafts", source="version:1", name="x")
    add(owner, 2, "的")
    page = shown(owner, "/2")

    assert '<li class="added">' in page
    assert "太短" in page
    sent(owner, "/2/discard")
    assert owner.get("/console/rules/demo/2").status_code == 404
    assert owner.get("/console/rules/demo/2/discard").status_code == 404


def test_bad_input_is_answered_plainly(owner: FlaskClient) -> None:
    for path in ("?sort=x", "?kind=x", "?page=x", "?action=x", "/versions?before=x", "/try?version=x"):
        assert owner.get(f"/console/rules/demo{path}").status_code == 422, path
    for path in (
        "?q=%00%25",
        "?page=99999999",
        "?sort=-share",
        "/1?page=7",
        "/1?lint=yes",
        "/import?version=7",
    ):
        assert owner.get(f"/console/rules/demo{path}").status_code == 200, path
    for path in ("/9", "/9/edit", "/9/activate", "/9/retire", "/9/export/csv", "/1/rules/x%00"):
        assert owner.get(f"/console/rules/demo{path}").status_code == 404, path
    assert owner.get("/console/rules/demo/1/add").status_code == 303
    for source in ("version:x", "version:7", "pack:politics"):
        answer = owner.post("/console/rules/demo/drafts", data={"source": source})
        assert answer.status_code in {404, 422}, source
    assert owner.post("/console/rules/demo/try", data={"version": "9", "text": "x"}).status_code == 404
    assert owner.post("/console/rules/demo/1/discard").status_code == 303


def test_other_peoples_rules_are_unknown(site: UUID, sign_in: Callable[[str], FlaskClient]) -> None:
    del site
    stranger = sign_in("stranger")
    for path in (*PAGES, *OWNERS_PAGES, "/1/export/csv", f"/1/rules/{a_rule('外挂').key}"):
        assert stranger.get(f"/console/rules/demo{path}").status_code == 404, path
        assert stranger.get(f"/console/rules/nowhere{path}").status_code == 404, path
    for path in (
        "/drafts",
        "/corrections",
        "/import",
        "/try",
        "/1/activate",
        "/1/retire",
        "/1/discard",
        "/1/add",
    ):
        answer = stranger.post(f"/console/rules/demo{path}", data=RULE | {"edition": "0", "term": "x"})
        assert answer.status_code == 404, path


def test_who_reviews_reads_and_only_owners_change(site: UUID, sign_in: Callable[[str], FlaskClient]) -> None:
    del site
    sign_in("owner").post("/console/rules/demo/drafts", data={"source": "version:1", "name": "x"})
    for login in ("lin", "senior"):
        browser = sign_in(login)
        for path in (*PAGES, "/2", "/2/edit", "/1/export/csv"):
            page = shown(browser, path)
            assert "/corrections" not in page
            assert "/activate" not in page
        for path in OWNERS_PAGES:
            assert browser.get(f"/console/rules/demo{path}").status_code == 403, path
        for path in (
            "/drafts",
            "/corrections",
            "/import",
            "/1/activate",
            "/1/retire",
            "/2/discard",
            "/2/add",
        ):
            assert browser.post(f"/console/rules/demo{path}", data=RULE).status_code == 403, path
        assert browser.post("/console/rules/demo/try", data={"text": "外挂"}).status_code == 200


def test_who_has_several_sites_chooses(
    site: UUID, session: Session, services: Services, sign_in: Callable[[str], FlaskClient]
) -> None:
    del site
    an_account(session, services, "chief", Role.OWNER)
    page = sign_in("chief").get("/console/rules").text

    assert "/console/rules/demo" in page
    assert "/console/rules/other" in page


# Narrow -------------------------------------------------------------------------------------------------------


@pytest.fixture
def item(site: UUID, session: Session, services: Services) -> UUID:
    """Let a comment wait that the rule on 外挂 hit wrongly."""
    del site
    a_comment(session, services, "师傅外挂一幅画在墙上")
    found = session.scalars(select(ReviewItem.id).where(ReviewItem.state == ItemState.WAITING)).one()
    session.close()
    return found


def narrowed(browser: FlaskClient, item: UUID, exception: str, *, term: str = "外挂") -> TestResponse:
    return browser.post(
        f"/console/items/{item}/narrow", data={"rule": a_rule(term).key, "exception": exception}
    )


def test_a_card_narrows_a_rule_in_the_draft_of_corrections(
    item: UUID, session: Session, services: Services, sign_in: Callable[[str], FlaskClient]
) -> None:
    senior = sign_in("senior")
    page = html.unescape(senior.get(f"/console/items/{item}/narrow").text)
    found = re.search(r'name="exception" value="([^"]+)"', page)
    assert found is not None
    assert "外挂" in found[1]
    assert found[1] != "外挂"

    for _ in range(2):
        assert "/console/rules/demo/2" in narrowed(senior, item, found[1]).text
    assert narrowed(senior, item, "傅外挂一").status_code == 200
    rules = {rule.term: rule for rule in rulesets.export_rules("demo", 2, session=session).rules}
    assert rules["外挂"].exceptions == (found[1], "傅外挂一")
    assert len(rules) == 2
    row = rule_pages.version("demo", 2, session=session)
    assert (row.is_correction, row.edition, row.edited_by) == (True, 2, "Senior")
    told = session.scalars(select(AuditEvent.new)).all()
    assert found[1] not in str(told)

    assert verdict(session, services, "师傅外挂一幅画在墙上") is Verdict.REVIEW
    rulesets.activate("demo", 2, session=session, services=services)
    assert verdict(session, services, "师傅外挂一幅画在墙上") is Verdict.ALLOW
    assert verdict(session, services, "出售外挂软件") is Verdict.REVIEW
    # The next one is a correction of what is in force now, not of what was.
    session.close()
    rulesets.activate("demo", 1, session=session, services=services)
    assert "/console/rules/demo/2" not in narrowed(senior, item, found[1]).text


@pytest.mark.parametrize("exception", ["外挂", "", " ", "天气真好", "x" * 101, "\0", "门外挂"])
def test_an_exception_of_no_use_is_refused(
    item: UUID, session: Session, sign_in: Callable[[str], FlaskClient], exception: str
) -> None:
    answer = narrowed(sign_in("senior"), item, exception)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert len(rulesets.list_versions("demo", session=session)) == 1


def test_narrowing_answers_htmx_with_a_line(item: UUID, sign_in: Callable[[str], FlaskClient]) -> None:
    senior = sign_in("senior")
    data = {"rule": a_rule("外挂").key, "exception": "师傅外挂一幅"}
    address, headers = f"/console/items/{item}/narrow", {"HX-Request": "true"}
    done = senior.post(address, data=data, headers=headers).text
    refused = senior.post(address, data=data | {"exception": "外挂"}, headers=headers)

    assert "<html" not in done
    assert "/console/rules/demo/2" in done
    assert "<html" not in refused.text
    assert 'class="fault"' in refused.text


def test_only_who_may_narrows_and_only_there(
    item: UUID, session: Session, services: Services, sign_in: Callable[[str], FlaskClient]
) -> None:
    an_account(session, services, "afar", Role.SENIOR, site_key="other")
    assert narrowed(sign_in("lin"), item, "师傅外挂一幅").status_code == 403
    assert narrowed(sign_in("afar"), item, "师傅外挂一幅").status_code == 404
    assert sign_in("afar").get(f"/console/items/{item}/narrow").status_code == 404
    senior = sign_in("senior")
    assert narrowed(senior, item, "师傅外挂一幅", term="没有").status_code == 422
    rulesets.retire("demo", 1, session=session, services=services)
    assert narrowed(senior, item, "师傅外挂一幅").status_code == 422
