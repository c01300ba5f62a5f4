"""Readings of any text: they lead back, they rise, they never make up a place that is not there."""

from hypothesis import given
from hypothesis import strategies as st

from moderation.rules.components import compose
from moderation.rules.normalise import fold
from moderation.rules.numerals import numerals
from moderation.rules.ordinary import Glance, OrdinaryText, price_of
from moderation.rules.runs import collapse
from moderation.rules.sounds import is_ambiguous, sound, syllables_of
from moderation.rules.streams import Stream, join, joined
from moderation.rules.substitutes import rewrite

TRICKY = "赌赌博堵du boxian马扁贝戋人一十三6五0o1l$h!t 🥚🐶*，。\n\t+|"
texts = st.text(st.one_of(st.sampled_from(TRICKY), st.characters()), max_size=60).map(fold)


def readings(folded: str) -> list[Stream]:
    """Make every stream that the matchers may read."""
    plain = joined(folded)
    streams = [plain, *(stream for stream, _ in rewrite(folded))]
    streams += [composed for stream in streams for composed in compose(stream)]
    return streams + [found[0] for stream in streams if (found := collapse(stream, folded))]


@given(texts)
def test_a_reading_rises_and_stays_inside_the_text(folded: str) -> None:
    for stream in readings(folded):
        assert len(stream.text) == len(stream.firsts) == len(stream.lasts)
        assert all(0 <= a <= b < len(folded) for a, b in zip(stream.firsts, stream.lasts, strict=True))
        assert list(stream.firsts) == sorted(stream.firsts)
        assert list(stream.lasts) == sorted(stream.lasts)


@given(texts)
def test_what_is_not_marked_was_written_there(folded: str) -> None:
    for stream in readings(folded):
        unmarked = [
            i for i in range(len(stream.text)) if not stream.changes(i, i + 1) and stream.text[i] != "\n"
        ]

        assert [stream.text[i] for i in unmarked] == [folded[stream.firsts[i]] for i in unmarked]


@given(texts)
def test_the_letters_of_the_edges_stand_in_their_places(folded: str) -> None:
    assert {len(written) for _, written in rewrite(folded)} <= {len(folded)}
    assert len(numerals(folded)) == len(folded)


@given(texts)
def test_units_of_sound_tile_the_text(folded: str) -> None:
    text = join(folded)
    for way in (0, 1) if is_ambiguous(text) else (0,):
        spoken = sound(text, way=way, is_apart=range(1, len(text), 3))

        assert [*spoken.begins, len(text)] == [0, *spoken.ends]
        assert len(spoken.text) == len(spoken.begins)


@given(st.text("abdeghinouxz", max_size=40))
def test_syllables_tile_their_letters(letters: str) -> None:
    assert {sum(way) for way in syllables_of(letters)} <= {len(letters)}


@given(texts, st.data())
def test_a_glance_is_never_below_the_price(folded: str, data: st.DataObject) -> None:
    if not folded:
        return
    first = data.draw(st.integers(0, len(folded) - 1))
    last = data.draw(st.integers(first, len(folded) - 1))

    price = OrdinaryText(folded).price(first, last)

    bounds = {Glance(folded, is_crowded=way).bound(first, last) for way in (False, True)}
    assert len(bounds) == 1
    assert price <= min(bounds)


@given(texts)
def test_no_reading_of_the_whole_is_dearer_than_its_characters(folded: str) -> None:
    text = join(folded)

    assert 0 <= price_of(text) <= sum(map(price_of, text))
