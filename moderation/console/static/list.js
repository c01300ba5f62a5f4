// @ts-check
/* A list by keyboard: walk, select, extend, all similar ones; and what is decided together, a hundred at a time with a
 * line that shows how far it is. Without this script the same form decides and a page says what came of it. */
"use strict";
(() => {
  const list = document.getElementById("rows");
  const form = document.getElementById("bulk");
  const outcome = document.getElementById("outcome");
  const picked = document.getElementById("picked");
  if (!list || !(form instanceof HTMLFormElement) || !outcome || !picked) return;
  let at = -1;

  const rows = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("li[data-item]")]);
  /** @param {HTMLElement} row */
  const box = (row) => /** @type {HTMLInputElement | null} */ (row.querySelector(".pick input:not(:disabled)"));
  const here = () => rows()[at] ?? rows()[0];

  /** @param {string} name @param {number} number */
  const word = (name, number) => (outcome.dataset[name] ?? "").replace("{number}", String(number));

  const count = () => {
    const number = list.querySelectorAll(".pick :checked").length;
    picked.textContent = (picked.dataset.picked ?? "").replace("{number}", String(number));
  };

  /** @param {HTMLElement} row @param {boolean} [isPicked] */
  const pick = (row, isPicked) => {
    const input = box(row);
    if (input) input.checked = isPicked ?? !input.checked;
  };

  /** @param {number} by @param {boolean} isExtending */
  const walk = (by, isExtending) => {
    const all = rows();
    if (isExtending && all[at]) pick(all[at], true);
    at = Math.min(Math.max(at + by, 0), all.length - 1);
    if (isExtending && all[at]) pick(all[at], true);
    all[at]?.focus();
    count();
  };

  const pickGroup = () => {
    const group = here()?.dataset.group;
    const alike = rows().filter((row) => row.dataset.group === group);
    const isPicked = !alike.every((row) => box(row)?.checked ?? true);
    alike.forEach((row) => pick(row, isPicked));
    count();
  };

  /** @param {string} path @param {URLSearchParams} body */
  const post = async (path, body) => {
    const response = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
    const told = await response.json();
    if (!response.ok) throw new Error(told.notice);
    return told;
  };

  /** @param {string} id @returns {HTMLElement} */
  const copyOf = (id) => {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
    return /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  };

  /** Decide until nothing is left; the batch's id makes every repetition harmless.
   * @param {string} path @param {URLSearchParams} fields @param {number} expected */
  const decide = async (path, fields, expected) => {
    const line = copyOf("progress");
    const progress = /** @type {HTMLProgressElement} */ (line.querySelector("progress"));
    progress.max = expected;
    outcome.replaceChildren(line);
    let number = 0;
    for (;;) {
      const told = await post(path, fields);
      number += told.decided.length;
      progress.value = number;
      for (const id of told.decided) list.querySelector(`[data-item="${id}"]`)?.remove();
      counts.show(told.counts);
      if (told.left && told.decided.length) continue;
      finish(fields.get("batch") ?? "", number, told.skipped + told.left);
      return;
    }
  };

  /** @param {string} batch @param {number} number @param {number} skipped */
  const finish = (batch, number, skipped) => {
    const line = copyOf("undo-all");
    const sentence = word("done", number) + (skipped ? ` ${word("skipped", skipped)}` : "");
    /** @type {HTMLElement} */ (line.querySelector("span")).textContent = sentence;
    line.querySelector("[data-undoes]")?.addEventListener("click", () => undo(batch));
    outcome.replaceChildren(line);
    count();
    at = Math.min(at, rows().length - 1);
    (rows()[at] ?? list).focus();
  };

  /** @param {string} batch */
  const undo = async (batch) => {
    try {
      const told = await post(`${courier.root}batches/${batch}/undo`, new URLSearchParams());
      outcome.textContent = word("undone", told.undone);
      location.reload(); // what waits again stands at its place in the queue, which only the service knows
    } catch (error) {
      fail(error);
    }
  };

  /** @param {unknown} error */
  const fail = (error) => {
    const line = document.createElement("p");
    line.className = "notice bad";
    line.textContent = error instanceof Error && !(error instanceof TypeError) && error.message ? error.message : (outcome.dataset.failed ?? "");
    outcome.replaceChildren(line);
  };

  document.addEventListener("submit", (event) => {
    const sent = /** @type {HTMLFormElement} */ (event.target);
    if (sent.id !== "bulk" && sent.id !== "whole") return;
    event.preventDefault();
    const fields = new URLSearchParams(/** @type {any} */ (new FormData(sent, event.submitter)));
    const number = sent.id === "whole" ? Number(sent.dataset.number) : fields.getAll("items").length;
    for (const menu of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll(".menu[open]"))) menu.open = false;
    if (!number) return pick(here() ?? list, true), count();
    // The same choice again, after a fault, goes on with the same batch.
    const batch = (sent.dataset.batch ??= courier.newId());
    fields.set("batch", batch);
    decide(sent.action, fields, number).then(() => delete sent.dataset.batch, fail);
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    if (button.dataset.walk) walk(Number(button.dataset.walk), "extends" in button.dataset);
    else if (button.dataset.picks === "group") pickGroup();
    else if (button.dataset.picks === "" && here()) {
      at = rows().indexOf(here());
      pick(here());
      count();
    }
  });
  list.addEventListener("change", count);
  list.addEventListener("focusin", (event) => {
    const row = event.target instanceof Element ? event.target.closest("li[data-item]") : null;
    if (row) at = rows().indexOf(/** @type {HTMLElement} */ (row));
  });
  count();
})();
