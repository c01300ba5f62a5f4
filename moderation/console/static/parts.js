// @ts-check
/* The parts of an item in the page: its card, its context, its slim row. Each stands in its own place, and all are
 * shown, hidden and taken away together. */
"use strict";
(() => {
  /** Make items of the cards that stand in the page or came from the service.
   * @param {ParentNode} from @returns {Item[]} */
  const itemsOf = (from) =>
    [.../** @type {NodeListOf<HTMLElement>} */ (from.querySelectorAll(".card[data-item]"))].map((card) => {
      const { item: id = "", revision = "", name = "" } = card.dataset;
      /** @param {string} kind @returns {HTMLElement | null} */
      const part = (kind) => from.querySelector(`.${kind}[data-item="${id}"]`);
      const text = card.querySelector(".text")?.textContent ?? "";
      return { id, revision, name, text, card, context: part("context"), row: part("slim-row") };
    });

  /** @param {CardSent} sent @returns {Item | undefined} */
  const unpack = (sent) => {
    const template = document.createElement("template");
    template.innerHTML = sent.html; // our own page's fragment: written by the template that wrote this page, escaped there
    return itemsOf(template.content)[0];
  };

  /** @param {Item} item @param {boolean} isShown */
  const setShown = (item, isShown) => {
    for (const part of [item.card, item.context]) {
      if (!part) continue;
      part.hidden = !isShown;
      part.inert = !isShown;
    }
  };

  /** @param {Item} item */
  const lay = (item) => {
    document.getElementById("cards")?.append(item.card);
    if (item.context) document.getElementById("contexts")?.append(item.context);
    setShown(item, false);
  };

  /** @param {Item} item */
  const clear = (item) => {
    item.card.remove();
    item.context?.remove();
    item.row?.remove();
  };

  Object.assign(globalThis, { parts: { itemsOf, unpack, setShown, lay, clear } });
})();
