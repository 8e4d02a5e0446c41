/**
 * A widget that stands in a place of a cell's HTML, over the picture of itself that a saved notebook keeps.
 * The other half is `_in_place.py`.
 */

/** How long a place may be out of the page, as where a notebook draws only what is in view, before it is given up. */
const AWAY_MS = 60_000;

/** One observer for all widgets of a page, each of which has a module of its own. */
const page = (globalThis[Symbol.for("sdnb.places")] ??= { seekers: new Map(), observer: null, isDue: false });

/**
 * Stand in every place with the widget's name, now and later.
 *
 * @param {object} model has the name in `place`
 * @param {(given: {model: object, el: HTMLElement, signal: AbortSignal}) => void} render
 * @returns {() => void} leaves all places; the pictures are seen again
 */
export function takePlaces(model, render) {
  const name = model.get("place");
  if (!name) return () => {};
  const held = new Map();

  function take(place) {
    const end = new AbortController();
    const el = document.createElement("div");
    const pictures = [...place.children];
    for (const picture of pictures) picture.style.display = "none";
    place.append(el);
    held.set(place, { left: 0, leave() {
      end.abort();
      el.remove();
      for (const picture of pictures) picture.style.display = "";
      held.delete(place);
    } });
    render({ model, el, signal: end.signal });
  }

  page.seekers.set(name, () => {
    const now = Date.now();
    for (const [place, one] of held) {
      if (place.isConnected) one.left = 0;
      else if (!one.left) one.left = now;
      else if (now - one.left > AWAY_MS) one.leave();
    }
    for (const place of document.querySelectorAll(`[data-sdnb-place="${CSS.escape(name)}"]`)) {
      if (!held.has(place)) take(place);
    }
  });
  watch();
  page.seekers.get(name)();
  return () => {
    page.seekers.delete(name);
    for (const one of [...held.values()]) one.leave();
    if (page.seekers.size === 0) {
      page.observer?.disconnect();
      page.observer = null;
    }
  };
}

/** Look again soon after the page has changed, once for all changes together. */
function watch() {
  page.observer ??= new MutationObserver((changes) => {
    if (page.isDue || !changes.some((change) => [...change.addedNodes, ...change.removedNodes].some(mayHold))) return;
    page.isDue = true;
    setTimeout(() => {
      page.isDue = false;
      for (const look of page.seekers.values()) look();
    }, 50);
  });
  page.observer.observe(document.body, { childList: true, subtree: true });
}

function mayHold(node) {
  return node.nodeType === 1 && (node.hasAttribute("data-sdnb-place") || node.querySelector("[data-sdnb-place]") !== null);
}
