"""What a drawn challenge costs: CPU time and bytes, beside the `captcha` package's own picture in the same run.

Absolute times belong to the machine; the ratios are what to compare. Run: `python bench/captcha_cost.py [images]`.
"""

import statistics
import sys
import time
from collections.abc import Callable

from captcha.image import ImageCaptcha

from moderation.adapters.captcha import ArithmeticCaptcha, ask

_ROUNDS = 5  # the two take turns, so that a busy neighbour slows both alike


def _timed(work: Callable[[], bytes], images: int) -> tuple[float, float]:
    """Return milliseconds of CPU and bytes per image."""
    begin = time.process_time()
    size = sum(len(work()) for _ in range(images))
    return (time.process_time() - begin) * 1000 / images, size / images


def main(images: int) -> None:
    """Print one line per way of drawing, then the ratio."""
    ours, stock = ArithmeticCaptcha(), ImageCaptcha(width=200, height=64)
    ways: dict[str, Callable[[], bytes]] = {
        "ours, WebP": lambda: ours.draw().image,
        "package, PNG": lambda: stock.generate(ask().text).getvalue(),
    }
    for work in ways.values():
        work()  # the first drawing opens the fonts
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(_ROUNDS):
        for name, work in ways.items():
            results[name].append(_timed(work, images))

    for name, rounds in results.items():
        print(
            f"{name:13} {statistics.median(ms for ms, _ in rounds):6.2f} ms {statistics.mean(size for _, size in rounds):8.0f} B"
        )
    ratios = [a[0] / b[0] for a, b in zip(*results.values(), strict=True)]
    print(
        f"CPU time, ours / package: {statistics.median(ratios):.2f} (rounds {min(ratios):.2f}-{max(ratios):.2f})"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
