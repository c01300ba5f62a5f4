"""Where a receipt leads: the page that shows what became of what it stands for."""

from typing import Final

_ADDRESS: Final = "/embed/v1/{site_key}/receipts/{code}"


def address(site_key: str, code: str) -> str:
    """Return the address of a receipt's page on this service."""
    return _ADDRESS.format(site_key=site_key, code=code)
