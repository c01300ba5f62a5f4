/* The one line of a portal page: a comment box where the script stands, or in `data-target`. */
(() => {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const { site, thread, target } = script.dataset;
  const global = (window.Moderation = window.Moderation || {});

  /** @param {DOMStringMap} options */
  function box(options) {
    const element = document.createElement("moderation-comments");
    Object.assign(element.dataset, options);
    return element;
  }

  if (!global.mount) {
    global.mount = (place, options) => {
      const element = box(options);
      for (const old of place.querySelectorAll(element.localName)) old.remove();
      place.append(element);
      return element;
    };
    // All at once: a chain of imports would cost a round trip for each link.
    for (const name of ["box", "form", "thread", "api", "texts", "dom"]) {
      import(new URL(`embed/static/${name}.js`, script.src).href).catch(console.error);
    }
  }

  function start() {
    const place = target && document.querySelector(target);
    if (!target) script.after(box(script.dataset));
    else if (place) global.mount && global.mount(place, script.dataset);
    else console.error("moderation: no element for data-target", target);
  }
  if (!site) return; // only the global is wanted
  if (!thread) console.error("moderation: data-thread is missing");
  // An async script may run before the place it names has been read.
  else if (target && document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
