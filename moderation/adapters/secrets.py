"""Secrets: fresh tokens, keyed hashes, passwords. The key itself never leaves this file."""

import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


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


def _name(key: str) -> str:
    """Name a key without telling it: enough of its hash to find it again."""
    return hashlib.sha256(b"key-id:" + key.encode()).hexdigest()[:12]
