"""How long a moderator waits: from the key of a decision to the frame that shows the next card, in a real browser.

    python bench/console_browser.py --url http://127.0.0.1:8000 --login lin --password … --decisions 300

Measured in the page itself: from the event's own time stamp to the frame after the one in which the next card stands.
The service, its database and an account must be there already; the comments that are decided are decided for good.
"""

import argparse
import json
import shutil
import statistics
import sys
import time

from playwright.sync_api import Page, sync_playwright

MEASURE = """() => {
  window.waits = [];
  let pressedAt = 0;
  const shown = () => document.querySelector(".card[data-item]:not([hidden])")?.dataset.item;
  let before = shown();
  addEventListener("keydown", (event) => { pressedAt = event.timeStamp; before = shown(); }, true);
  new MutationObserver(() => {
    const now = shown();
    if (!pressedAt || !now || now === before) return;
    const from = pressedAt;
    pressedAt = 0;
    requestAnimationFrame(() => requestAnimationFrame(() => window.waits.push(performance.now() - from)));
  }).observe(document.getElementById("cards"), {childList: true, subtree: true, attributes: true});
}"""
READY = "#table[data-ready] .card[data-item]:not([hidden])"


def main() -> None:
    """Decide by keys and print what the waits were."""
    asked = _arguments()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=asked.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(locale="en", viewport={"width": 1280, "height": 900})
        page.goto(f"{asked.url}/console/sign-in")
        page.fill("[name=login]", asked.login)
        page.fill("[name=password]", asked.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/console/**")
        page.goto(f"{asked.url}/console/queue")
        page.locator(READY).wait_for()
        page.evaluate(MEASURE)
        seconds = _work(page, asked.decisions)
        waits = sorted(page.evaluate("waits"))
        browser.close()
    told = {
        "decisions": asked.decisions,
        "measured": len(waits),
        "per_minute": round(60 * asked.decisions / seconds),
        "p50_ms": round(statistics.median(waits), 1),
        "p99_ms": round(waits[min(len(waits) - 1, int(len(waits) * 0.99))], 1),
        "worst_ms": round(waits[-1], 1),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _work(page: Page, decisions: int) -> float:
    ready = page.locator(READY)
    started = time.perf_counter()
    for number in range(decisions):
        ready.wait_for()
        page.keyboard.press("as"[number % 2])
    page.locator("#table[data-unsent='0']").wait_for(state="attached")
    return time.perf_counter() - started


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the wait for the next card in a browser.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--login", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--decisions", type=int, default=300)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "/usr/bin/chromium")
    return parser.parse_args()


if __name__ == "__main__":
    main()
