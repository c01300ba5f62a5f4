"""Generate the table of top-level domains: `python -m moderation.rules.tables.generate_suffixes`.

Source: the Public Suffix List as the package `publicsuffixlist` carries it (a development dependency), section
ICANN, of which only the last label of each rule is taken: the names that IANA has delegated. Names are facts; the
list they were read from is under MPL-2.0 (publicsuffix.org). IANA's own file is not on any package index in a
fresh state. Not imported by the service; a test regenerates the table and compares.
"""

import sys
from collections.abc import Iterable
from importlib import metadata, resources
from pathlib import Path

TARGET = Path(__file__).parent / "suffix_table.py"

_BEGIN = "// ===BEGIN ICANN DOMAINS==="
_END = "// ===END ICANN DOMAINS==="
_WIDTH = 105


def generate() -> str:
    """Write the table as Python source."""
    source = resources.files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8")
    version = metadata.version("publicsuffixlist")
    return "\n".join(
        (
            '"""All top-level domains. Made by `generate_suffixes.py`: do not edit.',
            "",
            f"Source: Public Suffix List (MPL-2.0), ICANN section, in publicsuffixlist {version}: last labels only.",
            '"""',
            "",
            "from typing import Final",
            "",
            "SUFFIXES: Final = frozenset(",
            '    """',
            *_lines(sorted(last_labels(source.splitlines()))),
            '    """.split()',
            ")",
            "",
        )
    )


def last_labels(lines: Iterable[str]) -> set[str]:
    """Take the last label of every rule between the marks of the ICANN section, in Unicode as the list has it."""
    found: set[str] = set()
    is_inside = False
    for line in map(str.strip, lines):
        if line in {_BEGIN, _END}:
            is_inside = line == _BEGIN
        elif is_inside and line and not line.startswith("//"):
            found.add(line.rpartition(".")[2])
    return found


def _lines(words: Iterable[str]) -> list[str]:
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def main() -> None:
    """Write the file beside this one."""
    TARGET.write_text(generate(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name}\n")


if __name__ == "__main__":  # pragma: no cover -- the tests call `main`
    main()
