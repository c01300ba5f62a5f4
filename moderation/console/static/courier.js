// @ts-check
/* The courier: carries decisions to the service, one after the other, and brings back what it answers. What is not yet
 * answered lies in localStorage, so that neither a dropped network nor a reload loses it. Kept there are ids, the
 * ruling, its reason and the note; never the comment. Sending twice is harmless: the service knows a decision it has.
 */
"use strict";
(() => {
  const WAITS_MS = [1000, 2000, 4000, 8000, 15000, 30000];
  const TIMEOUT_MS = 15000;
  const MOST_FAULTS = 5; // a defect of the service must not hold up what comes after it
  const PREFIX = "moderation-desk:";
  const account = document.body.dataset.account ?? "";
  const place = PREFIX + account;
  /** @type {Errand[]} */
  let inMemory = []; // where storage is refused, a reload loses what is unsent, and nothing else changes
  /** @type {{path: string, fields: () => Record<string, string | string[]>, done: (answer: Answer) => void,
   *   failed?: (refusal: Refusal) => void}[]} */
  let questions = [];
  let isRunning = false;
  let tries = 0;
  let timer = 0;
  /** @type {"" | "away" | "signed-out"} */
  let trouble = "";

  /** @returns {Errand[]} */
  const load = () => {
    try {
      return JSON.parse(localStorage.getItem(place) ?? "[]");
    } catch {
      return inMemory;
    }
  };

  /** @param {Errand[]} errands */
  const save = (errands) => {
    inMemory = errands;
    try {
      if (errands.length) localStorage.setItem(place, JSON.stringify(errands));
      else localStorage.removeItem(place);
    } catch {
      /* kept in memory */
    }
  };

  /** Another account's unsent decisions are nobody's: only who made them may send them. */
  const forgetOthers = () => {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(PREFIX) && key !== place) localStorage.removeItem(key);
      }
    } catch {
      /* nothing is kept, then */
    }
  };

  /** @param {string} id @param {Partial<Errand>} change */
  const change = (id, change) => save(load().map((errand) => (errand.id === id ? { ...errand, ...change } : errand)));

  /** @param {string} id */
  const remove = (id) => save(load().filter((errand) => errand.id !== id));

  /** A random UUID; `crypto.randomUUID` is missing on plain http. */
  const newId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
  };

  /** @param {string} path @param {Record<string, string | string[] | undefined>} fields */
  const post = (path, fields) => {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== "") body.append(name, one);
    }
    return fetch(courier.root + path, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  };

  /** @param {Errand} errand @returns {[string, Record<string, string | undefined>]} */
  const asked = (errand) => {
    const { item, queue, revision, ruling, note } = errand;
    if (errand.act === "undo") {
      return errand.batch ? [`batches/${errand.batch}/undo`, { queue }] : [`decisions/${errand.decision}/undo`, { queue }];
    }
    if (errand.act !== "decide") return [`items/${item}/${errand.act}`, { queue, revision }];
    const group = errand.group ? { group: "1", batch: errand.id } : {};
    return [`items/${item}/decide`, { queue, revision, ruling, note, ...group }];
  };

  /** Try again later; what failed stays first in line.
   * @param {Response | null} response */
  const wait = (response) => {
    trouble = "away";
    const told = Number(response?.headers.get("Retry-After")) * 1000;
    const ms = told > 0 ? told : WAITS_MS[Math.min(tries, WAITS_MS.length - 1)];
    tries += 1;
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };

  /** Send one request. Returns what came of it, or null when it must wait.
   * @param {string} path @param {Record<string, string | string[] | undefined>} fields
   * @returns {Promise<{answer?: Answer, refusal?: Refusal, status: number} | null>} */
  const send = async (path, fields) => {
    /** @type {Response | null} */
    let response = null;
    try {
      if (!navigator.onLine) throw new TypeError("offline");
      response = await post(path, { ...courier.held(), ...fields });
      const { status } = response;
      if (status === 401 || response.type === "opaqueredirect") {
        trouble = "signed-out";
        return null;
      }
      if ([408, 429, 502, 503, 504].includes(status)) throw new TypeError("busy");
      const body = await response.json();
      trouble = "";
      tries = 0;
      return response.ok ? { answer: body, status } : { refusal: body, status };
    } catch {
      if (response && response.status === 500) return { refusal: { code: "internal", notice: "", again: false }, status: 500 };
      wait(response);
      return null;
    }
  };

  /** @param {Errand} errand @param {Answer} answer */
  const settle = (errand, answer) => {
    if (answer.left) return courier.progress(errand, answer); // a large group: the same errand goes on
    const after = load().filter((other) => other.id !== errand.id);
    save(after.map((other) => (other.of === errand.id && !other.decision ? { ...other, decision: answer.decision } : other)));
    if (errand.act === "undo" && errand.item && answer.cards[0]) {
      courier.rename(errand.item, answer.cards[0]); // an undone comment waits as a new item
      save(load().map((other) => (other.item === errand.item ? { ...other, item: answer.cards[0].id, revision: answer.cards[0].revision } : other)));
    }
    courier.answered(errand, answer);
  };

  /** @param {Errand} errand @param {Refusal} refusal @param {number} status */
  const refuse = async (errand, refusal, status) => {
    if (status === 500 && (errand.faults ?? 0) < MOST_FAULTS) {
      change(errand.id, { faults: (errand.faults ?? 0) + 1 });
      return wait(null);
    }
    if (refusal.again && errand.act === "decide" && !errand.isReclaimed) {
      // The lease ran out and nobody took the item: claim it again. If the text has changed, the ruling will be refused.
      const claimed = await send(`items/${errand.item}/claim`, { queue: errand.queue });
      if (!claimed) return undefined;
      if (claimed.answer && claimed.answer.cards[0]?.revision === errand.revision) return change(errand.id, { isReclaimed: true });
      remove(errand.id);
      return courier.refused(errand, claimed.refusal ?? refusal, claimed.answer);
    }
    save(load().filter((other) => other.id !== errand.id && other.of !== errand.id));
    return courier.refused(errand, refusal);
  };

  const step = async () => {
    const [errand] = load();
    if (errand) {
      if (navigator.onLine && !errand.isTried) change(errand.id, { isTried: true }); // from now on it may have arrived
      const came = await send(...asked(errand));
      if (came?.answer) settle(errand, came.answer);
      else if (came?.refusal) await refuse(errand, came.refusal, came.status);
      return came !== null && trouble === "";
    }
    const question = questions[0];
    if (!question) return false;
    const came = await send(question.path, question.fields());
    if (!came) return false;
    questions = questions.filter((other) => other !== question);
    if (came.answer) question.done(came.answer);
    else question.failed?.(came.refusal ?? { code: "", notice: "", again: false });
    return true;
  };

  const work = async () => {
    while (await step()) courier.changed(load(), trouble);
  };

  /** Work until nothing is left or the service cannot be reached. Of several windows one sends at a time. */
  const run = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      await (navigator.locks ? navigator.locks.request(place, work) : work());
    } finally {
      isRunning = false;
      courier.changed(load(), trouble);
    }
    if (!trouble && (load().length || questions.length)) run(); // it came while the last one was being put away
  };

  const courier = {
    root: document.body.dataset.root ?? "",
    newId,
    /** What the page has and keeps, for the service to know: set by the page. @returns {Record<string, string | string[]>} */
    held: () => ({}),
    /** @param {Errand[]} _unsent @param {string} _trouble */
    changed: (_unsent, _trouble) => {},
    /** @param {Errand} _errand @param {Answer} _answer */
    answered: (_errand, _answer) => {},
    /** @param {Errand} _errand @param {Answer} _answer */
    progress: (_errand, _answer) => {},
    /** @param {Errand} _errand @param {Refusal} _refusal @param {Answer} [_answer] */
    refused: (_errand, _refusal, _answer) => {},
    /** @param {string} _item @param {CardSent} _card */
    rename: (_item, _card) => {},
    unsent: load,
    /** @param {Omit<Errand, "id">} errand @returns {Errand} */
    add(errand) {
      const added = { ...errand, id: newId() };
      save([...load(), added]);
      courier.changed(load(), trouble);
      run();
      return added;
    },
    /** Take an errand back before it was sent. @param {string} id @returns {boolean} */
    drop(id) {
      const errand = load().find((one) => one.id === id);
      if (!errand || errand.isTried) return false;
      remove(id);
      courier.changed(load(), trouble);
      return true;
    },
    /** Ask for cards, in line with the errands: two claims at once would take from each other.
     * @param {string} path @param {() => Record<string, string | string[]>} fields
     * @param {(answer: Answer) => void} done @param {(refusal: Refusal) => void} [failed] */
    ask(path, fields, done, failed) {
      questions.push({ path, fields, done, failed });
      run();
    },
    /** Send a form that is no decision. Returns what was wrong, or nothing when it was done.
     * @param {string} address @param {URLSearchParams} body @returns {Promise<string>} */
    async post(address, body) {
      try {
        const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
        if (response.ok || response.type === "opaqueredirect") return ""; // a page's answer leads back to the queue
        return (await response.json()).notice || String(response.status);
      } catch {
        return document.getElementById("offline")?.textContent ?? "";
      }
    },
    /** Keep what this page holds for longer. */
    renew() {
      post("renew", {}).catch(() => undefined); // the next minute tries again
    },
    /** Give items back while the page goes away. What the next page has claimed meanwhile stays claimed: `at` is when
     * this one heard from the service last. @param {string[]} ids @param {string} at */
    release(ids, at) {
      navigator.sendBeacon(`${courier.root}release`, new URLSearchParams([["at", at], ...ids.map((id) => ["items", id])]));
    },
    run() {
      clearTimeout(timer);
      tries = 0;
      run();
    },
  };
  Object.assign(globalThis, { courier });

  /** What is unsent goes with its account; who signs out is told once what he leaves behind.
   * @param {SubmitEvent} event */
  const signOut = (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-forgets]")) return;
    const sentence = form.dataset.unsent;
    delete form.dataset.unsent;
    if (!sentence || !load().length) return save([]);
    event.preventDefault();
    const line = document.createElement("p");
    line.className = "notice bad";
    line.setAttribute("role", "alert");
    line.textContent = sentence;
    document.getElementById("problem")?.replaceChildren(line);
    return run();
  };

  forgetOthers();
  addEventListener("submit", signOut);
  addEventListener("DOMContentLoaded", () => load().length && run()); // from before the page was loaded, or another page
  addEventListener("online", courier.run);
  addEventListener("visibilitychange", () => document.visibilityState === "visible" && courier.run());
})();
