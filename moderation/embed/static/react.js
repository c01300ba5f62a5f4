/* What a reader can do with a comment that is there: like it, report it; with his own: change it, take it back. */

import { h, introduce, plain, secret } from "./dom.js";
import { makeField, makeForm } from "./form.js";

const REASONS = ["advertising", "contact", "gambling", "fraud", "insult", "privacy", "illegal", "off-topic", "other"];

/** @type {M.MakePanel} */
export const makeReport = (context, comment, close) => {
  const { ask, memory, texts } = context;
  const { t } = texts;
  const choice = h("select", null, h("option", { value: "" }, t("choose")), ...REASONS.map((value) => h("option", { value }, t(value))));
  const reason = makeField(context, { control: choice, name: "reason", label: t("reportReason") });
  const note = makeField(context, { control: h("textarea", { rows: 2 }), name: "note", label: t("reportNote"), most: 500, isOptional: true });
  const form = makeForm(context, {
    fields: { reason, note },
    content: (ends) => [reason.element, note.element, h("div", { class: "row" }, ends)],
    verb: t("sendReport"),
    close,
    kind: "panel",
    async send() {
      introduce(memory);
      const body = { reason: choice.value, note: note.control.value.trim() || undefined };
      const { receipt } = await ask(`comments/${comment.id}/reports`, { body, isMine: true });
      const link = h("a", { href: new URL(receipt.url, context.service).href, target: "_blank", rel: "noopener" }, receipt.code);
      const told = h("div", { class: "notice good", role: "status" }, h("p", null, t("reported"), " ", link));
      form.element.replaceWith(told);
    },
  });
  return form;
};

/** @type {M.MakePanel} */
export const makeEdit = (context, comment, close) => {
  const { ask, rules, texts, changed } = context;
  const { t, word } = texts;
  const mine = /** @type {M.Own} */ (comment.mine);
  let key = "";
  const text = h("textarea", { rows: 3, input: () => (key = "") });
  text.value = mine.text || "";
  const words = makeField(context, { control: text, name: "text", label: t("edit"), most: rules.max_text_chars, isHidden: true });
  const form = makeForm(context, {
    fields: { text: words },
    content: (ends) => [words.element, h("div", { class: "row" }, ends)],
    verb: t("save"),
    close,
    kind: "panel",
    hint: t("editHint"),
    async send() {
      key = key || secret();
      const body = { text: text.value.trim(), revision: mine.revision };
      const { status, reason } = await ask(`comments/${comment.id}/revisions`, { body, key, isMine: true });
      if (status === "rejected") form.say("bad", t(status, { reason: word(reason || "", "other") }));
      else close();
      changed();
    },
  });
  return form;
};

/** @type {M.MakePanel} */
export const makeWithdrawal = (context, comment, close) => {
  const { ask, texts, changed } = context;
  return makeForm(context, {
    fields: {},
    content: (ends) => [h("p", null, texts.t("withdrawHint")), h("div", { class: "row" }, ends)],
    verb: texts.t("withdraw"),
    close,
    kind: "panel",
    async send() {
      await ask(`comments/${comment.id}/withdrawal`, { body: {}, isMine: true });
      close();
      changed(comment.id);
    },
  });
};

/** A heart with its number; it turns at once, and back if the service will not have it. @type {M.MakeLike} */
export const makeLike = ({ ask, memory, texts: { t }, liked }, comment, content) => {
  let isBusy = false;
  const button = plain("", async () => {
    if (isBusy) return;
    isBusy = true;
    introduce(memory);
    const is_liked = !liked.has(comment.id);
    const before = comment.like_count || 0;
    show(is_liked, before + (is_liked ? 1 : -1));
    try {
      const told = await ask(`comments/${comment.id}/like`, { body: { is_liked }, isMine: true });
      show(told.is_liked, told.like_count);
    } catch {
      show(!is_liked, before);
    }
    isBusy = false;
  });
  /** @param {boolean} isLiked @param {number} count */
  function show(isLiked, count) {
    if (isLiked) liked.add(comment.id);
    else liked.delete(comment.id);
    comment.like_count = Math.max(0, count);
    button.replaceChildren(content(), count > 0 ? String(count) : t("like"));
    button.setAttribute("aria-pressed", String(isLiked));
    button.setAttribute("aria-label", `${t("like")} ${Math.max(0, count)}`);
  }
  show(liked.has(comment.id), comment.like_count || 0);
  button.classList.add("like");
  return button;
};
