// @ts-check
/* How much waits, in the menu and in the title. Asked every ten seconds while the page is seen; the service answers
 * 304 as long as nothing has changed. What is decided here and not yet sent counts as done. */
"use strict";
(() => {
  const EVERY_MS = 10000;
  const title = document.title;
  const address = document.body.dataset.counts ?? "";
  /** @type {Record<string, number>} */
  let known = {};
  let etag = "";
  let timer = 0;

  const queue = () => document.getElementById("table")?.dataset.queue ?? "waiting";

  /** @param {string} name */
  const left = (name) => Math.max(0, (known[name] ?? 0) - counts.owed(name));

  const write = () => {
    for (const number of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-count]"))) {
      const text = String(left(number.dataset.count ?? "") || "");
      if (number.textContent !== text) number.textContent = text;
    }
    const here = left(queue());
    document.title = here ? `(${here}) ${title}` : title;
  };

  const ask = async () => {
    clearTimeout(timer);
    if (document.visibilityState !== "visible") return;
    try {
      const headers = etag ? { "If-None-Match": etag } : undefined;
      const response = await fetch(address, { headers, cache: "no-store", redirect: "manual" });
      if (response.status === 200) {
        etag = response.headers.get("ETag") ?? "";
        counts.show(await response.json());
      }
      if (response.status === 200 || response.status === 304) counts.asked();
    } catch {
      /* the service is away: whoever has something to send says so */
    }
    clearTimeout(timer);
    timer = setTimeout(ask, EVERY_MS);
  };

  const counts = {
    /** How many of a queue are decided here and not yet sent: set by the page. @param {string} _queue */
    owed: (_queue) => 0,
    /** The service has answered, be it that nothing has changed: set by the page. */
    asked: () => {},
    /** @param {Record<string, number>} lengths */
    show(lengths) {
      known = lengths;
      write();
    },
    left,
    write,
  };
  Object.assign(globalThis, { counts });

  for (const number of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-count]"))) {
    known[number.dataset.count ?? ""] = Number(number.textContent) || 0;
  }
  write();
  timer = setTimeout(ask, EVERY_MS);
  addEventListener("visibilitychange", ask);
})();
