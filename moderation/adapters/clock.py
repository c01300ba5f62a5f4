"""The system's clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Fulfils `ports.Clock`."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place


def unix_seconds() -> float:
    """Return wall time for libraries that want a float."""
    return time.time()  # noqa: TID251 - this is the one place
