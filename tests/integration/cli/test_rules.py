"""`moderation rules` without a site, and what `lint` and `export` take from one."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy.orm import Session

from moderation import rules
from moderation.cli import cli
from moderation.ports import Services
from moderation.rules import Action
from tests.factories import a_comment, a_rule, a_site, active_rules

LINES = [
    {"id": 1, "rules": ["赌博"], "text": "去赌*博吧"},
    {"id": 2, "rules": ["赌博"], "text": "天气"},
]


def no_application() -> Flask:
    raise AssertionError("this needs no application")


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(
        cli, ["rules", *arguments], obj=no_application, input=stdin, catch_exceptions=False
    )


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def as_lines(*requests: object) -> str:
    return "".join(json.dumps(request) + "\n" for request in requests)


def answers(result: Result) -> list[Any]:
    return [json.loads(answer) for answer in result.stdout.splitlines()]


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("term,action,exceptions\n赌博,block,\n和服,review,和服务\n", encoding="utf-8")
    return path


# Match ------------------------------------------------------------------------------------------------------------


def test_lines_are_answered_in_their_order() -> None:
    result = run("match", stdin="\ufeff" + as_lines(*LINES) + "\n")

    assert result.exit_code == 0
    assert answers(result) == [{"id": 1, "spans": [[1, 4, "赌博"]]}, {"id": 2, "spans": []}]
    assert result.stdout.isascii()


def test_a_bad_line_is_told_in_its_place_and_the_rest_goes_on() -> None:
    result = run("match", stdin=as_lines(LINES[0]) + "nope\n" + as_lines(LINES[1]))

    assert result.exit_code == 1
    told = answers(result)
    assert [answer["id"] for answer in told] == [1, None, 2]
    assert told[1]["error"]["line"] == 2
    assert told[1]["error"]["code"] == "malformed"
    assert "1 lines were refused" in result.stderr


def test_a_fault_of_ours_costs_one_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluate(rule_set: Any, texts: Any, facts: Any, really: Any = rules.evaluate) -> Any:
        return really(rule_set, texts, facts) if "赌" in texts["text"] else 1 // 0

    monkeypatch.setattr(rules, "evaluate", evaluate)

    result = run("match", stdin=as_lines(*LINES))

    assert result.exit_code == 1
    assert [answer.get("error", {}).get("code") for answer in answers(result)] == [None, "internal"]


def test_lines_of_a_file_are_matched_with_a_compiled_set(csv_file: Path, tmp_path: Path) -> None:
    compiled, lines = str(tmp_path / "set.rules"), tmp_path / "lines.jsonl"
    lines.write_text(as_lines({"id": "a", "text": "和服务，赌.博"}))
    run("compile", str(csv_file), "-o", compiled)

    (answer,) = answers(run("match", str(lines), "--compiled", compiled, "--details"))

    assert answer["spans"] == [[4, 7, "赌博"]]
    assert answer["details"][0]["key"].startswith("term-")
    assert answer["verdict"] == "block"


def test_an_answer_comes_before_the_next_line_is_read() -> None:
    command = [sys.executable, "-m", "moderation.cli", "rules", "match"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in LINES:
            process.stdin.write(as_lines(line))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == line["id"]


def test_matching_loads_neither_the_application_nor_the_database() -> None:
    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom moderation.cli import cli\n"
        f"assert CliRunner().invoke(cli, ['rules', 'match'], input={as_lines(*LINES)!r}).exit_code == 0\n"
        "print([name for name in ('flask', 'sqlalchemy', 'moderation.app', 'moderation.flows') if name in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"


# Try --------------------------------------------------------------------------------------------------------------


def test_a_text_is_tried_with_terms_files_and_packs(csv_file: Path) -> None:
    options = ["--term", "外挂", "--term", "外掛", "--file", str(csv_file), "--pack", "contact"]

    found = document(run("try", *options, "卖外挂，赌*博，加微信", "--lang", "en", "--json"))

    assert (found["verdict"], found["score"] > 0) == ("block", True)
    assert [match["term"] for match in found["matches"]] == ["外挂", "赌博", "加微信"]
    assert "matched “外挂”" in found["sentences"]


def test_a_text_is_tried_from_stdin_and_marked_for_people() -> None:
    result = run("try", "--term", "赌博", stdin="去赌*博\x1b[2J\n")

    verdict, marked, sentence = result.stdout.splitlines()
    assert verdict.startswith("review  score ")
    assert marked == "去[赌*博]␛[2J"
    assert "separator" in sentence


def test_a_text_is_tried_with_a_compiled_set(csv_file: Path, tmp_path: Path) -> None:
    compiled = str(tmp_path / "set.rules")
    run("compile", str(csv_file), "-o", compiled)

    assert document(run("try", "--compiled", compiled, "赌博", "--json"))["verdict"] == "block"
    assert run("try", "--compiled", compiled, "--term", "x", "赌博").exit_code == 2


def test_rules_with_an_end_are_tried_as_of_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("term,ends_at\n赌博,2026-01-01T00:00:00Z\n", encoding="utf-8")
    options = ["try", "--file", str(path), "赌博", "--json", "--now"]

    assert document(run(*options, "2025-12-31T23:59:59Z"))["verdict"] == "review"
    assert document(run(*options, "2026-01-01T08:00:00+08:00"))["verdict"] == "allow"
    assert run(*options, "2026-01-01").exit_code == 2
    assert run(*options, "soon").exit_code == 2


@pytest.mark.parametrize("arguments", [[], ["--term", "x", "site", "text"], ["a", "b", "c"]])
def test_try_wants_one_text_and_one_place_of_rules(arguments: list[str]) -> None:
    assert run("try", *arguments).exit_code == 2


def test_a_term_that_is_none_is_refused() -> None:
    result = run("try", "--term", " ", "x")

    assert (result.exit_code, "empty" in result.stderr) == (1, True)


# Compile ----------------------------------------------------------------------------------------------------------


def test_a_list_is_compiled_and_verified(csv_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "set.rules"

    made = document(run("compile", str(csv_file), "--pack", "insult", "-o", str(target), "--json"))

    assert made["bytes"] == target.stat().st_size
    assert made["digest"] == rules.load(target.read_bytes()).digest
    checked = document(run("compile", "--check", str(target), "--json"))
    assert {name: checked[name] for name in ("rules", "digest")} == {
        name: made[name] for name in ("rules", "digest")
    }
    assert "is whole" in run("compile", "--check", str(target)).stderr
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv", "set.rules"] or not list(
        tmp_path.glob(".*")
    )


def test_what_cannot_be_compiled_leaves_the_old_file(csv_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "set.rules"
    run("compile", str(csv_file), "-o", str(target))
    before = target.read_bytes()
    csv_file.write_text("term,severity\n赌博,0\n", encoding="utf-8")

    result = run("compile", str(csv_file), "-o", str(target))

    assert result.exit_code == 1
    assert "line 2: severity" in result.stderr
    assert target.read_bytes() == before
    assert run("compile", "--pack", "insult", "-o", str(tmp_path / "no" / "set.rules")).exit_code == 1


def test_a_damaged_file_is_refused_wherever_it_is_used(csv_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "set.rules"
    run("compile", str(csv_file), "-o", str(target))
    target.write_bytes(target.read_bytes()[:-1])

    for command in (["compile", "--check"], ["match", "--compiled"], ["try", "x", "--compiled"]):
        result = run(*command, str(target), stdin="")
        assert (result.exit_code, "damaged" in result.stderr) == (1, True)


@pytest.mark.parametrize("arguments", [[], ["--pack", "insult"], ["--check", "pyproject.toml", "-o", "x"]])
def test_compile_wants_lists_and_a_file_to_write(arguments: list[str]) -> None:
    assert run("compile", *arguments).exit_code == 2


def test_sources_with_different_thresholds_are_refused(tmp_path: Path) -> None:
    for name, bound in (("a.json", 40), ("b.json", 50)):
        (tmp_path / name).write_text(json.dumps({"rules": [], "thresholds": {"review": bound}}))

    result = run("compile", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "-o", str(tmp_path / "x"))

    assert (result.exit_code, "different thresholds" in result.stderr) == (1, True)


# Lint -------------------------------------------------------------------------------------------------------------


def test_findings_are_told_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("赌博\n# 一\n賭博\nab\n", encoding="utf-8")

    result = run("lint", str(path), "--lang", "en")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{path}:3: warning duplicate: “賭博” and “赌博” are the same after folding",
        f"{path}:4: warning too-short: “ab” is too short and will hit much that is innocent",
    ]
    assert "3 rules: 0 errors, 2 warnings, 0 hints." in result.stderr
    assert run("lint", str(path), "--strict").exit_code == 1
    assert run("lint", str(path), "--least", "error").stdout == ""


def test_findings_are_told_to_programs_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(
        '{"exceptions": ["天气"],\n"rules": [\n{"term": "赌博", "exceptions": ["赌博"]}]}', encoding="utf-8"
    )

    result = run("lint", str(path), "--json")

    assert result.exit_code == 1
    never, idle = json.loads(result.stdout)["findings"]
    assert (never["code"], never["severity"], never["line"], never["term"]) == (
        "never-hits",
        "error",
        3,
        "赌博",
    )
    assert never["zh"].startswith("“赌博”永远不会命中")
    assert (idle["code"], idle["file"], idle["line"]) == ("exception-idle", "", None)


def test_lines_that_cannot_be_read_are_findings_and_other_files_are_linted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("term,severity\n赌博,0\n", encoding="utf-8")
    (tmp_path / "b.txt").write_bytes("赌博".encode("gb18030"))
    (tmp_path / "c.txt").write_text("ab\n", encoding="utf-8")
    (tmp_path / "d.txt").write_text("", encoding="utf-8")

    result = run("lint", *(str(path) for path in sorted(tmp_path.iterdir())), "--json")

    assert result.exit_code == 1
    assert [
        (Path(each["file"]).name, each["line"], each["code"])
        for each in json.loads(result.stdout)["findings"]
    ] == [
        ("a.csv", 2, "unreadable"),
        ("b.txt", None, "unreadable"),
        ("c.txt", 1, "too-short"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("sample.txt", "去赌博\n\n赌博\n赌博网\n天气\n", []),
        ("sample.csv", 'id,text\n1,去赌博\n2,"赌\n博"\n3,赌博网\n4,天气\n', []),
        ("sample.jsonl", '"去赌博"\n{"body": "赌博"}\n"赌博网"\n\n{"body": "天气"}\n', ["--column", "body"]),
    ],
)
def test_a_sample_tells_which_rules_hit_how_many(
    csv_file: Path, tmp_path: Path, name: str, content: str, options: list[str]
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")

    result = run("lint", str(csv_file), "--sample", str(path), *options, "--json")

    found = json.loads(result.stdout)
    assert found["sample"]["texts"] == 4
    assert [(hit["term"], hit["texts"], hit["share"]) for hit in found["sample"]["hits"]] == [
        ("赌博", 3, 0.75)
    ]
    assert found["findings"][-1]["code"] == "hits-sample"
    assert "75.00%" in run("lint", str(csv_file), "--sample", str(path), *options).stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sample.txt", b"\xff"),
        ("sample.csv", b"id\n1\n"),
        ("sample.jsonl", b"{}\n"),
        ("sample.jsonl", b"{\n"),
        ("sample.csv", b'text\n"' + b"x" * 200_000),
    ],
)
def test_a_sample_that_is_none_is_refused(csv_file: Path, tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    assert run("lint", str(csv_file), "--sample", str(path)).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--pack", "insult", "--number", "1"],
        ["--site", "x", "--sample", "pyproject.toml", "--site-sample", "5"],
    ],
)
def test_lint_wants_rules_and_one_sample(arguments: list[str]) -> None:
    assert run("lint", *arguments).exit_code == 2


# A site -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def on_site(app: Flask) -> Callable[..., Result]:
    def command(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["rules", *arguments], obj=lambda: app, catch_exceptions=False)

    return command


def test_a_sites_rules_are_linted_and_held_against_its_comments(
    on_site: Callable[..., Result], session: Session, services: Services
) -> None:
    a_site(session, services)
    assert on_site("lint", "--site", "demo").exit_code == 1
    active_rules(session, services, [a_rule("花海"), a_rule("花海开", Action.REVIEW)])
    for text in ("花海开得早", "花海", "好花海", "天气"):
        a_comment(session, services, text)

    found = document(on_site("lint", "--site", "demo", "--site-sample", "3", "--json"))

    assert found["sample"]["texts"] == 3
    assert [(hit["term"], hit["texts"]) for hit in found["sample"]["hits"]] == [("花海", 2)]
    assert [each["code"] for each in found["findings"]] == ["subsumed"]
    assert document(on_site("lint", "--site", "demo", "--number", "1", "--json"))["sample"] is None
    assert on_site("lint", "--site", "demo", "--number", "9").exit_code == 1


def test_a_sites_rules_are_tried(
    on_site: Callable[..., Result], session: Session, services: Services
) -> None:
    a_site(session, services)
    active_rules(session, services, [a_rule("花海")])

    assert document(on_site("try", "demo", "好花海", "--json"))["verdict"] == "review"


def test_what_a_list_says_of_all_rules_is_imported_and_exported(
    on_site: Callable[..., Result], session: Session, services: Services, tmp_path: Path
) -> None:
    a_site(session, services)
    path = tmp_path / "list.json"
    path.write_text(
        json.dumps({"rules": [{"term": "和服"}], "exceptions": ["和服装"], "thresholds": {"review": 40}})
    )
    on_site("import", "demo", str(path))

    again = document(on_site("export", "demo", "1", "--json"))

    assert (again["exceptions"], again["thresholds"]["review"]) == (["和服装"], 40)
    assert "are left out" in on_site("export", "demo", "1").stderr
