/* Fill each data-moderation-count="THREAD" of a page. One request for up to 100 threads; long addresses are split.
   A script with a data-thread of its own puts that thread's number where it stands, and fills nothing else. */
(() => {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const { site = "", thread } = script.dataset;

  /** @param {Iterable<HTMLElement>} nodes @param {string} query */
  async function ask(nodes, query) {
    const url = new URL(`api/v1/sites/${encodeURIComponent(site)}/counts?${query}`, script.src);
    const response = await fetch(url.href, { credentials: "omit" });
    if (!response.ok) return; // the page keeps what it shows
    const counts = new Map(Object.entries((await response.json()).counts));
    for (const node of nodes) {
      const count = counts.get(node.dataset.moderationCount || "");
      if (count != null) node.textContent = String(count);
    }
  }

  /** @param {ArrayLike<HTMLElement> & Iterable<HTMLElement>} nodes */
  function fill(nodes) {
    const keys = new Set(Array.from(nodes, (node) => node.dataset.moderationCount));
    const queries = [""];
    let room = 100;
    for (const key of keys) {
      if (!key) continue;
      const pair = `&thread=${encodeURIComponent(key)}`;
      if (!room-- || queries[0].length + pair.length > 6000) {
        queries.unshift("");
        room = 99;
      }
      queries[0] += pair;
    }
    for (const query of queries) if (query) ask(nodes, query.slice(1)).catch(() => {});
  }

  const count = () => fill(document.querySelectorAll("[data-moderation-count]"));
  window.Moderation = Object.assign(window.Moderation || {}, { count });
  if (thread) {
    const place = document.createElement("span");
    place.dataset.moderationCount = thread;
    script.before(place);
    fill([place]);
  } else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", count);
  else count();
})();
