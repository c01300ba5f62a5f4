/* The desk by keyboard. Every key is named on the element that it presses: `data-key="KeyA"`, or two in a row,
 * `data-key="KeyG KeyQ"`. Physical keys (KeyboardEvent.code), so that every layout and input method finds them where
 * they are. Silent while a field has the focus or an input method composes. Nothing here is needed to work: each
 * element does the same when pressed with the mouse, and without this script. */
"use strict";
(() => {
  const SECOND_KEY_MS = 1500; // how long `g` waits for its second key
  const UNREAD_MS = 200; // a decision so soon after a card came was meant for the one before it
  const WIDE = matchMedia("(min-width: 1101px)");
  let first = "";
  let firstAt = 0;
  let isContextWanted = true;
  let hadFocus = false;

  /** Whether what has the focus takes the keys itself. */
  const isTyping = (element) =>
    element instanceof HTMLElement &&
    (element.isContentEditable || element.matches("input, textarea, select"));

  const find = (keys) => document.querySelector(`[data-key="${keys}"]`);

  /** The open menu whose second keys count, such as the reasons after `r`. */
  const openMenu = () => {
    const summary = document.querySelector(".menu[open] > summary[data-key]");
    return summary && document.querySelector(`[data-key^="${summary.dataset.key} "]`) ? summary.dataset.key : "";
  };

  const closeMenus = (but) => {
    for (const menu of document.querySelectorAll(".menu[open]")) {
      if (menu !== but) menu.open = false;
    }
  };

  const press = (element) => {
    const menu = element.closest("summary")?.parentElement;
    if (menu?.matches(".menu")) closeMenus(menu);
    element.click();
    const field = element.dataset.field && document.getElementById(element.dataset.field);
    if (field && menu?.open) field.focus();
  };

  const isUnread = (element) =>
    "decides" in element.dataset && !document.getElementById("table")?.hasAttribute("data-ready");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (event.code === "Escape") {
      closeMenus(null);
      if (isTyping(document.activeElement)) document.activeElement.blur();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)) return;
    const code = event.code.replace(/^Numpad(?=\d$)/, "Digit");
    // The question mark lies elsewhere on other layouts, and is full-width under a Chinese input method.
    const key = /^[?？]$/.test(event.key) ? "Shift+Slash" : event.shiftKey ? `Shift+${code}` : code;
    if (!/^(Shift\+)?\w+$/.test(key)) return;
    const before = openMenu() || (event.timeStamp - firstAt < SECOND_KEY_MS ? first : "");
    const element = (before && find(`${before} ${key}`)) || find(key);
    first = "";
    if (element) {
      event.preventDefault();
      if (!isUnread(element)) press(element);
    } else if (document.querySelector(`[data-key^="${key} "]`)) {
      first = key;
      firstAt = event.timeStamp;
    }
  });

  document.addEventListener("click", (event) => {
    closeMenus(event.target instanceof Element ? event.target.closest(".menu") : null);
    const summary = event.target instanceof Element ? event.target.closest(".context summary") : null;
    if (summary) isContextWanted = !summary.parentElement.open;
  });

  /** Wide screens show the context at once (its thread loads when seen); on narrow ones it folds. */
  const lay = () => {
    const table = document.getElementById("table");
    const context = document.querySelector(".context > details");
    if (context) context.open = WIDE.matches && isContextWanted;
    setTimeout(() => table?.setAttribute("data-ready", ""), UNREAD_MS);
  };

  document.addEventListener("htmx:beforeSwap", () => {
    hadFocus = Boolean(document.getElementById("table")?.contains(document.activeElement));
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "table") return;
    lay();
    // The pressed button is gone: whoever walks by Tab or reads aloud goes on at the new comment.
    if (hadFocus) document.getElementById("reading")?.focus({ preventScroll: true });
    if (!WIDE.matches) scrollTo(0, 0);
  });

  const tell = (isAway) => {
    const line = document.getElementById("offline");
    if (line) line.hidden = !isAway;
  };
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => tell(true));
  document.addEventListener("htmx:afterOnLoad", () => tell(false));
  lay();
})();
