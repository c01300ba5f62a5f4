/* Elements, and what the browser remembers for its reader. */

/** @type {M.H} */
export const h = (tag, props, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (typeof value === "function") node.addEventListener(name, /** @type {EventListener} */ (value));
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) node.append(child);
  return node;
};

/** A quiet button. @param {M.Child} words @param {() => void} click @param {Record<string, unknown>} [props] */
export const plain = (words, click, props) => h("button", { type: "button", class: "plain", click, ...props }, words);

const circle = "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z";
const shapes = {
  warn: `M8 4.2V8l2.6 1.6${circle}`,
  bad: `M5.6 5.6l4.8 4.8m0-4.8l-4.8 4.8${circle}`,
  good: `M5.2 8.2l2 2 3.6-4.2${circle}`,
  again: "M13.5 2.5V6H10M13.2 6A5.6 5.6 0 1 0 13.6 9.5",
  sound: "M2.5 6v4H5l3.5 3V3L5 6ZM11 5.5a4 4 0 0 1 0 5M12.8 3.6a6.5 6.5 0 0 1 0 8.8",
  like: "M8 13.4 2.9 8.2a3.1 3.1 0 0 1 4.4-4.4l.7.7.7-.7a3.1 3.1 0 0 1 4.4 4.4Z",
};

/** @param {keyof typeof shapes} name */
export function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}

// Only what is out of place moves: a moved element would lose the focus.
/** @type {M.Arrange} */
export const arrange = (parent, nodes) => {
  for (const child of [...parent.children]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, index) => {
    const there = parent.children[index];
    if (there !== node) parent.insertBefore(node, there || null);
  });
};

/** @type {Map<string, string>} */
const spare = new Map(); // storage may be blocked or full: then for the life of the page

/** @type {M.Remember} */
export const remember = (site) => {
  /** @param {string} name */
  const keyOf = (name) => `moderation:${site}:${name}`;
  return {
    get(name) {
      try {
        return localStorage.getItem(keyOf(name)) || "";
      } catch {
        return spare.get(keyOf(name)) || "";
      }
    },
    set(name, value) {
      spare.set(keyOf(name), value);
      try {
        if (value) localStorage.setItem(keyOf(name), value);
        else localStorage.removeItem(keyOf(name));
      } catch {
        // `spare` has it
      }
    },
  };
};

/** 32 random bytes as 43 characters of base64url; plain http has no crypto.randomUUID. */
export function secret() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").slice(0, 43);
}

/** Give the reader a token of his own, where he has none. @param {M.Memory} memory */
export const introduce = (memory) => memory.get("author") || memory.set("author", `mod_author_${secret()}`);
