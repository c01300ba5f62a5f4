"""The embed: script and styles for portal pages, and the page for readers without JavaScript."""

from flask import Blueprint

blueprint = Blueprint("embed", __name__, template_folder="templates")

from moderation.embed import feeds, fragment, permalink, receipts, reporting, views  # noqa: E402, F401 - they add the routes
