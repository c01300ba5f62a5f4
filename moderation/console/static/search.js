// @ts-check
/* Results by keyboard: the keys for next and previous walk the rows, Enter reviews the row or opens its thread. Without
 * this script Tab walks the links and buttons. */
"use strict";
(() => {
  const list = /** @type {HTMLElement | null} */ (document.querySelector(".found"));
  if (!list) return;
  const rows = /** @type {HTMLElement[]} */ ([...list.children]);

  /** @param {KeyboardEvent} event */
  const isTyping = (event) =>
    event.target instanceof HTMLElement && event.target.matches("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented || isTyping(event)) return;
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const code = event.shiftKey ? `Shift+${event.code}` : event.code;
    if (code === list.dataset.next || code === list.dataset.previous) {
      const to = code === list.dataset.next ? Math.min(here + 1, rows.length - 1) : Math.max(here - 1, 0);
      event.preventDefault();
      rows[to].focus();
      rows[to].scrollIntoView({ block: "nearest" });
    } else if (code === "Enter" && document.activeElement === rows[here]) {
      event.preventDefault();
      const opens = rows[here].querySelector(".row-action button") ?? rows[here].querySelector("a.where");
      if (opens instanceof HTMLElement) opens.click();
    }
  });
})();
