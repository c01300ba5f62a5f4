/* The one line of a portal page: a comment box where the script stands, or in `data-target`. */

import { define } from "./box.js";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const { site, thread, target } = script.dataset;
const global = (window.Moderation = window.Moderation || {});

/** @param {DOMStringMap} options */
function box(options) {
  const element = document.createElement("moderation-comments");
  for (const [name, value] of Object.entries(options)) if (value != null) element.dataset[name] = value;
  return element;
}

if (!global.mount) {
  global.mount = (place, options) => {
    const element = box(options);
    for (const old of place.querySelectorAll(element.localName)) old.remove();
    place.append(element);
    return element;
  };
  define(new URL("./", script.src));
}

function start() {
  const place = target && document.querySelector(target);
  if (!target) script.after(box(script.dataset));
  else if (place) global.mount && global.mount(place, script.dataset);
  else console.error("moderation: no element for data-target", target);
}
// Without data-site only the global is wanted.
if (site && !thread) console.error("moderation: data-thread is missing");
// An async script may run before the place it names has been read.
if (site && target && document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else if (site) start();
