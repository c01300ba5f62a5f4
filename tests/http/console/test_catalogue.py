"""The desk's catalogue is whole and current; vendored files are what they say."""

import re
from hashlib import sha256

from moderation.console import catalogue
from moderation.console.files import FOLDER, HTMX


def _strings(text: object) -> list[str]:
    return [str(part) for part in text] if isinstance(text, list | tuple) else [str(text or "")]


def test_no_sentence_is_untranslated() -> None:
    translated = {str(message.id): message for message in catalogue.translated() if message.id}
    asked = {str(message.id) for message in catalogue.sentences() if message.id}

    assert asked == set(translated)
    for message in translated.values():
        assert all(_strings(message.string)), message.id
        assert not message.fuzzy, message.id


def test_a_translation_keeps_the_places_of_its_sentence() -> None:
    place = re.compile(r"%\(\w+\)\w")
    for message in catalogue.translated():
        asked = set(place.findall(_strings(message.id)[-1]))
        assert asked == set(place.findall("".join(_strings(message.string)))) or not message.id, message.id


def test_the_compiled_catalogue_is_current() -> None:
    assert catalogue.MO.read_bytes() == catalogue.compiled(catalogue.translated())


def test_vendored_files_are_the_ones_that_were_vendored() -> None:
    table = (FOLDER / "vendor" / "VENDORED.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE))

    assert HTMX.removeprefix("vendor/") in listed
    for name, digest in listed.items():
        assert sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest() == digest


def test_the_script_stays_small() -> None:
    assert len((FOLDER / "keys.js").read_text(encoding="utf-8").splitlines()) <= 200
