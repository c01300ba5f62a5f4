"""Generate the baked tables of this folder: `python -m moderation.rules.tables.generate`.

What for: matching looks things up in plain Python constants and needs no library. The data come from libraries that
are development dependencies only (SOURCES.md); `generating/` holds one recipe for each table. Not imported by the
service; a test regenerates all files and compares, so that they are never edited by hand.
"""

import sys
from pathlib import Path

from moderation.rules.tables.generating.emojis import emoji_module
from moderation.rules.tables.generating.english import english_module
from moderation.rules.tables.generating.folding import fold_module, fold_table
from moderation.rules.tables.generating.kinds import kind_module
from moderation.rules.tables.generating.looks import look_module
from moderation.rules.tables.generating.sounds import sound_module
from moderation.rules.tables.generating.splits import split_module
from moderation.rules.tables.generating.words import word_module
from moderation.rules.tables.generating.writing import version_module

FOLDER = Path(__file__).parent

OF_COMPILED_RULES = ("fold_table.py", "kind_table.py", "sound_table.py", "word_table.py", "glyph_table.py")
"""What a compiled rule set depends on; the others are looked up in comments alone."""


def generate() -> dict[str, str]:
    """Return the text of each generated file by its name; all but the first hold characters as that one folds them."""
    table = fold_table()
    translation = str.maketrans(table)

    def fold(text: str) -> str:
        return text.translate(translation)

    texts = {
        "fold_table.py": fold_module(table),
        "kind_table.py": kind_module(table),
        "sound_table.py": sound_module(fold),
        "word_table.py": word_module(fold),
        "split_table.py": split_module(fold),
        "glyph_table.py": look_module(fold),
        "emoji_table.py": emoji_module(fold),
        "english_table.py": english_module(),
    }
    texts["version_table.py"] = version_module([texts[name] for name in OF_COMPILED_RULES])
    return {name: text + "\n" for name, text in texts.items()}


def main() -> None:
    """Write the files beside this one."""
    for name, text in generate().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}: {len(text):,} characters\n")


if __name__ == "__main__":  # pragma: no cover -- the tests call `main`
    main()
