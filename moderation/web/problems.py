"""Domain errors → `application/problem+json` (RFC 9457). The one place that knows which error is which status.

`type` is a path under this service that documents the problem (`/problems/<slug>`, `docs/problems.md`). `detail`
helps the caller; it never holds a stack, SQL, or which rule matched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec
import structlog
from flask import Flask, Response, g, request
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from moderation.domain import errors
from moderation.domain.errors import Invalid, ModerationError, TooMany, Unavailable
from moderation.web import bodies, doors

MEDIA_TYPE: Final = "application/problem+json"
UNAVAILABLE_ERRORS: Final = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""A database that does not take the request just now. `InternalError` is how psycopg tells a read-only standby."""
_log = structlog.get_logger("moderation.web")


@dataclass(frozen=True, slots=True)
class Kind:
    """A documented type of problem."""

    slug: str
    status: int
    title: str
    advice: str
    """What the caller can do about it, in one or two sentences."""


VALIDATION_FAILED: Final = Kind(
    "validation-failed",
    422,
    "A field does not hold what it must",
    "`errors` lists each fault with a JSON pointer to its field. Correct the fields and send the request again.",
)
MALFORMED_JSON: Final = Kind("malformed-json", 400, "The body is not JSON", "Send one JSON object in UTF-8.")
UNSUPPORTED_MEDIA_TYPE: Final = Kind(
    "unsupported-media-type",
    415,
    "The body is of a type not taken here",
    "Send `Content-Type: application/json`, uncompressed.",
)
BODY_TOO_LARGE: Final = Kind(
    "body-too-large",
    413,
    "The body is too large",
    "Send a smaller body; the limit is 64 kB unless the operator set another.",
)
NOT_FOUND: Final = Kind("not-found", 404, "There is nothing at this address", "Check the address.")
METHOD_NOT_ALLOWED: Final = Kind(
    "method-not-allowed",
    405,
    "This address does not take that method",
    "The `Allow` header lists the methods this address takes.",
)
BAD_REQUEST: Final = Kind(
    "bad-request", 400, "The request cannot be read", "Check the request line and headers."
)
TOO_MANY_REQUESTS: Final = Kind(
    "too-many-requests",
    429,
    "Too many requests",
    "Wait for the seconds in `Retry-After`, then try again. Nothing was stored.",
)
UNAVAILABLE: Final = Kind(
    "unavailable",
    503,
    "The service cannot do this just now",
    "Nothing was stored. Try again after `Retry-After` seconds.",
)
INTERNAL: Final = Kind(
    "internal",
    500,
    "Something went wrong on our side",
    "Nothing was stored. Tell the operator the `request_id`.",
)

OF_ERROR: Final[Mapping[type[ModerationError], Kind]] = MappingProxyType(
    {
        errors.SiteUnknown: Kind(
            "site-unknown", 404, "There is no such site", "Check the site key with the operator."
        ),
        errors.ThreadUnknown: Kind(
            "thread-unknown",
            404,
            "There is no such thread",
            "A thread comes into being with its first comment.",
        ),
        errors.CommentUnknown: Kind(
            "comment-unknown",
            404,
            "There is no such comment",
            "It may have been removed, or was never published.",
        ),
        errors.ReceiptUnknown: Kind(
            "receipt-unknown", 404, "There is no such receipt", "Check the code; each site has its own."
        ),
        errors.ItemUnknown: Kind(
            "item-unknown", 404, "There is no such item", "It may belong to a site you do not review."
        ),
        errors.FilterUnknown: Kind(
            "filter-unknown", 404, "There is no such filter", "It may have been deleted in another window."
        ),
        errors.ChallengeUnknown: Kind(
            "challenge-unknown",
            404,
            "There is no such challenge",
            "It was used or has expired; ask for a new one.",
        ),
        errors.SoundUnavailable: Kind(
            "sound-unavailable",
            404,
            "There is no sound to be given",
            "Sounds are off here, or all are given out just now. Use the image, or ask for a `waiver`.",
        ),
        errors.PortalKeyUnknown: Kind(
            "portal-key-unknown",
            404,
            "There is no such sign-in key in force",
            "Check its name in the list of keys; it may have been retired.",
        ),
        errors.AccountUnknown: Kind("account-unknown", 404, "There is no such account", "Check the login."),
        errors.AuthorUnknown: Kind(
            "author-unknown", 404, "There is no such author", "He may belong to a site you do not review."
        ),
        errors.RuleSetUnknown: Kind(
            "rule-set-unknown",
            404,
            "There is no such rule set",
            "Check the version number, or activate a rule set first.",
        ),
        errors.RuleUnknown: Kind(
            "rule-unknown", 404, "There is no such rule", "It may have been removed from this version."
        ),
        errors.ReplayUnknown: Kind(
            "replay-unknown", 404, "There is no such replay", "Of each site the last twenty are kept."
        ),
        errors.InvitationUnknown: Kind(
            "invitation-unknown",
            404,
            "This invitation does not hold",
            "It was used or taken back, or has expired; ask for a new one.",
        ),
        errors.Invalid: VALIDATION_FAILED,
        errors.OriginNotAllowed: Kind(
            "origin-not-allowed",
            403,
            "This page may not post here",
            "The `Origin` of the page must be one of the site's origins; browsers send it by themselves.",
        ),
        errors.ChallengeRequired: Kind(
            "challenge-required",
            422,
            "This site asks for a challenge",
            "`challenge` names what it takes: `pow` or `image`. Get one and post again; nothing of the text is lost.",
        ),
        errors.ChallengeFailed: Kind(
            "challenge-failed",
            422,
            "The challenge was answered wrongly",
            "The challenge is used up: show a new one and keep the reader's text.",
        ),
        errors.ChallengeExpired: Kind(
            "challenge-expired",
            422,
            "The challenge has expired or was used",
            "Show a new challenge and keep the reader's text.",
        ),
        errors.CursorInvalid: Kind(
            "cursor-invalid",
            400,
            "The cursor was not given out by this service",
            "Start again without a cursor, and pass on `next_cursor` unchanged.",
        ),
        errors.IdempotencyKeyInvalid: Kind(
            "idempotency-key-invalid",
            400,
            "The Idempotency-Key is malformed",
            "Use 1 to 255 visible ASCII characters.",
        ),
        errors.IdempotencyKeyReused: Kind(
            "idempotency-key-reused",
            422,
            "The Idempotency-Key was used for another body",
            "A key belongs to one body: use a fresh key for another comment.",
        ),
        errors.SignInFailed: Kind(
            "sign-in-failed", 401, "Login or password is wrong", "Check login and password."
        ),
        errors.CodeWrong: Kind(
            "code-wrong", 401, "The code is wrong", "Enter the code that the authenticator shows now."
        ),
        errors.StepOver: Kind(
            "step-over",
            401,
            "The sign-in took too long",
            "Begin again with login and password.",
        ),
        errors.IdentityRefused: Kind(
            "identity-refused",
            403,
            "The identity provider vouches for nobody known here",
            "Sign in with a password, or ask an owner for an invitation.",
        ),
        errors.PortalTokenInvalid: Kind(
            "portal-token-invalid",
            401,
            "The portal's token names nobody",
            "`why` says what is wrong with it. Get a fresh token from the portal and send the request again.",
        ),
        errors.SignInRequired: Kind(
            "sign-in-required",
            401,
            "Only signed-in readers comment here",
            "Let the reader sign in on the portal and send its token as `Portal-Token`; keep his text.",
        ),
        errors.SignInNotOffered: Kind(
            "sign-in-not-offered",
            403,
            "Authors do not sign in on this site",
            "Send no `Portal-Token`, or set the site's sign-in to `optional` or `required`.",
        ),
        errors.NotPermitted: Kind(
            "not-permitted",
            403,
            "This account may not do that",
            "Sign in with an account whose role on the site allows it.",
        ),
        errors.RulesInvalid: Kind(
            "rules-invalid", 422, "The rules have faults", "`errors` lists each fault with its line."
        ),
        errors.ThreadClosed: Kind(
            "thread-closed",
            409,
            "This thread takes no comments",
            "The site or the thread takes no new comments.",
        ),
        errors.ChallengeNotNeeded: Kind(
            "challenge-not-needed", 409, "This site asks for no challenge", "Submit without a challenge."
        ),
        errors.LeaseLost: Kind(
            "lease-lost",
            409,
            "The claim has run out or was taken over",
            "Claim the item again; `detail` names who holds it.",
        ),
        errors.AlreadyDecided: Kind(
            "already-decided",
            409,
            "Somebody was faster",
            "Nothing is left to do; `detail` names who decided.",
        ),
        errors.RevisionStale: Kind(
            "revision-stale",
            409,
            "The comment has been edited since",
            "Read the new text, then decide, or edit that.",
        ),
        errors.CommentSettled: Kind(
            "comment-settled",
            409,
            "This comment can no longer be changed",
            "Nothing was changed. It was refused, withdrawn or erased, or its time for edits is over.",
        ),
        errors.AppealImpossible: Kind(
            "appeal-impossible",
            409,
            "There is nothing to appeal against",
            "A comment must be refused, in its days for appeals, and not have been appealed for before.",
        ),
        errors.UndoTooLate: Kind(
            "undo-too-late",
            409,
            "This decision can no longer be undone",
            "Half an hour has passed, or the comment has changed since; make a new decision instead.",
        ),
        errors.DraftChanged: Kind(
            "draft-changed",
            409,
            "Somebody else has edited this draft",
            "Nothing was changed. Read the draft as it is now, then edit again.",
        ),
        errors.NotADraft: Kind(
            "not-a-draft",
            409,
            "This version of the rules does not change any more",
            "Nothing was changed. Make a draft of it and edit that.",
        ),
        errors.SettingsChanged: Kind(
            "settings-changed",
            409,
            "The settings have changed since",
            "Read what is set now, then change it again.",
        ),
        errors.LastOwner: Kind(
            "last-owner",
            409,
            "Nobody would be left who owns every site",
            "Make somebody else an owner of every site first.",
        ),
        errors.NameTaken: Kind("name-taken", 409, "This name is taken", "Choose another name."),
        errors.NotFound: NOT_FOUND,
        errors.TooMany: TOO_MANY_REQUESTS,
        errors.Unavailable: UNAVAILABLE,
    },
)
OF_STATUS: Final = MappingProxyType(
    {
        400: BAD_REQUEST,
        404: NOT_FOUND,
        405: METHOD_NOT_ALLOWED,
        413: BODY_TOO_LARGE,
        415: UNSUPPORTED_MEDIA_TYPE,
        429: TOO_MANY_REQUESTS,
        503: UNAVAILABLE,
    },
)
BY_SLUG: Final = MappingProxyType(
    {kind.slug: kind for kind in (*OF_ERROR.values(), *OF_STATUS.values(), INTERNAL, MALFORMED_JSON)}
)
FAULT_SENTENCES: Final = MappingProxyType(
    {
        "blank": "must not be blank",
        "too-long": "must have at most {bound} characters",
        "too-many": "must be at most {bound}",
        "too-short": "must have at least {bound} characters",
        "unstorable-character": "must not hold NUL or half of a surrogate pair",
        "control-character": "must be one line without control characters",
        "not-a-web-address": "must be an http or https address",
        "unknown-comment": "must be a published comment of this thread",
        "malformed": "does not have the right form",
        "wrong-type": "has the wrong type",
        "unknown-field": "is not a field of this request",
        "required": "is required",
        "unexpected": "must not be given here",
        "out-of-range": "must be from 1 to {bound}",
        "out-of-bounds": "must be a whole number within the bounds that are named",
        "wrong-slots": "must keep every {{placeholder}} of the default, and have no other",
        "wrong-number": "must be given 1 to {bound} times",
        "unknown": "is not one of the known values",
        "taken": "belongs to something else already",
        "wrong": "is not right",
        "not-an-origin": "must be an origin like https://news.example",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, ready to be shown as JSON or as a page."""

    kind: Kind
    detail: str | None = None
    errors: tuple[dict[str, str], ...] = ()
    retry_after_seconds: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    """Extension members of this type of problem (RFC 9457, 3.2)."""


def problem_of(error: ModerationError) -> Problem:
    """Translate a domain error."""
    kind = next((OF_ERROR[cls] for cls in type(error).__mro__ if cls in OF_ERROR), INTERNAL)
    match error:
        case Invalid(faults=faults) if faults:
            listed = tuple(
                {
                    "pointer": fault.pointer,
                    "code": fault.code,
                    "detail": FAULT_SENTENCES[fault.code].format(bound=fault.bound),
                }
                for fault in faults
            )
            first = listed[0]
            return Problem(kind=kind, detail=f"{first['pointer']} {first['detail']}.", errors=listed)
        case errors.RulesInvalid(faults=sentences):
            told = tuple({"pointer": "", "code": "rule", "detail": sentence} for sentence in sentences)
            return Problem(kind=kind, errors=told)
        case TooMany(retry_after_seconds=seconds) | Unavailable(retry_after_seconds=seconds):
            fields = _ratelimit_fields(error) if isinstance(error, TooMany) else ()
            detail = f"Try again in {seconds} s."
            return Problem(kind=kind, detail=detail, retry_after_seconds=seconds, headers=fields)
        case errors.AlreadyDecided(by=by, kind=decided):
            return Problem(kind=kind, detail=f"{by}: {decided}.")
        case errors.LeaseLost(holder=str(holder)):
            return Problem(kind=kind, detail=f"{holder} works on it now.")
        case _:
            return Problem(kind=kind, headers=_headers_of(error), members=_members_of(error))


def _members_of(error: ModerationError) -> tuple[tuple[str, str], ...]:
    match error:
        case errors.ChallengeRequired():
            return (("challenge", error.challenge),)
        case errors.PortalTokenInvalid():
            return (("why", error.why),)
        case _:
            return ()


def _headers_of(error: ModerationError) -> tuple[tuple[str, str], ...]:
    """Say how a request that nobody is known by could be made good (RFC 9110, 11.6.1)."""
    is_unsigned = isinstance(error, errors.PortalTokenInvalid | errors.SignInRequired)
    return (("WWW-Authenticate", "Portal-Token"),) if is_unsigned else ()


def _ratelimit_fields(error: TooMany) -> tuple[tuple[str, str], ...]:
    """Word a spent limit as the fields of draft-ietf-httpapi-ratelimit-headers-11.

    Both are lists of quoted names with parameters (RFC 9651): `q` quota and `w` window of the policy, `r` what
    remains of it and `t` the seconds after which there is more.
    """
    window = "" if error.window_seconds is None else f";w={error.window_seconds}"
    return (
        ("RateLimit-Policy", f'"{error.scope}";q={error.limit}{window}'),
        ("RateLimit", f'"{error.scope}";r={error.remaining};t={error.retry_after_seconds}'),
    )


def problem_of_http(error: HTTPException) -> Problem:
    """Translate what Flask, Werkzeug or Flask-Limiter raised."""
    status = error.code or 500
    if isinstance(error, bodies.MalformedJson):
        return Problem(kind=MALFORMED_JSON)
    if isinstance(error, RateLimitExceeded):
        return problem_of(doors.refusal(error))
    kind = OF_STATUS.get(status, INTERNAL if status >= 500 else BAD_REQUEST)
    kept = ("Allow", "Retry-After")
    headers = tuple((name, value) for name, value in error.get_headers() if name in kept)
    retry_after = next(
        (int(value) for name, value in headers if name == "Retry-After" and value.isdecimal()), None
    )
    return Problem(kind=kind, headers=headers, retry_after_seconds=retry_after)


def problem_of_database(error: SQLAlchemyError) -> Problem:
    """Translate a database that does not take the request just now (full disk, lock, lost connection)."""
    # The driver's code, never its message: that may quote a comment.
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    _log.error("database.failed", error=type(error).__name__, cause=type(cause).__name__, code=code)
    return problem_of(Unavailable())


def problem_of_any(error: Exception) -> Problem:
    """Translate whatever a request ended in, for surfaces that answer with pages instead of JSON."""
    match error:
        case ModerationError():
            return problem_of(error)
        case HTTPException():
            return problem_of_http(error)
        case OperationalError() | InterfaceError() | InternalError() | PoolTimeout():
            return problem_of_database(error)
        case _:
            return problem_of_unexpected(error)


def render(problem: Problem) -> Response:
    """Write a problem as JSON."""
    body: dict[str, object] = {
        "type": f"/problems/{problem.kind.slug}",
        "title": problem.kind.title,
        "status": problem.kind.status,
        "request_id": g.get("request_id"),
    }
    if problem.detail is not None:
        body["detail"] = problem.detail
    body.update(problem.members)
    if problem.errors:
        body["errors"] = problem.errors
    if problem.retry_after_seconds is not None:
        body["retry_after_seconds"] = problem.retry_after_seconds
    response = Response(msgspec.json.encode(body), status=problem.kind.status, mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return with_headers(response, problem)


def with_headers(response: Response, problem: Problem) -> Response:
    """Add to an answer, JSON or page, what its headers tell of the problem."""
    for name, value in problem.headers:
        response.headers[name] = value
    if problem.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(problem.retry_after_seconds)
    return response


def register(app: Flask) -> None:
    """Answer every error of this app with a problem."""
    app.register_error_handler(ModerationError, lambda error: render(problem_of(error)))
    app.register_error_handler(HTTPException, lambda error: render(problem_of_http(error)))
    for unavailable in UNAVAILABLE_ERRORS:
        app.register_error_handler(unavailable, lambda error: render(problem_of_database(error)))
    app.register_error_handler(Exception, lambda error: render(problem_of_unexpected(error)))


def problem_of_unexpected(error: Exception) -> Problem:
    """Translate a defect of ours, and log where it happened."""
    # The traceback's code lines and the exception's type, never its message: that may quote a comment.
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    # The route, not the address: an address may hold a thread's key or an invitation's token.
    route = None if request.url_rule is None else request.url_rule.rule
    _log.error("request.failed", error=type(error).__name__, route=route, frames=frames[-8:])
    return Problem(kind=INTERNAL)
