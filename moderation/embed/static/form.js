/* What every form shares: fields with their faults, one line that says how it went, and a button that sends once. */

import { h, icon, plain } from "./dom.js";

let forms = 0;
const FIRST = "select, textarea, button";

/** @type {M.MakeField} */
export const makeField = ({ texts: { t } }, { control, name, label, most = 0, isHidden, isOptional }) => {
  const id = `${name}${++forms}`;
  const error = h("p", { class: "error", id: `${id}error` });
  const counter = control.localName === "textarea" && h("p", { class: "counter", id: `${id}counter` });
  const line = h("div", { class: "line" }, control);
  control.id = id;
  if (!isOptional) control.setAttribute("aria-required", "true");
  control.setAttribute("aria-describedby", counter ? `${error.id} ${counter.id}` : error.id);
  const element = h(
    "div",
    { class: `field ${name}` },
    h("label", { for: id, class: isHidden && "sr" }, label),
    line,
    counter,
    error,
  );
  /** Say what is wrong; nothing: all is well. */
  const fault = (words = "") => {
    error.textContent = words;
    if (words) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  };
  const used = () => [...control.value.trim()].length; // code points, as the service counts
  const tooLong = () => t("tooLong", { n: most, m: used() });
  const count = () => {
    if (!counter) return;
    counter.textContent = `${used()} / ${most}`;
    counter.classList.toggle("over", used() > most);
  };
  const check = () => fault(!used() && !isOptional ? t("missing") : most && used() > most ? tooLong() : "");
  control.addEventListener("input", () => (fault(), count()));
  count();
  return { control, element, line, fault, check, used, tooLong, count };
};

/** @type {M.MakeForm} */
export const makeForm = ({ texts }, { fields, content, verb, close, hint, send, deal, kind }) => {
  const { t, word } = texts;
  let isBusy = false;
  let isOver = false; // nothing can be sent any more: the thread closed meanwhile
  let countdown = 0;

  const button = h("button", { class: "send" }, verb);
  const notice = h("div", { class: "notice", role: "status" });
  const ends = h("div", { class: "ends" }, close && plain(t("cancel"), close), button);
  const element = h(
    "form",
    { class: `form ${kind || ""}`, novalidate: true, submit, input: wake },
    ...content(ends),
    notice,
    hint && h("p", { class: "hint" }, hint),
  );

  /** @type {M.Say} */
  function say(tone, ...told) {
    clearInterval(countdown);
    countdown = 0;
    notice.className = `notice ${tone}`;
    notice.textContent = "";
    if (tone) notice.append(icon(tone));
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
    const end = Date.now() + (seconds || 10) * 1000;
    const left = () => String(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
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

  /** Put the focus on the first fault, if there is one. */
  function hasFault() {
    const first = Object.values(fields).find(({ control }) => control.hasAttribute("aria-invalid"));
    if (!first) return false;
    say("bad", t("check"));
    first.control.focus();
    return true;
  }

  function wake() {
    // What was said of the last attempt goes when the reader answers it.
    if (!isBusy && !isOver && !countdown && !element.querySelector("[aria-invalid]")) say("");
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (isBusy || isOver || countdown) return;
    for (const field of Object.values(fields)) field.check();
    if (hasFault()) return;
    isBusy = true;
    say("", t("sending"));
    try {
      await send(); // says itself how it went
      isBusy = false;
      rest();
    } catch (error) {
      isBusy = false;
      rest();
      failed(/** @type {M.Problem} */ (error));
    }
  }

  /** @type {M.Form["failed"]} */
  function failed(problem) {
    const { slug, errors = [], seconds } = problem;
    if (slug === "too-many-requests") return tooFast(seconds);
    isOver = slug === "thread-closed";
    if (deal && deal(problem)) return;
    for (const { pointer = "", code } of errors) {
      const field = fields[pointer.slice(1)];
      if (field) field.fault(code === "too-long" ? field.tooLong() : t(code === "blank" ? "missing" : "invalid"));
    }
    if (hasFault()) return;
    const isOrphan = errors.some(({ pointer }) => pointer === "/parent_id");
    say("bad", word(isOrphan ? "comment-unknown" : slug, "failed"));
    if (!isOver) notice.append(h("button", { class: "plain" }, t("retry")));
  }

  return { element, say, failed, hasFault, focus: () => /** @type {HTMLElement} */ (element.querySelector(FIRST)).focus() };
};
