"""Write a new numbered migration: `./run migration "add lease token"` → `versions/0007_add_lease_token.py`."""

import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
VERSIONS = HERE / "versions"


def main(words: list[str]) -> None:
    """Compare a database at head with the tables and write down the difference."""
    from flask_migrate import revision, upgrade  # noqa: PLC0415 - slow to import, needed only here

    from moderation.app import create_app  # noqa: PLC0415
    from moderation.settings import Settings  # noqa: PLC0415

    slug = re.sub(r"[^a-z0-9]+", "_", " ".join(words).lower()).strip("_")
    if not slug:
        sys.exit('usage: ./run migration "what it does"')
    number = len(list(VERSIONS.glob("[0-9]*.py"))) + 1
    name = f"{number:04}_{slug}"
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/new.db", secret_key="x" * 48, is_https=False)
        with create_app(settings).app_context():
            if number > 1:
                upgrade()
            revision(message=" ".join(words), autogenerate=True, rev_id=name)
    (HERE / "head").write_text(f"{name}\n", encoding="utf-8")
    print(f"wrote migrations/versions/{name}.py; read it, then run the migration tests")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
