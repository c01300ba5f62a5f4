/* The list: comments with their replies, the reader's own waiting ones among them, and what one can do with each. */

import { arrange, h, icon, plain } from "./dom.js";
import { makeEdit, makeLike, makeReport, makeWithdrawal } from "./react.js";
import { makeWriting } from "./write.js";

// Lay the reader's own comments among the public ones. Own published ones are added only when just posted (a cache
// may still hide them); a reply whose parent is not loaded waits for its page.
/** @type {M.Weave} */
export const weave = (comments, own, recent, sort) => {
  const roots = comments.map((root) => ({ ...root, replies: (root.replies || []).map((reply) => ({ ...reply })) }));
  /** @type {Map<string | null, {root: typeof roots[0], comment: M.Comment}>} */
  const places = new Map();
  for (const root of roots) for (const comment of [root, ...root.replies]) places.set(comment.id, { root, comment });
  for (const { comment } of places.values()) {
    // Whom a reply answers is told by its words too, where he stands on the page.
    const parent = comment.reply_to && places.get(comment.reply_to.id);
    if (parent) comment.quote = parent.comment.text;
  }
  for (const mine of own) {
    const there = places.get(mine.id);
    // A cache may hold the text that the author has changed since.
    if (there) there.comment.mine = mine;
    if (there && (mine.revision || 1) > 1 && there.comment.text !== null) there.comment.text = mine.text;
    if (there || mine.status === "withdrawn" || (mine.status === "published" && !recent.has(mine.id))) continue;
    const place = places.get(mine.parent_id);
    if (place && place.comment === place.root) place.root.replies.push({ ...mine, mine });
    else if (place) place.root.replies.push({ ...mine, mine, reply_to: place.comment, quote: place.comment.text });
    else if (!mine.parent_id) roots.push({ ...mine, mine, replies: [] });
  }
  /** @param {M.Comment} a @param {M.Comment} b */
  const byAge = (a, b) => Date.parse(a.created_at) - Date.parse(b.created_at);
  for (const root of roots) root.replies.sort(byAge);
  // Stable: comments of one second stay as the service ordered them. The most liked stay so, with one's own on top.
  if (sort === "popular") return roots.sort((a, b) => Number(!!b.status) - Number(!!a.status));
  return roots.sort((a, b) => (sort === "newest" ? byAge(b, a) : byAge(a, b)));
};

/** @type {M.MakeList} */
export const makeList = (context, moreReplies) => {
  const { t, word, ago, exact } = context.texts;
  /** @type {Map<string, {li: HTMLLIElement, article: HTMLElement, replies: HTMLElement, print: string}>} */
  const views = new Map();
  const element = h("ol", { class: "list" });
  let closePanel = () => {};

  /** Open a form below a comment, instead of the one that is open. The same button closes it. */
  /** @param {M.MakePanel} make @param {M.Comment} comment @param {string} name */
  function toggle(make, comment, name) {
    const buttonNow = () => views.get(comment.id)?.article.querySelector(`[data-does=${name}]`);
    const wasOpen = buttonNow()?.getAttribute("aria-expanded") === "true";
    closePanel();
    if (wasOpen) return;
    const panel = make(context, comment, () => closePanel());
    const place = h("div", { class: "open" }, panel.element);
    closePanel = () => {
      closePanel = () => {};
      place.remove();
      const button = /** @type {HTMLElement | null | undefined} */ (buttonNow());
      if (button) button.setAttribute("aria-expanded", "false");
      if (button) button.focus();
    };
    buttonNow()?.setAttribute("aria-expanded", "true");
    views.get(comment.id)?.article.after(place);
    panel.focus();
  }

  /** @param {string} name @param {M.Child} words @param {M.MakePanel} make @param {M.Comment} comment @param {string} [label] */
  const opener = (name, words, make, comment, label) =>
    plain(words, () => toggle(make, comment, name), { "data-does": name, "aria-expanded": "false", "aria-label": label });

  /** What is said of one's own. @param {M.Own} mine */
  function state({ status, reason }) {
    if (status === "pending") return h("span", { class: "state warn" }, icon("warn"), t("waiting"));
    if (status !== "rejected") return h("span", null, t("yours"));
    return h("span", { class: "state bad" }, icon("bad"), t("refused", { reason: word(reason || "", "other") }));
  }

  /** What its author can do. @param {M.Comment} comment @param {M.Own} mine */
  function rights(comment, mine) {
    const left = Math.ceil((Date.parse(mine.editable_until || "") - Date.now()) / 60000);
    return [
      left > 0 && opener("edit", t("editLeft", { n: left }), makeEdit, comment),
      mine.may_withdraw && opener("withdraw", t("withdraw"), makeWithdrawal, comment),
      mine.receipt &&
        h(
          "a",
          { class: "plain", href: new URL(mine.receipt.url, context.service).href, target: "_blank", rel: "noopener" },
          t(mine.appeal === "possible" ? "appeal" : "status"),
        ),
    ];
  }

  /** @param {M.Comment} comment @param {boolean} isReply */
  function article(comment, isReply) {
    const { id, created_at, link, reply_to, mine, quote } = comment;
    if (comment.state === "removed") return h("article", { class: "gone" }, t("removed"));
    const nickname = comment.nickname || t("anonymous");
    const moment = new Date(created_at);
    const isPublic = !mine || mine.status === "published";
    // The service checks links too; another scheme would run code here.
    const isLink = /^https?:\/\//i.test(link || "");
    const time = h("time", { datetime: created_at, title: exact(moment) }, ago(moment));
    return h(
      "article",
      { tabindex: -1 },
      h(
        "p",
        { class: "meta" },
        isLink
          ? h("a", { class: "name", href: link, rel: "nofollow ugc noopener", target: "_blank" }, nickname)
          : h("span", { class: "name" }, nickname),
        comment.is_verified && h("span", { class: "badge", title: t("verified") }, icon("good"), h("span", { class: "sr" }, t("verified"))),
        isReply && reply_to && h("span", null, t("to", { name: reply_to.nickname || t("anonymous") })),
        isPublic ? h("a", { class: "when", href: `${location.href.split("#")[0]}#comment-${id}` }, time) : time,
        comment.edited_at && h("span", null, t("edited")),
        mine && state(mine),
      ),
      isReply && quote && h("blockquote", { dir: "auto" }, quote),
      h("p", { class: "words", dir: "auto" }, comment.text),
      h(
        "div",
        { class: "acts" },
        isPublic && makeLike(context, comment, () => icon("like")),
        isPublic && context.isOpen && opener("reply", t("reply"), makeWriting, comment, t("replyTo", { name: nickname })),
        ...(mine ? rights(comment, mine) : []),
        !mine && opener("report", t("report"), makeReport, comment, t("reportOf", { name: nickname })),
      ),
    );
  }

  /** @param {M.Comment} comment @param {boolean} isReply */
  function item(comment, isReply) {
    const print = JSON.stringify({ ...comment, replies: 0, reply_count: 0, next_reply_cursor: 0, left: Math.floor(Date.now() / 6e4) * Number(!!comment.mine) });
    let view = views.get(comment.id);
    if (!view || view.print !== print) {
      const made = article(comment, isReply);
      const focused = view && /** @type {HTMLElement | null} */ (view.article.querySelector(":focus") || (view.article.matches(":focus") && view.article));
      const does = focused && focused.dataset.does;
      if (view) view.article.replaceWith(made);
      const replies = view ? view.replies : h("ol", { class: "replies" });
      view = { li: view ? view.li : h("li", null, made, replies), article: made, replies, print };
      views.set(comment.id, view);
      const again = does && made.querySelector(`[data-does=${does}]`);
      if (focused) /** @type {HTMLElement} */ (again || made).focus();
    }
    if (!isReply) showReplies(comment, view.replies);
    return view.li;
  }

  /** @param {M.Comment} root @param {HTMLElement} place */
  function showReplies(root, place) {
    const replies = root.replies || [];
    const left = (root.reply_count || 0) - replies.filter(({ status }) => !status).length;
    arrange(place, replies.map((reply) => item(reply, true)));
    if (place.nextSibling) place.nextSibling.remove();
    if (root.next_reply_cursor) place.after(plain(t("moreReplies", { n: left }), () => moreReplies(root)));
  }

  return {
    element,
    show: (roots) => arrange(element, roots.map((root) => item(root, false))),
    has: (id) => views.has(id),
    focus(id, isLinked) {
      const view = views.get(id);
      if (!view) return;
      if (isLinked) view.article.classList.add("linked");
      view.article.focus({ preventScroll: isLinked });
      if (isLinked) view.article.scrollIntoView({ block: "center" });
    },
    tick() {
      for (const time of element.querySelectorAll("time")) time.textContent = ago(new Date(time.dateTime));
    },
  };
};
