/* The table of keys: press a key in a field and it is chosen there; a key that two actions hold is marked at once.
 * Without this script each field is a list of keys, and the server tells what is wrong. */
"use strict";
(() => {
  /** @type {HTMLSelectElement[]} */
  const fields = [...document.querySelectorAll("select")].filter((field) => field.classList.contains("press"));

  /** Mark the fields whose key another one holds as well. */
  const mark = () => {
    for (const field of fields) {
      const isTaken = fields.some((other) => other !== field && other.value === field.value);
      field.classList.toggle("taken", isTaken);
    }
  };

  for (const field of fields) {
    field.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      const key = event.shiftKey ? `Shift+${event.code}` : event.code;
      // Arrows, Enter, Space and Tab walk through the list and the page; whoever wants an arrow chooses it there.
      if (/^(Shift\+)?(Arrow|Enter|Space|Tab|Escape|Home|End|Page)/.test(key)) return;
      if (![...field.options].some((option) => option.value === key)) return;
      event.preventDefault();
      field.value = key;
      mark();
    });
    field.addEventListener("change", mark);
  }
  mark();
})();
