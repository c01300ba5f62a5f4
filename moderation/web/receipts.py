"""Receipts as surfaces give them out: the code, and the address of its page."""

from dataclasses import dataclass

from flask import url_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLink:
    """A receipt's code and where it is shown."""

    code: str
    url: str


def link(site_key: str, code: str) -> ReceiptLink:
    """Return the code with its address at this service."""
    return ReceiptLink(code=code, url=url_for("embed.receipt", site_key=site_key, code=code))
