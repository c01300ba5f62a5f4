"""The demo's folder: its key, its passwords, its database. Private to whoever runs it (0700)."""

import fcntl
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from moderation.cli import passwords
from moderation.cli.refusal import Refusal

FOLDER: Final = Path(".demo")
_STATE, _DATABASE, _LIMITS, _LOCK = "demo.json", "moderation.db", "limits.db", "lock"
_SIDE_FILES = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a second start needs to know of the first. `is_ready` is written last."""

    secret_key: str
    moderator_password: str
    owner_password: str
    is_ready: bool = False

    @classmethod
    def fresh(cls) -> "State":
        """Make keys and passwords that exist nowhere else."""
        return cls(
            secret_key=secrets.token_urlsafe(48),
            moderator_password=passwords.generate(),
            owner_password=passwords.generate(),
        )


class Folder:
    """The folder, held by one demo at a time."""

    def __init__(self, path: Path) -> None:
        """Make the folder if need be and take it. Raises `Refusal` when another demo runs in it."""
        os.umask(0o077)
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        self.path = path.resolve()
        self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Held until this process ends, however it ends.
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise Refusal(
                f"此目录的演示已在运行。A demo is running in {self.path} already; stop it first."
            ) from error

    def open(self, *, is_fresh: bool) -> State:
        """Return the state of an earlier start, or begin anew: when asked to, or where none came to its end."""
        kept = None if is_fresh else self._read()
        if kept is not None and kept.is_ready:
            return kept
        for name in (_STATE, *(f"{base}{side}" for base in (_DATABASE, _LIMITS) for side in _SIDE_FILES)):
            (self.path / name).unlink(missing_ok=True)
        state = State.fresh()
        self._write(state)
        return state

    def note_ready(self, state: State) -> None:
        """Write down that everything has been made."""
        self._write(replace(state, is_ready=True))

    def environment(self, state: State) -> dict[str, str]:
        """Return the settings of the demo's processes, as `MODERATION_*`."""
        return {
            "MODERATION_DATABASE_URL": f"sqlite:///{self.path / _DATABASE}",
            "MODERATION_LIMITS_URL": f"sqlite:///{self.path / _LIMITS}",
            "MODERATION_SECRET_KEY": state.secret_key,
            "MODERATION_IS_HTTPS": "false",
            "MODERATION_WORKERS": "2",
            "MODERATION_LOG_FORMAT": "console",
        }

    def _read(self) -> State | None:
        try:
            return msgspec.json.decode((self.path / _STATE).read_bytes(), type=State)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _write(self, state: State) -> None:
        new = self.path / f"{_STATE}.new"
        new.write_bytes(msgspec.json.encode(state))
        new.replace(self.path / _STATE)
