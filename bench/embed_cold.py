"""How long a reader on a slow phone waits for the first comment, and what he downloads: ours beside Isso and Waline.

One article with 20 comments, the same words in all three, posted through each service's own HTTP API. Each is opened in
a new context of a real Chromium, throttled by its own tools: 1.6 Mbit/s down, 0.75 up, 150 ms a round trip, the CPU four
times slower. The three take turns, in another order each round. Told are

- milliseconds from the start of the navigation to the frame in which the first comment has a place on the page,
- requests and bytes over the wire (headers too) besides the article itself, until a second passes without any.

Ours is `moderation serve` (granian, one worker, SQLite) with a challenge as a new site has it; Isso is its own `isso run`
(SQLite); Waline is `@waline/vercel` on Node with SQLite, its client served beside the article as it is published; what
its server asks of an address on the internet before each answer is answered here, at once. One nginx stands before all of them and packs what it hands on (gzip), because Isso and ours leave that to a proxy. Avatars
and whatever else is asked of strangers fails at once, and is counted apart: no request leaves the machine.

Peers are installed from the registries into `--peers FOLDER`, kept for the next run, or into a folder that goes: Waline's
SQLite driver is compiled there (minutes). One that cannot be had is left out, with a line that says why.

Run: `./run bench embed_cold [--loads 5] [--peers FOLDER] [--only ours isso]`. Needs nginx, Chromium, npm, make, g++.
"""

import argparse
import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, CDPSession, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench import served
from moderation.domain.policy import ChallengeMode
from moderation.extensions import db
from moderation.flows import sites
from moderation.flows.sites import SiteSettings
from moderation.web import context

COMMENTS: Final = 20
DOWN_BYTES, UP_BYTES, LATENCY_MS, CPU_SLOWDOWN = 1_600_000 // 8, 750_000 // 8, 150, 4
QUIET_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 60
INSTALL_SECONDS: Final = 900
WAIT: Final = """(selectors) => {
  const look = () => {
    const host = document.querySelector(selectors[0]);
    const root = selectors.length > 1 ? host && host.shadowRoot : document;
    const all = root ? [...root.querySelectorAll(selectors[selectors.length - 1])] : [];
    if (all.some((one) => one.getClientRects().length && one.textContent.includes("花海"))) {
      window.firstShown = performance.now();
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
SCHEMA: Final = """
CREATE TABLE wl_Comment (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, comment TEXT, insertedAt TIMESTAMP
  DEFAULT CURRENT_TIMESTAMP, ip TEXT, link TEXT, mail TEXT, nick TEXT, pid INTEGER, rid INTEGER, sticky NUMERIC,
  status TEXT NOT NULL DEFAULT '', "like" INTEGER, ua TEXT, url TEXT, createdAt TIMESTAMP, updatedAt TIMESTAMP);
CREATE TABLE wl_Counter (id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER, url TEXT NOT NULL DEFAULT '',
  reaction0 INTEGER, createdAt TIMESTAMP, updatedAt TIMESTAMP);
CREATE TABLE wl_Users (id INTEGER PRIMARY KEY AUTOINCREMENT, display_name TEXT, email TEXT, password TEXT, type TEXT,
  label TEXT, url TEXT, avatar TEXT, github TEXT, createdAt TIMESTAMP, updatedAt TIMESTAMP);
"""
"""Waline's tables; its package does not bring the empty database that its repository has."""
NGINX: Final = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
  access_log off;
  types {{ text/html html; text/css css; text/javascript js; }}
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  gzip on;
  gzip_proxied any;
  gzip_types text/css text/javascript application/javascript application/json;
  server {{ listen 127.0.0.1:{portal}; root {folder}/portal; charset utf-8; }}
  {proxies}
}}
"""


class Unavailable(Exception):  # noqa: N818 -- it is no error: the peer is left out
    """A peer that cannot be had here."""


@dataclass(frozen=True)
class Peer:
    """A running service: where nginx finds it, how its article is written, where its first comment will stand."""

    name: str
    port: int
    head: str
    body: str
    selectors: Sequence[str]


@dataclass(frozen=True)
class Load:
    shown_ms: float
    requests: int
    wire_bytes: int
    strangers: int


def main() -> None:
    """Start everything, load, print."""
    asked = _arguments()
    with ExitStack() as around:
        folder = Path(around.enter_context(tempfile.TemporaryDirectory(prefix="moderation-bench-")))
        kept = asked.peers or folder / "peers"
        portal, *public = _ports(1 + len(STARTERS))
        peers = []
        for name, port in zip(STARTERS, public, strict=True):
            if name not in asked.only:
                continue
            try:
                running = STARTERS[name](
                    folder, kept, f"http://127.0.0.1:{portal}", f"http://127.0.0.1:{port}"
                )
                peers.append((around.enter_context(running), port))
            except (Unavailable, OSError, subprocess.SubprocessError) as error:
                print(f"left out: {name}: {error}", file=sys.stderr)
        if not peers:
            raise SystemExit("there is nothing to measure")
        around.enter_context(_nginx(folder, portal, peers))
        loads = _measure(asked, portal, [peer for peer, _ in peers])
    _print(asked.loads, loads)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--peers", type=lambda text: Path(text).resolve(), help="where peers are kept")
    parser.add_argument("--only", nargs="+", choices=STARTERS, default=list(STARTERS))
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    return parser.parse_args()


def _texts() -> Iterator[str]:
    places = "东门西门南坡北坡湖边桥头山顶谷口村口渡口"
    for number in range(COMMENTS):
        place = places[number % 10 * 2 : number % 10 * 2 + 2]
        yield f"第 {number + 1} 次去花海了，{place}人最少，停车也方便，就是中午晒得厉害，建议早上八点以前到，带上水和帽子。"


# The services -------------------------------------------------------------------------------------------------


@contextmanager
def _ours(_folder: Path, _kept: Path, portal: str, public: str) -> Iterator[Peer]:
    with served.one_worker() as running:
        for text in _texts():
            running.comment(text)
        with running.app.app_context():
            settings = SiteSettings(origins=(portal,), challenge=ChallengeMode.IMAGE)
            sites.change(served.SITE, settings, session=db.session(), services=context.services())
            db.session.remove()
        yield Peer(
            "ours",
            running.port,
            "",
            f'<script src="{public}/embed.js" data-site="{served.SITE}" data-thread="1" async></script>',
            ("moderation-comments", ".list article"),
        )


@contextmanager
def _isso(folder: Path, kept: Path, portal: str, public: str) -> Iterator[Peer]:
    place = kept / "isso"
    if not (place / "bin" / "isso").exists():
        _install([sys.executable, "-m", "venv", str(place)], kept)
        _install([str(place / "bin" / "pip"), "install", "--quiet", "isso"], kept)
    (port,) = _ports(1)
    (folder / "isso.cfg").write_text(
        f"[general]\ndbpath = {folder}/isso.db\nhost = {portal}/\n[server]\nlisten = http://127.0.0.1:{port}\n"
        "[guard]\nenabled = false\n[moderation]\nenabled = false\n",
        encoding="utf-8",
    )
    command = [str(place / "bin" / "isso"), "-c", str(folder / "isso.cfg"), "run"]
    with _process("isso", command, folder, f"http://127.0.0.1:{port}/js/embed.min.js"):
        for text in _texts():
            body = {"text": text, "author": "晨曦", "title": "花海开放"}
            _post(f"http://127.0.0.1:{port}/new?uri=%2Fisso.html", body, portal)
        yield Peer(
            "Isso",
            port,
            "",
            f'<script data-isso="{public}/" data-isso-lang="zh_CN" src="{public}/js/embed.min.js" async></script>'
            '<section id="isso-thread" data-title="花海开放"></section>',
            (".isso-comment",),
        )


@contextmanager
def _waline(folder: Path, kept: Path, portal: str, public: str) -> Iterator[Peer]:
    place = kept / "waline"
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        packages = ["@waline/vercel@1", "@waline/client@3"]
        _install(["npm", "install", "--silent", "--no-save", "--ignore-scripts", *packages], place)
        _install(["npm", "rebuild", "--silent", "sqlite3", "--build-from-source"], place)
        (place / "ready").touch()
    with sqlite3.connect(folder / "waline.sqlite") as database:
        database.executescript(SCHEMA)
    database.close()
    (port,) = _ports(1)
    environment = {
        "SQLITE_PATH": str(folder),
        "JWT_TOKEN": "for measuring only",
        "AKISMET_KEY": "false",
        "IPQPS": "0",
        "SITE_NAME": "bench",
        "SITE_URL": portal,
        "NODE_ENV": "production",
    }
    command = ["node", "node_modules/@waline/vercel/vanilla.js", str(port)]
    api = f"http://127.0.0.1:{port}/api/comment"
    with ExitStack() as around:
        environment["OAUTH_URL"] = around.enter_context(_no_sign_in())
        ready = f"{api}?path=%2F&pageSize=1"
        around.enter_context(_process("waline", command, folder, ready, place=place, environment=environment))
        for text in _texts():
            body = {
                "comment": text,
                "nick": "晨曦",
                "mail": "",
                "link": "",
                "url": "/waline.html",
                "ua": "bench",
            }
            _post(api, body, portal)
        for name in ("waline.js", "waline.css"):
            (folder / "portal").mkdir(exist_ok=True)
            shutil.copy(place / "node_modules/@waline/client/dist" / name, folder / "portal" / name)
        init = {
            "el": "#waline",
            "serverURL": public,
            "path": "/waline.html",
            "lang": "zh-CN",
            "pageSize": COMMENTS,
        }
        more = {"emoji": False, "search": False, "dark": False}
        yield Peer(
            "Waline",
            port,
            '<link rel="stylesheet" href="/waline.css">',
            '<div id="waline"></div><script type="module">import { init } from "/waline.js"; '
            f"init({json.dumps(init | more)})</script>",
            (".wl-card-item",),
        )


@contextmanager
def _no_sign_in() -> Iterator[str]:
    """Answer what Waline asks of an address on the internet before each answer of its own: that there is no sign-in."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = b'{"services": []}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


STARTERS: Final = {"ours": _ours, "isso": _isso, "waline": _waline}


def _install(command: Sequence[str], place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    print(f"bench: {' '.join(command)}", file=sys.stderr)
    done = subprocess.run(
        command, cwd=place, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode:
        raise Unavailable(f"{command[0]} failed: {done.stderr[-300:]}")


@contextmanager
def _process(
    name: str,
    command: Sequence[str],
    folder: Path,
    ready: str,
    *,
    place: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[None]:
    """Run a service in a group of its own until the block ends; raises `Unavailable` when it does not answer."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=place or folder,
            env=os.environ | (environment or {}),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(ready, process, folder / f"{name}.log")
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 15)
        process.wait(30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(address, timeout=5).close()
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise Unavailable(
        f"{address} does not answer: {log.read_text(encoding='utf-8', errors='replace')[-400:]}"
    )


def _post(address: str, body: object, origin: str) -> None:
    headers = {"Content-Type": "application/json", "Origin": origin, "User-Agent": "Mozilla/5.0 (bench)"}
    with urlopen(Request(address, json.dumps(body).encode(), headers), timeout=30) as answer:
        content = answer.read()
        # Waline says 200 also where it refuses.
        if answer.status >= 300 or b'"errno":1' in content:
            raise Unavailable(f"{address}: {answer.status} {content[:200]!r}")


@contextmanager
def _nginx(folder: Path, portal: int, peers: Sequence[tuple[Peer, int]]) -> Iterator[None]:
    """Write the articles and put nginx before everything."""
    (folder / "portal").mkdir(exist_ok=True)
    for peer, _ in peers:
        (folder / "portal" / f"{peer.name.lower()}.html").write_text(
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>花海开放</title><link rel="icon" '
            f'href="data:,">{peer.head}</head><body><h1>花海开放</h1><p>{"今年的花比去年早开十天。" * 40}</p>'
            f"{peer.body}</body></html>",
            encoding="utf-8",
        )
    proxies = "\n".join(
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{peer.port}; "
        'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; } }'
        for peer, port in peers
    )
    said = NGINX.format(folder=folder, portal=portal, proxies=proxies)
    (folder / "nginx.conf").write_text(said, encoding="utf-8")
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    first = peers[0][0].name.lower()
    with _process("nginx", command, folder, f"http://127.0.0.1:{portal}/{first}.html"):
        yield


def _ports(count: int) -> list[int]:
    """Choose free ports, all at once so that they differ."""
    with ExitStack() as around:
        probes = [around.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


# The reader ---------------------------------------------------------------------------------------------------


def _measure(asked: argparse.Namespace, portal: int, peers: Sequence[Peer]) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {peer.name: [] for peer in peers}
    flags = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=asked.chromium, args=flags)
        try:
            for turn in range(asked.loads + 1):
                for peer in (*peers[turn % len(peers) :], *peers[: turn % len(peers)]):
                    load = _load(browser, peer, f"http://127.0.0.1:{portal}/{peer.name.lower()}.html")
                    if turn:  # the first warms the services and the browser itself
                        loads[peer.name].append(load)
        finally:
            browser.close()
    return loads


def _load(browser: Browser, peer: Peer, address: str) -> Load:
    """Open an article as somebody who has never been here."""
    opened = browser.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, device_scale_factor=2
    )
    try:
        page = opened.new_page()
        wire = Wire(opened.new_cdp_session(page), address)
        page.add_init_script(f"({WAIT})({json.dumps(list(peer.selectors))})")
        page.goto(address, wait_until="commit")
        try:
            page.wait_for_function("window.firstShown", timeout=PATIENCE_SECONDS * 1000)
        except PlaywrightTimeout as error:
            raise SystemExit(f"{peer.name} shows no comment: {page.inner_text('body')[-300:]!r}") from error
        while wire.is_busy():
            page.wait_for_timeout(100)
        return Load(page.evaluate("window.firstShown"), wire.requests, wire.wire_bytes, wire.strangers)
    finally:
        opened.close()


class Wire:
    """What goes over the wire besides the article, as Chromium's own tools count it."""

    def __init__(self, tools: CDPSession, article: str) -> None:
        self._article, self._ours = article, set[str]()
        self._last = time.monotonic()
        self.requests = self.wire_bytes = self.strangers = 0
        tools.on("Network.requestWillBeSent", self._sent)
        tools.on("Network.loadingFinished", self._finished)
        tools.send("Network.enable")
        conditions = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": DOWN_BYTES}
        tools.send("Network.emulateNetworkConditions", conditions | {"uploadThroughput": UP_BYTES})
        tools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})

    def _sent(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if url.startswith("data:") or url == self._article:
            return
        self._last = time.monotonic()
        if urlsplit(url).hostname != "127.0.0.1":
            self.strangers += 1
            return
        self._ours.add(event["requestId"])
        self.requests += 1

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._ours:
            self._last = time.monotonic()
            self.wire_bytes += int(event["encodedDataLength"])

    def is_busy(self) -> bool:
        return time.monotonic() - self._last < QUIET_SECONDS


def _print(count: int, loads: dict[str, list[Load]]) -> None:
    first = next(iter(loads.values()))
    base = statistics.median(load.shown_ms for load in first)
    print(f"{count} cold loads each; milliseconds are the median (least to most)\n")
    print("| service | first comment shown | × | requests | bytes | requests to strangers |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, some in loads.items():
        shown = sorted(load.shown_ms for load in some)
        middle = statistics.median(shown)
        print(
            f"| {name} | {middle:,.0f} ({shown[0]:,.0f}–{shown[-1]:,.0f}) | {middle / base:.1f} "
            f"| {statistics.median(load.requests for load in some):.0f} "
            f"| {statistics.median(load.wire_bytes for load in some):,.0f} "
            f"| {statistics.median(load.strangers for load in some):.0f} |"
        )


if __name__ == "__main__":
    main()
