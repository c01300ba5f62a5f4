"""Requests that were sound once: cut, doubled, flipped, swapped and stuffed by a seeded hand.

The same seed yields the same requests, so that what one run finds the next can repeat. Used by a test (2,000 on each
database) and by `bench/fuzz.py` (as many as one likes).
"""

import json
import random
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote_from_bytes

from tests.http.api.answers import CHALLENGES, COMMENTS, COUNTS, FRAME, OWN, TOKEN, a_body
from tests.http.api.bad_input import FORM, JSON, SOME_ID, Request

SPICE: Final = (
    "\x00",
    "\ud800",
    "\udfff",
    "\ufeff",
    "\u202e",
    "\u200b",
    "\u0300" * 40,
    "'",
    '"',
    "`",
    "\\",
    "%00",
    "%s",
    "{0}",
    "${7*7}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "../",
    "\r\n",
    "１２",
    "İ",
    "ß",
    "ﷺ",
    "😀",
    "👩‍👩‍👧",
    "加微信",
    "垃圾",
    "s p a m",
    "9" * 400,
    "-1",
    "1e400",
    "NaN",
    "null",
    "a" * 3_000,
    "字" * 700,
    "\u2028",
    "\x85",
)
FIELDS: Final = (
    "thread",
    "nickname",
    "text",
    "thread_title",
    "thread_url",
    "parent_id",
    "link",
    "challenge_id",
    "challenge_answer",
    "status",
    "",
)
QUERIED: Final = (
    f"{COMMENTS}?thread=%s&cursor=%s",
    f"{COMMENTS}?thread=%s&limit=%s",
    f"{COMMENTS}?thread=%s&sort=%s",
    f"{COMMENTS}?thread=%s&sort=popular&cursor=%s",
    f"/embed/v1/demo/comments/{SOME_ID}/report?receipt=%s&lang=%s",
    f"{COMMENTS}/%s/replies?cursor=%s",
    f"{COUNTS}?thread=%s&thread=%s",
    f"{OWN}?thread=%s&x=%s",
    f"{FRAME}?thread=%s&cursor=%s",
    f"{FRAME}?thread=%s&lang=%s",
    f"{FRAME}?thread=%s&reply=%s",
    f"{FRAME}?thread=%s&posted=%s",
    f"{FRAME}?thread=%s&sort=%s",
    "/api/v1/sites/%s/comments?thread=%s",
    "/embed/static/%s?%s",
    f"{CHALLENGES}/%s.webp?%s",
    "/problems/%s?%s",
    "/-%s/%s",
)
SEEDS: Final = (
    "1553855",
    "20",
    "newest",
    SOME_ID,
    "AAYh" + "A" * 28,
    "demo",
    "zh-CN",
    "published",
    "embed.js",
)


def requests(chance: random.Random, count: int, *, origin: str) -> Iterator[Request]:
    """Return `count` requests, the same for the same state of `chance`."""
    makers = (_json_request, _json_request, _bytes_request, _form_request, _query_request)
    for number in range(count):
        yield chance.choice(makers)(chance, f"mutation {number}", origin)


def _spiced(chance: random.Random, text: str) -> str:
    match chance.randrange(6):
        case 0:
            return text + chance.choice(SPICE)
        case 1:
            return chance.choice(SPICE)
        case 2:
            at = chance.randint(0, len(text))
            return text[:at] + chance.choice(SPICE) + text[at:]
        case 3:
            return text[: chance.randint(0, len(text))]
        case 4:
            return text * chance.randint(2, 50)
        case _:
            return "".join(
                chr(chance.choice((0x20, 0x4E00, 0x300, 0x1F600, 0xE000)) + chance.randrange(90))
                for _ in text
            )


def _value(chance: random.Random, depth: int = 0) -> object:
    kinds: tuple[object, ...] = (None, True, 0, -1, 2**63, 2**64, 1.5, "", [], {})
    match chance.randrange(4):
        case 0:
            return chance.choice(kinds)
        case 1 if depth < 5:
            return [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
        case 2 if depth < 5:
            return {_spiced(chance, "k"): _value(chance, depth + 1) for _ in range(chance.randrange(3))}
        case _:
            return _spiced(chance, chance.choice(SEEDS))


def _headers(chance: random.Random, origin: str) -> dict[str, str]:
    headers = {"Origin": origin}
    for name, sound in (
        ("Idempotency-Key", "key"),
        ("Author-Token", TOKEN),
        ("Portal-Token", "eyJhbGciOiJIUzI1NiIsImtpZCI6IjBhMWIyYzNkIn0.e30.c2lnbmF0dXJl"),
        ("If-None-Match", 'W/"abc"'),
        ("X-Request-Id", "request-1"),
    ):
        if chance.random() < 0.2:
            value = _spiced(chance, sound) if chance.random() < 0.7 else sound
            # What a server hands on as header text: Latin-1 without line ends or NUL.
            headers[name] = (
                value.encode("utf-8", "replace").decode("latin-1").translate({0: "?", 10: "?", 13: "?"})
            )
    return headers


def _mutated_body(chance: random.Random) -> dict[str, object]:
    body = a_body()
    for _ in range(chance.randint(1, 3)):
        field = chance.choice(FIELDS)
        match chance.randrange(4):
            case 0:
                body.pop(field, None)
            case 1:
                body[field] = _value(chance)
            case _:
                body[field] = _spiced(chance, str(body.get(field, chance.choice(SEEDS))))
    return body


def _json_request(chance: random.Random, name: str, origin: str) -> Request:
    body = json.dumps(_mutated_body(chance), ensure_ascii=True).encode()
    return Request(name, (), body=body, headers=_headers(chance, origin))


def _bytes_request(chance: random.Random, name: str, origin: str) -> Request:
    """Flip, cut and copy the bytes of a sound body."""
    body = bytearray(json.dumps(a_body(), ensure_ascii=chance.random() < 0.5).encode())
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(body) + 1)
        match chance.randrange(4):
            case 0:
                body[at:at] = bytes([chance.randrange(256)])
            case 1:
                del body[at : at + chance.randint(1, 8)]
            case 2:
                body[at:at] = body[: chance.randint(0, 40)]
            case _:
                body[at : at + 1] = bytes([chance.choice(b'{}[]",:\\0u\x00\xff')])
    path = CHALLENGES if chance.random() < 0.1 else COMMENTS
    return Request(name, (), path=path, body=bytes(body), headers=_headers(chance, origin))


def _form_request(chance: random.Random, name: str, _origin: str) -> Request:
    fields = {
        "text": "花海开得真早",
        "nickname": "晨曦",
        "submission_key": f"form-{chance.random()}",
        "parent_id": "",
        "answer": "1",
    }
    for _ in range(chance.randint(1, 3)):
        field = chance.choice([*fields, "challenge_id", "status"])
        fields[field] = _spiced(chance, fields.get(field, "x"))
    body = "&".join(f"{key}={_quoted(value)}" for key, value in fields.items())
    return Request(
        name,
        (),
        path=f"{FRAME}?thread={_quoted(_spiced(chance, '1553855'))}",
        body=body.encode()[:60_000],
        content_type=FORM if chance.random() < 0.9 else JSON,
        headers={"Origin": "http://localhost"},
    )


def _query_request(chance: random.Random, name: str, origin: str) -> Request:
    path = chance.choice(QUERIED)
    values = tuple(_quoted(_spiced(chance, chance.choice(SEEDS)))[:4_000] for _ in range(2))
    return Request(name, (), path=path % values, method="GET", headers=_headers(chance, origin))


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")
