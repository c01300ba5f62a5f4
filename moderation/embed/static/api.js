/* Ask the service. What fails is thrown as an M.Problem, whose slug the catalogue words. */

/** @type {M.Connect} */
export const connect = (service, site, memory, portalToken) => {
  /** @type {M.Ask} */
  const ask = async (path, { query = {}, body, key, isMine, isFresh } = {}) => {
    const url = new URL(`api/v1/sites/${encodeURIComponent(site)}/${path}`, service);
    for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, String(value));
    /** @type {Record<string, string>} */
    const headers = {};
    const author = memory.get("author");
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    // A list is the same for everybody: who asks is told only where it matters.
    if (isMine && author) headers["Author-Token"] = author;
    if (isMine && portalToken) headers["Portal-Token"] = portalToken;
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), 15000);
    try {
      const response = await fetch(url.href, {
        method: body ? "POST" : "GET",
        headers,
        body: body && JSON.stringify(body),
        credentials: "omit",
        // stale-while-revalidate would hide the comment just posted
        cache: isFresh ? "no-cache" : "default",
        signal: control.signal,
      });
      const answer = await response.json();
      if (response.ok) return answer;
      const { type = "", errors = [], retry_after_seconds, challenge } = answer;
      const seconds = Number(retry_after_seconds || response.headers.get("Retry-After"));
      throw { slug: type.split("/").pop(), errors, seconds, challenge };
    } catch (error) {
      if (error && Object(error).slug) throw error;
      throw { slug: navigator.onLine ? "unavailable" : "offline", errors: [], seconds: 0 };
    } finally {
      clearTimeout(timer);
    }
  };
  return ask;
};
