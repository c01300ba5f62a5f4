// @ts-check
/* What the table tells: notices, the line of the last decision, what a screen reader hears. Its words stand in the
 * page, in the account's language (desk_words.html). */
"use strict";
(() => {
  const words = document.getElementById("desk-words")?.dataset ?? {};
  const SHOWN_CHARS = 120;

  /** @param {string} id @returns {DocumentFragment} */
  const copyOf = (id) =>
    /** @type {DocumentFragment} */ (/** @type {HTMLTemplateElement} */ (document.getElementById(id)).content.cloneNode(true));

  const told = {
    /** A sentence with its values. @param {string} name @param {Record<string, string | number>} [values] */
    word: (name, values = {}) =>
      Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, String(value)), words[name] ?? ""),

    /** Let a screen reader say it. @param {string} text */
    say(text) {
      const live = document.getElementById("live");
      if (live) live.textContent = text;
    },

    /** Show one notice of a kind, or none. @param {string} kind @param {string} text */
    notice(kind, text, isBad = false) {
      const shown = document.getElementById(`notice-${kind}`);
      if (shown && shown.querySelector("span")?.textContent === text) return;
      shown?.remove();
      if (!text) return;
      const line = /** @type {HTMLElement} */ (copyOf("desk-notice").firstElementChild);
      line.id = `notice-${kind}`;
      line.classList.toggle("bad", isBad);
      /** @type {HTMLElement} */ (line.querySelector("span")).textContent = text;
      document.getElementById("notices")?.append(line);
    },

    /** @param {string} kind */
    offerSignIn(kind) {
      const line = document.querySelector(`#notice-${kind} span`);
      if (!line || line.nextElementSibling instanceof HTMLAnchorElement) return;
      const link = document.createElement("a");
      link.href = words.signInAddress ?? "";
      link.textContent = told.word("signIn");
      line.after(" ", link);
    },

    /** Write the line of the last decision.
     * @param {"just-now" | "undone"} when @param {string} label @param {{name: string, text: string}} item
     * @param {boolean} isUndoable whether there is one (more) to take back */
    last(when, label, item, isUndoable) {
      const line = copyOf("desk-last");
      const said = [told.word(when === "undone" ? "undone" : "justNow"), label, item.name, item.text.slice(0, SHOWN_CHARS)];
      line.querySelectorAll("p > *").forEach((part, index) => (part.textContent = said[index]));
      if (!isUndoable) line.querySelector("[data-undo]")?.remove();
      document.getElementById("last")?.replaceChildren(line);
    },

    /** The line as the service wrote it. @param {string} html */
    lastIs(html) {
      const line = document.getElementById("last");
      if (line) line.innerHTML = html; // our own fragment, escaped by its template
    },
  };
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("[data-dismisses]")) target.closest(".notice")?.remove();
  });
  Object.assign(globalThis, { told });
})();
