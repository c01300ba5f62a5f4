/* The challenge, fetched when the reader starts to write: work that the browser does unseen, or a picture, or its
   sound, or (for who can use neither) longer work whose comment waits for a person. */

import { h, icon, plain } from "./dom.js";
import { makeField } from "./form.js";

/** @param {string} text */
const bytes = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

/** Find the counter whose key begins as asked (ALTCHA's PBKDF2 scheme). The browser derives keys off this thread, so no
 * worker is needed; a strict policy of the page would allow none. @param {M.Work} work */
async function solve({ parameters, signature }) {
  const { nonce, salt, cost, keyLength, keyPrefix } = parameters;
  const password = new Uint8Array([...bytes(nonce), 0, 0, 0, 0]);
  const view = new DataView(password.buffer, password.length - 4);
  const scheme = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
  for (let counter = 0; ; counter++) {
    view.setUint32(0, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const bits = new Uint8Array(await crypto.subtle.deriveBits(scheme, key, keyLength * 8));
    const derivedKey = [...bits].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    if (!derivedKey.startsWith(keyPrefix)) continue;
    return btoa(JSON.stringify({ challenge: { parameters, signature }, solution: { counter, derivedKey } }));
  }
}

/** @type {M.MakeChallenge} */
export const makeChallenge = (context, isFocused, failed) => {
  const { ask, texts, rules, address } = context;
  const { t } = texts;
  const accepts = crypto.subtle ? ["pow", "image"] : ["image"]; // plain http has no crypto.subtle
  let isNeeded = rules.challenge !== "off";
  let wants = ""; // what the reader, or the service, has asked for instead of the usual
  let expiry = 0;
  /** @type {M.Challenge | null} */
  let challenge = null;
  /** @type {Promise<void> | null} */
  let fetching = null;
  /** @type {Promise<string> | null} */
  let proof = null;

  // Elements ---------------------------------------------------------------------------------------

  const control = h("input", { autocomplete: "off", autocapitalize: "off", spellcheck: "false", placeholder: t("answer") });
  const answer = makeField(context, { control, name: "answer", label: t("captcha"), most: 32 });
  const image = h("img", { alt: t("captchaImage"), width: 160, height: 60, error: lost });
  const another = h("button", { type: "button", class: "square", "aria-label": t("another"), click: change }, icon("again"));
  const listen = h("button", { type: "button", class: "square", "aria-label": t("listen"), click: play }, icon("sound"));
  const waive = accepts[1] && plain(t("waive"), () => change("waiver"));
  answer.line.prepend(image, another, listen);
  answer.element.append(waive || "");
  const waived = h("p", { class: "hint", hidden: true }, t("waived"));
  const element = h("div", null, answer.element, waived);
  answer.element.hidden = true;

  function forget() {
    clearTimeout(expiry);
    challenge = proof = null;
    control.value = "";
  }

  function lost() {
    answer.fault(t("challengeLost"));
  }

  // Getting one ------------------------------------------------------------------------------------

  /** Ask for a challenge, doing the work that the service wants to see before. @param {string} wanted */
  async function get(wanted) {
    const body = { thread: address.thread, accepts, wants: wanted || undefined };
    /** @type {M.Challenge} */
    let made = await ask("challenges", { body, isMine: true });
    if (made.pow && wanted === "image") {
      made = await ask("challenges", { body: { ...body, proof: await solve(made.pow.challenge) }, isMine: true });
    }
    return made;
  }

  async function draw() {
    forget();
    try {
      const made = await get(wants);
      challenge = made;
      expiry = window.setTimeout(expire, (made.expires_in_seconds - 3) * 1000);
      if (made.pow) proof = solve(made.pow.challenge);
      else image.src = new URL(made.image_url, context.service).href;
      image.width = made.width;
      image.height = made.height;
      listen.hidden = !made.has_sound || !accepts[1];
      answer.element.hidden = !!made.pow;
      waived.hidden = wants !== "waiver";
    } catch (error) {
      const problem = /** @type {M.Problem} */ (error);
      if (problem.slug === "challenge-not-needed") isNeeded = false;
      else if (problem.slug === "too-many-requests") failed(problem);
      else {
        answer.element.hidden = false;
        lost();
      }
    }
    fetching = null;
  }

  /** Several callers at once share one challenge. */
  function renew() {
    return (fetching = fetching || draw());
  }

  /** @param {unknown} [wanted] */
  function change(wanted) {
    if (typeof wanted === "string") wants = wanted;
    answer.fault();
    renew();
    control.focus();
  }

  async function play() {
    const mine = challenge;
    if (!mine) return;
    try {
      const work = await get("sound");
      const proof = work.pow && (await solve(work.pow.challenge));
      const { sound_url } = await ask(`challenges/${mine.id}/sound`, { body: { proof }, isMine: true });
      // By Web Audio, since a strict policy lets no page load media.
      const audio = new AudioContext();
      const source = audio.createBufferSource();
      const clip = await fetch(new URL(sound_url, context.service).href);
      source.buffer = await audio.decodeAudioData(await clip.arrayBuffer());
      source.connect(audio.destination);
      source.start();
      control.placeholder = t("heard");
      control.focus();
    } catch (error) {
      failed(/** @type {M.Problem} */ ({ slug: "sound-unavailable", ...Object(error) }));
    }
  }

  function expire() {
    const wasTyping = control.value;
    forget();
    // Away from the form nothing is fetched; the next touch of it does.
    if (!isFocused()) return;
    renew();
    if (wasTyping) answer.fault(t("challenge-expired"));
  }

  return {
    element,
    field: answer,
    begin() {
      if (isNeeded && !challenge) renew();
    },
    async ready() {
      if (isNeeded && !challenge) await renew();
      if (isNeeded && challenge && !proof) answer.check();
      return !control.hasAttribute("aria-invalid");
    },
    async solution() {
      if (!isNeeded || !challenge) return {};
      const told = proof ? { challenge_proof: await proof } : { challenge_answer: control.value.trim() };
      return { challenge_id: challenge.id, ...told };
    },
    again(wanted) {
      isNeeded = true;
      if (wanted) wants = wanted;
      renew();
      control.focus();
    },
    done() {
      forget();
      wants = "";
      answer.element.hidden = waived.hidden = true;
    },
  };
};
