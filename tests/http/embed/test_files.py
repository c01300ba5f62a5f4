"""The embed's files: at stable addresses, small, tagged, the same for everybody."""

import pytest
from flask.testing import FlaskClient

from moderation.embed.build import DIST, SOURCES, listed
from moderation.embed.views import TYPES
from tests.http.api.answers import assert_problem
from tests.http.embed.downloads import COUNT, gzipped, script_bytes

FILES = sorted(path.name for path in DIST.iterdir() if path.suffix in TYPES)
MOST_BYTES, MOST_COUNT_BYTES = 12_000, 1_000


@pytest.mark.parametrize("path", ["/embed.js", "/count.js", *(f"/embed/static/{name}" for name in FILES)])
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


def test_the_scripts_of_a_comment_box_stay_small_with_the_largest_catalogue(client: FlaskClient) -> None:
    weighed = script_bytes(lambda path: client.get(path).data)

    assert max(weighed.values()) <= MOST_BYTES, weighed


def test_the_script_that_counts_stays_very_small(client: FlaskClient) -> None:
    assert gzipped(client.get(COUNT).data) <= MOST_COUNT_BYTES


def test_what_is_served_was_built_from_the_sources_as_they_are() -> None:
    assert (DIST / SOURCES).read_text(encoding="utf-8") == listed(), (
        "run ./run embed and commit what it makes"
    )
