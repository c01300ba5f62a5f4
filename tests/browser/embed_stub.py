"""A stand-in for the service: answers the public API in memory, so that the embed can be driven into every state.

Not a second implementation: no database, no rules. The words of a comment choose its fate (`STATES`).
"""

import io
import uuid
import wave
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import altcha
from flask import Flask, Response, jsonify, request
from PIL import Image, ImageDraw, ImageFont

from moderation.embed.build import DIST

Json = dict[str, Any]
STATES = {"拒绝": "rejected", "reject": "rejected", "直接": "published", "publish": "published"}
CORS = {
    "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key, Author-Token, Portal-Token",
    "Access-Control-Expose-Headers": "Retry-After, ETag",
    "Access-Control-Allow-Origin": "*",
}


@dataclass
class Stub:
    """What the stub holds, and the next failures it is told to answer with."""

    comments: dict[str, list[Json]] = field(default_factory=dict)  # thread key → comments, oldest first
    closed: set[str] = field(default_factory=set)
    failures: list[tuple[str, int, Json]] = field(
        default_factory=list
    )  # (slug, status, more) for coming posts
    posts: list[Json] = field(default_factory=list)
    receipts: dict[str, Json] = field(default_factory=dict)
    challenge: str = "image"
    expires_in_seconds: int = 180
    challenges: int = 0
    has_sound: bool = False
    heard: list[str] = field(default_factory=list)
    sign_in: str = "anonymous"
    asked: list[Json] = field(default_factory=list)  # bodies of asked challenges
    reports: list[Json] = field(default_factory=list)
    likes: dict[str, set[str]] = field(default_factory=dict)  # comment → tokens
    edit_minutes: int = 30
    ids: "count[int]" = field(default_factory=lambda: count(1))


def problem(slug: str, status: int, **more: Any) -> Response:
    body = {"type": f"/problems/{slug}", "title": slug, "status": status, "request_id": "r", **more}
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def shown(comment: Json) -> Json:
    return {
        name: value
        for name, value in comment.items()
        if name not in {"status", "reason", "token", "revision"}
    }


def create_stub(stub: Stub) -> Flask:
    """Build the app; every answer reads and writes `stub`."""
    app = Flask("embed_stub", static_folder=None)

    @app.after_request
    def allow(response: Response) -> Response:
        response.headers.update(CORS)
        return response

    @app.get("/<any('embed.js','count.js'):name>")
    @app.get("/embed/static/<name>")
    def file(name: str) -> Response:
        # As the service sends them: what runs here is what readers get.
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return Response((DIST / name).read_bytes(), mimetype=kind)

    add_reading(app, stub)
    add_challenges(app, stub)
    add_posting(app, stub)
    add_reactions(app, stub)
    add_rights(app, stub)
    return app


def add_reading(app: Flask, stub: Stub) -> None:
    """List a thread, its replies and counts."""

    @app.get("/api/v1/sites/demo/comments")
    def page() -> Response:
        thread = request.args["thread"]
        limit = int(request.args.get("limit", 20))
        start = int(request.args.get("cursor", 0))
        everything = [each for each in stub.comments.get(thread, []) if each["status"] == "published"]
        roots = [each for each in everything if not each["root"]]
        if request.args.get("sort") != "oldest":
            roots.reverse()
        if request.args.get("sort") == "popular":
            roots.sort(key=lambda each: -int(each["like_count"]))
        answer = []
        for root in roots[start : start + limit]:
            replies = [each for each in everything if each["root"] == root["id"]]
            following = "10" if len(replies) > 10 else None
            shown_replies = [shown(each) for each in replies[:10]]
            answer.append(
                {
                    **shown(root),
                    "reply_count": len(replies),
                    "replies": shown_replies,
                    "next_reply_cursor": following,
                }
            )
        following = str(start + limit) if len(roots) > start + limit else None
        is_open = thread not in stub.closed
        return jsonify(
            thread={"key": thread, "title": None, "url": None, "count": len(everything), "is_open": is_open},
            form={
                "mode": "pre",
                "challenge": stub.challenge,
                "sign_in": stub.sign_in,
                "edit_minutes": stub.edit_minutes,
                "max_text_chars": 1000,
                "max_nickname_chars": 24,
                "texts": {},
            },
            comments=answer,
            next_cursor=following,
        )

    @app.get("/api/v1/sites/demo/comments/<key>/replies")
    def replies(key: str) -> Response:
        found = [
            each
            for part in stub.comments.values()
            for each in part
            if each["root"] == key and each["status"] == "published"
        ]
        start = int(request.args["cursor"])
        following = str(start + 20) if len(found) > start + 20 else None
        return jsonify(comments=[shown(each) for each in found[start : start + 20]], next_cursor=following)

    @app.get("/api/v1/sites/demo/counts")
    def counts() -> Response:
        answer = {}
        for thread in request.args.getlist("thread"):
            part = stub.comments.get(thread, [])
            answer[thread] = sum(each["status"] == "published" for each in part)
        return jsonify(counts=answer)


def add_challenges(app: Flask, stub: Stub) -> None:
    """Ask sums whose answer the challenge's own number tells: `id % 9 + 5`."""

    @app.post("/api/v1/sites/demo/challenges")
    def challenge() -> tuple[Response, int]:
        stub.challenges += 1
        key = str(stub.challenges)
        body: Json = request.get_json()
        stub.asked.append(body)
        wants = body.get("wants")
        work = (
            stub.challenge == "pow"
            or wants in {"waiver", "sound"}
            or (stub.challenge == "adaptive" and not body.get("proof"))
        )
        if "pow" in body["accepts"] and work and not (wants == "image" and stub.challenge == "pow"):
            made = altcha.create_challenge("PBKDF2/SHA-256", 500, counter=20, hmac_secret="s")
            return jsonify(
                id=key,
                kind="pow",
                image_url=None,
                width=0,
                height=0,
                has_sound=False,
                pow={"challenge": made.to_dict()},
                expires_at="2030-01-01T00:00:00Z",
                expires_in_seconds=stub.expires_in_seconds,
            ), 201
        return jsonify(
            id=key,
            kind="image",
            has_sound=stub.has_sound,
            pow=None,
            image_url=f"/api/v1/sites/demo/challenges/{key}.webp",
            width=160,
            height=60,
            expires_at="2030-01-01T00:00:00Z",
            expires_in_seconds=stub.expires_in_seconds,
        ), 201

    @app.post("/api/v1/sites/demo/challenges/<key>/sound")
    def sound(key: str) -> Response:
        if not altcha.verify_solution(request.get_json()["proof"], "s").verified:
            return problem("challenge-failed", 422)
        stub.heard.append(key)
        return jsonify(sound_url=f"/api/v1/sites/demo/challenges/{key}.wav")

    @app.get("/api/v1/sites/demo/challenges/<key>.wav")
    def clip(key: str) -> Response:
        stream = io.BytesIO()
        with wave.open(stream, "wb") as made:
            made.setnchannels(1)
            made.setsampwidth(1)
            made.setframerate(8000)
            made.writeframes(bytes(800 + len(key)))
        return Response(stream.getvalue(), mimetype="audio/wav")

    @app.get("/api/v1/sites/demo/challenges/<key>.webp")
    def image(key: str) -> Response:
        canvas = Image.new("RGB", (160, 60), "#f4f1ea")
        font = ImageFont.load_default(34)
        pen = ImageDraw.Draw(canvas)
        pen.text((14, 8), f"{int(key) % 9}+5=?", "#31456b", font)
        pen.line([(0, 40), (60, 20), (110, 44), (160, 16)], "#31456b", 3)
        stream = io.BytesIO()
        canvas.save(stream, "WEBP", quality=50)
        return Response(stream.getvalue(), mimetype="image/webp", headers={"Cache-Control": "no-store"})


def add_posting(app: Flask, stub: Stub) -> None:
    """Take comments, answer repeated keys alike, show authors their own."""

    @app.post("/api/v1/sites/demo/comments")
    def post() -> Response:
        body: Json = request.get_json()
        key = request.headers.get("Idempotency-Key", "")
        stub.posts.append({**body, "key": key, "token": request.headers.get("Author-Token")})
        if key in stub.receipts:
            return jsonify(stub.receipts[key])
        if stub.failures:
            slug, code, more = stub.failures.pop(0)
            return problem(slug, code, **more)
        if "challenge_proof" in body:
            if not altcha.verify_solution(body["challenge_proof"], "s").verified:
                return problem("challenge-failed", 422)
        elif stub.challenge != "off":
            if "challenge_id" not in body:
                return problem("challenge-required", 422)
            if body["challenge_answer"] != str(int(body["challenge_id"]) % 9 + 5):
                return problem("challenge-failed", 422)
        part = stub.comments.setdefault(body["thread"], [])
        parent = next((each for each in part if each["id"] == body.get("parent_id")), None)
        status = next((state for word, state in STATES.items() if word in body["text"]), "pending")
        comment = make(stub, body, parent, status=status, token=request.headers.get("Author-Token"))
        part.append(comment)
        total = sum(each["status"] == "published" for each in part)
        receipt = {
            "comment_id": comment["id"],
            "status": status,
            "reason": comment["reason"],
            "created_at": comment["created_at"],
            "thread": {"key": body["thread"], "count": total},
            "receipt": receipt_of(comment),
        }
        stub.receipts[key] = receipt
        response = jsonify(receipt)
        response.status_code = 202 if status == "pending" else 201
        return response

    @app.get("/api/v1/sites/demo/own-comments")
    def own() -> Response:
        token = request.headers.get("Author-Token")
        part = stub.comments.get(request.args["thread"], [])
        mine = [each for each in reversed(part) if each["token"] == token]
        names = ("id", "parent_id", "nickname", "link", "text", "created_at", "status", "reason", "revision")
        liked = [key for key, tokens in stub.likes.items() if token in tokens]
        return jsonify(
            comments=[
                {
                    **{name: each[name] for name in names},
                    "editable_until": editable_until(stub, each),
                    "may_withdraw": each["status"] in {"pending", "published"},
                    "receipt": receipt_of(each),
                    "appeal": "possible" if each["status"] == "rejected" else None,
                }
                for each in mine
                if each["status"] != "withdrawn"
            ],
            liked=liked,
        )


def receipt_of(comment: Json) -> Json:
    return {"code": f"code-{comment['id']}", "url": f"/embed/v1/demo/receipts/code-{comment['id']}"}


def editable_until(stub: Stub, comment: Json) -> str | None:
    if comment["status"] not in {"pending", "published"} or not stub.edit_minutes:
        return None
    until = datetime.fromisoformat(comment["created_at"]) + timedelta(minutes=stub.edit_minutes)
    return until.strftime("%Y-%m-%dT%H:%M:%SZ")


def find(stub: Stub, key: str) -> Json:
    return next(each for part in stub.comments.values() for each in part if each["id"] == key)


def add_reactions(app: Flask, stub: Stub) -> None:
    """Permalinks, likes, reports."""

    @app.get("/api/v1/sites/demo/comments/<key>")
    def one(key: str) -> Response:
        comment = find(stub, key)
        thread = next(name for name, part in stub.comments.items() if comment in part)
        return jsonify(thread=thread, root_id=comment["root"], comment=shown(comment))

    @app.post("/api/v1/sites/demo/comments/<key>/like")
    def like(key: str) -> Response:
        if stub.failures:
            slug, code, more = stub.failures.pop(0)
            return problem(slug, code, **more)
        tokens = stub.likes.setdefault(key, set())
        is_liked = request.get_json()["is_liked"]
        (tokens.add if is_liked else tokens.discard)(request.headers["Author-Token"])
        find(stub, key)["like_count"] = len(tokens)
        return jsonify(is_liked=is_liked, like_count=len(tokens))

    @app.post("/api/v1/sites/demo/comments/<key>/reports")
    def report(key: str) -> tuple[Response, int]:
        stub.reports.append({"comment": key, **request.get_json()})
        return jsonify(receipt={"code": "abcd-efgh-ijkl-mnop", "url": "/embed/v1/demo/receipts/abcd"}), 201


def add_rights(app: Flask, stub: Stub) -> None:
    """Edits, withdrawals, and everything of one reader."""

    @app.post("/api/v1/sites/demo/comments/<key>/revisions")
    def revise(key: str) -> Response:
        if stub.failures:
            slug, code, more = stub.failures.pop(0)
            return problem(slug, code, **more)
        comment, body = find(stub, key), request.get_json()
        comment["text"], comment["revision"] = body["text"], body["revision"] + 1
        comment["edited_at"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: TID251
        return jsonify(comment_id=key, status=comment["status"], reason=None, revision=comment["revision"])

    @app.post("/api/v1/sites/demo/comments/<key>/withdrawal")
    def withdraw(key: str) -> Response:
        find(stub, key)["status"] = "withdrawn"
        return jsonify(comment_id=key, status="withdrawn")

    @app.get("/api/v1/sites/demo/own-data")
    def export() -> Response:
        return jsonify(comments=[])

    @app.post("/api/v1/sites/demo/own-data/erasure")
    def erase() -> Response:
        for part in stub.comments.values():
            part[:] = [each for each in part if each["token"] != request.headers["Author-Token"]]
        return jsonify(erased=1)


def make(stub: Stub, body: Json, parent: Json | None, *, status: str, token: str | None = None) -> Json:
    """Make a stored comment of a posted body; `minutes_ago` in the body sets its age."""
    moment = datetime.now(UTC) - timedelta(minutes=body.get("minutes_ago", 0))  # noqa: TID251
    return {
        "id": str(uuid.UUID(int=next(stub.ids))),
        "root": parent and (parent["root"] or parent["id"]),
        "parent_id": parent and parent["id"],
        "reply_to": parent and parent["root"] and {"id": parent["id"], "nickname": parent["nickname"]},
        "nickname": body["nickname"],
        "link": body.get("link"),
        "text": body["text"],
        "created_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "state": "published",
        "reply_count": 0,
        "replies": [],
        "next_reply_cursor": None,
        "like_count": 0,
        "edited_at": None,
        "is_verified": False,
        "revision": 1,
        "status": status,
        "reason": body.get("reason") or ("advertising" if status == "rejected" else None),
        "token": token,
    }
