"""docs/rules-cli.md: its examples run and print what it says, its tables tell every code."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import moderation
from moderation.cli import cli
from moderation.rules.lint.findings import SEVERITY_OF

PAGE = (Path(moderation.__file__).parent.parent / "docs" / "rules-cli.md").read_text(encoding="utf-8")
FILES = {"list.txt": "赌博\n赌博网站\nab\n", "list.csv": "term,action\n赌博,block\n"}


def examples() -> list[tuple[str, list[str]]]:
    """List each command of the page with the lines below it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ moderation "):
                found.append((line.removeprefix("$ moderation "), []))
            else:
                found[-1][1].append(line)
    return found


def test_the_page_has_examples() -> None:
    assert {command.split()[1] for command, _ in examples()} == {"try", "match", "lint", "compile"}


def test_every_example_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")

    for command, told in examples():
        # What goes in stands above what comes out.
        stdin = told.pop(0) + "\n" if command == "rules match" else None
        result = CliRunner().invoke(cli, shlex.split(command), input=stdin, catch_exceptions=False)
        assert (result.exit_code, command) == (0, command)
        if told:
            assert result.stdout.splitlines() == told


def test_every_finding_of_the_linter_is_on_the_page_with_its_severity() -> None:
    rows = re.findall(r"^\| (`[^|]+) \| (error|warning|hint) \|", PAGE, re.MULTILINE)

    told = {code: severity for codes, severity in rows for code in re.findall(r"`([a-z-]+)`", codes)}

    assert told == {code.value: severity.value for code, severity in SEVERITY_OF.items()}
