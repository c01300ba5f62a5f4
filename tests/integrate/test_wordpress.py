"""The page on WordPress: the printed PHP under php-cli, with the WordPress functions it calls made as small as they go."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask

from moderation.ports import Services
from tests.conftest import missing
from tests.integrate.portal import Portal, portal_beside, say
from tests.integrate.printed import SITE, THREAD, printed
from tests.integrate.tokens import KEY_ID, SECRET, a_key, accepted_name, claims_of, token_in

pytestmark = pytest.mark.servers

LINE: Final = f'<script src="{{}}/embed.js" data-site="{SITE}" data-thread="{THREAD}" async></script>'
WORDPRESS: Final = """<?php
error_reporting(E_ALL);
set_error_handler(fn ($code, $text) => error_reporting() & $code ? throw new ErrorException($text) : true);
const DAY_IN_SECONDS = 86400;
const HOUR_IN_SECONDS = 3600;
$filters = $kept = [];
$asked = 0;
$is_singular = true;
$user = null;
class WP_Error {}
function add_filter($name, $function, $priority = 10) { $GLOBALS['filters'][$name] = $function; }
function __return_false() { return false; }
function __return_zero() { return 0; }
function is_singular($type) { return $GLOBALS['is_singular'] && $type === 'post'; }
function in_the_loop() { return true; }
function is_main_query() { return true; }
function get_the_ID() { return 1553855; }
function is_user_logged_in() { return $GLOBALS['user'] !== null; }
function wp_get_current_user() { return $GLOBALS['user']; }
function esc_attr($text) { return htmlspecialchars($text, ENT_QUOTES); }
function esc_url($text) { return htmlspecialchars($text, ENT_QUOTES); }
function wp_json_encode($value) { return json_encode($value); }
function get_transient($name) { return $GLOBALS['kept'][$name] ?? false; }
function set_transient($name, $value, $seconds) { $GLOBALS['kept'][$name] = $value; return true; }
if (!function_exists('mb_substr')) { // WordPress brings it where PHP does not
    function mb_substr($text, $from, $count) { return iconv_substr($text, $from, $count, 'UTF-8'); }
}
function is_wp_error($answer) { return $answer instanceof WP_Error; }
function wp_remote_get($address, $options) {
    $GLOBALS['asked']++;
    $http = ['timeout' => $options['timeout'], 'ignore_errors' => true];
    $body = @file_get_contents($address, false, stream_context_create(['http' => $http]));
    return $body === false ? new WP_Error() : ['body' => $body, 'code' => (int) explode(' ', $http_response_header[0])[1]];
}
function wp_remote_retrieve_response_code($answer) { return $answer['code']; }
function wp_remote_retrieve_body($answer) { return $answer['body']; }
function show() { return $GLOBALS['filters']['the_content']('<p>花海开放</p>'); }
function age($seconds) { foreach ($GLOBALS['kept'] as &$one) $one['asked_at'] -= $seconds; }
function say(...$values) { echo json_encode($values, JSON_THROW_ON_ERROR); }
"""


def run(folder: Path, service: str, steps: str) -> list[Any]:
    """Load the printed file as WordPress would and do some steps; return what they say."""
    php = shutil.which("php")
    if php is None:
        missing("php", "there is no php")
    (folder / "wordpress.php").write_text(WORDPRESS, encoding="utf-8")
    (folder / "moderation.php").write_text(printed("wordpress", "moderation.php", service), encoding="utf-8")
    (folder / "steps.php").write_text(
        f"<?php require 'wordpress.php'; require 'moderation.php'; {steps}", encoding="utf-8"
    )
    done = subprocess.run(
        [str(php), "-d", "display_errors=stderr", "steps.php"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return list(json.loads(done.stdout))


def signed_in(name: str, key_id: str = KEY_ID, secret: str = SECRET) -> str:
    """Return the steps that define the key as wp-config.php does, and sign a user in."""
    before, between, after = printed("wordpress", "wp-config.php", "").split("…")
    defined = "".join((before, key_id, between, secret.replace("'", r"\'"), after))
    return (
        f"{defined} $user = (object) ['ID' => 7, 'display_name' => {json.dumps(name, ensure_ascii=False)}];"
    )


def test_the_comments_stand_under_the_post(
    app: Flask, services: Services, portal: Portal, tmp_path: Path
) -> None:
    say(app, services, "花海开得真早 <b>", origin=portal.url)

    (html,) = run(tmp_path, portal.service, "say(show());")

    assert html.startswith("<p>花海开放</p>")
    assert "花海开得真早 &lt;b&gt;" in html
    assert html.endswith(LINE.format(portal.service))


def test_only_posts_get_comments_and_wordpress_has_none_of_its_own(portal: Portal, tmp_path: Path) -> None:
    html, asked, is_open, count = run(
        tmp_path,
        portal.service,
        "$is_singular = false; say(show(), $asked, $filters['comments_open'](), $filters['get_comments_number']());",
    )

    assert (html, asked) == ("<p>花海开放</p>", 0)
    assert (is_open, count) == (False, 0)


def test_the_service_is_asked_at_most_every_ten_seconds(
    app: Flask, services: Services, portal: Portal, tmp_path: Path
) -> None:
    say(app, services, "花海开得真早", origin=portal.url)

    first, again, asked, later, asked_later = run(
        tmp_path, portal.service, "say(show(), show(), $asked, age(10) ?? show(), $asked);"
    )

    assert first == again == later
    assert (asked, asked_later) == (1, 2)


def test_a_dead_service_leaves_the_post_as_it_is_and_is_not_asked_for_each_reader(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    with portal_beside(app, services) as portal:
        service = portal.service

    html, _, asked = run(tmp_path, service, "say(show(), show(), $asked);")

    assert html == f"<p>花海开放</p>{LINE.format(service)}"
    assert asked == 1


def test_a_problem_of_the_service_leaves_the_last_comments(
    app: Flask, services: Services, portal: Portal, tmp_path: Path
) -> None:
    say(app, services, "花海开得真早", origin=portal.url)
    failing = iter([False, True])
    app.before_request(lambda: ("{}", 503) if next(failing) else None)

    first, later, asked = run(tmp_path, portal.service, "say(show(), age(10) ?? show(), $asked);")

    assert "花海开得真早" in first
    assert (later, asked) == (first, 2)


def test_who_is_signed_in_writes_under_his_display_name(portal: Portal, tmp_path: Path) -> None:
    name = '王丽 "x"'

    (html,) = run(tmp_path, portal.service, f"{signed_in(name)} say(show());")

    assert claims_of(token_in(html)) == {"iss": SITE, "aud": "moderation", "sub": "7", "name": name}


def test_the_service_takes_the_token_and_a_long_name_shortened(
    app: Flask, services: Services, portal: Portal, tmp_path: Path
) -> None:
    key, name = a_key(app, services), "欧阳上官司马诸葛" * 8

    (html,) = run(tmp_path, portal.service, f"{signed_in(name, key.key_id, key.secret)} say(show());")

    assert accepted_name(app, token_in(html)) == name[:24]


def test_without_a_key_nobody_is_signed_in(portal: Portal, tmp_path: Path) -> None:
    user = "$user = (object) ['ID' => 7, 'display_name' => 'x'];"

    (html,) = run(tmp_path, portal.service, f"{user} say(show());")

    assert token_in(html) is None
