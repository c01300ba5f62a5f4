/* The list: comments with their replies, the reader's own waiting ones among them, and replying in place. */

import { arrange, h, icon } from "./dom.js";
import { makeForm } from "./form.js";

// Lay the reader's own comments among the public ones. Own published ones are added only when just posted (a cache
// may still hide them); a reply whose parent is not loaded waits for its page.
/** @type {M.Weave} */
export const weave = (comments, own, recent, isNewestFirst) => {
  const roots = comments.map((root) => ({ ...root, replies: [...(root.replies || [])] }));
  /** @type {Map<string | null, {root: typeof roots[0], nickname: string | null}>} */
  const places = new Map();
  for (const root of roots) for (const { id, nickname } of [root, ...root.replies]) places.set(id, { root, nickname });
  for (const mine of own) {
    if (places.has(mine.id) || (mine.status === "published" && !recent.has(mine.id))) continue;
    const place = places.get(mine.parent_id);
    if (place) place.root.replies.push({ ...mine, reply_to: { id: "", nickname: place.nickname } });
    else if (!mine.parent_id) roots.push({ ...mine, replies: [] });
  }
  /** @param {M.Comment} a @param {M.Comment} b */
  const byAge = (a, b) => Date.parse(a.created_at) - Date.parse(b.created_at);
  for (const root of roots) root.replies.sort(byAge);
  // Stable: comments of one second stay as the service ordered them.
  return roots.sort((a, b) => (isNewestFirst ? byAge(b, a) : byAge(a, b)));
};

/** @type {M.MakeList} */
export const makeList = (context, moreReplies) => {
  const { t, word, ago, exact } = context.texts;
  /** @type {Map<string, {li: HTMLLIElement, article: HTMLElement, replies: HTMLElement, print: string}>} */
  const views = new Map();
  const element = h("ol", { class: "list" });
  let closeReply = () => {};

  /** @param {M.Comment} comment @param {HTMLElement} button */
  function openReply(comment, button) {
    const isOpen = button.getAttribute("aria-expanded") === "true";
    closeReply();
    if (isOpen) return;
    const form = makeForm(context, comment, () => closeReply());
    closeReply = () => {
      closeReply = () => {};
      form.element.remove();
      button.setAttribute("aria-expanded", "false");
      button.focus();
    };
    button.setAttribute("aria-expanded", "true");
    /** @type {HTMLElement} */ (button.closest("article")).after(form.element);
    form.focus();
  }

  /** @param {M.Comment} comment @param {boolean} isReply */
  function article(comment, isReply) {
    const { created_at, link, reply_to, status, reason } = comment;
    if (comment.state === "removed") return h("article", { class: "gone" }, t("removed"));
    const nickname = comment.nickname || t("anonymous");
    const moment = new Date(created_at);
    // The service checks links too; another scheme would run code here.
    const isLink = /^https?:\/\//i.test(link || "");
    const state =
      (status === "pending" && h("span", { class: "state warn" }, icon("warn"), t("waiting"))) ||
      (status === "rejected" &&
        h("span", { class: "state bad" }, icon("bad"), t("refused", { reason: word(reason || "", "other") })));
    const label = t("replyTo", { name: nickname });
    const button = h("button", { class: "plain", "aria-expanded": "false", "aria-label": label }, t("reply"));
    button.addEventListener("click", () => openReply(comment, button));
    return h(
      "article",
      { tabindex: -1 },
      h(
        "p",
        { class: "meta" },
        isLink
          ? h("a", { class: "name", href: link, rel: "nofollow ugc noopener", target: "_blank" }, nickname)
          : h("span", { class: "name" }, nickname),
        isReply && reply_to && h("span", null, t("to", { name: reply_to.nickname || t("anonymous") })),
        h("time", { datetime: created_at, title: exact(moment) }, ago(moment)),
        state,
      ),
      h("p", { class: "words", dir: "auto" }, comment.text),
      context.isOpen && !state && button,
    );
  }

  /** @param {M.Comment} comment @param {boolean} isReply */
  function item(comment, isReply) {
    const print = JSON.stringify({ ...comment, replies: 0, reply_count: 0, next_reply_cursor: 0 });
    let view = views.get(comment.id);
    if (!view || view.print !== print) {
      const made = article(comment, isReply);
      const hadFocus = view && view.article.matches(":focus-within");
      if (view) view.article.replaceWith(made);
      if (hadFocus) made.focus();
      const replies = view ? view.replies : h("ol", { class: "replies" });
      view = { li: view ? view.li : h("li", null, made, replies), article: made, replies, print };
      views.set(comment.id, view);
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
    if (root.next_reply_cursor)
      place.after(h("button", { class: "plain", click: () => moreReplies(root) }, t("moreReplies", { n: left })));
  }

  return {
    element,
    show: (roots) => arrange(element, roots.map((root) => item(root, false))),
    focus(id) {
      const view = views.get(id);
      if (view) view.article.focus();
    },
    tick() {
      for (const time of element.querySelectorAll("time")) time.textContent = ago(new Date(time.dateTime));
    },
  };
};
