"""Help answers at once, and the table of commands tells the truth."""

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from moderation.cli import cli
from moderation.cli.lazy import Lazy, LazyGroup

HEAVY = ("flask", "sqlalchemy", "granian", "msgspec", "moderation.flows", "moderation.rules")


def every_entry(group: LazyGroup, path: str = "") -> Iterator[tuple[str, Lazy]]:
    for name, entry in group.table.items():
        if isinstance(entry, LazyGroup):
            yield from every_entry(entry, f"{path}{name} ")
        else:
            yield f"{path}{name}", entry


def root() -> LazyGroup:
    assert isinstance(cli, LazyGroup)
    return cli


ENTRIES = dict(every_entry(root()))


@pytest.mark.parametrize("path", ENTRIES)
def test_the_table_names_a_command_and_tells_its_own_first_sentence(path: str) -> None:
    command = ENTRIES[path].load()

    assert isinstance(command, click.Command)
    assert command.name == path.rsplit(maxsplit=1)[-1]
    assert (command.help or "").replace("\n", " ").startswith(ENTRIES[path].help.removesuffix("."))


@pytest.mark.parametrize("arguments", [["--help"], ["rules", "--help"], ["sites", "--help"]])
def test_help_of_groups_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom moderation.cli import cli\n"
        f"assert CliRunner().invoke(cli, {arguments!r}).exit_code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert loaded.strip() == "[]"


@pytest.mark.parametrize("path", ENTRIES)
def test_every_command_has_help(path: str) -> None:
    result = CliRunner().invoke(cli, [*path.split(), "--help"])

    assert result.exit_code == 0
    assert "Usage:" in result.output


NOT_PRINTING = {"serve", "worker", "audit export", "authors export"}
"""What runs on, and what writes JSON already."""


@pytest.mark.parametrize("path", sorted(set(ENTRIES) - NOT_PRINTING))
def test_every_command_that_prints_results_takes_json(path: str) -> None:
    command = ENTRIES[path].load()

    assert "--json" in [option for parameter in command.params for option in parameter.opts]


def test_wrong_usage_ends_with_two() -> None:
    assert CliRunner().invoke(cli, ["no-such-command"]).exit_code == 2
    assert CliRunner().invoke(cli, ["demo", "--port", "65535"]).exit_code == 2
