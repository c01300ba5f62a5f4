"""The baked tables are what their script makes of the libraries' data."""

import os
import sys
import unicodedata
from importlib import metadata
from pathlib import Path

import pytest

from moderation.rules.tables import fold_table, generate, kind_table


def test_the_committed_tables_are_the_generated_ones() -> None:
    made_with = f"unicode{unicodedata.unidata_version}-opencc{metadata.version('opencc')}"
    if not fold_table.FOLD_VERSION.endswith(made_with):
        why = f"the tables were made with {fold_table.FOLD_VERSION}, here is {made_with}"
        if "CI" in os.environ:
            pytest.fail(why, pytrace=False)
        pytest.skip(why)

    for name, text in generate.generate().items():
        assert (generate.FOLDER / name).read_text(encoding="utf-8") == text


def test_the_script_writes_into_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    monkeypatch.setattr(generate, "generate", lambda: {"a_table.py": "A = 1\n"})

    generate.main()

    assert (tmp_path / "a_table.py").read_text(encoding="utf-8") == "A = 1\n"


@pytest.mark.parametrize("module", [fold_table, kind_table])
def test_the_tables_name_their_sources_and_licences(module: object) -> None:
    assert "Unicode License v3" in (module.__doc__ or "")
    assert "Apache License 2.0" in (module.__doc__ or "")


def test_the_library_needs_no_generator_at_run_time() -> None:
    source = Path(sys.modules["moderation.rules"].__file__ or "").parent

    assert not [
        p
        for p in source.rglob("*.py")
        if "opencc" in p.read_text("utf-8").split("import", 1)[-1]
        and p.name not in {"generate.py", "fold_table.py"}
    ]
