"""What hostile strangers send: one table, each row with the problem it must get. Nothing here may ever be stored.

A row names the problems that are right for it. Where HTTP leaves several refusals open (a body that is both too
large and no JSON), each is listed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from tests.factories import ORIGIN
from tests.http.api.answers import CHALLENGES, COMMENTS, COUNTS, FRAME, OWN, TOKEN, a_body

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
SOME_ID: Final = "01a20439-eb70-7680-ac96-027cf45180ff"
FAULTY: Final = ("validation-failed",)
NO_JSON: Final = ("malformed-json",)


@dataclass(frozen=True)
class Request:
    """A request that must be refused, and the problems that may say so."""

    name: str
    expected: tuple[str, ...]
    path: str = COMMENTS
    method: str = "POST"
    body: bytes = b""
    content_type: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=lambda: {"Origin": ORIGIN})
    is_page: bool = False
    """The plain page answers with a page."""


def requests() -> Iterator[Request]:
    """Return every row."""
    yield from _wrong_values()
    yield from _wrong_structure()
    yield from _wrong_bytes()
    yield from _wrong_headers()
    yield from _wrong_queries()
    yield from _wrong_paths()
    yield from _wrong_forms()
    yield from _wrong_likes_and_reports()


def _posted(name: str, expected: tuple[str, ...], **changed: object) -> Request:
    return Request(name, expected, body=json.dumps(a_body(**changed)).encode())  # type: ignore[arg-type]


STRANGE_VALUES: Final[Mapping[str, object]] = {
    "null": None,
    "true": True,
    "zero": 0,
    "a float": 1.5,
    "a huge integer": 10**400,
    "a list": [],
    "a list of strings": ["text"],
    "an object": {},
    "an object that looks like an operator": {"$gt": ""},
    "NUL": "a\x00b",
    "a lone surrogate": "\ud800",
    "a reversed pair": "\udc00\ud800",
    "100 kB": "k" * 50_000,
}
OPTIONAL: Final = ("thread_title", "thread_url", "parent_id", "link", "challenge_id", "challenge_answer")
SURROGATES: Final = ("a lone surrogate", "a reversed pair")


def _wrong_values() -> Iterator[Request]:
    for pointer in ("thread", "nickname", "text", *OPTIONAL):
        for what, value in STRANGE_VALUES.items():
            if pointer in OPTIONAL and value is None:
                continue
            expected = NO_JSON if what in {*SURROGATES, "a huge integer"} else FAULTY
            yield _posted(f"{pointer} is {what}", (*expected, *FAULTY), **{pointer: value})
    for blank in ("", " ", "\u200b", "\u3164\u2800", "\n\r\t", "\u202e", "\ufeff", "\u00ad"):
        for pointer in ("nickname", "text"):
            yield _posted(f"{pointer} shows nothing: {blank!r}", FAULTY, **{pointer: blank})
    yield _posted("thread is empty", FAULTY, thread="")
    for control in ("\n", "\r", "\x7f", "\x1b", "\u2028", "\u0085"):
        yield _posted(f"nickname holds {control!r}", FAULTY, nickname=f"a{control}b")
        yield _posted(f"link holds {control!r}", FAULTY, link=f"https://x.example/{control}")
    yield _posted("nickname of 25", FAULTY, nickname="n" * 25)
    yield _posted("text of 1001", FAULTY, text="t" * 1001)
    yield _posted("thread of 513", FAULTY, thread="t" * 513)
    yield _posted("title of 301", FAULTY, thread_title="t" * 301)
    yield _posted("link of 501", FAULTY, link="https://x.example/" + "a" * 483)
    for url in (
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//evil.example",
        "/relative",
        "http:",
        "http://",
        "https:///path",
        "http://[::1",
        "ftp://x.example/",
        "file:///etc/passwd",
        "https://a b.example/",
        "https://x.example/\u3000y",
        "https://\u2100.example/",
        "mailto:a@b.example",
        "x",
    ):
        yield _posted(f"link {url!r}", FAULTY, link=url)
        yield _posted(f"thread_url {url!r}", FAULTY, thread_url=url)
    for bad_id in ("", "1", "x" * 36, SOME_ID[:-1], SOME_ID + "0", "' OR 1=1 --", "../" * 12, "\u0661" * 36):
        yield _posted(f"parent_id {bad_id!r}", FAULTY, parent_id=bad_id)
        yield _posted(f"challenge_id {bad_id!r}", FAULTY, challenge_id=bad_id)
    yield _posted("a parent that does not exist", FAULTY, parent_id=SOME_ID)
    yield _posted("an answer of 33", FAULTY, challenge_answer="1" * 33)
    yield _posted("a proof of 2,049", FAULTY, challenge_proof="x" * 2_049)
    yield _posted("a proof of two lines", FAULTY, challenge_proof="x\ny")
    yield from _wrong_challenges()


def _wrong_challenges() -> Iterator[Request]:
    for asked in (
        {"accepts": "pow"},
        {"accepts": ["audio"]},
        {"accepts": [None]},
        {"accepts": {"pow": True}},
        {"wants": "nothing"},
        {"wants": ["image"]},
        {"proof": 7},
        {"proof": "x" * 2_049},
        {"proof": "a\x00b"},
        {"proof": "\ud800"},
        {"thread": ""},
        {"thread": "x" * 513},
        {"thread": "a\x00b"},
        {"thread": 7},
    ):
        yield Request(
            f"a challenge asked with {str(asked)[:40]}",
            (*FAULTY, *NO_JSON),
            CHALLENGES,
            body=json.dumps(asked).encode(),
        )
    sound = f"{CHALLENGES}/{SOME_ID}/sound"
    tellings: tuple[object, ...] = (
        {},
        {"proof": None},
        {"proof": ["x"]},
        {"proof": "x" * 2_049},
        {"proof": "x", "more": 1},
        [],
    )
    for told in tellings:
        yield Request(f"a sound asked with {str(told)[:40]}", FAULTY, sound, body=json.dumps(told).encode())
    yield Request("a sound for nothing", ("challenge-unknown",), sound, body=b'{"proof":"x"}')
    yield Request("a sound without JSON", NO_JSON, sound, body=b"proof")
    yield Request(
        "a sound of another page",
        ("origin-not-allowed",),
        sound,
        body=b'{"proof":"x"}',
        headers={"Origin": "https://evil.example"},
    )


def _wrong_structure() -> Iterator[Request]:
    for name in (
        "status",
        "id",
        "site_id",
        "is_listed",
        "created_at",
        "reason",
        "__proto__",
        "",
        "a/b~c",
        "字" * 100,
    ):
        yield _posted(f"unknown field {name!r}", FAULTY, **{name: "published"})
    yield _posted("a field of 50 kB in its name", FAULTY, **{"k" * 50_000: 1})
    yield _posted("a field with backticks", FAULTY, **{"`a` - at `$.text`": 1})
    for name in ("thread", "nickname", "text"):
        body = {key: value for key, value in a_body().items() if key != name}
        yield Request(f"without {name}", FAULTY, body=json.dumps(body).encode())
    wholes: tuple[object, ...] = (
        [],
        [a_body()],
        "text",
        7,
        None,
        True,
        1e308,
        [[[[]]]],
        {"comment": a_body()},
        {},
    )
    for whole in wholes:
        yield Request(f"a body of {str(whole)[:20]}", FAULTY, body=json.dumps(whole).encode())
        yield Request(
            f"a challenge asked with {str(whole)[:20]}",
            (*FAULTY, "challenge-not-needed"),
            path=CHALLENGES,
            body=json.dumps(whole).encode(),
        )
    yield Request(
        "the same field twice, the last one bad",
        FAULTY,
        body=b'{"thread":"t","nickname":"n","text":"a","text":""}',
    )
    for depth in (1_000, 30_000, 200_000):
        expected = ("body-too-large",) if depth > 65_536 else (*NO_JSON, *FAULTY)
        for name, opening, closing in (("lists", "[", "]"), ("objects", '{"a":', "}")):
            for is_closed in (True, False):
                deep = opening * depth + ("1" + closing * depth if is_closed else "")
                too_large = ("body-too-large", *expected) if len(deep) > 65_536 else expected
                yield Request(f"{depth} {name} deep, closed: {is_closed}", too_large, body=deep.encode())
    nested = b'{"thread":"t","nickname":"n","text":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    yield Request("a deep list for a text", (*NO_JSON, *FAULTY), body=nested)
    unknown = b'{"thread":"t","nickname":"n","text":"a","x":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    yield Request("a deep list in an unknown field", (*NO_JSON, *FAULTY), body=unknown)


def _wrong_bytes() -> Iterator[Request]:
    good = json.dumps(a_body()).encode()
    odd: Mapping[str, bytes] = {
        "nothing": b"",
        "space": b"  \n",
        "half a body": good[: len(good) // 2],
        "two bodies": good + good,
        "a body with a tail": good + b"x",
        "a BOM": b"\xef\xbb\xbf" + good,
        "UTF-16": json.dumps(a_body()).encode("utf-16"),
        "GBK": json.dumps(a_body(), ensure_ascii=False).encode("gbk"),
        "invalid UTF-8 in the text": b'{"thread":"t","nickname":"n","text":"\xff\xfe"}',
        "an overlong NUL": b'{"thread":"t","nickname":"n","text":"\xc0\x80"}',
        "a surrogate in UTF-8": b'{"thread":"t","nickname":"n","text":"\xed\xa0\x80"}',
        "an invalid byte in a name": b'{"thread":"t","nickname":"n","text":"a","\xff":1}',
        "a raw control character": b'{"thread":"t","nickname":"n","text":"a\x01b"}',
        "a raw NUL": b'{"thread":"t","nickname":"n","text":"a\x00b"}',
        "NaN": b'{"thread":NaN,"nickname":"n","text":"a"}',
        "Infinity": b'{"thread":-Infinity,"nickname":"n","text":"a"}',
        "5,000 digits": b'{"thread":' + b"9" * 5_000 + b',"nickname":"n","text":"a"}',
        "a huge exponent": b'{"thread":1e999999999,"nickname":"n","text":"a"}',
        "a bad escape": b'{"thread":"t","nickname":"n","text":"\\x41"}',
        "half an escape": b'{"thread":"t","nickname":"n","text":"\\u12"}',
        "a comment": b'/* hi */ {"thread":"t","nickname":"n","text":"a"}',
        "single quotes": b"{'thread':'t','nickname':'n','text':'a'}",
        "a trailing comma": b'{"thread":"t","nickname":"n","text":"a",}',
        "a form": b"thread=t&nickname=n&text=a",
        "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "gzip's first bytes": b"\x1f\x8b\x08\x00",
    }
    for name, body in odd.items():
        yield Request(f"the body is {name}", (*NO_JSON, *FAULTY), body=body)
    for size in (65_537, 100_000, 1_500_000):
        yield Request(f"a body of {size}", ("body-too-large",), body=b'{"text":"' + b"a" * size)
        yield Request(f"spaces, {size} of them", ("body-too-large",), body=b" " * size)
    yield Request(
        "100 kB where a challenge is asked", ("body-too-large",), path=CHALLENGES, body=b" " * 100_000
    )


def _wrong_headers() -> Iterator[Request]:
    good = json.dumps(a_body()).encode()
    for content_type in (
        None,
        "",
        "text/plain",
        FORM,
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application",
        "application/problem+json",
        "text/json",
        "json",
        ";;;",
        "application/json-patch+json",
        "\u00e9/\u00ff",
    ):
        yield Request(
            f"a body of type {content_type!r}",
            ("unsupported-media-type",),
            body=good,
            content_type=content_type,
        )
    for encoding in ("gzip", "deflate", "br", "zstd", "identity, gzip", "x", "gzip, gzip, gzip"):
        headers = {"Origin": ORIGIN, "Content-Encoding": encoding}
        yield Request(f"a body encoded {encoding!r}", ("unsupported-media-type",), body=good, headers=headers)
    for origin in (
        None,
        "",
        "null",
        "https://evil.example",
        ORIGIN + "/",
        ORIGIN + ".evil.example",
        ORIGIN.upper(),
        " ",
        "http://news.example",
        "https://user@news.example",
        "news.example",
        "*",
        "a" * 10_000,
        f"{ORIGIN}, {ORIGIN}",
        "\u00ff",
    ):
        headers = {} if origin is None else {"Origin": origin}
        yield Request(f"origin {str(origin)[:40]!r}", ("origin-not-allowed",), body=good, headers=headers)
    for key in ("", " ", "a b", "k" * 256, "k" * 20_000, "\t", "\u00e9", "a\u007fb", "\u0080"):
        headers = {"Origin": ORIGIN, "Idempotency-Key": key}
        yield Request(
            f"idempotency key {key[:20]!r} of {len(key)}",
            ("idempotency-key-invalid",),
            body=good,
            headers=headers,
        )
    for token in (
        "",
        "x",
        TOKEN[:-1],
        TOKEN + "k",
        TOKEN.upper(),
        "mod_author_" + "\u00e9" * 43,
        "mod_site_" + "k" * 43,
        TOKEN + ", " + TOKEN,
    ):
        headers = {"Origin": ORIGIN, "Author-Token": token}
        yield Request(f"author token {token[:20]!r} of {len(token)}", FAULTY, body=good, headers=headers)
        yield Request(
            f"own comments with token {token[:20]!r} of {len(token)}",
            FAULTY,
            f"{OWN}?thread=1",
            "GET",
            headers=headers,
        )


def _wrong_queries() -> Iterator[Request]:
    numbers = (
        "0",
        "-1",
        "101",
        "1000000",
        "1e9",
        "1000000000",
        "9" * 500,
        "+5",
        "1.0",
        " 1",
        "0x10",
        "１２",
        "٣",
        "²",
        "",
        "abc",
        "NaN",
        "None",
        "1;2",
        "%00",
        "1%00",
        "%FF",
        "true",
    )
    for number in numbers:
        shown = number if "%" in number else quote(number)
        yield Request(f"limit={number[:20]}", FAULTY, f"{COMMENTS}?thread=1&limit={shown}", "GET")
    for number in ("0", "-1", "101", "１２"):
        path = f"{COMMENTS}/{SOME_ID}/replies?limit={quote(number)}"
        yield Request(f"replies limit={number}", FAULTY, path, "GET")
    good = "AAYh" + "A" * 28
    cursors = (
        "",
        "x",
        "x" * 31,
        "x" * 33,
        "x" * 10_000,
        good[:-1],
        "=" * 32,
        "游标" * 16,
        "%00" * 32,
        "%FF" * 32,
        "*" * 32,
        "_" * 32,
        "/" * 32,
        "-" * 32,
        "f_____8" + "A" * 25,
        good.replace("A", " "),
        "ASE=" * 8,
        "null",
        "0",
        SOME_ID,
        "' OR 1=1 --",
    )
    for cursor in cursors:
        shown = cursor if "%" in cursor else quote(cursor, safe="")
        yield Request(
            f"cursor={cursor[:40]}", ("cursor-invalid",), f"{COMMENTS}?thread=1&cursor={shown}", "GET"
        )
        yield Request(
            f"frame cursor={cursor[:40]}", ("cursor-invalid",), f"{FRAME}?thread=1&cursor={shown}", "GET"
        )
        yield Request(
            f"replies cursor={cursor[:40]}",
            ("cursor-invalid",),
            f"{COMMENTS}/{SOME_ID}/replies?cursor={shown}",
            "GET",
        )
        yield Request(
            f"cursor={cursor[:40]} of the most liked",
            ("cursor-invalid",),
            f"{COMMENTS}?thread=1&sort=popular&cursor={shown}",
            "GET",
        )
    for cursor in ("A" * 40, "x" * 40, "_" * 40):
        yield Request(
            f"cursor={cursor} of another order",
            ("cursor-invalid",),
            f"{COMMENTS}?thread=1&cursor={cursor}",
            "GET",
        )
    for cursor in ("f____w" + "_" * 34, "_" * 40, "AAAAAAAA" + "_" * 32, "AACAAAAA" + "A" * 32):
        path = f"{COMMENTS}?thread=1&sort=popular&cursor={cursor}"
        yield Request(f"cursor={cursor} with numbers beyond all", ("cursor-invalid",), path, "GET")
    for sort in ("", "NEWEST", "random", "created_at; drop table comments", "%00", "hot"):
        yield Request(
            f"sort={sort}", FAULTY, f"{COMMENTS}?thread=1&sort={sort if '%' in sort else quote(sort)}", "GET"
        )
    threads = {
        "none": "",
        "empty": "thread=",
        "NUL": "thread=a%00b",
        "513": "thread=" + "a" * 513,
        "100 kB": "thread=" + "k" * 50_000,
    }
    for name, query in threads.items():
        for path in (COMMENTS, COUNTS, FRAME):
            yield Request(f"thread is {name} at {path}", FAULTY, f"{path}?{query}", "GET")
        headers = {"Author-Token": TOKEN}
        yield Request(f"thread is {name} for own comments", FAULTY, f"{OWN}?{query}", "GET", headers=headers)
    yield Request("two threads for one page", FAULTY, f"{COMMENTS}?thread=1&thread=2", "GET")
    yield Request(
        "101 threads to count", FAULTY, COUNTS + "?" + "&".join(f"thread={n}" for n in range(101)), "GET"
    )
    yield Request(
        "5,000 threads to count", FAULTY, COUNTS + "?" + "&".join(f"thread={n}" for n in range(5000)), "GET"
    )


def _wrong_likes_and_reports() -> Iterator[Request]:
    like, reports = f"{COMMENTS}/{SOME_ID}/like", f"{COMMENTS}/{SOME_ID}/reports"
    reader = {"Origin": ORIGIN, "Author-Token": TOKEN}
    sound: Mapping[str, dict[str, object]] = {
        like: {"is_liked": True},
        reports: {"reason": "fraud", "note": "n"},
    }
    for path, body in sound.items():
        for name_of in body:
            for what, value in STRANGE_VALUES.items():
                is_note = name_of == "note" and value is None
                if is_note or (name_of == "is_liked" and value is True):
                    continue
                yield Request(
                    f"{name_of} of a {path.rpartition('/')[2]} is {what}",
                    (*FAULTY, *NO_JSON),
                    path,
                    body=json.dumps({**body, name_of: value}).encode(),
                    headers=reader,
                )
        for name, odd in {
            "nothing": b"",
            "a list": b"[]",
            "half": b'{"',
            "NaN": b"NaN",
            "GBK": "赞".encode("gbk"),
        }.items():
            yield Request(f"{name} to {path}", (*NO_JSON, *FAULTY), path, body=odd, headers=reader)
        good = json.dumps(body).encode()
        yield Request(
            f"a form to {path}",
            ("unsupported-media-type",),
            path,
            body=good,
            content_type=FORM,
            headers=reader,
        )
        yield Request(f"{path} of nothing", ("comment-unknown",), path, body=good, headers=reader)
        elsewhere = {**reader, "Origin": "https://evil.example"}
        yield Request(f"{path} from elsewhere", ("origin-not-allowed",), path, body=good, headers=elsewhere)
        for token in ("", "x", TOKEN + "k"):
            headers = {"Origin": ORIGIN, "Author-Token": token}
            yield Request(
                f"{path} with token {token[:20]!r} of {len(token)}", FAULTY, path, body=good, headers=headers
            )
    yield Request("a like of nobody", FAULTY, like, body=b'{"is_liked":true}', headers={"Origin": ORIGIN})
    for reason in ("repeat", "", "FRAUD", "fraud ", "x" * 5_000):
        body_of = json.dumps({"reason": reason}).encode()
        yield Request(
            f"reason {reason[:10]!r} of {len(reason)}", FAULTY, reports, body=body_of, headers=reader
        )
    yield Request(
        "a note of 501",
        FAULTY,
        reports,
        body=json.dumps({"reason": "fraud", "note": "n" * 501}).encode(),
        headers=reader,
    )


def _wrong_paths() -> Iterator[Request]:
    for site in (
        "nosuch",
        "DEMO",
        "%00",
        "demo%00",
        "%FF%FE",
        "%ED%A0%80",
        "..",
        "-",
        "demo%20",
        "'%20OR%201=1",
        "%E7%AB%99",
        "a" * 5000,
    ):
        for rest in ("comments?thread=1", "counts?thread=1"):
            expected = ("site-unknown", "not-found")
            yield Request(f"site {site[:30]}, {rest}", expected, f"/api/v1/sites/{site}/{rest}", "GET")
        yield Request(
            f"post to site {site[:30]}",
            ("site-unknown", "not-found"),
            f"/api/v1/sites/{site}/comments",
            body=json.dumps(a_body()).encode(),
        )
        yield Request(
            f"frame of site {site[:30]}",
            ("site-unknown", "not-found"),
            f"/embed/v1/{site}/frame?thread=1",
            "GET",
        )
    for bad_id in (
        "1",
        "x",
        SOME_ID[:-1],
        SOME_ID + "0",
        "%00",
        "%FF",
        SOME_ID[:-1] + "%00",
        "null",
        "0" * 32,
        "{" + SOME_ID + "}",
    ):
        yield Request(f"replies of {bad_id}", ("not-found",), f"{COMMENTS}/{bad_id}/replies", "GET")
        yield Request(f"image of {bad_id}", ("not-found",), f"{CHALLENGES}/{bad_id}.webp", "GET")
        yield Request(f"sound of {bad_id}", ("not-found",), f"{CHALLENGES}/{bad_id}.wav", "GET")
    yield Request("replies of nothing", ("comment-unknown",), f"{COMMENTS}/{SOME_ID}/replies", "GET")
    yield Request("image of nothing", ("challenge-unknown",), f"{CHALLENGES}/{SOME_ID}.webp", "GET")
    yield Request("sound of nothing", ("challenge-unknown",), f"{CHALLENGES}/{SOME_ID}.wav", "GET")
    for name in (
        "nothing.js",
        "..%2f..%2fapp.py",
        "%2e%2e",
        "embed.js%00",
        "a" * 300 + ".js",
        "types.d.ts",
        "%FF.js",
        "EMBED.JS",
        "frame.html",
        ".",
    ):
        yield Request(f"file {name[:30]}", ("not-found",), f"/embed/static/{name}", "GET")
    for path in (
        "/",
        "/api",
        "/api/v1",
        "/api/v2/sites/demo/comments",
        "/admin",
        "/.env",
        "/wp-login.php",
        "/problems/nosuch",
        "/problems/%00",
    ):
        yield Request(f"path {path}", ("not-found", "not-permitted"), path, "GET")
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "FOO"):
        yield Request(f"{method} a comment", ("method-not-allowed",), COMMENTS, method)
        yield Request(f"{method} the page", ("method-not-allowed",), f"{FRAME}?thread=1", method)
    for path in (COUNTS, f"{COMMENTS}/{SOME_ID}/replies", "/embed.js", OWN):
        yield Request(f"POST {path}", ("method-not-allowed",), path, body=b"{}")


def _wrong_forms() -> Iterator[Request]:
    def form(name: str, expected: tuple[str, ...], body: str | bytes, **more: object) -> Request:
        fields: dict[str, object] = {
            "path": f"{FRAME}?thread=1",
            "content_type": FORM,
            "headers": {"Origin": "http://localhost"},
            "is_page": True,
            **more,
        }
        data = body.encode() if isinstance(body, str) else body
        return Request(f"form: {name}", expected, body=data, **fields)  # type: ignore[arg-type]

    yield form("empty", FAULTY, "")
    yield form("no text", FAULTY, "nickname=n")
    yield form("no nickname", FAULTY, "text=a")
    yield form("NUL", FAULTY, "text=a%00&nickname=n")
    yield form("a nickname of two lines", FAULTY, "text=a&nickname=n%0Am")
    yield form("a long text", FAULTY, "text=" + "a" * 1001 + "&nickname=n")
    yield form("a parent that is no id", FAULTY, "text=a&nickname=n&parent_id=x")
    yield form("a parent that does not exist", FAULTY, f"text=a&nickname=n&parent_id={SOME_ID}")
    yield form("a challenge that is no id", FAULTY, "text=a&nickname=n&challenge_id=%00")
    yield form(
        "a submission key of spaces", ("idempotency-key-invalid",), "text=a&nickname=n&submission_key=+"
    )
    yield form(
        "a long submission key", ("idempotency-key-invalid",), "text=a&nickname=n&submission_key=" + "k" * 256
    )
    yield form("JSON", FAULTY, json.dumps(a_body()), content_type=JSON)
    yield form("no content type", FAULTY, "text=a&nickname=n", content_type=None)
    yield form("multipart without a boundary", FAULTY, "text=a", content_type="multipart/form-data")
    yield form(
        "gzip that is none",
        FAULTY,
        b"\x1f\x8b\x08" * 9,
        headers={"Origin": "http://localhost", "Content-Encoding": "gzip"},
    )
    for origin in (
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
        "http://localhost:81",
        ORIGIN,
    ):
        yield form(f"from {origin}", ("origin-not-allowed",), "text=a&nickname=n", headers={"Origin": origin})
    yield form("no thread", FAULTY, "text=a&nickname=n", path=FRAME, is_page=False)
    yield form(
        "a thread of NUL and a long text",
        FAULTY,
        "text=" + "a" * 1001,
        path=f"{FRAME}?thread=%00",
        is_page=False,
    )
    yield form("two threads", FAULTY, "text=a&nickname=n", path=f"{FRAME}?thread=1&thread=2", is_page=False)
    yield form(
        "an unknown site",
        ("site-unknown",),
        "text=a&nickname=n",
        path="/embed/v1/nosuch/frame?thread=1",
        is_page=False,
    )
    yield form("70 kB", ("body-too-large",), "text=" + "a" * 70_000, is_page=False)
    parts = "".join(f'--B\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\nx\r\n' for n in range(1100))
    multipart = "multipart/form-data; boundary=B"
    yield form("1,100 parts", ("body-too-large",), parts + "--B--\r\n", content_type=multipart)
    file = '--B\r\nContent-Disposition: form-data; name="text"; filename="a.txt"\r\n\r\nhello\r\n--B--\r\n'
    yield form("a file for a text", FAULTY, file, content_type=multipart)
    yield form("half a part", (*FAULTY, "body-too-large"), file[:40], content_type=multipart)
