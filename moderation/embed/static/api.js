/* Ask the service. What fails is thrown as an M.Problem, whose slug the catalogue words. */

/** @type {M.Connect} */
export const connect = (service, site) => {
  /** @param {string} path @param {M.Asking} asking */
  async function ask(path, { query = {}, body, headers = {}, isFresh }) {
    const url = new URL(`api/v1/sites/${encodeURIComponent(site)}/${path}`, service);
    for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, String(value));
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), 15000);
    try {
      const response = await fetch(url.href, {
        method: body ? "POST" : "GET",
        headers: body ? { ...headers, "Content-Type": "application/json" } : headers,
        body: body && JSON.stringify(body),
        credentials: "omit",
        // stale-while-revalidate would hide the comment just posted
        cache: isFresh ? "no-cache" : "default",
        signal: control.signal,
      });
      const answer = await response.json();
      if (response.ok) return answer;
      const { type = "", errors = [], retry_after_seconds } = answer;
      const seconds = Number(retry_after_seconds || response.headers.get("Retry-After"));
      throw { slug: type.split("/").pop(), errors, seconds };
    } catch (error) {
      if (error && Object(error).slug) throw error;
      throw { slug: navigator.onLine ? "unavailable" : "offline", errors: [], seconds: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    page: (query, isFresh) => ask("comments", { query, isFresh }),
    replies: (id, cursor) => ask(`comments/${id}/replies`, { query: { cursor } }),
    own: async (thread, token) =>
      (await ask("own-comments", { query: { thread }, headers: { "Author-Token": token } })).comments,
    challenge: async () => {
      const made = await ask("challenges", { body: {} });
      return { ...made, image_url: new URL(made.image_url, service).href };
    },
    post: (body, key, token) =>
      ask("comments", { body, headers: { "Idempotency-Key": key, "Author-Token": token } }),
  };
};
