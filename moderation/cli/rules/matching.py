"""`moderation rules match`: JSON lines in, JSON lines out, for scripts and for scoring by others."""

import json
import sys
from pathlib import Path
from typing import IO

import click

from moderation.cli.refusal import Refusal
from moderation.cli.rules import sources
from moderation.cli.rules.moments import moment_or_present, now_option
from moderation.cli.rules.requests import Answer, LineRefused, Listed, Lists, answer, read_request


@click.command("match")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--compiled", type=sources.FILE, help="Use this compiled file instead of rules in the lines.")
@click.option("--details", "has_details", is_flag=True, help="Tell channel, kind and key, verdict and score.")
@click.option("--all", "has_all", is_flag=True, help="Tell every match, not the leftmost-longest ones.")
@now_option
@click.option(
    "--json", is_flag=True, expose_value=False, help="Taken for consistency: the output is JSON lines."
)
def match(
    file: IO[bytes], *, compiled: Path | None, has_details: bool, has_all: bool, now: int | None
) -> None:
    """Match JSON lines from FILE (stdin if not given): a request a line in, an answer a line out.

    In: {"id": …, "rules": ["term", …], "text": "…", "allow": ["…"]}. Out: {"id": …, "spans": [[start, end, word], …]}
    in code points of the text. A line that cannot be answered gives {"id", "error"}; the rest goes on, and the
    exit status is 1 at the end.
    """
    fixed = None if compiled is None else Listed(sources.compiled_from(compiled), {})
    lists = Lists()
    moment = moment_or_present(now)
    refused = 0

    def answer_to(line: bytes) -> Answer:
        request = read_request(line, has_rules=fixed is None)
        listed = fixed or lists.get(request)
        return answer(request, listed, now=moment, has_details=has_details, has_all=has_all)

    for number, line in enumerate(file, start=1):
        content = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not content.strip():
            continue
        try:
            written = json.dumps(answered := answer_to(content))
            refused += "faults" in answered
        except LineRefused as error:
            refused += 1
            written = _refusal(number, error)
        except Exception as error:  # noqa: BLE001 - one line's fault of ours is told; it must not cost the other lines
            refused += 1
            written = _refusal(number, LineRefused("internal", f"{type(error).__name__}: {error}"))
        sys.stdout.write(written + "\n")
        sys.stdout.flush()
    if refused:
        raise Refusal(
            f"{refused} lines were refused, wholly or in part: see “error” and “faults” in the output."
        )


def _refusal(number: int, error: LineRefused) -> str:
    told = {"line": number, "code": error.code, "detail": error.detail}
    return json.dumps({"id": error.id, "error": told})
