"""Settings in words: what each does in one sentence, which comment states it changes, what is wrong with a field."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flask_babel.speaklater import LazyString

from moderation.domain.comment import MAX_TEXT_CHARS, Status
from moderation.domain.errors import Fault
from moderation.domain.policy import (
    MAX_PERCENT,
    OBJECTION_BOUNDS,
    RETAINED_DAYS,
    ChallengeMode,
    Emergency,
    Mode,
    PostingLimits,
    SignIn,
)
from moderation.domain.texts import Place
from moderation.web.languages import gettext, lazy_gettext

MODES: Final = MappingProxyType(
    {
        Mode.PRE: (
            lazy_gettext("Review first"),
            lazy_gettext("Nothing shows before a person approves it."),
        ),
        Mode.RULES: (
            lazy_gettext("Review what rules flag"),
            lazy_gettext("What no rule flags shows at once; what a rule flags waits for a person."),
        ),
        Mode.POST: (
            lazy_gettext("Show first"),
            lazy_gettext(
                "Everything that no rule blocks shows at once; what a rule flags is looked at afterwards."
            ),
        ),
        Mode.CLOSED: (
            lazy_gettext("Closed"),
            lazy_gettext("Nobody can comment; what is published stays to be read."),
        ),
    },
)
CHALLENGES: Final = MappingProxyType(
    {
        ChallengeMode.IMAGE: (
            lazy_gettext("A picture with a sum"),
            lazy_gettext("Who posts must answer it; without the right answer nothing is stored."),
        ),
        ChallengeMode.POW: (
            lazy_gettext("Unseen work of the browser"),
            lazy_gettext(
                "The browser computes for half a second while the reader writes; a picture where it cannot."
            ),
        ),
        ChallengeMode.ADAPTIVE: (
            lazy_gettext("By risk"),
            lazy_gettext(
                "Nothing for authors with a good record, unseen work for most, a picture for links, floods and wrong answers."
            ),
        ),
        ChallengeMode.OFF: (
            lazy_gettext("None"),
            lazy_gettext("Anybody and any program can post, as fast as the limits allow."),
        ),
    },
)
SIGN_INS: Final = MappingProxyType(
    {
        SignIn.ANONYMOUS: (
            lazy_gettext("Nobody signs in"),
            lazy_gettext("Authors are known by their browser alone."),
        ),
        SignIn.OPTIONAL: (
            lazy_gettext("Readers may be signed in"),
            lazy_gettext(
                "Whom the portal names by a signed token writes under that name; others write as before."
            ),
        ),
        SignIn.REQUIRED: (
            lazy_gettext("Only signed-in readers comment"),
            lazy_gettext("Without a token of the portal no comment is taken; everybody can read."),
        ),
    },
)
EMERGENCIES: Final = MappingProxyType(
    {
        Emergency.FROZEN: (
            lazy_gettext("Freeze"),
            lazy_gettext(
                "Nobody can comment on any page; the form says that comments are closed. What is published stays."
            ),
            lazy_gettext("Frozen: nobody can comment."),
        ),
        Emergency.HELD: (
            lazy_gettext("Review everything first"),
            lazy_gettext(
                "Every new comment on every page waits for a person, whatever the modes say. What is published stays."
            ),
            lazy_gettext("Every new comment waits for a person."),
        ),
    },
)
"""Of each: its button, what it does, what the banner says while it holds."""
PLACES: Final = MappingProxyType(
    {
        Place.LIST: lazy_gettext("Heading and list"),
        Place.FORM: lazy_gettext("Form"),
        Place.AFTER: lazy_gettext("After sending"),
        Place.FAULT: lazy_gettext("When something is wrong"),
        Place.REASON: lazy_gettext("Why a comment was not published"),
        Place.RECEIPT: lazy_gettext("Receipts and appeals"),
    },
)


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in words. `states`: what it can make of a comment; none when it changes no comment."""

    label: LazyString
    effect: LazyString
    states: tuple[Status, ...] = ()


SETTINGS: Final = MappingProxyType(
    {
        "name": Setting(lazy_gettext("Name"), lazy_gettext("How the site is called on the desk.")),
        "language": Setting(
            lazy_gettext("Language"),
            lazy_gettext("The language of the site, for colleagues; what readers see follows their page."),
        ),
        "origins": Setting(
            lazy_gettext("Origins"),
            lazy_gettext(
                "Pages of these addresses may show comments and post them, one a line; others are turned away."
            ),
        ),
        "mode": Setting(
            lazy_gettext("Mode"),
            lazy_gettext("How new comments are judged; a thread may have a mode of its own."),
            (Status.PENDING, Status.PUBLISHED),
        ),
        "challenge": Setting(
            lazy_gettext("Captcha"), lazy_gettext("What a reader must solve before a comment is taken.")
        ),
        "max_text_chars": Setting(
            lazy_gettext("Longest comment"),
            lazy_gettext("Longer texts are turned away before anything is stored."),
        ),
        "is_honest": Setting(
            lazy_gettext("Tell authors of every refusal"),
            lazy_gettext(
                "Otherwise authors of advertising and repeats hear that their comment waits, and learn nothing."
            ),
            (Status.REJECTED,),
        ),
        "sign_in": Setting(
            lazy_gettext("Sign-in by the portal"),
            lazy_gettext("Whether authors are those whom your own pages have signed in."),
        ),
        "trusted_pass": Setting(
            lazy_gettext("Trusted authors need not wait"),
            lazy_gettext(
                "After ten approvals, and at most one refusal for every ten, a comment that no rule flags shows at once."
            ),
            (Status.PUBLISHED,),
        ),
        "links_wait": Setting(
            lazy_gettext("Links of new authors wait"),
            lazy_gettext(
                "Until something of an author’s has been approved, his comments with links wait for a person."
            ),
            (Status.PENDING,),
        ),
        "edit_minutes": Setting(
            lazy_gettext("Authors may edit, minutes"),
            lazy_gettext(
                "An edited text is checked again like a new one, and earlier texts are kept. 0: no editing."
            ),
            (Status.PENDING, Status.PUBLISHED, Status.WITHDRAWN),
        ),
        "appeal_days": Setting(
            lazy_gettext("Authors may appeal, days"),
            lazy_gettext("Once for each refused comment; another senior judges it. 0: no appeals."),
            (Status.PUBLISHED, Status.REJECTED),
        ),
        "report_review_weight": Setting(
            lazy_gettext("Reports for a review, weight"),
            lazy_gettext(
                "A report of an unknown reader weighs 100, of one who was often right up to 200, often wrong 10."
            ),
        ),
        "report_hide_weight": Setting(
            lazy_gettext("Reports for hiding, weight"),
            lazy_gettext(
                "Only reports of readers who were right before count; the comment is hidden until a person has looked. 0: never."
            ),
            (Status.PENDING,),
        ),
        "limits.client": Setting(
            lazy_gettext("One reader"),
            lazy_gettext("Faster readers are asked to wait, with the seconds left; nothing is stored."),
        ),
        "limits.client_and_thread": Setting(
            lazy_gettext("One reader on one page"),
            lazy_gettext("Faster readers are asked to wait on this page; other pages stay open to them."),
        ),
        "limits.author": Setting(
            lazy_gettext("One author"),
            lazy_gettext("The same for an author who is known by his browser, wherever he is."),
        ),
        "limits.same_text": Setting(
            lazy_gettext("The same text"),
            lazy_gettext("Further copies of a text, even changed a little, wait for a person."),
            (Status.PENDING,),
        ),
        "limits.site": Setting(
            lazy_gettext("The whole site"),
            lazy_gettext("What comes above it waits for a person, so that no flood shuts readers out."),
            (Status.PENDING,),
        ),
        "limits.like": Setting(
            lazy_gettext("Likes of one reader"), lazy_gettext("Further likes are refused for a while.")
        ),
        "limits.report": Setting(
            lazy_gettext("Reports of one reader"), lazy_gettext("Further reports are refused for a while.")
        ),
        "limits.edit": Setting(
            lazy_gettext("Edits of one author"),
            lazy_gettext("Further edits and withdrawals are refused for a while."),
        ),
        "limits.appeal": Setting(
            lazy_gettext("Appeals of one reader"), lazy_gettext("Further appeals are refused for a while.")
        ),
        "second_look_percent": Setting(
            lazy_gettext("Second looks, per cent"),
            lazy_gettext(
                "This share of decisions is made again by a colleague who does not see the first; comments keep their state."
            ),
        ),
        "patrol_percent": Setting(
            lazy_gettext("Patrol, per cent"),
            lazy_gettext(
                "This share of what showed without a person is looked at afterwards, and may be taken down."
            ),
            (Status.PUBLISHED, Status.REJECTED),
        ),
        "retain_rejected_days": Setting(
            lazy_gettext("Keep rejected comments, days"),
            lazy_gettext("Then the texts and names of rejected comments are erased for good."),
            (Status.REJECTED, Status.ERASED),
        ),
        "retain_client_days": Setting(
            lazy_gettext("Keep traces of addresses, days"),
            lazy_gettext("Then the keyed hash of the reader’s address is removed from his comments."),
        ),
        "retain_audit_days": Setting(
            lazy_gettext("Keep the audit, days"),
            lazy_gettext("Events are kept at least this long."),
        ),
    },
)
"""In the order of the form."""
BOUNDS: Final = MappingProxyType(
    {
        "max_text_chars": (1, MAX_TEXT_CHARS),
        "second_look_percent": (0, MAX_PERCENT),
        "patrol_percent": (0, MAX_PERCENT),
        **OBJECTION_BOUNDS,
        **RETAINED_DAYS,
    },
)
LIMIT_DEFAULTS: Final = MappingProxyType(
    {f"limits.{name}": getattr(PostingLimits(), name) for name in PostingLimits.__dataclass_fields__}
)


FAULTS: Final = MappingProxyType(
    {
        "blank": lazy_gettext("This must not be empty."),
        "required": lazy_gettext("This must not be empty."),
        "not-an-origin": lazy_gettext("An origin looks like https://news.example, without a path."),
        "malformed": lazy_gettext("A limit looks like 5/minute;30/hour."),
        "wrong-slots": lazy_gettext(
            "What stands in braces must stay as it is in the default, and nothing else may stand in braces."
        ),
        "control-character": lazy_gettext("One line of plain characters, please."),
        "unstorable-character": lazy_gettext("One line of plain characters, please."),
    },
)


def faults_by_field(faults: Iterable[Fault]) -> dict[str, str]:
    """Say what is wrong with each field, by the field's name; the first fault of a field is told."""
    told: dict[str, str] = {}
    for fault in faults:
        name = fault.pointer.removeprefix("/").replace("/", ".")
        told.setdefault(name, _sentence(name, fault))
    return told


def _sentence(name: str, fault: Fault) -> str:
    if name in BOUNDS and fault.code in {"wrong-type", "out-of-range", "out-of-bounds"}:
        least, most = BOUNDS[name]
        return str(gettext("A whole number from %(least)d to %(most)d, please.", least=least, most=most))
    if fault.code == "too-long":
        return str(gettext("At most %(most)d characters, please.", most=fault.bound))
    return str(FAULTS.get(fault.code, lazy_gettext("This value is not known.")))
