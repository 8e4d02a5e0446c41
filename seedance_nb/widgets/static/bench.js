/**
 * The bench of a studio: composer, comparison and tables, in tabs. All but the two is drawn from `view`, as text.
 */

import { takePlaces } from "./parts/place.js";

/** @param {string} tag @param {string} name @param {string} [text] */
function make(tag, name, text = "") {
  const node = document.createElement(tag);
  node.className = `sdnb-bench__${name}`;
  node.textContent = text;
  return node;
}

/** One cell: a text, which may have a shape before it and something fainter below it. */
function drawCell(cell, isHead) {
  const node = make(isHead ? "th" : "td", "cell");
  if (isHead) node.scope = "row";
  if (cell.number) node.classList.add("sdnb-bench__cell--number");
  if (cell.tone) node.dataset.tone = cell.tone;
  const line = make("div", "line");
  if (cell.glyph) {
    const glyph = make("span", "glyph", cell.glyph);
    glyph.setAttribute("aria-hidden", "true");
    line.append(glyph);
  }
  const text = document.createElement(cell.code ? "code" : "bdi");
  text.textContent = cell.text;
  line.append(text);
  node.append(line);
  if (cell.below) {
    const below = make("div", "below");
    const isolated = document.createElement("bdi");
    isolated.textContent = cell.below;
    below.append(isolated);
    node.append(below);
  }
  return node;
}

/** @param {{heads: string[], rows: any[][]}} table @param {string} label */
function drawTable(table, label) {
  const scroll = make("div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", label);
  const node = make("table", "table");
  if (table.heads.length) {
    const row = document.createElement("tr");
    for (const head of table.heads) {
      const th = make("th", "head", head);
      th.scope = "col";
      row.append(th);
    }
    node.createTHead().append(row);
  }
  const body = node.createTBody();
  for (const cells of table.rows) {
    const row = document.createElement("tr");
    row.append(...cells.map((cell, place) => drawCell(cell, place === 0 && !table.heads.length)));
    body.append(row);
  }
  scroll.append(node);
  return scroll;
}

/** What stands in the panel of a section. */
function drawSection(section, view) {
  const parts = [];
  if (section.rows.length) parts.push(drawTable(section, section.label));
  else parts.push(make("p", "nothing", section.nothing));
  if (section.note) parts.push(make("p", "note", section.note));
  if (section.also) parts.push(drawTable(section.also, section.also.heads[0]));
  const alone = make("p", "note", `${view.alone} `);
  alone.append(make("code", "code", section.code));
  parts.push(alone);
  return parts;
}

let serial = 0;

function render({ model, el, host, signal }) {
  const prefix = `sdnb-bench-${++serial}-${Math.random().toString(36).slice(2, 8)}`;
  const stop = new AbortController();
  const root = make("section", "root");
  root.classList.add("sdnb", "sdnb-bench");
  const list = make("div", "tabs");
  list.setAttribute("role", "tablist");
  const failed = make("p", "failed");
  failed.setAttribute("role", "alert");
  failed.hidden = true;
  const body = make("div", "body");
  root.append(list, body, failed);
  el.append(root);

  /** @type {Map<string, {tab: HTMLElement, label: HTMLElement, count: HTMLElement, panel: HTMLElement, drawn: string}>} */
  const known = new Map();

  function part(id) {
    if (known.has(id)) return known.get(id);
    const tab = make("button", "tab");
    tab.type = "button";
    tab.id = `${prefix}-tab-${id}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `${prefix}-panel-${id}`);
    const label = make("span", "label");
    const count = make("span", "count");
    tab.append(label, count);
    tab.addEventListener("click", () => open(id));
    const panel = make("div", "panel");
    panel.id = `${prefix}-panel-${id}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    list.append(tab);
    body.append(panel);
    const made = { tab, label, count, panel, drawn: "" };
    known.set(id, made);
    return made;
  }

  const newId = () => `${prefix}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

  function open(id) {
    if (model.get("section") !== id) {
      model.set("section", id);
      model.save_changes();
    }
    choose();
    if (id !== "compose") model.send({ kind: "look", id: newId() });
  }

  function choose() {
    const wanted = model.get("section");
    const chosen = known.has(wanted) ? wanted : "compose";
    for (const [id, { tab, panel }] of known) {
      const is = id === chosen;
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      panel.hidden = !is;
    }
  }

  function draw() {
    const view = model.get("view");
    list.setAttribute("aria-label", view.name);
    const [tasks, ...others] = view.sections;
    for (const section of [view.compose, tasks, view.compare, ...others]) {
      const { label, count, panel } = part(section.id);
      label.textContent = section.label;
      count.textContent = section.count ?? "";
      count.hidden = !section.count;
      if (section === view.compose) continue;
      if (section === view.compare) {
        drawClips(section, view.alone);
        continue;
      }
      // Drawn only where it is another one, so that what somebody selects or scrolls stays.
      const drawn = JSON.stringify([section, view.alone]);
      const entry = known.get(section.id);
      if (entry.drawn === drawn) continue;
      entry.drawn = drawn;
      if (!panel.firstChild) panel.append(make("div", "content"), make("div", "after"));
      const content = panel.firstChild;
      const across = content.querySelector(".sdnb-bench__scroll")?.scrollLeft ?? 0;
      const hadFocus = content.contains(document.activeElement);
      content.replaceChildren(...drawSection(section, view));
      const scroll = content.querySelector(".sdnb-bench__scroll");
      if (scroll) scroll.scrollLeft = across;
      if (scroll && hadFocus) scroll.focus();
    }
    choose();
  }

  // -- clips to compare: what is chosen stays chosen while the list grows --

  const chooser = make("fieldset", "chooser");
  const ask = make("legend", "ask");
  const clips = make("div", "clips");
  const compare = make("button", "button");
  compare.type = "button";
  const nothing = make("p", "nothing");
  const beside = make("div", "comparison");
  const own = make("p", "note");
  chooser.append(ask, clips, compare);
  /** @type {Map<string, {row: HTMLElement, box: HTMLInputElement}>} */
  const offered = new Map();
  let asked = "";

  function drawClips(section, alone) {
    const { panel } = part("compare");
    if (!panel.firstChild) panel.append(chooser, nothing, beside, own);
    ask.textContent = section.ask;
    nothing.textContent = section.nothing;
    nothing.hidden = section.clips.length > 1;
    chooser.hidden = !nothing.hidden;
    own.replaceChildren(`${alone} `, make("code", "code", section.code));
    const wanted = new Set(section.clips.map((clip) => clip.id));
    for (const [id, { row }] of offered) {
      if (wanted.has(id)) continue;
      row.remove();
      offered.delete(id);
    }
    section.clips.forEach((clip, place) => {
      if (!offered.has(clip.id)) {
        const row = make("label", "clip");
        const box = document.createElement("input");
        box.type = "checkbox";
        const name = document.createElement("bdi");
        name.textContent = clip.label;
        row.append(box, name);
        box.addEventListener("change", drawChoice);
        offered.set(clip.id, { row, box });
      }
      const { row } = offered.get(clip.id);
      if (clips.children[place] !== row) clips.insertBefore(row, clips.children[place] ?? null);
    });
    drawChoice();
  }

  /** What is chosen, as it stands in the list. */
  const chosen = () => model.get("view").compare.clips.map((clip) => clip.id).filter((id) => offered.get(id)?.box.checked);

  function drawChoice() {
    const { button, most } = model.get("view").compare;
    const count = chosen().length;
    for (const { box } of offered.values()) box.disabled = !box.checked && count >= most;
    compare.textContent = count > 1 ? `${button} (${count})` : button;
    compare.disabled = count < 2 || asked !== "";
  }

  compare.addEventListener("click", () => {
    asked = newId();
    drawChoice();
    model.send({ kind: "compare", id: asked, clips: chosen() });
  });

  function onMessage(message) {
    if (!message || message.id !== asked) return;
    asked = "";
    drawChoice();
  }

  let shownIn = null;

  /** The comparison that Python made of them, in the place of the one before. */
  async function embedComparison() {
    shownIn?.abort();
    const child = model.get("comparison");
    if (!child) return;
    const here = (shownIn = new AbortController());
    stop.signal.addEventListener("abort", () => here.abort(), { signal: here.signal });
    const place = make("div", "compared");
    await draws("comparison", place, here.signal, beside, model.get("view").compare);
    if (!here.signal.aborted) place.scrollIntoView({ block: "nearest" });
  }

  /** The table of the ledger, below what there is to say of it. */
  function embedLedger() {
    if (!model.get("ledger")) return;
    const section = model.get("view").sections.find((one) => one.id === "ledger");
    draws("ledger", make("div", "table-place"), stop.signal, part("ledger").panel.lastChild, section);
  }

  // Heard before the page hears it: notebooks take arrow keys from whatever has the focus.
  const onKey = (event) => {
    const ids = [...known.keys()];
    const place = ids.findIndex((id) => known.get(id).tab === event.target);
    const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (place < 0 || to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const id = ids[(to + ids.length) % ids.length];
    open(id);
    known.get(id).tab.focus();
  };
  window.addEventListener("keydown", onKey, { capture: true, signal: stop.signal });
  list.setAttribute("data-lm-suppress-shortcuts", "true");

  function drawError() {
    failed.textContent = model.get("error");
    failed.hidden = !failed.textContent;
  }

  async function embed() {
    const { panel } = part("compose");
    const place = make("div", "composer");
    await draws("composer", place, stop.signal, panel, model.get("view").compose);
  }

  /** Draw another widget; where the host cannot, say how it is had alone. */
  async function draws(name, place, until, panel, section) {
    if (!host) place.dataset.sdnbPlace = model.get("places")[name];
    panel.replaceChildren(place);
    // In a place of a cell's HTML nobody hands us other widgets; those with places of their own come by themselves.
    if (!host) return;
    try {
      const child = await host.getWidget(model.get(name));
      if (!until.aborted) await child.render({ el: place, signal: until });
    } catch (error) {
      console.warn(`${section.label}: the widget could not be drawn inside the bench.`, error);
      const note = make("p", "nothing", `${section.failed} `);
      note.append(make("code", "code", section.code));
      panel.replaceChildren(note);
    }
  }

  model.on("change:view", draw);
  model.on("change:section", choose);
  model.on("change:error", drawError);
  model.on("change:comparison", embedComparison);
  model.on("change:ledger", embedLedger);
  model.on("msg:custom", onMessage);
  draw();
  drawError();
  embed();
  embedComparison();
  embedLedger();

  const cleanup = () => {
    stop.abort();
    model.off("change:view", draw);
    model.off("change:section", choose);
    model.off("change:error", drawError);
    model.off("change:comparison", embedComparison);
    model.off("change:ledger", embedLedger);
    model.off("msg:custom", onMessage);
    root.remove();
  };
  signal?.addEventListener("abort", cleanup, { once: true });
  return cleanup;
}

export default { initialize: ({ model }) => takePlaces(model, render), render };
