/* Fill each data-moderation-count="THREAD" of a page. One request for up to 100 threads; long addresses are split. */
(() => {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const { site = "" } = script.dataset;

  /** @param {NodeListOf<HTMLElement>} nodes @param {string} query */
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

  function count() {
    /** @type {NodeListOf<HTMLElement>} */
    const nodes = document.querySelectorAll("[data-moderation-count]");
    const keys = new Set([...nodes].map((node) => node.dataset.moderationCount));
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

  window.Moderation = Object.assign(window.Moderation || {}, { count });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", count);
  else count();
})();
