/* The form, for the thread or for one reply. It may fail in many ways and loses the reader's text in none. */

import { h, icon, secret } from "./dom.js";

let forms = 0;

/** @type {M.MakeForm} */
export const makeForm = ({ api, memory, rules, texts, address, posted }, parent, close) => {
  const { t, word } = texts;
  const id = `form${++forms}`;
  const draft = `draft:${address.thread}:${parent ? parent.id : ""}`;
  const verb = t(parent ? "sendReply" : "send");

  let key = ""; // one Idempotency-Key until the comment is accepted or its words change
  let isBusy = false;
  let isOver = false; // the thread closed meanwhile
  let countdown = 0;
  let expiry = 0;
  let wantsChallenge = rules.challenge !== "off";
  /** @type {M.Challenge | null} */
  let challenge = null;
  /** @type {Promise<void> | null} */
  let fetching = null;

  // Elements ---------------------------------------------------------------------------------------

  const text = h("textarea", { rows: 3, placeholder: t("write"), input: write });
  const nickname = h("input", { autocomplete: "nickname", input: write });
  const answer = h("input", { autocomplete: "off", autocapitalize: "off", spellcheck: "false", placeholder: t("answer") });
  const counter = h("p", { class: "counter", id: `${id}counter` });
  const image = h("img", { alt: t("captchaImage"), width: 160, height: 60, error: lost });
  const another = h("button", { type: "button", class: "square", "aria-label": t("another"), click: change }, icon("again"));
  const button = h("button", { class: "send" }, verb);
  const notice = h("div", { class: "notice", role: "status" });

  /** @param {HTMLInputElement | HTMLTextAreaElement} control @param {string} name @param {string} label @param {number} most */
  function field(control, name, label, most) {
    const error = h("p", { class: "error", id: `${id}${name}error` });
    const line = h("div", { class: "line" }, control);
    control.id = id + name;
    control.setAttribute("aria-required", "true");
    control.setAttribute("aria-describedby", control === text ? `${error.id} ${counter.id}` : error.id);
    const element = h("div", { class: `field ${name}` }, h("label", { for: control.id, class: control === text && !parent && "sr" }, label), line, error);
    /** Say what is wrong; nothing: all is well. */
    const fault = (words = "") => {
      error.textContent = words;
      if (words) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    };
    control.addEventListener("input", () => fault());
    const used = () => [...control.value.trim()].length; // code points, as the service counts
    const tooLong = () => t("tooLong", { n: most, m: used() });
    const check = () => fault(!used() ? t("missing") : used() > most ? tooLong() : "");
    return { control, element, line, fault, check, used, tooLong };
  }
  const words = field(text, "text", parent ? t("replyTo", { name: parent.nickname || t("anonymous") }) : t("text"), rules.max_text_chars);
  const name = field(nickname, "nickname", t("nickname"), rules.max_nickname_chars);
  const proof = field(answer, "answer", t("captcha"), 32);
  /** @type {Record<string, typeof words>} */
  const fields = { text: words, nickname: name, challenge_answer: proof };
  words.line.after(counter);
  proof.line.prepend(image, another);
  proof.element.hidden = true;

  const cancel = close && h("button", { type: "button", class: "plain", click: close }, t("cancel"));
  const ends = h("div", { class: "ends" }, cancel, button);
  const hint = !parent && word(rules.mode, "") && h("p", { class: "hint" }, t(rules.mode));
  const element = h(
    "form",
    { class: "form", novalidate: true, submit, input: wake, focusin: begin },
    words.element,
    h("div", { class: "row" }, name.element, proof.element, ends),
    notice,
    hint,
  );

  // What is said -----------------------------------------------------------------------------------

  /** @param {"" | "good" | "warn" | "bad"} kind @param {...(string | Node)} told */
  function say(kind, ...told) {
    clearInterval(countdown);
    countdown = 0;
    notice.className = `notice ${kind}`;
    notice.textContent = "";
    if (kind) notice.append(icon(kind));
    if (told.length) notice.append(h("p", null, ...told));
    rest();
  }

  function rest() {
    button.textContent = isBusy ? t("sending") : verb;
    // Not `disabled`: that would throw the keyboard's focus away.
    button.setAttribute("aria-disabled", String(isBusy || isOver || countdown > 0));
  }

  /** @param {number} seconds */
  function tooFast(seconds) {
    const ends = Date.now() + (seconds || 10) * 1000;
    const left = () => String(Math.max(0, Math.ceil((ends - Date.now()) / 1000)));
    // The sentence is announced once, its running number is not.
    const number = h("span", { role: "timer", "aria-live": "off" }, left());
    const [before, after] = t("too-many-requests", { n: "\n" }).split("\n");
    say("warn", before, number, after);
    countdown = window.setInterval(() => {
      number.textContent = left();
      if (left() === "0") say("good", t("again"));
    }, 250);
    rest();
  }

  function count() {
    counter.textContent = `${words.used()} / ${rules.max_text_chars}`;
    counter.classList.toggle("over", words.used() > rules.max_text_chars);
  }

  /** Put the focus on the first fault, if there is one. */
  function hasFault() {
    const first = Object.values(fields).find(({ control }) => control.hasAttribute("aria-invalid"));
    if (!first) return false;
    say("bad", t("check"));
    first.control.focus();
    return true;
  }

  // Writing ----------------------------------------------------------------------------------------

  function keep() {
    memory.set(draft, text.value && JSON.stringify([text.value, key]));
    memory.set("nickname", nickname.value);
  }

  function write() {
    key = "";
    count();
    keep();
  }

  // The captcha, fetched when the reader starts to write -------------------------------------------

  function forget() {
    clearTimeout(expiry);
    challenge = null;
    answer.value = "";
  }

  function lost() {
    proof.fault(t("challengeLost"));
  }

  async function draw() {
    forget();
    proof.element.hidden = false;
    try {
      challenge = await api.challenge();
      image.width = challenge.width;
      image.height = challenge.height;
      image.src = challenge.image_url;
      expiry = window.setTimeout(expire, (challenge.expires_in_seconds - 3) * 1000);
    } catch (error) {
      const { slug, seconds } = /** @type {M.Problem} */ (error);
      if (slug === "challenge-not-needed") proof.element.hidden = !(wantsChallenge = false);
      else if (slug === "too-many-requests") tooFast(seconds);
      else lost();
    }
    fetching = null;
  }

  /** Several callers at once share one image. */
  function renew() {
    return (fetching = fetching || draw());
  }

  function change() {
    proof.fault();
    renew();
    answer.focus();
  }

  function expire() {
    const wasTyping = answer.value;
    forget();
    // Away from the form nothing is fetched; the next touch of it does.
    if (!element.matches(":focus-within")) return;
    renew();
    if (wasTyping) proof.fault(t("challenge-expired"));
  }

  function begin() {
    if (wantsChallenge && !challenge && !isBusy && !isOver && words.used()) renew();
  }

  function wake() {
    // What was said of the last attempt goes when the reader answers it.
    if (!isBusy && !isOver && !countdown && !element.querySelector("[aria-invalid]")) say("");
    begin();
  }

  // Sending ----------------------------------------------------------------------------------------

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (isBusy || isOver || countdown) return;
    words.check();
    name.check();
    if (wantsChallenge && words.used()) {
      if (!challenge) await renew();
      if (wantsChallenge && challenge) proof.check();
    }
    if (isBusy || countdown || hasFault()) return;
    isBusy = true;
    say("", t("sending"));
    key = key || secret();
    keep();
    const token = memory.get("author") || `mod_author_${secret()}`;
    memory.set("author", token);
    const said = { text: text.value.trim(), nickname: nickname.value.trim(), parent_id: parent ? parent.id : null };
    const solved = challenge && { challenge_id: challenge.id, challenge_answer: answer.value.trim() };
    const body = { ...address, ...said, parent_id: said.parent_id || undefined, ...solved };
    let receipt;
    try {
      receipt = await api.post(body, key, token);
    } catch (error) {
      isBusy = false;
      return failed(/** @type {M.Problem} */ (error));
    }
    isBusy = false;
    accepted(receipt, said);
  }

  /** @param {M.Receipt} receipt @param {{text: string, nickname: string, parent_id: string | null}} said */
  function accepted({ comment_id, status, reason, created_at }, said) {
    forget();
    proof.element.hidden = true;
    if (status === "rejected") {
      // The words stay, to be changed: unchanged they would only fetch the same receipt.
      say("bad", t(status, { reason: word(reason || "", "other") }));
    } else {
      text.value = "";
      write();
      say(status === "published" ? "good" : "warn", t(status));
      if (close) close();
    }
    posted({ ...said, id: comment_id, link: null, created_at, status, reason });
  }

  /** @param {M.Problem} problem */
  function failed({ slug, errors = [], seconds }) {
    if (slug === "too-many-requests") return tooFast(seconds);
    if (slug === "idempotency-key-reused") key = "";
    isOver = slug === "thread-closed";
    if (/^challenge-/.test(slug)) {
      wantsChallenge = true;
      renew();
      say("warn", word(slug, "failed"));
      return answer.focus();
    }
    for (const { pointer = "", code } of errors) {
      const field = fields[pointer.slice(1)];
      if (field) field.fault(code === "too-long" ? field.tooLong() : t(code === "blank" ? "missing" : "invalid"));
    }
    if (hasFault()) return;
    const isOrphan = errors.some(({ pointer }) => pointer === "/parent_id");
    say("bad", word(isOrphan ? "comment-unknown" : slug, "failed"));
    if (!isOver) notice.append(h("button", { class: "plain" }, t("retry")));
  }

  // Start ------------------------------------------------------------------------------------------

  nickname.value = memory.get("nickname");
  [text.value, key] = JSON.parse(memory.get(draft) || '["",""]');
  count();
  return { element, focus: () => text.focus() };
};
