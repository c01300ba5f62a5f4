"""The ladder as a truth table; links that call for a higher rung; what is signed with a proof of work."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from moderation.domain.challenge import (
    HEAVIER,
    Kind,
    Level,
    Proof,
    Signs,
    Strength,
    Use,
    answer_parts,
    has_link,
    level_of,
    needed,
    strengths_of,
    weight_of,
)
from moderation.domain.policy import ChallengeMode

OFF, IMAGE, POW, ADAPTIVE = (
    ChallengeMode.OFF,
    ChallengeMode.IMAGE,
    ChallengeMode.POW,
    ChallengeMode.ADAPTIVE,
)


def signs(failures: int = 0, **seen: bool) -> Signs:
    return Signs(failures=failures, is_shut_out=failures >= 5, **seen)


@pytest.mark.parametrize(
    ("seen", "levels"),
    [
        # In the modes off, image, pow, adaptive.
        pytest.param(signs(), (0, 2, 1, 1), id="nobody in particular"),
        pytest.param(signs(is_known=True), (0, 2, 1, 0), id="a known author"),
        pytest.param(signs(is_known=True, has_link=True), (0, 2, 1, 0), id="a known author with a link"),
        pytest.param(signs(is_known=True, posts_often=True), (0, 2, 1, 2), id="a known author in a hurry"),
        pytest.param(signs(has_link=True), (0, 2, 1, 2), id="a link"),
        pytest.param(signs(posts_often=True), (0, 2, 1, 2), id="many postings"),
        pytest.param(signs(1), (0, 2, 1, 1), id="one failure"),
        pytest.param(signs(2), (0, 3, 3, 3), id="two failures"),
        pytest.param(signs(4, has_link=True), (0, 3, 3, 3), id="four failures and a link"),
        pytest.param(signs(5), (0, 4, 4, 4), id="five failures"),
        pytest.param(signs(5, is_known=True), (0, 4, 4, 0), id="five failures around a known author"),
        pytest.param(signs(5, is_known=True, posts_often=True), (0, 4, 4, 4), id="by himself, in a hurry"),
    ],
)  # fmt: skip
def test_each_mode_has_its_level_for_what_is_seen(seen: Signs, levels: tuple[int, ...]) -> None:
    assert tuple(level_of(mode, seen) for mode in (OFF, IMAGE, POW, ADAPTIVE)) == levels


@pytest.mark.parametrize(
    ("mode", "level", "kind"),
    [
        (IMAGE, Level.IMAGE, Kind.IMAGE),
        (IMAGE, Level.HARD, Kind.IMAGE),
        (POW, Level.WORK, Kind.POW),
        (POW, Level.HARD, Kind.POW),
        (ADAPTIVE, Level.WORK, Kind.POW),
        (ADAPTIVE, Level.IMAGE, Kind.IMAGE),
        (ADAPTIVE, Level.HARD, Kind.IMAGE),
    ],
)
def test_a_level_takes_work_or_an_image(mode: ChallengeMode, level: Level, kind: Kind) -> None:
    assert needed(mode, level) is kind


def test_from_two_failures_on_everything_is_harder() -> None:
    assert [weight_of(level) for level in (Level.WORK, Level.IMAGE, Level.HARD)] == [1, 1, HEAVIER]
    assert strengths_of(Level.IMAGE) == (Strength.NORMAL, Strength.HARDER)
    assert strengths_of(Level.HARD) == (Strength.HARDER,)


@pytest.mark.parametrize(
    ("text", "link", "is_one"),
    [
        pytest.param("花海开得真早", None, False, id="none"),
        pytest.param("花海开得真早", "https://mine.example", True, id="of the nickname"),
        pytest.param("看 https://a.example/b", None, True, id="written out"),
        pytest.param("看ｈｔｔｐｓ：／／a.example", None, True, id="in wide letters"),
        pytest.param("来 www.baidu.com 看", None, True, id="without a scheme"),
        pytest.param("见 readme.md 第1.2.3节", None, False, id="a file and a section"),
    ],
)
def test_a_link_is_found_in_text_and_nickname(text: str, link: str | None, is_one: bool) -> None:
    assert has_link(text, link) is is_one


PROOF = Proof(
    id=UUID(int=7),
    site_id=UUID(int=8),
    use=Use.WAIVER,
    weight=8,
    expires_at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
)


def test_what_is_signed_reads_back() -> None:
    assert Proof.read(PROOF.facts()) == PROOF


@pytest.mark.parametrize(
    "changed",
    [{"id": "x"}, {"use": "other"}, {"weight": "heavy"}, {"until": 10**20}, {"until": None}, {"site": None}],
    ids=str,
)
def test_what_another_version_signed_is_none(changed: dict[str, object]) -> None:
    assert Proof.read(PROOF.facts() | changed) is None
    assert Proof.read({}) is None


@pytest.mark.parametrize("typed", ["31", " 31 ", "３１", "3 1", "3\u200b1"])
def test_an_answer_is_read_the_way_people_type(typed: str) -> None:
    assert answer_parts(UUID(int=7), typed) == answer_parts(UUID(int=7), "31")
