"""UUIDv7 by `uuid_utils` (the standard library has it from 3.14)."""

from uuid import UUID

import uuid_utils.compat


class Uuid7:
    """Fulfils `ports.Ids`."""

    def new(self) -> UUID:
        """Return a fresh UUIDv7 as the standard library's class."""
        return uuid_utils.compat.uuid7()
