/* Writing: the form for the thread or for one reply. It may fail in many ways and loses the reader's text in none. */

import { makeChallenge } from "./challenge.js";
import { h, introduce, secret } from "./dom.js";
import { makeField, makeForm } from "./form.js";

/** The name in a portal's token; what the token says is for the service to check. @param {string} token */
export function nameIn(token) {
  try {
    const [, claims] = token.split(".");
    const text = atob(claims.replace(/-/g, "+").replace(/_/g, "/"));
    return String(JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (each) => each.charCodeAt(0)))).name || "");
  } catch {
    return "";
  }
}

/** @type {M.MakeWriting} */
export const makeWriting = (context, parent, close) => {
  const { ask, memory, rules, texts, address, posted, signedIn } = context;
  const { t, word } = texts;
  const draft = `draft:${address.thread}:${parent ? parent.id : ""}`;
  let key = ""; // one Idempotency-Key until the comment is accepted or its words change

  const text = h("textarea", { rows: 3, placeholder: t("write"), input: write });
  const nickname = h("input", { autocomplete: "nickname", input: write });
  nickname.value = signedIn || memory.get("nickname");
  [text.value, key] = JSON.parse(memory.get(draft) || '["",""]');

  const words = makeField(context, {
    control: text,
    name: "text",
    label: parent ? t("replyTo", { name: parent.nickname || t("anonymous") }) : t("text"),
    most: rules.max_text_chars,
    isHidden: !parent,
  });
  const name = makeField(context, { control: nickname, name: "nickname", label: t("nickname"), most: rules.max_nickname_chars });
  const challenge = makeChallenge(context, () => form.element.matches(":focus-within"), (problem) => form.failed(problem));
  const who = signedIn ? h("p", { class: "hint field" }, t("signedIn", { name: signedIn })) : name.element;

  const form = makeForm(context, {
    fields: { text: words, nickname: name, challenge_answer: { ...challenge.field, check: () => {} } },
    content: (ends) => [words.element, h("div", { class: "row" }, who, challenge.element, ends)],
    verb: t(parent ? "sendReply" : "send"),
    close,
    hint: !parent && word(rules.mode, "") && t(rules.mode),
    send,
    deal,
  });
  for (const kind of ["focusin", "input"]) form.element.addEventListener(kind, () => words.used() && challenge.begin());

  function keep() {
    memory.set(draft, text.value && JSON.stringify([text.value, key]));
    if (!signedIn) memory.set("nickname", nickname.value);
  }

  function write() {
    key = "";
    keep();
  }

  async function send() {
    if (!(await challenge.ready())) return void form.hasFault();
    const solution = await challenge.solution();
    key = key || secret();
    keep();
    introduce(memory);
    const said = { text: text.value.trim(), nickname: nickname.value.trim(), parent_id: parent ? parent.id : null };
    const body = { ...address, ...said, parent_id: said.parent_id || undefined, ...solution };
    /** @type {M.Receipt} */
    const { comment_id, status, reason, created_at, receipt } = await ask("comments", { body, key, isMine: true });
    challenge.done();
    if (status === "rejected") {
      // The words stay, to be changed: unchanged they would only fetch the same receipt.
      form.say("bad", t(status, { reason: word(reason || "", "other") }));
    } else {
      text.value = "";
      write();
      words.count();
      form.say(status === "published" ? "good" : "warn", t(status));
      if (close) close();
    }
    posted({ ...said, id: comment_id, link: null, created_at, status, reason, receipt });
  }

  /** @param {M.Problem} problem */
  function deal({ slug, challenge: wanted }) {
    if (slug === "idempotency-key-reused") key = "";
    if (!/^challenge-/.test(slug)) return false;
    form.say("warn", word(wanted ? "challenge-harder" : slug, "failed"));
    challenge.again(wanted);
    return true;
  }

  return form;
};
