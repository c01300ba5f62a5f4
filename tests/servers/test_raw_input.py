"""What only a real server can be sent: broken HTTP, chunks, other addresses. It answers 4xx or hangs up, and serves on."""

import gzip
import json
import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.ports import Services
from moderation.store.tables import Comment
from tests.factories import ORIGIN, a_site
from tests.servers.running import Service, Start, Wait, serve

pytestmark = pytest.mark.servers
COMMENTS = "/api/v1/sites/demo/comments"
HEAD = (
    f"POST {COMMENTS} HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nContent-Type: application/json\r\n".encode()
)
FORM_HEAD = (
    b"POST /embed/v1/demo/frame?thread=1 HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
BODY = json.dumps({"thread": "1", "nickname": "晨曦", "text": "花海"}).encode()
TYPED = {"Content-Type": "application/json"}

BROKEN = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,
    "a method of NULs": b"\x00\x00\x00 / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a NUL in the path": b"GET /api\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw bytes in the path": b"GET /api/v1/sites/\xff\xfe/comments HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a NUL in a header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
    "a header without a name": b"GET /livez HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n",
    "a length that is none": HEAD + b"Content-Length: abc\r\n\r\n" + BODY,
    "a length below nothing": HEAD + b"Content-Length: -5\r\n\r\n" + BODY,
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 500\r\n\r\n" + BODY,
    "a length and chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a chunk of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "an unknown transfer encoding": HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + BODY,
    "200 kB of headers": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 200_000 + b"\r\n\r\n",
    "5,000 headers": b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"X-A: a\r\n" * 5_000 + b"\r\n",
    "a path of 200 kB": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/9.9": b"GET /livez HTTP/9.9\r\nHost: x\r\n\r\n",
    "a body that breaks off": HEAD + b"Content-Length: 500\r\n\r\n" + BODY,
    "a form that breaks off": FORM_HEAD + b"Content-Length: 500\r\n\r\nnickname=n&text=half+a+wo",
}


def comments_in(session: Session) -> int:
    session.rollback()
    counted = session.scalar(select(func.count()).select_from(Comment)) or 0
    session.rollback()
    return counted


def first_line(service: Service, sent: bytes) -> bytes:
    """Send raw bytes, say that there will be no more, and return the status line, or nothing if it was hung up on."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as raw:
        try:
            raw.sendall(sent)
            raw.shutdown(socket.SHUT_WR)
            return raw.recv(4096).partition(b"\r\n")[0]
        except TimeoutError:
            raise  # neither answered nor hung up on
        except OSError:
            return b""


def chunks(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def test_a_real_server_survives_what_is_no_sound_request(
    start: Start, wait_for: Wait, session: Session, services: Services
) -> None:
    a_site(session, services)
    service = serve(start, wait_for)

    answers = {name: first_line(service, sent) for name, sent in BROKEN.items()}
    in_chunks = service.request("POST", COMMENTS, chunks(BODY, 7), **TYPED)
    too_large = service.request("POST", COMMENTS, chunks(b" " * 80_000, 8_000), **TYPED)
    packed = service.request("POST", COMMENTS, gzip.compress(BODY), **TYPED, **{"Content-Encoding": "gzip"})
    empty = service.request("POST", COMMENTS, b"", **TYPED)

    assert not {name: line for name, line in answers.items() if b" 5" in line[8:11]}
    assert in_chunks.status_code == 202, in_chunks.text
    for answer, status, slug in (
        (too_large, 413, "body-too-large"),
        (packed, 415, "unsupported-media-type"),
        (empty, 400, "malformed-json"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert service.get("/readyz").status_code == 200
    assert len(service.workers) == 2
    assert comments_in(session) == 1


def test_two_addresses_are_two_clients(
    environment: dict[str, str], start: Start, wait_for: Wait, session: Session, services: Services
) -> None:
    environment["MODERATION_DOOR_LIMIT"] = "3/day"
    a_site(session, services)
    service = serve(start, wait_for)

    def knock(source: str) -> int:
        return service.request("POST", COMMENTS, b"{", source=source, **TYPED).status_code

    assert [knock("127.0.0.1") for _ in range(5)] == [400] * 3 + [429] * 2
    assert [knock("127.0.0.2") for _ in range(5)] == [400] * 3 + [429] * 2
