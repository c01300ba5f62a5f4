"""`moderation rules compile`: lists into one compiled file, written whole or not at all; and its verification."""

import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import click

from moderation import rules
from moderation.cli import output
from moderation.cli.refusal import Refusal
from moderation.cli.rules import sources
from moderation.rules import Action, Defaults, RuleSet

_REFUSED = "Nothing was compiled"


@click.command("compile")
@click.argument("files", nargs=-1, type=sources.FILE)
@sources.pack_option
@sources.format_option
@sources.defaults_options
@click.option(
    "-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)
@click.option(
    "--check", "checked", type=sources.FILE, help="Load and verify this compiled file; write nothing."
)
@output.json_option
def compile_rules(
    files: tuple[Path, ...],
    *,
    pack_names: tuple[str, ...],
    form: str | None,
    action: str,
    category: str,
    severity: int,
    target: Path | None,
    checked: Path | None,
    as_json: bool,
) -> None:
    """Compile FILES and packs into one file for `--compiled`.

    With --check, load and verify such a file instead. The file is written under another name and renamed when it is whole and on the disk.
    """
    if checked is not None:
        if files or pack_names or target:
            raise click.UsageError("--check stands alone.")
        _tell(checked, lambda: sources.compiled_from(checked), as_json=as_json, said="is whole")
        return
    if not files and not pack_names:
        raise click.UsageError("Name at least one file or --pack.")
    if target is None:
        raise click.UsageError("Name the file to write: -o FILE.")
    defaults = Defaults(action=Action(action), category=category, severity=severity)

    def make() -> RuleSet:
        read = sources.from_packs(pack_names) + sources.from_files(files, form, defaults, refused=_REFUSED)
        made = sources.compiled(sources.gather(read, refused=_REFUSED), refused=_REFUSED)
        try:
            write_whole(target, rules.dump(made))
        except OSError as error:
            raise Refusal(f"{target}: {error.strerror}") from error
        return made

    _tell(target, make, as_json=as_json, said="was written")


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that there is the old one or the whole new one, whatever happens; raises OSError.

    1 write under another name in the same folder      2 have it on the disk      3 rename      4 so the folder
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _tell(path: Path, work: Callable[[], RuleSet], *, as_json: bool, said: str) -> None:
    """Do the work and print what came of it and what it took."""
    begun = perf_counter()
    rule_set = work()
    seconds = perf_counter() - begun
    size = path.stat().st_size
    if as_json:
        output.document(
            {
                "file": str(path),
                "rules": len(rule_set),
                "exceptions": len(rule_set.exceptions),
                "bytes": size,
                "digest": rule_set.digest,
                "seconds": round(seconds, 3),
                "peak_memory_bytes": _peak_memory_bytes(),
            }
        )
        return
    output.pairs(
        [
            ("rules", f"{len(rule_set):,}"),
            ("exceptions", f"{len(rule_set.exceptions):,}"),
            ("bytes", f"{size:,}"),
            ("digest", rule_set.digest),
            ("seconds", f"{seconds:.2f}"),
            ("peak memory", f"{_peak_memory_bytes() / 1e6:.0f} MB"),
        ]
    )
    output.message(f"{path} {said}.")


def _peak_memory_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
