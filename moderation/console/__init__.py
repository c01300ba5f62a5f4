"""The moderators' desk: pages that work without script, and with htmx swap one card for the next.

    review    queues, claim, decide, undo, context     table     the card on the table and what stands around it
    lists     a queue as a list, selections, mine       counts    how much waits, asked again and again
    overview  the desk's figures                        search    find comments; `saved`: filters kept
    authors   one author                               threads   one thread
    rulesets  versions, drafts                         audit     what happened
    replays   replay, shadow, suggestions
    settings  policy, emergencies, texts, sign-in keys people    roles, invitations, sessions
    sign_in   sign in, sign out, choose a language     profile   one's own account
    invitations    made, accepted                      again     a refused form shown again
    second_factor  set up, renewed, removed            single_sign_on  by the operator's identity provider
    files     stylesheet, script, icons                errors    whatever goes wrong, as a page
    keyboard  the account's keys

No rules and no SQL: a view decodes a form, calls a flow, renders.
"""

from flask import Blueprint

blueprint = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")

from moderation.console import (  # noqa: E402 - they add the routes
    audit,  # noqa: F401
    authors,  # noqa: F401
    counts,  # noqa: F401
    errors,  # noqa: F401
    files,  # noqa: F401
    invitations,  # noqa: F401
    keyboard,  # noqa: F401
    lists,  # noqa: F401
    narrowing,  # noqa: F401
    overview,  # noqa: F401
    pages,  # noqa: F401
    people,  # noqa: F401
    portal_keys,  # noqa: F401
    profile,  # noqa: F401
    replays,  # noqa: F401
    review,  # noqa: F401
    rule_drafts,  # noqa: F401
    rule_errors,  # noqa: F401
    rule_lists,  # noqa: F401
    rule_sites,  # noqa: F401
    rule_trying,  # noqa: F401
    rule_words,  # noqa: F401
    rulesets,  # noqa: F401
    saved,  # noqa: F401
    search,  # noqa: F401
    second_factor,  # noqa: F401
    settings,  # noqa: F401
    sign_in,  # noqa: F401
    single_sign_on,  # noqa: F401
    threads,  # noqa: F401
)
