/**
 * The composer. Python owns the request and says in `view` what there is to see; here is only what the hands need at
 * once: the text being typed, the menu that is open, the picture under the pointer. Every text of a stranger reaches
 * the page through `textContent`.
 *
 * @typedef {{code: string, where: string, severity: "error" | "warning", what: string, why: string, fix: string,
 *   mend: {id: string, label: string} | null}} Problem
 * @typedef {{value: any, label: string, possible: boolean, reason: string, ratio?: string | null, pixels?: string}} Option
 * @typedef {{id: string, kind: "image" | "video" | "audio", ordinal: string, reference: string, name: string,
 *   source: string, role: string | null, roles: Option[], state: "ready" | "loading" | "uploading" | "failed",
 *   progress: number, error: string, facts: {duration: number | null, text: string}, has_thumb: boolean,
 *   thumb_rev: number, used_in_prompt: boolean, problems: Problem[]}} Item
 * @typedef {{name: string, label: string, kind: "choice" | "number" | "bool" | "seed" | "text", value: any,
 *   options: Option[], low: number | null, high: number | null, auto: boolean, help: string, effect: string,
 *   problems: Problem[]}} Param
 * @typedef {{id: string, ok: boolean, error: string} & Record<string, any>} Answer
 */

import { make, put, say, sayOrHide, icon, tip, roving } from "./composer/elements.js";
import { Desk } from "./composer/desk.js";
import { Popup, tooltips } from "./composer/popup.js";
import { mediaSection } from "./composer/media_strip.js";
import { promptSection } from "./composer/prompt.js";
import { parameterSection } from "./composer/parameters.js";
import { sentSection } from "./composer/sent.js";
import { priceBar } from "./composer/price_bar.js";
import { takePlaces } from "./parts/place.js";

function view({ model, el, desk }) {
  const stop = new AbortController();
  const { signal } = stop;
  const root = make("section", "");
  root.className = "sdnb sdnb-composer";
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const live = make("div", "hidden", { "aria-live": "polite" });
  const bench = {
    desk,
    model,
    root,
    signal,
    opened: new Set(),
    view: () => model.get("view"),
    language: () => model.get("view").language ?? "en",
    /** @param {string} key @param {string} english said until the words are there */
    w: (key, english) => model.get("view").words?.[key] ?? english,
    isCalm: () => still.matches,
    announce(text) {
      // The same words twice are still news.
      live.textContent = live.textContent === text ? `${text}\u200b` : text;
    },
    insert: (text) => prompt.insert(text),
    /** Tells whether a part of the view is another one than last time. */
    changes() {
      const known = new Map();
      return (name, part) => {
        const text = JSON.stringify(part);
        if (known.get(name) === text) return false;
        known.set(name, text);
        return true;
      };
    },
  };
  const { w } = bench;
  const menu = new Popup(root, make("div", "popup menu", { role: "menu" }));
  bench.menu = menu;
  roving(menu.node, "button");
  menu.node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    menu.shut(true);
  });

  const mode = make("div", "mode");
  const provider = make("select", "select");
  const language = make("select", "select");
  const undo = make("button", "icon-button", { onclick: () => desk.step("undo") }, icon("undo"));
  const redo = make("button", "icon-button", { onclick: () => desk.step("redo") }, icon("redo"));
  const head = make(
    "header",
    "head",
    {},
    make("span", "badge", {}, icon("film"), mode),
    make("div", "tools", {}, provider, language, undo, redo),
  );
  const slow = make("div", "slow", { role: "status", hidden: true });
  const media = mediaSection(bench);
  const prompt = promptSection(bench);
  const parameters = parameterSection(bench);
  const sent = sentSection(bench);
  const bar = priceBar(bench);
  const left = make("div", "column", {}, media.node, prompt.node);
  const right = make("div", "column", {}, parameters.node);
  const shell = make(
    "div",
    "shell",
    {},
    head,
    make("div", "columns", {}, left, right),
    bar.general,
    sent.node,
    bar.error,
    slow,
    bar.bar,
  );
  const nothing = make("div", "nothing");
  root.append(shell, nothing, live);
  tooltips(bench);
  el.append(root);

  provider.addEventListener("change", () => desk.ask("choose_provider", { provider: provider.value }));
  language.addEventListener("change", () => desk.ask("language", { language: language.value }));

  function options(select, entries, value, label) {
    if (select.children.length !== entries.length || entries.some((one, i) => {
      const { value, textContent } = select.children[i];
      return value !== one.id || textContent !== one.name;
    }))
      select.replaceChildren(...entries.map((one) => make("option", "", { value: one.id, text: one.name })));
    if (select.value !== value) select.value = value;
    put(select, "aria-label", label);
    select.hidden = entries.length < 2;
  }

  let heard = model.get("view").announce ?? "";
  const changed = bench.changes();

  function draw() {
    const view = model.get("view");
    const isThere = view.rev !== undefined;
    shell.hidden = !isThere;
    nothing.hidden = isThere;
    say(nothing, w("no_view", "The kernel has not answered yet."));
    if (!isThere) return;
    put(root, "lang", view.language);
    put(root, "aria-label", w("title", "Composer"));
    put(root, "data-untouched", !view.items.length && !desk.text.trim());
    say(mode, view.mode.words);
    options(provider, view.providers, view.provider.id, w("provider", "Provider"));
    options(language, view.languages ?? [], view.language, w("language", "Language"));
    for (const [button, name, fallback] of [
      [undo, "undo", "Undo"],
      [redo, "redo", "Redo"],
    ]) {
      put(button, "aria-label", w(name, fallback));
      tip(button, w(name, fallback));
      put(button, "aria-disabled", view.history[name] ? null : "true");
    }
    const inMedia = [view.items, view.language];
    if (changed("media", inMedia)) media.draw(view);
    prompt.draw(view);
    parameters.draw(view);
    sent.draw(view);
    bar.draw(view);
    bar.drawError();
    if (view.announce && view.announce !== heard) bench.announce(view.announce);
    heard = view.announce;
  }

  const hear = (what, ...details) => {
    if (what === "text" && desk.text) root.removeAttribute("data-untouched");
    if (what === "text") prompt.onText(details[0]);
    else if (what === "progress") media.progress(...details);
    else if (what === "thumb") (media.thumb(details[0]), prompt.thumb());
    else if (what === "slow") sayOrHide(slow, details[0] ? w("no_view", "The kernel has not answered yet.") : "");
    else if (what === "acted") heard = "";
  };
  desk.hearers.add(hear);

  // One undo for everything; a field of its own keeps the browser's.
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
    const key = event.key.toLowerCase();
    const step = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" && !event.shiftKey ? "redo" : "";
    if (!step || event.target.closest("input.sdnb-composer__field")) return;
    event.preventDefault();
    event.stopPropagation();
    desk.step(step);
  });

  // Notebooks take keys of their own from whatever has the focus. What is typed here is meant for us, but for the
  // shortcuts of the page such as saving; it has to stand on the very element before the notebook looks.
  const OURS = new Set([
    "enter",
    "z",
    "y",
    "a",
    "c",
    "v",
    "x",
    "b",
    "i",
    "backspace",
    "delete",
    "home",
    "end",
    "arrowup",
    "arrowdown",
    "arrowleft",
    "arrowright",
    " ",
  ]);
  window.addEventListener(
    "keydown",
    (event) => {
      if (!(event.target instanceof Element) || !root.contains(event.target)) return;
      const isPage = (event.ctrlKey || event.metaKey) && !OURS.has(event.key.toLowerCase());
      put(event.target, "data-lm-suppress-shortcuts", isPage ? null : "true");
    },
    { capture: true, signal },
  );
  document.addEventListener(
    "pointerdown",
    (event) => {
      const path = event.composedPath();
      if (menu.isOpen && !path.includes(menu.node) && !path.includes(menu.opener)) menu.shut(false);
    },
    { capture: true, signal },
  );
  window.addEventListener(
    "scroll",
    (event) => {
      if (menu.isOpen && !menu.node.contains(event.target)) menu.place();
    },
    { capture: true, passive: true, signal },
  );

  model.on("change:view", draw);
  model.on("change:error", bar.drawError);
  draw();

  return () => {
    stop.abort();
    media.close();
    desk.hearers.delete(hear);
    model.off("change:view", draw);
    model.off("change:error", bar.drawError);
    root.remove();
  };
}

export default () => {
  /** @type {Desk | null} */
  let desk = null;
  const render = ({ model, el, signal }) => {
    const cleanup = view({ model, el, desk: (desk ??= new Desk(model)) });
    signal?.addEventListener("abort", cleanup, { once: true });
    return cleanup;
  };
  return {
    initialize({ model, signal }) {
      const own = (desk = new Desk(model));
      const leave = takePlaces(model, render);
      const close = () => {
        leave();
        own.close();
      };
      signal?.addEventListener("abort", close, { once: true });
      return close;
    },
    render,
  };
};
