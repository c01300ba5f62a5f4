"""The spoken digits: a real clip, of what it says, and no word twice alike."""

import wave
from io import BytesIO

import pytest

from moderation.adapters.sounds import DIGITS, SpokenDigits, warped


@pytest.fixture(scope="module")
def speaker() -> SpokenDigits:
    return SpokenDigits()


def test_a_recording_is_a_clip_of_six_digits(speaker: SpokenDigits) -> None:
    recording = speaker.record()

    with wave.open(BytesIO(recording.content)) as clip:
        seconds = clip.getnframes() / clip.getframerate()
    assert recording.media_type == "audio/wav"
    assert len(recording.answer) == 6
    assert set(recording.answer) <= set(DIGITS)
    assert 8 < seconds < 40
    assert len(recording.content) < 400_000


def test_what_is_spoken_is_what_is_asked(speaker: SpokenDigits, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str] = []
    inherited = speaker._twist_pick

    def watched(key: str) -> bytearray:
        spoken.append(key)
        return inherited(key)

    monkeypatch.setattr(speaker, "_twist_pick", watched)

    assert speaker.record().answer == "".join(spoken)


def test_a_word_is_warped_another_way_each_time_and_stays_whole(speaker: SpokenDigits) -> None:
    speaker.load()
    word = speaker._cache["3"][0]

    one, two = warped(word), warped(word)

    assert one != two
    assert 0.65 * len(word) < len(one) < 1.5 * len(word)
    assert (max(one), min(one)) == pytest.approx((max(word), min(word)), abs=12)


def test_the_shortest_word_survives() -> None:
    assert warped(bytearray([128])) == bytearray()
    assert len(warped(bytearray(range(100)))) >= 60
