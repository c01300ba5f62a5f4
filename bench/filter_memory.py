"""One process that loads a compiled rule set and swaps it for another, and says what it holds at each step.

Started by filter_speed.py: it imports the rule library and nothing else. Run: `python bench/filter_memory.py A B`.
"""

import json
import sys
from pathlib import Path


def memory_kib(pid: int | str = "self") -> dict[str, int]:
    """Read what a process holds: resident, and its proportional share of what it shares with others, in KiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
    return {name: found[name] for name in ("Rss", "Pss")}


def main(first: Path, second: Path) -> None:
    """Load, swap, swap five times more; print the steps as JSON."""
    steps = {"Python alone": memory_kib()}
    from moderation import rules  # noqa: PLC0415 -- what it holds is measured

    steps["library imported"] = memory_kib()
    rules.prepare()
    steps["tables made"] = memory_kib()
    texts, facts = {rules.Field.TEXT: "这里没有什么，加 微 信"}, rules.Facts()
    held = rules.load(first.read_bytes())
    rules.evaluate(held, texts, facts)
    steps["one set loaded"] = memory_kib()
    former, held = held, rules.load(second.read_bytes())
    rules.evaluate(held, texts, facts)
    steps["both held, at the swap"] = memory_kib()
    del former
    steps["the former let go"] = memory_kib()
    for path in (first, second, first, second, first):
        held = rules.load(path.read_bytes())
        rules.evaluate(held, texts, facts)
    steps["after five more swaps"] = memory_kib()
    print(json.dumps(steps))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
