// @ts-check
/* The cards on the table. The page holds the card that is read and the next ones, claimed and whole, so that a
 * decision shows the next card in the same frame; the courier carries the decision. Without this script the same
 * forms do the same, one page at a time. */
"use strict";
(() => {
  /* A decision so soon after a card came was meant for the one before it. Nobody sees a text and answers in under
   * about 200 ms, while the second stroke of a double press follows within 150; what is held down repeats and is
   * never taken (keys.js). So this costs no decision that anybody meant, and leaves room for several a second. */
  const UNREAD_MS = 150;
  const RENEW_MS = 60000;
  const MOST_BEHIND = 2; // cards moved past that stay claimed, so that going back is as quick
  const MOST_HISTORY = 50;
  const MOST_UNSENT = 8; // cards ahead and decisions unsent, together

  /** @typedef {{errand: string, act: string, item: Item, label: string, decision?: string, group: boolean}} Done */
  const table = document.getElementById("table");
  if (!table) return;
  const [cards, slim] = ["cards", "slim"].map((id) => /** @type {HTMLElement} */ (document.getElementById(id)));
  const queue = table.dataset.queue ?? "";
  const most = Number(table.dataset.most);
  const isWide = matchMedia("(min-width: 1101px)");

  /** @type {Item[]} */
  let items = [];
  let at = 0;
  /** @type {Done[]} */
  let history = [];
  let beyond = ""; // the item moved past last: more is claimed from there, not from the head again
  let none = "";
  let noneShown = ""; // what stands in the place of a card
  let isAsked = false; // the service has been asked for cards since the last change, and had what it answered
  let heardAt = table.dataset.at ?? "";
  let ready = 0;

  const { word, notice, say } = told;
  const { itemsOf, unpack, setShown, lay, clear } = parts;
  const left = () => word("left", { number: counts.left(queue) });
  const current = () => /** @type {Item | undefined} */ (items[at]);

  /** Show the card whose turn it is, and the next two as rows. */
  const show = () => {
    layOut();
    table.removeAttribute("data-ready");
    clearTimeout(ready);
    ready = setTimeout(() => table.setAttribute("data-ready", ""), UNREAD_MS);
    if (!isWide.matches) scrollTo(0, 0);
  };

  const layOut = () => {
    const item = current();
    for (const other of items) if (other !== item) setShown(other, false);
    if (item) {
      clearNone();
      if (!item.card.isConnected) lay(item);
      setShown(item, true);
      context.show(item.context);
    } else {
      showNone();
    }
    showRows();
    // The pressed button is gone: whoever walks by Tab or reads aloud goes on at the new comment.
    const reading = /** @type {HTMLElement | null | undefined} */ (item?.card.querySelector(".card-body"));
    if (!document.querySelector("dialog[open]")) reading?.focus({ preventScroll: true });
    reading?.scrollTo(0, 0);
  };

  const showRows = () => slim.replaceChildren(...items.slice(at + 1, at + 3).flatMap((next) => (next.row ? [next.row] : [])));

  const clearNone = () => {
    document.querySelector("#cards > :not([data-item])")?.remove();
    noneShown = "";
  };

  /** Nothing is on the table: either more is on its way, or there is no more. */
  const showNone = () => {
    const isWaiting = !isAsked || courier.unsent().length > 0;
    const html = isWaiting ? (document.getElementById("desk-loading")?.innerHTML ?? "") : none;
    if (html === noneShown) return; // its button may have the focus
    clearNone();
    noneShown = html;
    const template = document.createElement("template");
    template.innerHTML = html;
    cards.append(template.content);
  };

  /** @param {CardSent[]} sent */
  const take = (sent) => {
    const unsent = new Set(courier.unsent().map((errand) => errand.item));
    for (const one of sent) {
      if (unsent.has(one.id) || items.some((item) => item.id === one.id)) continue;
      const item = unpack(one);
      if (!item) continue;
      lay(item);
      items.push(item);
    }
  };

  /** @param {Answer} answer */
  const receive = (answer) => {
    if (answer.none) none = answer.none;
    isAsked = true;
    heardAt = answer.at;
    [...answer.lost, ...(answer.decided ?? [])].forEach(withdraw);
    const wasBare = !current(); // or is bare now, since others have what stood here
    take(answer.cards);
    counts.show(answer.counts);
    const today = document.getElementById("today");
    if (today) today.textContent = String(answer.today);
    if (wasBare && !current() && items.length) [at, beyond] = [0, ""]; // the end of the queue: back to what was passed
    if (wasBare) show();
    else showRows();
  };

  const fill = () => courier.ask("cards", () => ({ queue }), receive);

  /** Put a card on the table now, before the one that is there. @param {Item} item */
  const putBack = (item) => {
    items.splice(at, 0, item);
    lay(item);
    show();
  };

  /** Take the present card away and show the next. @returns {Item | undefined} */
  const takeAway = () => {
    const [item] = items.splice(at, 1);
    if (item) clear(item);
    isAsked = false;
    return item;
  };

  /** @param {HTMLFormElement} form @param {HTMLButtonElement} button */
  const decide = (form, button) => {
    const item = current();
    if (!item || !item.card.contains(form)) return;
    const fields = new FormData(form, button);
    const isHold = fields.has("hold");
    const isGroup = fields.has("group") && !isHold;
    takeAway();
    // The others of the group are decided with it: none of them must come up again meanwhile.
    if (isGroup) items.filter((other) => other.card.dataset.group === item.card.dataset.group).forEach((other) => withdraw(other.id));
    const errand = courier.add({
      act: isHold ? "hold" : "decide",
      item: item.id,
      queue,
      revision: item.revision,
      ruling: String(fields.get("ruling") ?? ""),
      note: String(fields.get("note") ?? "").trim(),
      group: isGroup,
    });
    const label = button.dataset.done ?? "";
    history = [...history, { errand: errand.id, act: errand.act, item, label, group: isGroup }].slice(-MOST_HISTORY);
    show();
    counts.write();
    told.last("just-now", label, item, true);
    say((button.dataset.said ?? "").replace("{left}", left()));
  };

  /** Take back the last decision, or the one that stood here when the page came.
   * @param {{decision?: string, batch?: string}} [given] what the line of the page itself names */
  const undo = (given) => {
    const done = given ? undefined : history.pop();
    if (!done) {
      if (given) courier.add({ act: "undo", item: "", queue, ...given });
      told.lastIs("");
      return;
    }
    const { item, errand } = done;
    if (courier.drop(errand)) {
      restore(item);
      if (done.group) fill();
    } else if (done.group) courier.add({ act: "undo", item: "", queue, batch: errand, of: errand });
    else {
      courier.add({ act: done.act === "hold" ? "claim" : "undo", item: item.id, queue, decision: done.decision, of: errand });
      restore(item);
    }
    told.last("undone", done.label, item, history.length > 0);
    say(word("saidUndone"));
    counts.write();
  };

  /** @param {Item} item */
  const restore = (item) => {
    const form = item.card.querySelector("form.decide");
    if (form instanceof HTMLFormElement) form.reset();
    putBack(item);
  };

  /** Go to the next or the previous card. @param {boolean} isForward */
  const move = (isForward) => {
    const item = current();
    if (isForward ? at + 1 < items.length : at > 0) {
      at += isForward ? 1 : -1;
      if (isForward && item) beyond = item.id;
      while (at > MOST_BEHIND) {
        clear(items[0]);
        items.shift();
        at -= 1;
      }
      show();
      if (items.length - at < most) fill();
      return;
    }
    const from = item?.id ?? beyond;
    courier.ask("cards", () => ({ queue, beyond: from, direction: isForward ? "next" : "previous", most: "1" }), (answer) => {
      const known = new Set(items.map((one) => one.id));
      const [found] = answer.cards.filter((one) => !known.has(one.id)).flatMap((one) => unpack(one) ?? []);
      if (found) {
        lay(found);
        items.splice(isForward ? at + 1 : at, 0, found);
        if (isForward && item) [beyond, at] = [item.id, at + 1];
      }
      receive({ ...answer, cards: [] });
      if (found) show();
    });
  };

  courier.held = () => {
    const unsent = courier.unsent().flatMap((errand) => (errand.item ? [errand.item] : []));
    const keep = [...new Set([...items.map((item) => item.id), ...unsent])];
    // Who decides faster than the service answers waits for it: else what is claimed and unsent would grow without end.
    const ahead = items.length - at;
    const room = Math.min(most - ahead, MOST_UNSENT - ahead - unsent.length);
    return { keep, most: String(Math.max(0, room)), beyond };
  };
  courier.changed = (unsent, trouble) => {
    table.dataset.unsent = String(unsent.length);
    const number = unsent.filter((errand) => errand.act !== "claim").length;
    const texts = { away: word(number ? "unsent" : "away", { number }), "signed-out": word("signedOut", { number }) };
    notice("unsent", texts[/** @type {"away"} */ (trouble)] ?? "", trouble === "signed-out");
    if (trouble === "signed-out") told.offerSignIn("unsent");
  };
  courier.answered = (errand, answer) => {
    for (const done of history) if (done.errand === errand.id) done.decision = answer.decision;
    const isBack = errand.act === "undo" || errand.act === "claim";
    const [back] = isBack ? answer.cards : [];
    receive({ ...answer, cards: answer.cards.filter((card) => card !== back) });
    if (back && !items.some((item) => item.id === back.id)) {
      const item = unpack(back);
      if (item) putBack(item);
    }
    if (isBack && !history.length) told.lastIs(answer.last ?? "");
    if (answer.undone) say(word("undoneAll", { number: answer.undone }));
    if (errand.group) tellGroup(errand, answer);
  };
  courier.progress = (errand, answer) => {
    counts.show(answer.counts);
    answer.decided?.forEach(withdraw);
    tellGroup(errand, answer);
  };
  courier.refused = (errand, refusal, answer) => {
    history = history.filter((done) => done.errand !== errand.id);
    if (errand.act === "undo" || errand.act === "claim") withdraw(errand.item);
    notice("refused", refusal.notice || word("refused"), true);
    if (answer?.cards[0]) courier.answered({ ...errand, act: "claim" }, answer);
    else fill();
  };
  courier.rename = (id, sent) => {
    const place = items.findIndex((item) => item.id === id);
    const fresh = place < 0 ? undefined : unpack(sent);
    if (!fresh) return;
    const old = items[place];
    lay(fresh);
    clear(old);
    items[place] = fresh;
    if (place === at) layOut(); // the same text: who reads it need not begin again
  };

  /** A card that could not be put back leaves the table again. @param {string} id */
  const withdraw = (id) => {
    const place = items.findIndex((item) => item.id === id);
    if (place < 0) return;
    clear(items[place]);
    items.splice(place, 1);
    if (place < at) at -= 1;
    else if (place === at) show();
  };

  /** @param {Errand} errand @param {Answer} answer */
  const tellGroup = (errand, answer) => {
    groups.set(errand.id, (groups.get(errand.id) ?? 0) + (answer.decided?.length ?? 0));
    const skipped = answer.skipped ? ` ${word("groupSkipped", { number: answer.skipped })}` : "";
    notice("group", word("group", { number: groups.get(errand.id) ?? 0 }) + skipped);
  };
  /** @type {Map<string, number>} */
  const groups = new Map();

  /** Block the author; the card stays. @param {HTMLFormElement} form @param {HTMLButtonElement} button */
  const block = async (form, button) => {
    for (const menu of /** @type {NodeListOf<HTMLDetailsElement>} */ (form.closest(".card")?.querySelectorAll(".menu[open]") ?? [])) menu.open = false;
    const sentence = await courier.post(form.action, new URLSearchParams(/** @type {any} */ (new FormData(form, button))));
    notice("block", sentence || (form.dataset.done ?? ""), Boolean(sentence));
    say(sentence || (form.dataset.done ?? ""));
  };

  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (!button || !table.contains(form)) return;
    if (form.matches(".decide")) decide(form, button);
    else if (form.matches(".move")) move(button.value === "next");
    else if (form.closest("[data-none]")) fill();
    else if (form.closest(".block")) block(form, button);
    else if (button.dataset.undo) undo({ ["batch" in button.dataset ? "batch" : "decision"]: button.dataset.undo });
    else return;
    event.preventDefault();
  });
  table.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("button[type=button][data-undo]")) undo();
  });

  counts.owed = (name) =>
    courier.unsent().filter((errand) => errand.queue === name && (errand.act === "decide" || errand.act === "hold")).length;

  counts.asked = () => {
    // More has come, or what others were reading is decided or given back: a lease that ends changes no number.
    if (!current() && (counts.left(queue) || !cards.querySelector("[data-empty]"))) fill();
  };

  setInterval(() => {
    if (items.length && document.visibilityState === "visible") courier.renew();
  }, RENEW_MS);
  let isInside = false;
  document.addEventListener("click", (event) => {
    isInside = Boolean(/** @type {Element} */ (event.target).closest('a[href^="/console/"]'));
  });
  addEventListener("pagehide", () => {
    // Whoever only looks something up finds his card again; what lies behind it goes back to the others at once.
    const unsent = new Set(courier.unsent().map((errand) => errand.item));
    const free = items.filter((item) => !unsent.has(item.id) && !(isInside && item === current()));
    if (free.length) courier.release(free.map((item) => item.id), heardAt);
  });

  const before = courier.unsent();
  const isOver = /** @param {Item} item */ (item) => before.some((errand) => errand.item === item.id);
  const here = itemsOf(table);
  here.filter(isOver).forEach(clear); // decided before the page was loaded again, and on its way
  items = here.filter((item) => !isOver(item));
  if (before.length) notice("before", word("sentAgain", { number: before.length }));
  show();
  fill();
})();
