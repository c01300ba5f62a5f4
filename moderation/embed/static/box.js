/* <moderation-comments data-site data-thread>: heading, form and list of one thread, in a shadow root of its own. */

import { connect } from "./api.js";
import { h, plain, remember } from "./dom.js";
import { catalogue } from "./texts.js";
import { makeList, weave } from "./thread.js";
import { makeWriting, nameIn } from "./write.js";

const ORDERS = ["newest", "oldest", "popular"];

/** What a moderator will want to know of the thread. @param {DOMStringMap} data */
function locate({ thread = "", title, url }) {
  /** @type {HTMLLinkElement | null} */
  const canonical = document.querySelector("link[rel=canonical]");
  const place = url || (canonical || location).href.split("#")[0];
  return {
    thread,
    thread_title: (title || document.title).slice(0, 300) || undefined,
    thread_url: /^https?:/.test(place) && place.length <= 2000 ? place : undefined,
  };
}

/** What is asked for before the words of the language are here: the comments, and how they look. @type {M.Begin} */
const begin = (host, root, service) => {
  const { site = "", thread = "", portalToken = "" } = host.dataset;
  const href = new URL("embed/static/embed.css", service).href;
  if (!root.firstChild) root.append(h("link", { rel: "preload", as: "style", href }));
  const memory = remember(site);
  const ask = connect(service, site, memory, portalToken);
  const sort = ORDERS.find((order) => order === host.dataset.sort) || ORDERS[0];
  const first = ask("comments", { query: { thread, sort } });
  first.catch(() => {}); // told where it is waited for
  return { ask, memory, sort, first, href };
};

/** Fill the shadow root; the answer stops it. @type {M.Show} */
const show = (host, root, texts, service, { ask, memory, sort, first, href }) => {
  const { site = "", thread = "", portalToken = "" } = host.dataset;
  const { t } = texts;
  const signedIn = nameIn(portalToken);
  /** @type {Promise<M.Page> | undefined} */
  let early = first;
  let round = 0; // answers to an earlier question are dropped
  /** @type {M.Page | undefined} */
  let page;
  /** @type {M.List | undefined} */
  let list;
  /** @type {M.Own[]} */
  let own = [];
  /** @type {M.Comment | undefined} */
  let linked; // the comment that the page's address names, when it is on none of the pages loaded
  const recent = new Set();
  const liked = new Set();
  const events = new AbortController();

  // Elements ---------------------------------------------------------------------------------------

  const heading = h("h2", { id: "heading" }, "\u00a0"); // no words before the site's own are known
  const orders = ORDERS.map((order) => {
    const button = plain("", () => {
      sort = order;
      press();
      load();
    });
    return { order, button };
  });
  const press = () => {
    for (const { order, button } of orders) button.setAttribute("aria-pressed", String(order === sort));
  };
  const sorts = h("div", { class: "sorts", role: "group", hidden: true }, ...orders.map(({ button }) => button));
  const status = h("div", { class: "status", role: "status" });
  const more = h("button", { class: "more", hidden: true, click: () => extend(page) });
  const foot = h("div", { class: "foot", hidden: true });
  const head = h("header", { class: "head" }, heading, sorts);
  const box = h("section", { class: "box", hidden: true, lang: texts.lang, "aria-labelledby": "heading" }, head, status, more, foot);
  // Hidden until styled; shown plain if the stylesheet fails, for the words matter more.
  const appear = () => {
    box.hidden = false;
    follow();
  };
  root.textContent = "";
  root.append(h("link", { rel: "stylesheet", href, load: appear, error: appear }), box);
  press();

  // Loading ----------------------------------------------------------------------------------------

  /** Stand in for the list. */
  function say(words = "", canRetry = false) {
    if (!page) heading.textContent = t("heading", { n: "…" });
    status.textContent = words;
    if (canRetry) status.append(plain(t("retry"), () => load()));
  }

  async function load(isFresh = false) {
    const mine = ++round;
    // A short wait is not worth a word.
    const slow = setTimeout(() => page || say(t("loading")), 300);
    const isKnown = memory.get("author") || portalToken;
    const asking = isKnown ? ask("own-comments", { query: { thread }, isMine: true }).catch(() => null) : null;
    try {
      const limit = page && Math.min(100, Math.max(20, page.comments.length + 1));
      const asked = early || ask("comments", { query: { thread, sort, limit }, isFresh });
      early = undefined;
      const fresh = await asked;
      const told = await asking;
      if (mine !== round) return;
      for (const each of fresh.comments) unfold(each);
      page = fresh;
      if (told) {
        // What was posted a moment ago may not be told yet.
        own = [...told.comments, ...own.filter(({ id }) => recent.has(id) && told.comments.every((/** @type {M.Own} */ each) => each.id !== id))];
        for (const id of told.liked || []) liked.add(id);
      }
      const isFirst = !list;
      render();
      if (isFirst) follow();
    } catch {
      // After posting, the old list with the new comment in it is good enough.
      if (mine === round && !isFresh) say(t("unloaded"), true);
    } finally {
      clearTimeout(slow);
    }
  }

  /** Replies that the reader unfolded stay so. @param {M.Comment} root */
  function unfold(root) {
    const old = page && page.comments.find(({ id }) => id === root.id);
    const { replies = [] } = root;
    if (!old || !old.replies || !root.next_reply_cursor || old.replies.length <= replies.length) return;
    root.replies = [...replies, ...old.replies.slice(replies.length)];
    root.next_reply_cursor = old.next_reply_cursor;
  }

  /** Make what stands for good, once the site's own words are known. @param {M.Page} page */
  function make({ thread: { is_open }, form: rules }) {
    texts.say(rules.texts);
    sorts.setAttribute("aria-label", t("sort"));
    for (const { order, button } of orders) button.append(t(order));
    more.append(t("more"));
    const isOpen = is_open && rules.mode !== "closed" && (rules.sign_in !== "required" || !!portalToken);
    const address = locate(host.dataset);
    const context = { ask, texts, memory, rules, address, isOpen, posted, changed, liked, service, signedIn };
    list = makeList(context, extend);
    // Where the server wrote the comments into the page for readers without script, this takes their place.
    for (const old of document.querySelectorAll("[data-moderation-fragment]")) {
      if (/** @type {HTMLElement} */ (old).dataset.thread !== thread) continue;
      const typed = old.querySelector("textarea")?.value;
      if (typed) memory.set(`draft:${thread}:`, JSON.stringify([typed, ""]));
      old.remove();
    }
    status.before(isOpen ? makeWriting(context, null).element : h("p", { class: "closed" }, ...shut(is_open && rules.mode !== "closed")), list.element);
    foot.append(plain(t("export"), keepOwn), erasure());
  }

  /** Why nobody can write here. @param {boolean} isForGuests */
  function shut(isForGuests) {
    const { signIn } = host.dataset;
    if (!isForGuests) return [t("closed")];
    return [signIn && /^(https?:|\/)/.test(signIn) ? h("a", { href: signIn }, t("signIn")) : t("signIn")];
  }

  function render() {
    if (!page) return;
    if (!list) make(page);
    const there = linked && page.comments.every(({ id, replies = [] }) => [id, ...replies.map((each) => each.id)].every((each) => each !== linked?.id));
    const roots = weave(page.comments, own, recent, sort);
    list?.show(there && linked ? [{ ...linked, replies: [] }, ...roots] : roots);
    heading.textContent = t("heading", { n: page.thread.count });
    sorts.hidden = roots.length < 2;
    more.hidden = !page.next_cursor;
    foot.hidden = !own.length;
    say(roots.length || !page.thread.is_open ? "" : t("empty"));
  }

  /** Show the comment that the page's address names. */
  async function follow() {
    const [, id = ""] = /^#comment-([0-9a-f-]{36})$/.exec(location.hash) || [];
    if (!id || !list || box.hidden) return; // nothing that is hidden takes the focus
    if (!list.has(id)) {
      const found = await ask(`comments/${id}`).catch(() => null);
      if (!found || found.thread !== thread) return;
      linked = found.comment;
      render();
    }
    list.focus(id, true);
  }

  /** The next part of the thread, or of one comment's replies. @param {M.Page | M.Comment | undefined} shown */
  async function extend(shown) {
    if (!page || !shown) return;
    const root = "id" in shown && page.comments.find(({ id }) => id === shown.id);
    const known = (root ? root.replies : page.comments) || [];
    const cursor = (root ? root.next_reply_cursor : page.next_cursor) || "";
    const mine = round;
    try {
      const path = root ? `comments/${root.id}/replies` : "comments";
      const query = root ? { cursor } : { thread, sort, cursor };
      const { comments, next_cursor } = await ask(path, { query });
      const added = comments.filter((/** @type {M.Comment} */ { id }) => known.every((each) => each.id !== id));
      if (mine !== round || !list) return;
      known.push(...added);
      if (root) root.next_reply_cursor = next_cursor;
      else page.next_cursor = next_cursor;
      render();
      if (added[0]) list.focus(added[0].id);
    } catch {
      say(t("unloaded")); // the button that asked is still there
    }
  }

  /** @param {M.Own} comment */
  function posted(comment) {
    own.unshift(comment);
    recent.add(comment.id);
    render();
    // A reply's form has gone; its writer finds himself at what he wrote.
    if (comment.parent_id && list && comment.status !== "rejected") list.focus(comment.id);
    load(true);
  }

  /** Ask again after an edit; a comment that was withdrawn is gone at once. @param {string} [withdrawn] */
  function changed(withdrawn) {
    own = own.filter(({ id }) => id !== withdrawn);
    recent.delete(withdrawn);
    load(true);
  }

  // What is kept of the reader ---------------------------------------------------------------------

  async function keepOwn() {
    try {
      const everything = JSON.stringify(await ask("own-data", { isMine: true }), null, 1);
      const href = URL.createObjectURL(new Blob([everything], { type: "application/json" }));
      h("a", { href, download: `${site}.json` }).click();
    } catch {
      say(t("failed"));
    }
  }

  /** A button that asks once more before everything of the reader is gone. */
  function erasure() {
    const first = plain(t("erase"), () => first.replaceWith(sure));
    const sure = h("span", null, t("eraseHint"), " ", plain(t("eraseSure"), erase), plain(t("cancel"), () => sure.replaceWith(first)));
    return first;
  }

  async function erase() {
    try {
      await ask("own-data/erasure", { body: { confirm: true }, isMine: true });
      for (const name of ["author", "nickname"]) memory.set(name, "");
      own = [];
      recent.clear();
      liked.clear();
      await load(true);
      say(t("erased"));
    } catch {
      say(t("failed"));
    }
  }

  load();
  const ticking = setInterval(() => (list && list.tick(), own.length && render()), 60000);
  addEventListener("hashchange", follow, events);
  addEventListener("online", () => page || load(), events);
  return () => {
    round = -1;
    clearInterval(ticking);
    events.abort();
  };
};

/** Make the element known to the page. @param {URL} service */
export function define(service) {
  if (customElements.get("moderation-comments")) return;
  class Box extends HTMLElement {
    static observedAttributes = ["data-site", "data-thread", "data-lang", "data-portal-token"];
    turn = 0;
    stop = () => {};

    connectedCallback() {
      this.start();
    }

    attributeChangedCallback() {
      this.start();
    }

    disconnectedCallback() {
      this.turn++;
      this.stop();
    }

    /** Once for all attributes that change together, and never for one that is gone again. */
    async start() {
      const turn = ++this.turn;
      await null;
      if (turn !== this.turn) return;
      const root = this.shadowRoot || this.attachShadow({ mode: "open" });
      const begun = begin(this, root, service);
      const texts = await catalogue(this.dataset.lang || document.documentElement.lang, this.dataset, service);
      if (turn !== this.turn) return;
      this.stop();
      this.stop = show(this, root, texts, service, begun);
    }
  }
  customElements.define("moderation-comments", Box);
}
