/** Elements of the composer: made, filled with text, and walked with the arrow keys. */

const SVG = "http://www.w3.org/2000/svg";

/** Outlines in a 16 × 16 box. */
const SHAPES = {
  image: "M2.5 3.5h11v9h-11zM2.5 10.5l3-3 2.5 2.5 2-2 3.5 3.5M10.5 6.2h.01",
  video: "M2 4h8.5v8H2zM10.5 7l3.5-2v6l-3.5-2z",
  audio: "M2.5 6.5v3M5.25 4v8M8 5.5v5M10.75 2.5v11M13.5 6.5v3",
  plus: "M8 3v10M3 8h10",
  cross: "M4 4l8 8M12 4l-8 8",
  error: "M5.2 2h5.6L14 5.2v5.6L10.8 14H5.2L2 10.8V5.2zM8 5v3.6M8 11h.01",
  warning: "M8 2.2L14.4 13.5H1.6zM8 6.4v3.2M8 11.6h.01",
  check: "M3 8.5l3.5 3.5L13 4.5",
  grip: "M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01",
  down: "M4 6.5l4 4 4-4",
  play: "M5 3.2l7.5 4.8L5 12.8z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  undo: "M5.5 3L2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6",
  redo: "M10.5 3l3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8H10",
  dice: "M2.5 2.5h11v11h-11zM5.5 5.5h.01M10.5 5.5h.01M8 8h.01M5.5 10.5h.01M10.5 10.5h.01",
  locked: "M3.5 7.5h9v6h-9zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2",
  unlocked: "M3.5 7.5h9v6h-9zM5.5 7.5v-2a2.5 2.5 0 0 1 4.8-1",
  film: "M2.5 3h11v10h-11zM5 3v10M11 3v10M2.5 6.3H5M2.5 9.7H5M11 6.3h2.5M11 9.7h2.5",
  folder: "M2 4h4l1.5 1.5H14v7.5H2z",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  insert: "M8 2.5v7M5 6.5l3 3 3-3M3 13h10",
};

/** @param {string} names */
const css = (names) =>
  names
    .split(" ")
    .map((name) => (name ? `sdnb-composer__${name}` : ""))
    .join(" ");

/** What has the focus, also where the page puts widgets into a shadow root. @param {Node} near */
export const focused = (near) => /** @type {Document | ShadowRoot} */ (near.getRootNode()).activeElement ?? null;

export const unique = () => Math.random().toString(36).slice(2, 10);

/**
 * An element. A property that starts with "on" listens; "text" is text; all others are attributes.
 * @param {string} tag @param {string} names @param {Record<string, any>} [properties] @param {...(Node | null)} children
 */
export function make(tag, names, properties = {}, ...children) {
  const node = document.createElement(tag);
  if (names) node.className = css(names);
  if (tag === "button") node.type = "button";
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else put(node, name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** @param {Element} node @param {string} name @param {string | number | boolean | null | undefined} value */
export function put(node, name, value) {
  const wanted = value === true && !name.startsWith("aria-") ? "" : value;
  if (wanted === null || wanted === undefined || (wanted === false && !name.startsWith("aria-"))) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(wanted)) node.setAttribute(name, String(wanted));
}

/** @param {Element} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {HTMLElement} node @param {string} text */
export function sayOrHide(node, text) {
  say(node, text);
  node.hidden = !text;
}

/** @param {string} shape */
export function icon(shape) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", css("icon"));
  svg.dataset.shape = shape;
  svg.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", SHAPES[shape] ?? "");
  return svg;
}

/** @param {Element} svg @param {string} shape */
export function reshape(svg, shape) {
  svg.dataset.shape = shape;
  svg.firstElementChild.setAttribute("d", SHAPES[shape]);
}

/** What a pointer or the focus makes seen beside a control. @param {Element} node @param {string} text */
export function tip(node, text) {
  put(node, "data-tip", text || null);
  put(node, "aria-description", text || null);
}

/**
 * Other children, with the focus where it was: on the child of the same key, else on one near it.
 * @param {HTMLElement} parent @param {Node[]} children @param {() => HTMLElement | null} [instead]
 */
export function replaceKeepingFocus(parent, children, instead) {
  const held = parent.contains(focused(parent)) ? focused(parent) : null;
  const keyed = () => [...parent.querySelectorAll("[data-key]")];
  const place = held ? keyed().indexOf(held) : -1;
  parent.replaceChildren(...children);
  if (!held) return;
  const now = keyed();
  const same = now.find((node) => node.dataset.key === held.dataset.key);
  (same ?? now[Math.min(place, now.length - 1)] ?? instead?.())?.focus({ preventScroll: true });
}

/** Arrow keys go along, one stop for the Tab key. @param {HTMLElement} list @param {string} selector @param {boolean} [picks] */
export function roving(list, selector, picks = false) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -1e6, End: 1e6 }[event.key];
    const all = [...list.querySelectorAll(selector)];
    const at = all.indexOf(event.target);
    if (!step || at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const far = Math.abs(step) > 1;
    const next = all[far ? (step < 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length];
    for (const node of all) node.tabIndex = node === next ? 0 : -1;
    next.focus();
    if (picks) next.click();
  });
}

/** What was written into a field, when it is left or Enter is pressed, which some pages keep from it. */
export function onWritten(field, take) {
  let last = field.value;
  const look = () => field.value !== last && take((last = field.value));
  field.addEventListener("focus", () => (last = field.value));
  field.addEventListener("change", look);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    look();
  });
}
