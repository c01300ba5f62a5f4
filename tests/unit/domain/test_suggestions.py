"""Suggestions: what stands out in rejected texts, and what must not."""

from collections.abc import Callable

import pytest

from moderation.domain.reasons import Reason
from moderation.domain.suggestions import LEAST_SCORE, Sample, bounds, suggest, z_score
from moderation.rules import Kind


def samples(
    texts: list[str], *, who: Callable[[int], int] = lambda number: number, reason: Reason | None = None
) -> list[Sample]:
    return [
        Sample(number, text, str(who(number)).encode(), str(who(number)).encode(), reason)
        for number, text in enumerate(texts)
    ]


FINE = samples([f"花海开得真早，周末带孩子去第{number}回" for number in range(60)])
BAD = [f"第{number}天：要刷单返利的进来看看" for number in range(12)]


def found(
    rejected: list[Sample], approved: list[Sample] = FINE, *, known: frozenset[str] = frozenset()
) -> list[str]:
    listed = suggest(rejected, approved, is_known=lambda term, _kind: term in known)
    return [each.term for each in listed]


def test_a_term_of_rejected_texts_is_suggested_whole_with_its_counts_and_reason() -> None:
    listed = suggest(samples(BAD, reason=Reason.FRAUD), FINE, is_known=lambda _term, _kind: False)

    best = listed[0]
    assert "刷单" in best.term
    assert (best.rejected, best.approved, best.people) == (12, 0, 12)
    assert (best.category, best.kind) == (Reason.FRAUD, Kind.TERM)
    assert sum("刷单" in each.term for each in listed) == 1, "its parts add nothing"


def test_one_person_cannot_plant_a_term() -> None:
    assert found(samples(BAD, who=lambda _number: 1)) == []
    assert found(samples(BAD, who=lambda number: number % 4)) == []
    assert found(samples(BAD, who=lambda number: number % 5)) != []


def test_unknown_writers_are_one() -> None:
    unknown = [Sample(each.number, each.text, None, each.client) for each in samples(BAD)]

    assert found(unknown) == []


def test_too_few_texts_are_not_enough() -> None:
    assert found(samples(BAD[:4])) == []


def test_what_approved_texts_hold_too_is_not_suggested() -> None:
    approved = [*FINE, *samples([f"小心刷单返利的骗子{number}" for number in range(12)])]

    assert not any("刷单" in term for term in found(samples(BAD), approved))


def test_what_the_rules_find_already_is_not_suggested() -> None:
    best = found(samples(BAD))[0]

    assert not any("刷单" in term for term in found(samples(BAD), known=frozenset({best})))


def test_domains_are_suggested_as_links() -> None:
    texts = [f"快看 https://a{number}.best-wins.com.cn/x 啊" for number in range(8)]

    listed = suggest(samples(texts), FINE, is_known=lambda _term, _kind: False)

    assert ("best-wins.com.cn", Kind.LINK) in [(each.term, each.kind) for each in listed]


def test_the_order_of_the_texts_does_not_matter() -> None:
    texts = samples([*BAD, *(f"办证请找第{number}号" for number in range(9))])

    assert found(texts) == found(texts[::-1], FINE[::-1])


def test_nothing_gives_nothing() -> None:
    assert found([], []) == []
    assert found([], FINE) == []


@pytest.mark.parametrize(
    ("run", "cut"),
    [("产品和服务", (0, 2, 3, 5)), ("加vx123456吧", (0, 1, 9, 10)), ("casino", (0, 6))],
)
def test_texts_are_cut_between_words(run: str, cut: tuple[int, ...]) -> None:
    assert bounds(run) == cut


def test_the_score_is_even_for_even_shares_and_grows_with_evidence() -> None:
    assert z_score(10, 100, 10, 100) == 0
    assert 0 < z_score(2, 100, 0, 100) < z_score(20, 1_000, 0, 1_000)
    assert z_score(0, 100, 20, 100) < 0
    assert z_score(0, 0, 0, 0) == 0


def test_what_every_text_holds_is_weighed_and_without_others_nothing_stands_out() -> None:
    assert z_score(7, 7, 7, 7) == 0
    assert 0 < z_score(7, 7, 0, 0) < LEAST_SCORE
    assert found(samples(BAD), []) == []
