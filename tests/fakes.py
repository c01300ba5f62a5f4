"""Plain things that fulfil the ports, for tests."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from jinja2.bccache import Bucket, BytecodeCache

from moderation.adapters.secrets import KeyedSecrets
from moderation.domain.challenge import Strength
from moderation.ports import Drawing, Recording, Spent

START: Final = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class MemoryBytecodeCache(BytecodeCache):
    """Keeps what Jinja has compiled."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class FrozenClock:
    """Stands still until a test moves it."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        """Let time pass: `clock.move(minutes=5)`."""
        self.moment += timedelta(**by)


class CountingCaptcha:
    """Draws 1, 2, 3 … and remembers how hard; the answer of the n-th drawing is n."""

    def __init__(self) -> None:
        self.drawn: list[Strength] = []
        self._numbers = itertools.count(1)

    def draw(self, strength: Strength = Strength.NORMAL) -> Drawing:
        self.drawn.append(strength)
        number = next(self._numbers)
        return Drawing(
            answer=str(number), image=b"RIFF-picture", media_type="image/webp", width=200, height=64
        )


class CountingSounds:
    """Speaks 100001, 100002 … and sounds like none of them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(100_001)

    def record(self) -> Recording:
        return Recording(answer=str(next(self._numbers)), content=b"RIFF-voice", media_type="audio/wav")


class MemoryLimits:
    """Counts per key and scope over no window at all: what is spent stays spent until `reset`."""

    def __init__(self) -> None:
        self.spent: dict[tuple[str, str], int] = {}

    def spend(self, key: str, *, limits: str, scope: str) -> Spent:
        limit = min(int(part.split("/")[0]) for part in limits.split(";"))
        used = self.spent.get((scope, key), 0)
        if used >= limit:
            return Spent(is_allowed=False, limit=limit, remaining=0, reset_seconds=20, retry_after_seconds=20)
        self.spent[(scope, key)] = used + 1
        return Spent(
            is_allowed=True,
            limit=limit,
            remaining=limit - used - 1,
            reset_seconds=60,
            retry_after_seconds=0,
        )

    def peek(self, key: str, *, limits: str, scope: str) -> Spent:
        limit = min(int(part.split("/")[0]) for part in limits.split(";"))
        left = max(0, limit - self.spent.get((scope, key), 0))
        seconds = 60 if left else 20
        return Spent(
            is_allowed=left > 0,
            limit=limit,
            remaining=left,
            reset_seconds=seconds,
            retry_after_seconds=0 if left else seconds,
        )

    def reset(self) -> None:
        self.spent.clear()


class QuickSecrets(KeyedSecrets):
    """The real secrets, but for a password hash that costs next to nothing."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self._passwords = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class RecordingLog:
    """Keeps what was logged, so that a test can read it."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **fields: object) -> None:
        self.lines.append((event, fields))

    def warning(self, event: str, **fields: object) -> None:
        self.lines.append((event, fields))
