"""Read drawn questions, and spoken digits, with what anybody can download. Run by `captcha_strength.py`, in its own environment.

    python captcha_readers.py images FOLDER QUESTIONS    → a line of JSON per image: what each pipeline read
    python captcha_readers.py sounds FOLDER VOICES       → a line of JSON per clip: the digits found by sliding the voices

`ddddocr` is the free reader of letters that people use against such pages. Its two models are tried on the image as it is,
on cleaned ones, with its letters limited to those that can occur, and (`form`) told every question there can be: the
strongest use of a model that nobody has trained on these images.
"""

# The packages of that environment are not known in this project's.
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN204, ANN205, PLC0415, SLF001

import json
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ALPHABET = "0123456789+-=?"
BLANK = 0
FORMED = ("raw", "edges")
MOST_BY_FORM = 200
"""Images tried against every question there is: thousands of scores each."""


# Images ------------------------------------------------------------------------------------------


def cleaned(image, how):
    """Return the image as a pipeline wants it."""
    from PIL import Image, ImageFilter, ImageOps

    grey = image.convert("L")
    if how == "raw":
        return grey
    if how == "median":
        return grey.filter(ImageFilter.MedianFilter(5))
    if how == "edges":
        # Where ink and paper change places, outlines are what is left of a glyph.
        return ImageOps.invert(grey.filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.FIND_EDGES)).point(
            lambda level: 255 if level > 215 else 0
        )
    pixels = np.asarray(grey)
    inked = pixels < otsu(pixels)
    black = Image.fromarray(np.where(inked, 0, 255).astype(np.uint8))
    # Opening: thin ink is eaten away, what is left grows back.
    return black.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(5))


def otsu(pixels):
    """Return the threshold that parts ink from paper best (Otsu 1979)."""
    counts = np.bincount(pixels.ravel(), minlength=256).astype(float)
    weight = np.cumsum(counts)
    total = np.cumsum(counts * np.arange(256))
    below, above = weight[:-1], weight[-1] - weight[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (total[:-1] / below - (total[-1] - total[:-1]) / above) ** 2
    return int(np.nanargmax(between)) + 1


class Reader:
    """One of the two models."""

    def __init__(self, *, beta):
        import ddddocr

        self._whole = ddddocr.DdddOcr(show_ad=False, beta=beta)  # takes its engine apart when it goes
        self._engine = self._whole.ocr_engine
        self._charset = self._engine.get_charset()
        self._input = self._engine.session.get_inputs()[0].name
        self._limited = [BLANK, *(self._charset.index(letter) for letter in ALPHABET)]

    def logits(self, image):
        array = self._engine._preprocess_image(image, False)
        return self._engine.session.run(None, {self._input: array})[0][:, 0, :]

    def free(self, logits):
        return self._collapsed(logits.argmax(axis=1), self._charset)

    def limited(self, logits):
        return self._collapsed(logits[:, self._limited].argmax(axis=1), ["", *ALPHABET])

    def among(self, logits, questions):
        """Return the question that the model thinks likeliest of all there are."""
        kept = logits[:, self._limited].astype(np.float64)
        shares = np.exp(kept - kept.max(axis=1, keepdims=True))
        return questions.likeliest(shares / shares.sum(axis=1, keepdims=True))

    @staticmethod
    def _collapsed(path, charset):
        read, before = [], BLANK
        for at in path:
            if at not in (before, BLANK):
                read.append(charset[at])
            before = at
        return "".join(read)


class Questions:
    """Every question that can be drawn, scored at once by the forward algorithm of CTC (Graves 2006)."""

    def __init__(self, texts):
        self._texts = texts
        longest = max(map(len, texts))
        self._lengths = np.array([len(text) for text in texts])
        self._states = np.zeros((len(texts), 2 * longest + 1), dtype=int)  # blanks between and around
        for row, text in enumerate(texts):
            for at, letter in enumerate(text):
                self._states[row, 2 * at + 1] = 1 + ALPHABET.index(letter)
        self._may_skip = np.zeros_like(self._states, dtype=bool)
        self._may_skip[:, 2:] = (self._states[:, 2:] != 0) & (self._states[:, 2:] != self._states[:, :-2])

    def likeliest(self, shares):
        shares = np.maximum(shares, 1e-7)  # 40 steps of it stay above the least number there is
        alpha = np.zeros(self._states.shape)
        alpha[:, 0] = shares[0, 0]
        alpha[:, 1] = shares[0, self._states[:, 1]]
        for step in shares[1:]:
            reached = alpha.copy()
            reached[:, 1:] += alpha[:, :-1]
            reached[:, 2:] += self._may_skip[:, 2:] * alpha[:, :-2]
            alpha = reached * step[self._states]
        rows, ends = np.arange(len(self._texts)), 2 * self._lengths
        return self._texts[int((alpha[rows, ends] + alpha[rows, ends - 1]).argmax())]


def read_images(folder: Path, questions: Path) -> Iterator[dict[str, str]]:
    """Read every image by every pipeline."""
    from PIL import Image

    readers = {"std": Reader(beta=False), "beta": Reader(beta=True)}
    known = Questions(questions.read_text().split())
    for number, path in enumerate(sorted(folder.glob("*.webp"))):
        image = Image.open(path).convert("RGB")
        read = {"image": path.stem}
        for how in ("raw", "median", "opened", "edges"):
            picture = cleaned(image, how)
            for name, reader in readers.items():
                logits = reader.logits(picture)
                read[f"{name} {how}"] = reader.free(logits)
                read[f"{name} {how}, limited"] = reader.limited(logits)
                if how in FORMED and number < MOST_BY_FORM:
                    read[f"{name} {how}, form"] = reader.among(logits, known)
        yield read


# Sounds ------------------------------------------------------------------------------------------


def samples(path: Path):
    with wave.open(str(path)) as clip:
        return np.frombuffer(clip.readframes(-1), dtype=np.uint8).astype(float) - 128


def hear_sounds(folder: Path, voices: Path) -> Iterator[dict[str, str]]:
    """Look for every recording of the package in every clip, in two ways; keep what matches best and lies apart.

    `correlation` slides the waves of whole words along the clip, at the speeds the package plays them. `spectra` compares how loud
    each pitch is over time, at a wider range of speeds: coarser, and less upset by a speed that wanders.
    """
    recordings = [
        (digit, samples(path)) for digit in "0123456789" for path in sorted((voices / digit).glob("*.wav"))
    ]
    waves = [
        (digit, unit(stretched(voice, speed)))
        for digit, voice in recordings
        for speed in np.arange(0.9, 1.21, 0.025)
    ]
    pictures = [
        (digit, spectrum(stretched(voice, speed)))
        for digit, voice in recordings
        for speed in np.arange(0.75, 1.45, 0.1)
    ]
    for path in sorted(folder.glob("*.wav")):
        clip = samples(path)
        yield {"image": path.stem, "correlation": slid(clip, waves), "spectra": compared(clip, pictures)}


def stretched(voice, speed):
    at = np.arange(int(len(voice) * speed)) / speed
    return np.interp(at, np.arange(len(voice)), voice)


def unit(values):
    return values / (np.linalg.norm(values) or 1)


def slid(clip, templates):
    """Return the six digits found by correlation with whole words."""
    size = 1 << (len(clip) + max(len(template) for _, template in templates)).bit_length()
    transformed = np.fft.rfft(clip, size)
    power = np.concatenate([[0], np.cumsum(clip**2)])
    found = []
    for digit, template in templates:
        length = len(template)
        products = np.fft.irfft(transformed * np.conj(np.fft.rfft(template, size)), size)
        products = products[: len(clip) - length]
        local = np.sqrt(np.maximum(power[length:-1] - power[: -length - 1], 1))[: len(products)]
        # Quiet places match anything: loudness counts, within reason.
        found += peaks(np.abs(products) / (local + 600), length, digit, apart=1_500)
    return six(found)


FRAME, HOP = 256, 80


def spectrum(wave_):
    """Return how loud each pitch is, frame by frame."""
    count = max(1, (len(wave_) - FRAME) // HOP)
    frames = np.stack([wave_[at * HOP : at * HOP + FRAME] for at in range(count) if len(wave_) >= FRAME])
    return np.log1p(np.abs(np.fft.rfft(frames * np.hanning(FRAME), axis=1))[:, 2:90])


def compared(clip, templates):
    """Return the six digits found by comparing spectra, each picture with its mean taken off."""
    whole = spectrum(clip)
    found = []
    for digit, template in templates:
        length = len(template)
        if length >= len(whole):
            continue
        flat = unit((template - template.mean()).ravel())
        windows = np.lib.stride_tricks.sliding_window_view(whole, length, axis=0).transpose(0, 2, 1)
        windows = windows.reshape(len(windows), -1)
        centred = windows - windows.mean(axis=1, keepdims=True)
        found += peaks(centred @ flat / (np.linalg.norm(centred, axis=1) + 1e-9), length, digit, apart=18)
    return six(found)


def peaks(score, length, digit, *, apart):
    """Return the six best places of one template."""
    best = []
    for _ in range(6):
        at = int(score.argmax())
        best.append((score[at], at, at + length, digit))
        score[max(0, at - apart) : at + apart] = -1
    return best


def six(found):
    """Return the digits of the six best that do not overlap, in the order of the clip."""
    kept: list[tuple[int, int, str]] = []
    for _, start, end, digit in sorted(found, reverse=True):
        if len(kept) < 6 and all(end <= other or start >= done for other, done, _ in kept):
            kept.append((start, end, digit))
    return "".join(digit for _, _, digit in sorted(kept))


if __name__ == "__main__":
    what, folder, beside = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    for line in read_images(folder, beside) if what == "images" else hear_sounds(folder, beside):
        print(json.dumps(line), flush=True)
