"""How often free software reads the image challenges and hears the spoken ones; and what they cost to make.

    python bench/captcha_strength.py [IMAGES [CLIPS]]         1000 fresh images (0: none), half as many harder ones, 30 clips
    python bench/captcha_strength.py --sheets docs/images     write sheets of 40 fresh images to look at

Reads with `ddddocr`, in an environment of its own under the temporary folder that the first run makes by pip. About ten minutes
of one core. What is printed is for attackers who train nothing; docs/captcha.md says what the others can do.
"""

import json
import math
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
import venv
import wave
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Final

from captcha.audio import DATA_DIR, AudioCaptcha
from PIL import Image

from moderation.adapters.captcha import STYLES, ArithmeticCaptcha, Question, ask
from moderation.adapters.sounds import DIGITS, SpokenDigits
from moderation.domain.challenge import Strength

FOLDER: Final = Path(tempfile.gettempdir()) / "moderation-captcha-strength"
READER: Final = "ddddocr==1.6.1"
SHEET: Final = (4, 10)
SHEET_COLOURS: Final = 4


# Drawing -----------------------------------------------------------------------------------------


def draw(folder: Path, strength: Strength, count: int) -> dict[str, str]:
    """Draw fresh images into a folder; return their answers by name, and print what they cost."""
    artist = ArithmeticCaptcha()
    artist.draw(strength)  # the first drawing opens the fonts
    begin = time.process_time()
    drawn = [artist.draw(strength) for _ in range(count)]
    each = (time.process_time() - begin) * 1000 / count
    size = sum(len(one.image) for one in drawn) / count
    print(f"\n{strength.value}: {each:.1f} ms of CPU and {size:.0f} bytes an image")
    for number, one in enumerate(drawn):
        (folder / f"{number:05}.webp").write_bytes(one.image)
    return {f"{number:05}": one.answer for number, one in enumerate(drawn)}


def questions(strength: Strength) -> Iterator[str]:
    """Name every question that can be drawn, whatever its answer."""
    longs = [int(a + b) for a, b in product("1234", "012345689")]
    shorts = [sign * term for sign in (1, -1) for term in (2, 3, 4, 5, 6, 8, 9)]
    for long, *rest in product(longs, *[shorts] * (STYLES[strength].terms - 1)):
        yield Question((long, *rest)).text
        if rest[0] > 0:
            yield Question((rest[0], long, *rest[1:])).text


def write_sheets(folder: Path) -> None:
    """Write a sheet of fresh images of each strength."""
    across, down = SHEET
    for strength, name in ((Strength.NORMAL, "captcha-sheet"), (Strength.HARDER, "captcha-sheet-harder")):
        artist = ArithmeticCaptcha()
        # As drawn, before WebP: its noise would make these ten times as large.
        images = [
            artist.picture(ask(strength).text, STYLES[strength].width).quantize(SHEET_COLOURS).convert("RGB")
            for _ in range(across * down)
        ]
        width, height = images[0].size
        sheet = Image.new("RGB", (across * (width + 8), down * (height + 8)), "white")
        for number, image in enumerate(images):
            sheet.paste(image, (number % across * (width + 8) + 4, number // across * (height + 8) + 4))
        path = folder / f"{name}.png"
        sheet.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
        print(path, path.stat().st_size)


# Reading -----------------------------------------------------------------------------------------


def environment() -> Path:
    """Return the interpreter of the readers' own environment, made if it is not there."""
    python = FOLDER / "env" / "bin" / "python"
    if not python.exists():
        venv.create(FOLDER / "env", with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "-q", READER], check=True)
    return python


def read(what: str, folder: Path, beside: Path) -> list[dict[str, str]]:
    """Have every file of a folder read; one dictionary each, by pipeline."""
    script = Path(__file__).with_name("captcha_readers.py")
    told = subprocess.run(
        [FOLDER / "env" / "bin" / "python", script, what, folder, beside],
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    return [json.loads(line) for line in told.stdout.splitlines()]


LOOKALIKES: Final = {
    **dict.fromkeys("oODQ〇", "0"),
    **dict.fromkeys("lI|i丨", "1"),
    **dict.fromkeys("zZ", "2"),
    **dict.fromkeys("sS", "5"),
    **dict.fromkeys("bG", "6"),
    **dict.fromkeys("gq", "9"),
    **dict.fromkeys("—一_~", "-"),
    **dict.fromkeys("十tfx×", "+"),
    "A": "4",
    "B": "8",
    "二": "=",
}
FORMS: Final = {
    Strength.NORMAL: r"(\d\d)([+-]?)(\d)|(\d)([+-])(\d\d)",
    Strength.HARDER: r"(\d\d)([+-]?)(\d)([+-]?)(\d)|(\d)([+-])(\d\d)([+-]?)(\d)",
}


def answer_of(text: str, strength: Strength) -> str | None:
    """Work out what was read as an attacker would: letters for digits, a missing operator guessed as a minus."""
    plain = re.sub(r"[^0-9+-]", "", "".join(LOOKALIKES.get(letter, letter) for letter in text).split("=")[0])
    found = re.search(FORMS[strength], plain)
    if found is None:
        return None
    first, *rest = [part for part in found.groups() if part is not None]
    result = int(first)
    for sign, term in zip(rest[::2], rest[1::2], strict=True):
        result += int(term) if sign == "+" else -int(term)
    return str(result)


def interval(right: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return middle - reach, middle + reach


def tell(
    read_lines: list[dict[str, str]], answers: dict[str, str], work_out: Callable[[str], str | None]
) -> None:
    """Print how often each pipeline was right, the best first."""
    right: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for line in read_lines:
        answer = answers[line["image"]]
        for name, text in line.items():
            if name != "image":
                tried[name] += 1
                right[name] += work_out(text) == answer
    for name in sorted(tried, key=lambda name: -right[name] / tried[name]):
        low, high = interval(right[name], tried[name])
        share = right[name] / tried[name]
        print(
            f"  {name:22} {share:6.1%}   ({max(0.0, low):.1%} to {high:.1%})   {right[name]} of {tried[name]}"
        )


def measure_images(count: int) -> None:
    """Draw, read and print, for each strength."""
    for strength in Strength:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            answers = draw(folder, strength, count if strength is Strength.NORMAL else count // 2)
            known = folder / "questions.txt"
            known.write_text(" ".join(questions(strength)))

            def work_out(text: str, strength: Strength = strength) -> str | None:
                return answer_of(text, strength)

            tell(read("images", folder, known), answers, work_out)


# Sounds ------------------------------------------------------------------------------------------


def as_packaged() -> tuple[str, bytes]:
    """Return a clip as the package makes it."""
    # Its own choice has letters as well.
    answer = "".join(secrets.choice(DIGITS) for _ in range(6))
    return answer, bytes(PACKAGED.generate(answer))


def as_here() -> tuple[str, bytes]:
    """Return a clip as the service makes it."""
    recording = SpokenDigits().record()
    return recording.answer, recording.content


PACKAGED: Final = AudioCaptcha()


def measure_sounds(count: int) -> None:
    """Record, look for the package's own voices in the clips, and print."""
    for name, make in (("sounds as the package makes them", as_packaged), ("sounds", as_here)):
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            begin = time.process_time()
            clips = [make() for _ in range(count)]
            each = (time.process_time() - begin) * 1000 / count
            for number, (_, clip) in enumerate(clips):
                (folder / f"{number:05}.wav").write_bytes(clip)
            with wave.open(str(folder / "00000.wav")) as first:
                seconds = first.getnframes() / first.getframerate()
            size = sum(len(clip) for _, clip in clips) / count / 1000
            print(f"\n{name}: {each:.0f} ms of CPU, {size:.0f} kB, the first {seconds:.0f} s long")
            answers = {f"{number:05}": answer for number, (answer, _) in enumerate(clips)}
            heard = read("sounds", folder, Path(DATA_DIR))
            tell(heard, answers, lambda text: text)
            for way in ("correlation", "spectra"):
                pairs = [zip(line[way], answers[line["image"]], strict=False) for line in heard]
                right = sum(a == b for pair in pairs for a, b in pair)
                print(f"  {way:22} {right / (count * 6):6.1%} of the digits in their place")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--sheets"]:
        write_sheets(Path(sys.argv[2]))
    else:
        environment()
        images = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
        if images:
            measure_images(images)
        measure_sounds(int(sys.argv[2]) if len(sys.argv) > 2 else 30)
