"""The operator's commands: what they do to the database, what they print, how they refuse."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from moderation.cli import cli
from moderation.domain.account import Opened, SessionLife
from moderation.domain.policy import Mode
from moderation.extensions import schema_head
from moderation.flows import accounts, intake, invitations, second_factor
from moderation.ports import Services
from moderation.store.tables import SecondFactor
from tests.factories import ORIGIN, PASSWORD, a_draft, a_site, an_account

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    """Return a function that runs `moderation …` in the test's application."""

    def command(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli, list(arguments), obj=lambda: app, input=stdin, catch_exceptions=False)

    return command


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# Sites ----------------------------------------------------------------------------------------------------------


def test_a_site_is_made_and_shown(run: Run) -> None:
    made = document(run("sites", "add", "news", "--origin", ORIGIN, "--limit", "client=9/minute", "--json"))

    assert made == document(run("sites", "show", "news", "--json"))
    assert (made["mode"], made["challenge"], made["limits"]) == ("pre", "image", {"client": "9/minute"})
    assert "news" in run("sites", "list").stdout


def test_a_site_keeps_what_is_not_changed(run: Run) -> None:
    run("sites", "add", "news", "--origin", ORIGIN, "--limit", "client=9/minute")

    run(
        "sites", "set", "news", "--mode", "rules", "--honest", "--limit", "site=5/minute", "--max-text", "300"
    )

    changed = document(run("sites", "show", "news", "--json"))
    assert (changed["mode"], changed["is_honest"], changed["max_text_chars"]) == ("rules", True, 300)
    assert changed["limits"] == {"client": "9/minute", "site": "5/minute"}
    assert changed["origins"] == [ORIGIN]
    assert document(run("sites", "set", "news", "--limit", "client=", "--json"))["limits"] == {
        "site": "5/minute"
    }


def test_every_fault_of_a_site_is_told_in_a_sentence(run: Run) -> None:
    result = run("sites", "add", "No Good", "--origin", "news.example", "--limit", "reader=1/minute")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "origins must be an origin like https://news.example" in result.stderr
    assert "limits/reader is not one of the known values" in result.stderr
    assert "key does not have the right form" in result.stderr


def test_an_unknown_site_is_refused_in_a_sentence(run: Run) -> None:
    result = run("sites", "show", "nowhere")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no such site" in result.stderr


def test_a_thread_is_closed_and_reopened(run: Run, session: Session, services: Services) -> None:
    a_site(session, services)
    intake.submit(a_draft(), session=session, services=services)
    key = a_draft().thread_key

    closed = document(run("sites", "thread", "demo", key, "--close", "--json"))

    assert closed["is_closed"] is True
    assert "follows its site again" in run("sites", "thread", "demo", key, "--reopen").stderr
    assert run("sites", "thread", "demo", "unknown", "--close").exit_code == 1
    assert run("sites", "thread", "demo", key).exit_code == 2


def test_sign_in_keys_are_added_listed_and_retired(run: Run) -> None:
    run("sites", "add", "news", "--origin", ORIGIN)

    added = document(run("sites", "sign-in-key", "news", "--add", "--json"))
    told = run("sites", "sign-in-key", "news", "--add")
    listed = document(run("sites", "sign-in-key", "news", "--list", "--json"))
    retired = run("sites", "sign-in-key", "news", "--retire", added["key_id"])

    assert len(added["secret"]) == 43
    assert "not shown again" in told.stderr
    assert {key["key_id"] for key in listed} > {added["key_id"]}
    assert "secret" not in listed[0]
    assert added["secret"] not in run("sites", "sign-in-key", "news", "--list").output
    assert f"{added['key_id']} is retired" in retired.stderr
    assert "in force" in run("sites", "sign-in-key", "news", "--list").stdout
    assert run("sites", "sign-in-key", "news", "--retire", added["key_id"]).exit_code == 1
    assert run("sites", "sign-in-key", "news").exit_code == 2
    assert run("sites", "sign-in-key", "news", "--add", "--retire", "0a1b2c3d").exit_code == 2
    assert run("sites", "sign-in-key", "nowhere", "--list").exit_code == 1


# Accounts -------------------------------------------------------------------------------------------------------

LIFE = SessionLife(absolute=timedelta(hours=1), idle=timedelta(hours=1))


def signs_in(login: str, password: str, session: Session, services: Services) -> bool:
    entered = accounts.sign_in(login, password, life=LIFE, session=session, services=services)
    return isinstance(entered, Opened)


def test_a_password_is_made_and_printed_once(run: Run, session: Session, services: Services) -> None:
    result = run("accounts", "add", "Li", "--role", "owner")

    assert result.exit_code == 0
    assert signs_in("li", result.stdout.strip(), session, services)
    assert result.stdout.strip() not in run("accounts", "list").output


def test_an_invitation_is_printed_once_and_makes_an_account(
    run: Run, session: Session, services: Services
) -> None:
    a_site(session, services)
    result = run("accounts", "invite", "小赵", "--role", "owner")
    token = result.stdout.strip().rpartition("/")[2]

    shown = invitations.look_at(token, session=session, services=services)

    assert (shown.name, shown.role, shown.site_name) == ("小赵", "owner", None)
    assert document(run("accounts", "invite", "Li", "--site", "demo", "--json"))["link"]
    assert run("accounts", "invite", "Li", "--site", "nowhere").exit_code == 1


def test_a_lost_second_factor_is_taken_off(run: Run, session: Session, services: Services) -> None:
    account_id = an_account(session, services)
    second_factor.begin(account_id, session=session, services=services)
    session.execute(update(SecondFactor).values(confirmed_at=services.clock.now()))
    session.commit()
    assert not signs_in("lin", PASSWORD, session, services)

    assert document(run("accounts", "remove-second-factor", "lin", "--json"))["removed"]

    assert signs_in("lin", PASSWORD, session, services)
    assert "has no second factor" in run("accounts", "remove-second-factor", "lin").stderr
    assert run("accounts", "remove-second-factor", "nobody").exit_code == 1


def test_a_password_from_stdin_is_not_printed(run: Run, session: Session, services: Services) -> None:
    a_site(session, services)
    result = run(
        "accounts", "add", "li", "--site", "demo", "--password-stdin", stdin="a password of one's own\n"
    )

    assert result.stdout == ""
    assert "a password" not in result.stderr
    assert signs_in("li", "a password of one's own", session, services)
    assert document(run("accounts", "list", "--json"))[0]["roles"] == {"demo": "moderator"}


def test_a_password_is_replaced(run: Run, session: Session, services: Services) -> None:
    run("accounts", "add", "li")

    given = document(run("accounts", "set-password", "li", "--json"))

    assert signs_in("li", given["password"], session, services)
    assert run("accounts", "set-password", "nobody").exit_code == 1
    assert "at least 12" in run("accounts", "set-password", "li", "--password-stdin", stdin="short\n").stderr


# Rules ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def site(session: Session, services: Services) -> str:
    a_site(session, services, mode=Mode.PRE)
    return "demo"


def test_packs_are_imported_activated_and_tried(run: Run, site: str) -> None:
    names = [pack["name"] for pack in document(run("rules", "packs", "--json"))]
    chosen = [argument for name in names for argument in ("--pack", name)]

    version = document(run("rules", "import", site, *chosen, "--activate", "--json"))

    assert (version["number"], version["state"]) == (1, "active")
    found = document(run("rules", "try", site, "大家加 微 信聊", "--json"))
    assert found["verdict"] == "review"
    assert found["matches"][0]["span"] == {"start": 2, "end": 7}
    assert found["sentences"] == ["去掉间隔符号后命中“加微信”"]
    people = run("rules", "try", site, "大家加 微 信聊", "--language", "en")
    assert "大家[加 微 信]聊" in people.stdout
    assert "after removing symbols" in people.stdout


def test_a_version_is_a_draft_until_activated_and_can_be_rolled_back(
    run: Run, site: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("词语甲\n", encoding="utf-8")
    second.write_text("词语乙\n", encoding="utf-8")
    for number, path in enumerate((first, second), start=1):
        run("rules", "import", site, str(path), "--action", "block")
        assert run("rules", "activate", site, str(number)).exit_code == 0

    run("rules", "activate", site, "1")

    listed = document(run("rules", "list", site, "--json"))
    assert [(version["number"], version["state"]) for version in listed] == [(2, "retired"), (1, "active")]
    assert document(run("rules", "try", site, "词语甲", "--json"))["verdict"] == "block"
    assert document(run("rules", "try", site, "词语乙", "--json"))["verdict"] == "allow"


def test_every_faulty_line_is_told_and_nothing_is_imported(run: Run, site: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("term,action\n好词,review\n坏词,boom\n,review\n", encoding="utf-8")

    result = run("rules", "import", site, str(path))

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{path}: line 3: action" in result.stderr
    assert f"{path}: line 4: term" in result.stderr
    assert document(run("rules", "list", site, "--json")) == []


def test_a_file_that_is_not_utf_8_is_refused(run: Run, site: str, tmp_path: Path) -> None:
    path = tmp_path / "gbk.txt"
    path.write_bytes("词语".encode("gbk"))

    assert "not UTF-8" in run("rules", "import", site, str(path)).stderr


def test_a_rule_in_two_files_counts_once_but_not_with_two_meanings(
    run: Run, site: str, tmp_path: Path
) -> None:
    first, second, third = (tmp_path / name for name in ("a.txt", "b.txt", "c.csv"))
    first.write_text("词语甲\n词语乙\n", encoding="utf-8")
    second.write_text("词语乙\n", encoding="utf-8")
    third.write_text("term,action\n词语乙,block\n", encoding="utf-8")

    assert document(run("rules", "import", site, str(first), str(second), "--json"))["rule_count"] == 2
    clash = run("rules", "import", site, str(first), str(third))
    assert clash.exit_code == 1
    assert "with other settings" in clash.stderr


def test_what_is_exported_imports_again(run: Run, site: str, tmp_path: Path) -> None:
    run("rules", "import", site, "--pack", "insult")
    path = tmp_path / "out.csv"

    assert run("rules", "export", site, "1", "--output", str(path)).exit_code == 0

    again = document(run("rules", "import", site, str(path), "--json"))
    assert again["digest"] == document(run("rules", "import", site, str(path), "--json"))["digest"]
    assert len(document(run("rules", "export", site, "1", "--json"))["rules"]) == again["rule_count"]


def test_import_wants_something_to_import(run: Run, site: str) -> None:
    assert run("rules", "import", site).exit_code == 2


# Migrate and doctor ---------------------------------------------------------------------------------------------


def test_migrating_a_migrated_database_changes_nothing(run: Run) -> None:
    assert document(run("migrate", "--json")) == {
        "before": schema_head(),
        "after": schema_head(),
        "recompiled": 0,
    }


def test_the_doctor_tells_what_to_mend(run: Run) -> None:
    result = run("doctor", "--json")

    found = {one["name"]: one for one in json.loads(result.stdout)["findings"]}
    assert result.exit_code == 1
    assert found["database"]["is_well"]
    assert found["schema"]["found"] == schema_head()
    assert found["limits"]["is_well"]
    # The test's key is a sentence, its clock stands still, and nobody works.
    assert {name for name, one in found.items() if not one["is_well"]} == {
        "secret key",
        "clock",
        "challenges",
        "worker",
    }
    assert "moderation worker" in found["worker"]["advice"]


def test_the_doctor_marks_each_line_for_people(run: Run) -> None:
    lines = run("doctor").stdout.splitlines()

    assert "✓ settings: read and within bounds" in lines
    assert any(line.startswith("✗ worker") for line in lines)


def test_settings_that_are_unsound_are_told_not_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    monkeypatch.setenv("MODERATION_SECRET_KEY", "short")

    refused = CliRunner().invoke(cli, ["sites", "list"])
    doctor = CliRunner().invoke(cli, ["doctor", "--json"])

    assert refused.exit_code == doctor.exit_code == 1
    assert "SECRET_KEY needs at least 32" in refused.stderr
    assert json.loads(doctor.stdout)["findings"][0]["is_well"] is False
