"""Secrets: fresh tokens, keyed hashes, passwords. The key itself never leaves this file."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_RECOVERY_BYTES: Final = 10
_GROUP_CHARS: Final = 4
_NEIGHBOURS: Final = (0, -1, 1)
"""The present time step first; one early or late forgives a clock and a slow hand."""


class KeyedSecrets:
    """Fulfils `ports.Secrets`."""

    def __init__(self, key: str, *, previous_key: str = "") -> None:
        """Take the service's secret key and, during a rotation, the one before it."""
        self._keys = {_name(value): value.encode() for value in (key, previous_key) if value}
        self._key_id = _name(key)
        self._passwords = PasswordHasher()

    @property
    def key_id(self) -> str:
        """Name the present key without telling it."""
        return self._key_id

    def token(self, prefix: str) -> str:
        """Return a fresh 256-bit secret, prefixed by its kind."""
        return f"{prefix}{secrets.token_urlsafe(32)}"

    def digest(self, secret: str) -> bytes:
        """Hash a 256-bit secret for storage."""
        return hashlib.sha256(secret.encode()).digest()

    def keyed(self, purpose: str, *parts: str) -> bytes:
        """Hash guessable values under the present key."""
        return self.keyed_by_all(purpose, *parts)[self._key_id]

    def keyed_by_all(self, purpose: str, *parts: str) -> dict[str, bytes]:
        """Hash guessable values under every key still accepted, by key id."""
        # Length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
        message = b"".join(
            len(part.encode()).to_bytes(4, "big") + part.encode() for part in (purpose, *parts)
        )
        return {key_id: hmac.new(key, message, hashlib.sha256).digest() for key_id, key in self._keys.items()}

    def hash_password(self, password: str) -> str:
        """Stretch a password with argon2id at the library's defaults (RFC 9106, low-memory profile)."""
        return self._passwords.hash(password)

    def check_password(self, stored: str, password: str) -> bool:
        """Check a password against its stored hash."""
        try:
            return self._passwords.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    def needs_rehash(self, stored: str) -> bool:
        """Say whether a stored hash was made with weaker parameters than today's."""
        return self._passwords.check_needs_rehash(stored)

    def shared_secret(self) -> str:
        """Return 160 random bits in base 32, as RFC 4226 advises."""
        return pyotp.random_base32()

    def step_of_code(self, secret: str, code: str, now: datetime) -> int | None:
        """Compare a code with those of three time steps, each in constant time."""
        totp = pyotp.TOTP(secret)
        present = totp.timecode(now)
        given = code.encode()
        found = None
        for step in (present + off for off in _NEIGHBOURS):
            if hmac.compare_digest(totp.generate_otp(step).encode(), given) and found is None:
                found = step
        return found

    def address_of_secret(self, secret: str, *, login: str, issuer: str) -> str:
        """Return the secret as authenticators read it from a picture."""
        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)

    def recovery_code(self) -> str:
        """Return 80 random bits in base 32: `abcd-efgh-ijkl-mnop`."""
        text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
        return "-".join(text[at : at + _GROUP_CHARS] for at in range(0, len(text), _GROUP_CHARS))


def _name(key: str) -> str:
    """Name a key without telling it: enough of its hash to find it again."""
    return hashlib.sha256(b"key-id:" + key.encode()).hexdigest()[:12]
