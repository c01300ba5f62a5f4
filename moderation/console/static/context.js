// @ts-check
/* The context beside a card: the thread around it is fetched when a card has been looked at for a moment, so that
 * whoever decides twice a second asks for nothing he never sees. Wide screens show it at once, narrow ones fold it. */
"use strict";
(() => {
  const DWELL_MS = 350;
  const isWide = matchMedia("(min-width: 1101px)");
  let isWanted = true;
  let timer = 0;

  /** @param {HTMLElement} thread */
  const load = async (thread) => {
    const address = thread.dataset.thread;
    if (!address) return;
    delete thread.dataset.thread;
    try {
      const response = await fetch(address, { headers: { "HX-Request": "true" } });
      if (!response.ok) throw new Error(String(response.status));
      thread.innerHTML = await response.text(); // our own fragment, escaped by its template
    } catch {
      thread.dataset.thread = address; // the link to the thread stands there still
    }
  };

  /** @param {HTMLDetailsElement} details */
  const loadSoon = (details) => {
    clearTimeout(timer);
    const thread = details.querySelector("[data-thread]");
    if (thread instanceof HTMLElement && details.open) timer = setTimeout(() => load(thread), DWELL_MS);
  };

  document.addEventListener(
    "toggle",
    (event) => {
      const details = event.target;
      if (details instanceof HTMLDetailsElement && details.closest(".context:not([hidden])")) loadSoon(details);
    },
    true, // toggle does not bubble
  );
  document.addEventListener("click", (event) => {
    const summary = event.target instanceof Element ? event.target.closest(".context summary") : null;
    if (summary?.parentElement instanceof HTMLDetailsElement) isWanted = !summary.parentElement.open;
  });

  const context = {
    /** @param {HTMLElement | null} aside */
    show(aside) {
      clearTimeout(timer);
      const details = aside?.querySelector("details");
      if (!details) return;
      details.open = isWide.matches && isWanted;
      loadSoon(details);
    },
  };
  Object.assign(globalThis, { context });
})();
