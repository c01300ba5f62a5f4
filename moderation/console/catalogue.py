"""The desk's other languages: collect the sentences from code and templates, update the catalogue, compile it.

    python -m moderation.console.catalogue      after changing a sentence; then translate what is new in the .po

A test holds that nothing is untranslated and that the compiled file is current.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

FOLDER: Final = Path(__file__).parent
LOCALE: Final = "zh_Hans_CN"
PO: Final = FOLDER / "translations" / LOCALE / "LC_MESSAGES" / "messages.po"
MO: Final = PO.with_suffix(".mo")
_METHODS: Final = [("templates/**.html", "jinja2"), ("*.py", "python")]
_KEYWORDS: Final = {**DEFAULT_KEYWORDS, "lazy_gettext": None}


def sentences() -> Catalog:
    """Collect every sentence that code and templates ask for."""
    found = Catalog(project="moderation", copyright_holder="the authors of moderation")
    for path, _, message, comments, context in sorted(_extract(), key=lambda entry: (entry[0], entry[1])):
        found.add(message, locations=[(path, 0)], auto_comments=comments, context=context)
    return found


def _extract() -> Iterator[tuple[str, int, str | tuple[str, ...], list[str], str | None]]:
    return extract_from_dir(FOLDER, method_map=_METHODS, keywords=_KEYWORDS)


def translated() -> Catalog:
    """Read the catalogue."""
    with PO.open("rb") as file:
        return read_po(file, locale=LOCALE)


def compiled(catalogue: Catalog) -> bytes:
    """Compile a catalogue as gettext reads it."""
    output = BytesIO()
    write_mo(output, catalogue)
    return output.getvalue()


def update() -> None:
    """Bring the catalogue up to date and compile it."""
    catalogue = translated() if PO.exists() else Catalog(locale=LOCALE, project="moderation")
    made_at = catalogue.creation_date
    catalogue.update(sentences(), no_fuzzy_matching=True)
    catalogue.fuzzy = False
    catalogue.header_comment = "# The desk in simplified Chinese."
    catalogue.last_translator = catalogue.language_team = "the authors of moderation"
    catalogue.msgid_bugs_address = "the repository's issues"
    catalogue.revision_date = made_at
    catalogue.creation_date = made_at  # an unchanged catalogue stays the same file
    with PO.open("wb") as file:
        write_po(file, catalogue, include_lineno=False, ignore_obsolete=True)
    MO.write_bytes(compiled(catalogue))


if __name__ == "__main__":
    update()
