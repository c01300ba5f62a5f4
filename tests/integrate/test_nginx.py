"""The page on nginx: a real nginx with the printed configuration, a portal of one file, the service behind it."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from flask import Flask, request

from moderation.ports import Services
from tests.conftest import missing
from tests.integrate.portal import Portal, portal_beside, say
from tests.integrate.printed import THREAD, printed
from tests.servers.running import free_port

pytestmark = pytest.mark.servers

NGINX: Final = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
PATIENCE_SECONDS: Final = 20
KEPT_SECONDS: Final = 1.1
AROUND: Final = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  default_type text/html;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/portal.conf;
}}
"""


@contextmanager
def nginx(folder: Path, service: str) -> Iterator[str]:
    """Start nginx with the printed configuration; only addresses and folders are of this machine."""
    if NGINX is None:
        missing("nginx", "there is no nginx")
    port = free_port()
    said = printed("nginx", "portal.conf", service)
    for there, here in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("/var/cache/nginx/comments", f"{folder}/cache"),
        ("/srv/portal", f"{folder}/portal"),
    ):
        assert there in said
        said = said.replace(there, here)
    (folder / "portal.conf").write_text(said, encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder), encoding="utf-8")
    (folder / "portal").mkdir()
    (folder / "portal" / "article.html").write_text(
        f"<h1>花海开放</h1>\n{printed('nginx', 'article.html', service)}<footer>版权所有</footer>",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert process.poll() is None, process.stderr and process.stderr.read()
            try:
                urlopen(f"http://127.0.0.1:{port}/robots.txt").close()
            except URLError as error:
                if getattr(error, "code", 0) == 404:
                    break
                assert time.monotonic() < deadline, "nginx did not start"
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/article.html"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        if process.stderr is not None:
            process.stderr.close()


def fetched(address: str) -> str:
    with urlopen(address, timeout=PATIENCE_SECONDS) as answer:
        return str(answer.read().decode())


def is_whole(article: str) -> bool:
    return article.startswith("<h1>花海开放</h1>") and article.endswith("<footer>版权所有</footer>")


def test_the_comments_stand_in_the_delivered_article(
    app: Flask, services: Services, portal: Portal, tmp_path: Path
) -> None:
    say(app, services, "花海开得真早 <b>", origin=portal.url)

    with nginx(tmp_path, portal.service) as address:
        article = fetched(address)

    assert is_whole(article)
    assert "花海开得真早 &lt;b&gt;" in article
    assert "评论暂时无法显示" not in article
    assert "<html" not in article, "a part of a page, not a page in a page"


def test_a_fragment_is_kept_for_a_second_and_then_asked_for_again(
    app: Flask, services: Services, portal: Portal, tmp_path: Path
) -> None:
    asked: list[str] = []
    app.before_request(lambda: asked.append(request.path))

    with nginx(tmp_path, portal.service) as address:
        for _ in range(30):
            fetched(address)
        assert 1 <= len(asked) < 30
        say(app, services, "刚刚写下", origin=portal.url)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "刚刚写下" not in fetched(address):
            assert time.monotonic() < deadline, "the old fragment stayed"
            time.sleep(0.05)


def test_a_dead_service_leaves_the_article_as_it_is(app: Flask, services: Services, tmp_path: Path) -> None:
    with portal_beside(app, services) as portal:
        service = portal.service

    with nginx(tmp_path, service) as address:
        article = fetched(address)

    assert is_whole(article)
    assert "评论暂时无法显示。" in article
    assert "502" not in article


def test_a_service_that_dies_leaves_the_last_comments(app: Flask, services: Services, tmp_path: Path) -> None:
    with ExitStack() as around:
        with portal_beside(app, services) as portal:
            say(app, services, "花海开得真早", origin=portal.url)
            address = around.enter_context(nginx(tmp_path, portal.service))
            assert "花海开得真早" in fetched(address)
        kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
        assert len(kept) == 1
        time.sleep(KEPT_SECONDS)  # nginx's own clock decides when what it keeps is old

        article = fetched(address)

    assert is_whole(article)
    assert "花海开得真早" in article


def test_a_problem_of_the_service_is_not_put_into_the_article(portal: Portal, tmp_path: Path) -> None:
    with nginx(tmp_path, portal.service) as address:
        here = tmp_path / "portal" / "article.html"
        here.write_text(here.read_text(encoding="utf-8").replace(THREAD, ""), encoding="utf-8")

        article = fetched(address)

    assert is_whole(article)
    assert "评论暂时无法显示。" in article
    assert "problem" not in article
