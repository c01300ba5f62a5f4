"""The moderators' desk: pages that work without script, and with htmx swap one card for the next.

    sign_in  sign in, sign out, choose a language      table     the card on the table and what stands around it
    review   queues, claim, decide, undo, context      overview  the day's figures, one's own decisions, the list
    audit    what happened                             files     stylesheet, script, icons
    errors   whatever goes wrong, as a page

No rules and no SQL: a view decodes a form, calls a flow, renders.
"""

from flask import Blueprint

blueprint = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")

from moderation.console import audit, errors, files, overview, pages, review, sign_in  # noqa: E402, F401 - they add the routes
