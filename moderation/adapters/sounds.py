"""Fulfils the `Sounds` port with the captcha package's voices, each word stretched and squeezed on its way.

The package changes the speed of a whole word and mixes noise under it. Both are known to whoever has the package: sliding
its own recordings along the clip finds the digits in most clips. A speed that wanders *within* the word breaks that
up; louder noise does not (it hides the package's decoys as well). It remains the weakest of the challenges: the
voices are public and few (docs/captcha.md has the figures). Hence the proof of work before it, and its limits.
"""

import math
import secrets
from itertools import pairwise
from typing import Final

from captcha.audio import AudioCaptcha

from moderation.ports import Recording

DIGITS: Final = "0123456789"
_COUNT: Final = 6
_KNOT: Final = 700  # samples between two random speeds, on average: a twelfth of a second
_BEND: Final = 0.35  # how far the speed wanders, as a logarithm: from 0.7 to 1.4
_random: Final = secrets.SystemRandom()


class SpokenDigits(AudioCaptcha):
    """Speaks six digits over the package's noise."""

    def record(self) -> Recording:
        """Make one clip."""
        answer = "".join(_random.choice(DIGITS) for _ in range(_COUNT))
        return Recording(answer=answer, content=bytes(self.generate(answer)), media_type="audio/wav")

    def _twist_pick(self, key: str) -> bytearray:
        return warped(super()._twist_pick(key))


def warped(voice: bytearray) -> bytearray:
    """Play a word at a speed that wanders smoothly around its own."""
    speeds = [math.exp(_random.uniform(-_BEND, _BEND)) for _ in range(len(voice) // _KNOT + 2)]
    out = bytearray()
    position = 0.0
    for before, after in pairwise(speeds * 2):
        length = _random.uniform(0.6, 1.4) * _KNOT
        for step in range(int(length)):
            at = int(position)
            if at + 1 >= len(voice):
                return out
            share = position - at
            out.append(int(voice[at] * (1 - share) + voice[at + 1] * share))
            # Half a cosine from one speed to the next: no edge to hear.
            ease = (1 - math.cos(math.pi * step / length)) / 2
            position += before + (after - before) * ease
    return out
