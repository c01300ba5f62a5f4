"""The embed's files: at stable addresses, small, tagged, the same for everybody."""

import gzip

import pytest
from flask.testing import FlaskClient

from moderation.embed.views import STATIC, TYPES
from tests.http.api.answers import assert_problem

MODULES = sorted(path.name for path in STATIC.iterdir() if path.suffix in TYPES)
MOST_BYTES = 12 * 1024


@pytest.mark.parametrize("path", ["/embed.js", "/count.js", *(f"/embed/static/{name}" for name in MODULES)])
def test_a_file_is_served_with_its_type_tag_and_short_life(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.mimetype == TYPES[path[path.rindex(".") :]]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"].startswith("public, max-age=300")
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name", ["types.d.ts", "nothing.js", "..", "a" * 300 + ".js", "embed.js%00", "%2e%2e%2fviews.py"]
)
def test_nothing_else_of_the_folder_or_the_machine_is_served(client: FlaskClient, name: str) -> None:
    assert_problem(client.get(f"/embed/static/{name}"), 404, "not-found")


def test_the_scripts_that_a_reader_downloads_stay_small(client: FlaskClient) -> None:
    scripts = [name for name in MODULES if name.endswith(".js") and name not in {"texts.en.js", "count.js"}]

    # File by file, as they travel.
    size = sum(len(gzip.compress(client.get(f"/embed/static/{name}").data)) for name in scripts)

    assert size <= MOST_BYTES
