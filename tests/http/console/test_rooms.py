"""The pages of an author, a thread and the settings: who may do what, without script, and what a wrong field gets."""

import re
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from moderation.domain.account import Role
from moderation.domain.comment import Status
from moderation.domain.policy import Mode
from moderation.domain.texts import TEXTS
from moderation.ports import Services
from moderation.store.tables import Author, Comment, Site, Thread
from tests.conftest import Queries, SignIn
from tests.factories import a_comment, a_site, an_account

TOKEN = "mod_author_" + "a" * 43
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
def site(session: Session, services: Services) -> UUID:
    """Make a site with a comment that waits, and its people; another site with a moderator of its own."""
    site_id = a_site(session, services)
    a_site(session, services, "other")
    for login, role in (("lin", Role.MODERATOR), ("chen", Role.SENIOR), ("bao", Role.OWNER)):
        an_account(session, services, login, role, site_key="demo", language="en")
    an_account(session, services, "elsewhere", Role.OWNER, site_key="other", language="en")
    a_comment(session, services, HOSTILE, author_token=TOKEN, nickname="<b>晨曦</b>")
    return site_id


def author_address(session: Session) -> str:
    session.rollback()
    return f"/console/authors/{session.scalars(select(Author.id)).one()}"


def thread_address(session: Session) -> str:
    session.rollback()
    return f"/console/threads/{session.scalars(select(Thread.id)).one()}"


def statuses(session: Session) -> list[Status]:
    session.rollback()
    return list(session.scalars(select(Comment.status)))


def page(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


# Author -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("site")
def test_an_author_is_blocked_noted_and_unblocked_by_plain_forms(session: Session, sign_in: SignIn) -> None:
    lin, address = sign_in("lin"), author_address(session)

    blocked = lin.post(f"{address}/block", data={"reason": "insult", "days": "7", "note": "rude"})
    lin.post(f"{address}/notes", data={"note": f"seen before {HOSTILE}"})

    assert (blocked.status_code, blocked.headers["Location"]) == (303, address)
    shown = page(lin, address)
    assert "Blocked until" in shown
    assert "seen before &lt;img" in shown
    assert "<img" not in shown
    assert "&lt;b&gt;晨曦&lt;/b&gt;" in shown
    lin.post(f"{address}/unblock")
    assert "Blocked until" not in page(lin, address)


@pytest.mark.usefixtures("site")
def test_a_card_gets_its_reader_back(session: Session, sign_in: SignIn) -> None:
    lin, address = sign_in("lin"), author_address(session)
    form = {"reason": "other", "days": "", "next": "/console/queue/reported"}

    assert lin.post(f"{address}/block", data=form).headers["Location"] == "/console/queue/reported"
    away = lin.post(f"{address}/block", data=form | {"next": "https://evil.example/"})
    assert away.headers["Location"] == "/console/queue"
    assert "Blocked for good" in page(lin, address)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "form",
    [
        {"reason": "", "days": "7"},
        {"reason": "nothing", "days": "7"},
        {"reason": "other", "days": "2"},
        {"reason": "other", "days": "soon"},
        {"reason": "other", "days": "9" * 30},
        {"reason": "other", "days": "7", "note": "\x00"},
    ],
)
def test_a_block_that_makes_no_sense_is_refused(
    session: Session, sign_in: SignIn, form: dict[str, str]
) -> None:
    assert sign_in("lin").post(f"{author_address(session)}/block", data=form).status_code == 422
    assert session.scalars(select(Author.banned_until)).all() == [None]


@pytest.mark.usefixtures("site")
def test_everything_that_waits_from_an_author_is_rejected_and_undone(
    session: Session, services: Services, sign_in: SignIn
) -> None:
    a_comment(session, services, "第二条", author_token=TOKEN)
    lin, address = sign_in("lin"), author_address(session)
    shown = page(lin, address)
    assert "2 wait" in shown
    batch = re.findall(r'name="batch" value="([^"]+)"', shown)[0]
    form = {"batch": batch, "ruling": "reject:advertising"}

    done = lin.post(f"{address}/decide", data=form)
    lin.post(f"{address}/decide", data=form)
    told = page(lin, done.headers["Location"])

    assert statuses(session) == [Status.REJECTED, Status.REJECTED]
    assert "2 decided." in told
    lin.post(re.findall(r'action="(/console/strokes/[^"]+)"', told)[0], data={"next": address})
    assert statuses(session) == [Status.PENDING, Status.PENDING]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "query", ["?status=nothing", "?cursor=x", "?batch=x", "?batch=&decided=x", "?batch="]
)
def test_an_address_that_was_tampered_with_is_refused(session: Session, sign_in: SignIn, query: str) -> None:
    lin = sign_in("lin")

    for address in (author_address(session), thread_address(session)):
        assert lin.get(address + query).status_code in {400, 422}


# Thread -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("site")
def test_a_senior_freezes_a_thread_and_a_moderator_reads_it(session: Session, sign_in: SignIn) -> None:
    lin, chen, address = sign_in("lin"), sign_in("chen"), thread_address(session)

    assert lin.post(f"{address}/mode", data={"mode": "closed"}).status_code == 403
    assert "Freeze this thread" not in page(lin, address)
    assert "Freeze this thread" in page(chen, address)
    assert chen.post(f"{address}/mode", data={"mode": "closed"}).status_code == 303
    shown = page(lin, address)
    assert "Nobody can comment" in shown
    assert "as the site → Closed" in " ".join(shown.split())
    assert lin.post(f"{address}/undo").status_code == 403
    chen.post(f"{address}/undo")
    session.rollback()
    assert session.scalars(select(Thread.mode)).one() is None
    assert chen.post(f"{address}/mode", data={"mode": "nothing"}).status_code == 422


@pytest.mark.usefixtures("site")
def test_a_thread_shows_every_order_with_its_text_escaped(session: Session, sign_in: SignIn) -> None:
    lin, address = sign_in("lin"), thread_address(session)

    for query in ("", "?order=tree", "?status=pending", f"?below={uuid4()}"):
        shown = page(lin, address + query)
        assert "<img" not in shown
    assert "&lt;img" in page(lin, f"{address}?order=tree")


@pytest.mark.usefixtures("site")
def test_a_thread_is_emptied_at_one_stroke(session: Session, sign_in: SignIn) -> None:
    lin, address = sign_in("lin"), thread_address(session)

    answer = lin.post(f"{address}/decide", data={"batch": str(uuid4()), "ruling": "approve"})

    assert answer.status_code == 303
    assert statuses(session) == [Status.PUBLISHED]
    for form in ({"batch": "x", "ruling": "approve"}, {"batch": str(uuid4()), "ruling": "burn"}, {}):
        assert lin.post(f"{address}/decide", data=form).status_code == 422


# Other sites --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("site")
def test_people_of_another_site_find_nothing_and_change_nothing(session: Session, sign_in: SignIn) -> None:
    stranger = sign_in("elsewhere")
    author, thread, settings = author_address(session), thread_address(session), "/console/settings/demo"
    reads = [author, thread, settings, f"{settings}/texts"]
    batch = str(uuid4())
    writes = {
        f"{author}/block": {"reason": "other", "days": "7"},
        f"{author}/unblock": {},
        f"{author}/notes": {"note": "x"},
        f"{thread}/mode": {"mode": "closed"},
        f"{thread}/undo": {},
        settings: {"version": "1"},
        f"{settings}/texts": {"version": "1", "language": "en"},
        f"{settings}/emergency/frozen": {},
        f"{settings}/emergency/frozen/end": {},
    }

    assert {stranger.get(address).status_code for address in reads} == {404}
    assert {stranger.post(address, data=form).status_code for address, form in writes.items()} == {404}
    for address in (author, thread):
        stranger.post(f"{address}/decide", data={"batch": batch, "ruling": "approve"})
    assert statuses(session) == [Status.PENDING]
    unknown = author.rpartition("/")[0] + f"/{uuid4()}"
    assert stranger.get(unknown).status_code == 404
    assert session.scalars(select(Author.banned_until)).all() == [None]
    assert session.scalars(select(Site.frozen_at)).all() == [None, None]


# Settings -----------------------------------------------------------------------------------------------------


def form_of(html: str) -> dict[str, str]:
    """Read the settings form as a browser would send it unchanged."""
    form = dict(re.findall(r'<input id="[^"]+" name="([^"]+)" value="([^"]*)"', html))
    form |= dict(re.findall(r'<input type="(?:radio|checkbox)" name="([^"]+)" value="([^"]*)" checked', html))
    form |= dict(re.findall(r'<input type="hidden" name="(version)" value="([^"]*)"', html))
    form["origins"] = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", html, re.DOTALL)[0]
    form["language"] = re.findall(r'<option value="([^"]+)" selected', html)[0]
    return form


def save(browser: FlaskClient, **changed: str) -> TestResponse:
    address = "/console/settings/demo"
    return browser.post(address, data=form_of(page(browser, address)) | changed)


@pytest.mark.usefixtures("site")
def test_what_an_owner_changes_holds_and_what_he_leaves_stays(session: Session, sign_in: SignIn) -> None:
    bao = sign_in("bao")
    before = form_of(page(bao, "/console/settings/demo"))

    assert save(bao).status_code == 303
    assert form_of(page(bao, "/console/settings/demo")) == before
    saved = save(bao, mode="rules", patrol_percent="12", origins="https://a.example\r\nhttps://b.example")
    assert "Saved." in page(bao, saved.headers["Location"])
    site = session.scalars(select(Site).where(Site.key == "demo")).one()
    assert (site.mode, site.patrol_percent) == (Mode.RULES, 12)
    assert site.origins == ["https://a.example", "https://b.example"]
    assert "Rules" in page(bao, "/console/audit")


@pytest.mark.usefixtures("site")
def test_a_fault_stands_at_its_field_and_everything_typed_stays(session: Session, sign_in: SignIn) -> None:
    bao = sign_in("bao")

    answer = save(
        bao,
        name=HOSTILE,
        max_text_chars="many",
        patrol_percent="101",
        retain_client_days="0",
        origins="https://a.example/path",
        **{"limits.client": "often"},
    )

    assert answer.status_code == 422
    shown = answer.text
    for name in ("max_text_chars", "patrol_percent", "retain_client_days", "origins", "limits.client"):
        assert f'id="{name}-fault"' in shown
        assert re.search(rf'id="{re.escape(name)}"[^>]*aria-invalid="true"', shown)
    assert 'value="many"' in shown
    assert 'value="&lt;img' in shown
    assert "A whole number from 0 to 100, please." in shown
    assert session.scalars(select(Site.version).where(Site.key == "demo")).one() == 1


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "changed",
    [
        {"mode": "open"},
        {"challenge": ""},
        {"version": "x"},
        {"language": "fr"},
        {"name": " "},
        {"name": "a\x00"},
    ],
)
def test_what_no_form_sends_is_refused(sign_in: SignIn, changed: dict[str, str]) -> None:
    assert save(sign_in("bao"), **changed).status_code == 422


@pytest.mark.usefixtures("site")
def test_the_second_of_two_owners_sees_what_the_first_has_changed(
    session: Session, services: Services, sign_in: SignIn
) -> None:
    an_account(session, services, "dai", Role.OWNER, site_key="demo", language="en")
    bao, dai = sign_in("bao"), sign_in("dai")
    opened = form_of(page(dai, "/console/settings/demo"))
    save(bao, mode="post")

    late = dai.post("/console/settings/demo", data=opened | {"mode": "rules", "max_text_chars": "500"})

    assert late.status_code == 409
    assert "Bao has changed" in late.text
    assert "Nothing of yours was saved." in late.text
    assert session.scalars(select(Site.mode).where(Site.key == "demo")).one() is Mode.POST
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', late.text))
    assert dai.post("/console/settings/demo", data=hidden).status_code == 303
    session.rollback()
    site = session.scalars(select(Site).where(Site.key == "demo")).one()
    assert (site.mode, site.max_text_chars) == (Mode.RULES, 500)


@pytest.mark.usefixtures("site")
def test_a_senior_reads_the_policy_and_only_an_owner_changes_it(session: Session, sign_in: SignIn) -> None:
    chen, lin = sign_in("chen"), sign_in("lin")
    shown = page(chen, "/console/settings/demo")

    assert "<fieldset disabled>" in shown
    assert chen.post("/console/settings/demo", data=form_of(shown)).status_code == 403
    assert chen.get("/console/settings/demo/texts").status_code == 403
    assert lin.get("/console/settings").status_code == 403
    assert lin.post("/console/settings/demo/emergency/frozen").status_code == 403
    assert session.scalars(select(Site.frozen_at)).all() == [None, None]


@pytest.mark.usefixtures("site")
def test_an_emergency_stands_on_every_page_until_it_ends(session: Session, sign_in: SignIn) -> None:
    chen, lin, stranger = sign_in("chen"), sign_in("lin"), sign_in("elsewhere")

    chen.post("/console/settings/demo/emergency/frozen", data={"note": "flood <b>"})

    for address in ("/console/queue", "/console/", author_address(session)):
        shown = page(lin, address)
        assert "Frozen: nobody can comment." in shown
        assert "flood &lt;b&gt;" in shown
        assert "emergency/frozen/end" not in shown
        assert "Frozen: nobody" not in page(stranger, "/console/queue")
    assert "emergency/frozen/end" in page(chen, "/console/queue")
    ended = chen.post("/console/settings/demo/emergency/frozen/end", data={"next": "/console/queue"})
    assert ended.headers["Location"] == "/console/queue"
    assert "Frozen: nobody" not in page(lin, "/console/queue")
    assert chen.post("/console/settings/demo/emergency/fire").status_code == 404


@pytest.mark.usefixtures("site")
def test_the_only_site_is_opened_at_once_and_several_are_listed(
    session: Session, services: Services, sign_in: SignIn
) -> None:
    an_account(session, services, "everywhere", Role.OWNER, language="en")

    assert sign_in("chen").get("/console/settings").headers["Location"] == "/console/settings/demo"
    listed = page(sign_in("everywhere"), "/console/settings")
    assert "/console/settings/demo" in listed
    assert "/console/settings/other" in listed


@pytest.mark.usefixtures("site")
def test_listing_sites_costs_the_same_for_many(
    session: Session, services: Services, sign_in: SignIn, queries: Queries
) -> None:
    an_account(session, services, "everywhere", Role.OWNER, language="en")
    browser = sign_in("everywhere")
    page(browser, "/console/settings")
    queries.statements.clear()
    page(browser, "/console/settings")
    few = len(queries)
    for number in range(5):
        a_site(session, services, f"more{number}")
    queries.statements.clear()

    page(browser, "/console/settings")

    assert len(queries) == few


# Texts --------------------------------------------------------------------------------------------------------


def texts(browser: FlaskClient, language: str = "zh-CN", **own: str) -> TestResponse:
    address = "/console/settings/demo/texts"
    version = re.findall(r'name="version" value="(\d+)"', page(browser, address))[0]
    named = {f"text.{language}.{key.replace('_', '-')}": text for key, text in own.items()}
    return browser.post(address, data={"version": version, "language": language} | named)


@pytest.mark.usefixtures("site")
def test_a_text_of_its_own_shows_in_page_and_list_and_stays_text(
    session: Session, client: FlaskClient, sign_in: SignIn
) -> None:
    bao = sign_in("bao")
    frame = "/embed/v1/demo/frame?thread=1553855&lang=zh-CN"
    tag = client.get("/api/v1/sites/demo/comments?thread=1553855").headers["ETag"]

    assert texts(bao, send="投稿 <b>{0}</b>".replace("{0}", ""), heading="读者来信 {n}").status_code == 303

    shown = page(client, frame)
    assert "投稿 &lt;b&gt;&lt;/b&gt;" in shown
    assert "<h1>读者来信 0</h1>" in shown
    answer = client.get("/api/v1/sites/demo/comments?thread=1553855", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.json["form"]["texts"] == {"zh-CN": {"send": "投稿 <b></b>", "heading": "读者来信 {n}"}}  # type: ignore[index]
    assert "Post comment" in page(client, frame.replace("zh-CN", "en"))
    texts(bao, language="en", send="Send it")
    texts(bao, send="", heading="")
    session.rollback()
    assert session.scalars(select(Site.texts).where(Site.key == "demo")).one() == {"en": {"send": "Send it"}}


@pytest.mark.usefixtures("site")
def test_a_lost_slot_is_shown_at_its_field_and_nothing_is_kept(session: Session, sign_in: SignIn) -> None:
    answer = texts(sign_in("bao"), heading="读者来信", send="投稿")

    assert answer.status_code == 422
    assert 'id="texts.zh-CN.heading-fault"' in answer.text
    assert 'value="投稿"' in answer.text
    assert session.scalars(select(Site.texts).where(Site.key == "demo")).one() == {}


@pytest.mark.usefixtures("site")
def test_every_text_is_offered_with_its_default(sign_in: SignIn) -> None:
    bao = sign_in("bao")

    for language in ("zh-CN", "en"):
        shown = page(bao, f"/console/settings/demo/texts?language={language}")
        assert all(f'name="text.{language}.{text.key}"' in shown for text in TEXTS)


@pytest.mark.usefixtures("site")
def test_texts_saved_late_show_what_was_saved_before(sign_in: SignIn) -> None:
    bao = sign_in("bao")
    stale = {"version": "1", "language": "zh-CN", "text.zh-CN.send": "投稿"}
    texts(bao, send="来信")

    late = bao.post("/console/settings/demo/texts", data=stale)

    assert late.status_code == 409
    assert "来信" in late.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', late.text))
    assert bao.post("/console/settings/demo/texts", data=hidden).status_code == 303
    assert 'value="投稿"' in page(bao, "/console/settings/demo/texts")
