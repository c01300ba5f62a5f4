// @ts-check
/* The desk by keyboard. Every key is named on the element that it presses: `data-key="KeyA"`, or two in a row,
 * `data-key="KeyG KeyQ"`; the server writes the account's own keys there, so no key is named in a script. Physical
 * keys (KeyboardEvent.code), so that every layout and input method finds them where they are. Silent while a field has
 * the focus, an input method composes or a dialog is open. Nothing here is needed to work: each element does the same
 * when pressed with the mouse, and without this script. */
"use strict";
(() => {
  const SECOND_KEY_MS = 1500; // how long the first of two keys waits for the second
  let first = "";
  let firstAt = 0;
  let isComposing = false;

  /** Whether what has the focus takes the keys itself.
   * @param {EventTarget | null} element */
  const isTyping = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), textarea, select"));

  /** The keys of an element: `data-key` may name several, with commas between them.
   * @param {HTMLElement} element */
  const keysOf = (element) => (element.dataset.key ?? "").split(", ");

  /** The element that a key presses; the page's own before the menu's. Cards that wait behind the one on the table have
   * the same keys, and keep still.
   * @param {(key: string) => boolean} isWanted
   * @returns {HTMLElement | undefined} */
  const find = (isWanted) => {
    const all = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-key]"))];
    const found = all.filter((element) => keysOf(element).some(isWanted) && !element.closest("[hidden], [inert]"));
    return found.find((element) => element.closest("main")) ?? found[0];
  };

  /** @param {string} key */
  const hasSecond = (key) => find((other) => other.startsWith(`${key} `)) !== undefined;

  /** The first key of the open menu whose second keys count, such as the reasons of a rejection. */
  const openMenu = () => {
    const summary = /** @type {HTMLElement | null} */ (document.querySelector(".menu[open] > summary[data-key]"));
    const key = summary ? keysOf(summary)[0] : "";
    return key && hasSecond(key) ? key : "";
  };

  /** @param {Element | null} but */
  const closeMenus = (but) => {
    for (const menu of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll(".menu[open]"))) {
      if (menu !== but) menu.open = false;
    }
  };

  /** @param {HTMLElement} element */
  const press = (element) => {
    const menu = element.closest("summary")?.parentElement;
    if (menu?.matches(".menu")) closeMenus(menu);
    element.click();
    const field = element.dataset.field && document.getElementById(element.dataset.field);
    if (field && !(menu instanceof HTMLDetailsElement && !menu.open)) field.focus();
  };

  /** A decision for a card that came this instant was meant for the one before it.
   * @param {HTMLElement} element */
  const isUnread = (element) =>
    "decides" in element.dataset && document.getElementById("table")?.hasAttribute("data-ready") === false;

  // These signs lie elsewhere on other layouts, and are full-width under a Chinese input method.
  const SIGNS = new Map(Object.entries({ "?": "Shift+Slash", "？": "Shift+Slash", "*": "Shift+Digit8", "＊": "Shift+Digit8", "/": "Slash" }));

  /** Name the key as `data-key` does; empty for what is none.
   * @param {KeyboardEvent} event */
  const nameOf = (event) => {
    const code = event.code.replace(/^Numpad(?=\d$)/, "Digit");
    const key = SIGNS.get(event.key) ?? (event.shiftKey ? `Shift+${code}` : code);
    return /^(Shift\+)?\w+$/.test(key) ? key : "";
  };

  const leave = () => {
    closeMenus(null);
    if (document.activeElement instanceof HTMLElement && isTyping(document.activeElement)) document.activeElement.blur();
  };

  // Some browsers send the key that ends a composition after its end, without saying so: it carries code 229.
  document.addEventListener("compositionstart", () => (isComposing = true));
  document.addEventListener("compositionend", () => (isComposing = false));
  document.addEventListener("focusin", () => (isComposing = false)); // a composition that lost its field sends no end

  document.addEventListener("keydown", (event) => {
    if (isComposing || event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.code === "Escape") return leave();
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)) return;
    const key = nameOf(event);
    if (!key) return;
    const before = openMenu() || (event.timeStamp - firstAt < SECOND_KEY_MS ? first : "");
    const element = (before && find((other) => other === `${before} ${key}`)) || find((other) => other === key);
    first = "";
    if (element) {
      event.preventDefault();
      if (!isUnread(element)) press(element);
    } else if (hasSecond(key)) {
      first = key;
      firstAt = event.timeStamp;
    }
  });

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    closeMenus(target?.closest(".menu") ?? null);
    const opener = target?.closest("[data-opens]");
    if (opener instanceof HTMLElement) {
      const dialog = document.getElementById(opener.dataset.opens ?? "");
      if (dialog instanceof HTMLDialogElement) dialog.showModal();
    }
    if (target?.matches("dialog")) target.closest("dialog")?.close(); // a click beside the dialog's content
  });

  // What only a script can do is shown when there is one.
  for (const element of document.querySelectorAll("[data-needs-script]")) element.removeAttribute("hidden");

  // On a phone the rows of pages run on beyond the edge: the page one is on is in sight.
  for (const here of document.querySelectorAll(".side [aria-current], .tabs [aria-current]")) {
    const row = here.closest(".side, .tabs");
    const [at, from] = [here.getBoundingClientRect(), row?.getBoundingClientRect()];
    if (row && from) row.scrollLeft += (at.left + at.right - from.left - from.right) / 2;
  }

  /** @param {boolean} isAway */
  const tell = (isAway) => {
    const line = document.getElementById("offline");
    if (line) line.hidden = !isAway;
  };
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => tell(true));
  document.addEventListener("htmx:afterOnLoad", () => tell(false));
})();
