/* <moderation-comments data-site data-thread>: heading, form and list of one thread, in a shadow root of its own. */

import { connect } from "./api.js";
import { h, remember } from "./dom.js";
import { makeForm } from "./form.js";
import { catalogue } from "./texts.js";
import { makeList, weave } from "./thread.js";

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

/** Fill the shadow root; the answer stops it. @param {HTMLElement} host @param {ShadowRoot} root @param {M.Texts} texts */
function show(host, root, texts) {
  const { site = "", thread = "" } = host.dataset;
  const { t } = texts;
  const api = connect(new URL("../../", import.meta.url), site);
  const memory = remember(site);
  let sort = host.dataset.sort === "oldest" ? "oldest" : "newest";
  let round = 0; // answers to an earlier question are dropped
  /** @type {M.Page | undefined} */
  let page;
  /** @type {M.List | undefined} */
  let list;
  /** @type {M.Comment[]} */
  let own = [];
  const recent = new Set();

  // Elements ---------------------------------------------------------------------------------------

  const heading = h("h2", { id: "heading" }, "\u00a0"); // no words before the site's own are known
  const orders = ["newest", "oldest"].map((order) => {
    const click = () => {
      sort = order;
      for (const each of orders) each.setAttribute("aria-pressed", String(each === button));
      load();
    };
    const button = h("button", { class: "plain", "aria-pressed": String(order === sort), click });
    return button;
  });
  const sorts = h("div", { class: "sorts", role: "group", hidden: true }, ...orders);
  const status = h("div", { class: "status", role: "status" });
  const more = h("button", { class: "more", hidden: true, click: () => extend(page) });
  const head = h("header", { class: "head" }, heading, sorts);
  const box = h("section", { class: "box", hidden: true, lang: texts.lang, "aria-labelledby": "heading" }, head, status, more);
  // Hidden until styled; shown plain if the stylesheet fails, for the words matter more.
  const appear = () => (box.hidden = false);
  const href = new URL("embed.css", import.meta.url).href;
  root.textContent = "";
  root.append(h("link", { rel: "stylesheet", href, load: appear, error: appear }), box);

  // Loading ----------------------------------------------------------------------------------------

  /** Stand in for the list. */
  function say(words = "", canRetry = false) {
    if (!page) heading.textContent = t("heading", { n: "…" });
    status.textContent = words;
    if (canRetry) status.append(h("button", { class: "plain", click: () => load() }, t("retry")));
  }

  async function load(isFresh = false) {
    const mine = ++round;
    // A short wait is not worth a word.
    const slow = setTimeout(() => page || say(t("loading")), 300);
    const token = memory.get("author");
    const asking = token ? api.own(thread, token).catch(() => []) : [];
    try {
      const limit = page && Math.min(100, Math.max(20, page.comments.length + 1));
      const fresh = await api.page({ thread, sort, limit }, isFresh);
      const told = await asking;
      if (mine !== round) return;
      for (const root of fresh.comments) unfold(root);
      page = fresh;
      own = [...told, ...own.filter(({ id }) => told.every((each) => each.id !== id))];
      render();
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

  function render() {
    if (!page) return;
    const isOpen = page.thread.is_open && page.form.mode !== "closed";
    if (!list) {
      texts.say(page.form.texts);
      sorts.setAttribute("aria-label", t("sort"));
      orders.forEach((button, index) => button.append(t(index ? "oldest" : "newest")));
      more.append(t("more"));
      const context = { api, texts, memory, rules: page.form, address: locate(host.dataset), isOpen, posted };
      list = makeList(context, extend);
      status.before(isOpen ? makeForm(context, null).element : h("p", { class: "closed" }, t("closed")), list.element);
    }
    const roots = weave(page.comments, own, recent, sort === "newest");
    list.show(roots);
    heading.textContent = t("heading", { n: page.thread.count });
    sorts.hidden = roots.length < 2;
    more.hidden = !page.next_cursor;
    say(roots.length || !isOpen ? "" : t("empty"));
  }

  /** The next part of the thread, or of one comment's replies. @param {M.Page | M.Comment | undefined} shown */
  async function extend(shown) {
    if (!page || !shown) return;
    const root = "id" in shown && page.comments.find(({ id }) => id === shown.id);
    const known = (root ? root.replies : page.comments) || [];
    const cursor = (root ? root.next_reply_cursor : page.next_cursor) || "";
    const mine = round;
    try {
      const { comments, next_cursor } = await (root ? api.replies(root.id, cursor) : api.page({ thread, sort, cursor }));
      const added = comments.filter(({ id }) => known.every((each) => each.id !== id));
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

  /** @param {M.Comment} comment */
  function posted(comment) {
    own.unshift(comment);
    recent.add(comment.id);
    render();
    // A reply's form has gone; its writer finds himself at what he wrote.
    if (comment.parent_id && list && comment.status !== "rejected") list.focus(comment.id);
    load(true);
  }

  load();
  const ticking = setInterval(() => list && list.tick(), 60000);
  return () => {
    round = -1;
    clearInterval(ticking);
  };
}

class Box extends HTMLElement {
  static observedAttributes = ["data-site", "data-thread", "data-lang"];
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
    const texts = await catalogue(this.dataset.lang || document.documentElement.lang, this.dataset);
    if (turn !== this.turn) return;
    this.stop();
    this.stop = show(this, this.shadowRoot || this.attachShadow({ mode: "open" }), texts);
  }
}

if (!customElements.get("moderation-comments")) customElements.define("moderation-comments", Box);
