/**
 * The matrix of a sweep: its price and the button, cells that fill, axes that can be turned, clips that can be opened.
 *
 * What there is to see comes in `view` and `cells`; of the cells only those that changed are sent later. How they are
 * arranged is the trait `arrangement`. Pictures are asked for when they come into sight.
 */
import { attachClip } from "./parts/clip.js";
import { takePlaces } from "./parts/place.js";

const BEST = [3, 6, 12];
const POSTERS = 24;
const GATHER_MS = 80;
const ROOT = "sdnb-sweep-grid";
let serial = 0;

/** @param {string} tag @param {string} name @param {string} [text] */
function make(tag, name, text = "") {
  const node = document.createElement(tag);
  if (name) node.className = `${ROOT}__${name}`;
  node.textContent = text;
  return node;
}

function button(name, text = "") {
  const node = make("button", name, text);
  node.type = "button";
  return node;
}

/** @param {HTMLElement} node @param {string} text */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

/** Braces of Python's filled in, whatever characters the value has. */
function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (found, name) => (name in values ? String(values[name]) : found));
}

/** A label with a field in it; `options` are pairs of value and text. */
function choice(text, options, chosen, onchange) {
  const label = make("label", "choice");
  const select = document.createElement("select");
  for (const [value, said] of options) {
    const option = document.createElement("option");
    option.value = value;
    option.textContent = said;
    select.append(option);
  }
  select.value = chosen;
  select.addEventListener("change", () => onchange(select.value));
  label.append(make("span", "choice-name", text), select);
  return label;
}

/** All combinations of the places of some axes, the last one running fastest. */
function product(lists) {
  return lists.reduce((found, places) => found.flatMap((head) => places.map((place) => [...head, place])), [[]]);
}

function mean(numbers) {
  return numbers.length ? numbers.reduce((sum, number) => sum + number, 0) / numbers.length : null;
}

function render({ model, el, signal }) {
  const prefix = `${ROOT}-${++serial}-${Math.random().toString(36).slice(2, 8)}`;
  const stop = new AbortController();
  const until = { signal: stop.signal };

  // -- what is drawn once --

  const root = document.createElement("section");
  root.className = `sdnb ${ROOT}`;
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  const head = make("div", "head");
  const title = make("div", "title");
  const price = make("div", "price");
  const fixed = make("div", "fixed");
  head.append(title, price, fixed);
  const actions = make("div", "actions");
  const run = button("run");
  const trim = button("button");
  const pause = button("button");
  const halt = button("button");
  const reason = make("div", "reason");
  reason.id = `${prefix}-reason`;
  run.setAttribute("aria-describedby", reason.id);
  actions.append(run, trim, pause, halt);
  const facts = make("ul", "facts");
  const progress = make("div", "progress");
  progress.setAttribute("role", "progressbar");
  const bar = make("div", "bar");
  progress.append(bar);
  const counts = make("ul", "counts");
  const cost = make("div", "cost");
  const tools = make("div", "tools");
  const filters = make("details", "filters");
  const summary = make("summary", "summary");
  const boxes = make("div", "boxes");
  filters.append(summary, boxes);
  const body = make("div", "body");
  body.setAttribute("role", "region");
  const chosen = make("div", "chosen");
  const compare = button("button");
  const clear = button("button");
  const still = button("button");
  const help = make("span", "help");
  chosen.append(compare, clear, help, still);
  const viewer = make("div", "viewer");
  viewer.hidden = true;
  const error = make("div", "error");
  error.setAttribute("role", "alert");
  const live = make("div", "live");
  live.setAttribute("aria-live", "polite");
  root.append(head, actions, reason, facts, progress, counts, cost, tools, filters, body, chosen, error, viewer, live);
  el.append(root);

  // -- what this view knows --

  /** @type {any[]} */
  let cells = [...(model.get("cells") ?? [])];
  /** The node of each cell that is drawn. @type {Map<number, HTMLElement>} */
  const nodes = new Map();
  /** Where each cell is, for arrows. @type {number[][]} */
  let places = [];
  let active = 0;
  let sending = "";
  let wasOver = false;
  const selected = new Set();
  const waiting = new Map();
  const pictures = new Map();
  const wanted = new Set();
  const asked = new Set();
  let gathering = 0;
  let opened = null;

  const view = () => model.get("view");
  const words = () => view().words;
  const arrangement = () => model.get("arrangement");

  function ask(message, onanswer = () => {}) {
    const id = `${prefix}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    waiting.set(id, onanswer);
    model.send({ ...message, id });
  }

  function arrange(changes) {
    model.set("arrangement", { ...arrangement(), ...changes });
    model.save_changes();
    model.send({ kind: "touch" });
  }

  // -- pictures --

  const sight = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) want(Number(entry.target.dataset.n));
  }, { rootMargin: "120px" });

  function want(n) {
    if (!cells[n]?.is_open || pictures.has(n) || asked.has(n)) return;
    wanted.add(n);
    gathering ||= setTimeout(gather, GATHER_MS);
  }

  function gather() {
    gathering = 0;
    const some = [...wanted].slice(0, POSTERS);
    for (const n of some) {
      wanted.delete(n);
      asked.add(n);
    }
    if (some.length) ask({ kind: "posters", cells: some }, (answer, buffers) => hang(answer, buffers));
    if (wanted.size) gathering = setTimeout(gather, GATHER_MS);
  }

  function hang(answer, buffers) {
    (answer.cells ?? []).forEach((n, place) => {
      if (!buffers?.[place] || pictures.has(n)) return;
      pictures.set(n, URL.createObjectURL(new Blob([buffers[place]], { type: "image/jpeg" })));
      const node = nodes.get(n);
      if (node) fillCell(node, cells[n]);
    });
  }

  // -- cells --

  function cellNode(tag, role, n) {
    const node = make(tag, "cell");
    node.dataset.n = String(n);
    node.setAttribute("role", role);
    node.tabIndex = n === active ? 0 : -1;
    const picture = make("div", "picture");
    const tick = make("span", "tick");
    tick.setAttribute("aria-hidden", "true");
    const where = make("div", "where");
    const line = make("div", "line");
    line.append(make("span", "glyph"), make("span", "word"), make("span", "money"));
    line.firstChild.setAttribute("aria-hidden", "true");
    node.append(picture, tick, where, line, make("div", "figure"), make("div", "note"));
    fillCell(node, cells[n]);
    nodes.set(n, node);
    sight.observe(node);
    return node;
  }

  function fillCell(node, cell) {
    const [picture, , where, line, figure, note] = node.children;
    node.dataset.tone = cell.tone;
    node.dataset.status = cell.status;
    node.classList.toggle(`${ROOT}__cell--open`, cell.is_open);
    const image = picture.firstElementChild;
    if (pictures.has(cell.n)) {
      if (!image) {
        const made = document.createElement("img");
        made.alt = "";
        made.src = pictures.get(cell.n);
        picture.replaceChildren(made);
      }
    } else say(picture, cell.is_open ? "" : cell.glyph), (picture.hidden = false);
    const [glyph, word, money] = line.children;
    say(glyph, cell.glyph);
    say(word, cell.word);
    say(money, cell.money);
    const sort = arrangement().sort;
    say(figure, sort && sort !== "cost" ? cell.figures[sort]?.[1] ?? "" : "");
    say(note, cell.note ?? "");
    if (note.textContent) node.title = cell.note;
    say(where, arrangement().layout === "list" ? labels(cell).join(" · ") : "");
    node.setAttribute("aria-label", [cell.label, figure.textContent, cell.note].filter(Boolean).join(", "));
    node.setAttribute("aria-selected", String(selected.has(cell.n)));
  }

  function labels(cell) {
    return view().axes.map((axis, place) => axis.values[cell.at[place]]);
  }

  // -- order --

  function figureOf(cell) {
    const found = cell.figures[arrangement().sort];
    return found === undefined ? null : found[0];
  }

  /** Compares by the figure that is sorted by; what has none comes last, and what is equal stays as asked for. */
  function better(one, other) {
    if (one === null || other === null) return (one === null) - (other === null);
    const figure = view().figures.find(({ id }) => id === arrangement().sort);
    return figure?.first === "high" ? other - one : one - other;
  }

  function isShown(cell) {
    const hidden = arrangement().hidden ?? {};
    return view().axes.every((axis, place) => !(hidden[axis.id] ?? []).includes(cell.at[place]));
  }

  function inOrder() {
    const shown = cells.filter(isShown);
    if (!arrangement().sort) return shown;
    return shown.map((cell) => [cell, figureOf(cell)]).sort((a, b) => better(a[1], b[1])).map(([cell]) => cell);
  }

  /** Places of an axis that are shown, the better ones first where it is sorted. */
  function placesOf(place) {
    const axis = view().axes[place];
    const hidden = arrangement().hidden?.[axis.id] ?? [];
    const found = axis.values.map((_, at) => at).filter((at) => !hidden.includes(at));
    if (!arrangement().sort) return found;
    const shown = cells.filter(isShown);
    const means = new Map(found.map((at) => [
      at, mean(shown.filter((cell) => cell.at[place] === at).map(figureOf).filter((number) => number !== null)),
    ]));
    return found.sort((a, b) => better(means.get(a), means.get(b)));
  }

  // -- the two layouts --

  function drawBody() {
    const hadFocus = body.contains(document.activeElement);
    const across = body.scrollLeft;
    sight.disconnect();
    nodes.clear();
    const shown = cells.filter(isShown);
    if (!shown.some((cell) => cell.n === active)) active = shown[0]?.n ?? 0;
    if (!shown.length) {
      places = [];
      body.replaceChildren(make("p", "nothing", words().none));
    } else body.replaceChildren(arrangement().layout === "matrix" && view().axes.length ? drawMatrix() : drawList());
    body.scrollLeft = across;
    body.setAttribute("aria-label", words().grid);
    if (hadFocus) nodes.get(active)?.focus();
  }

  function drawList() {
    const list = make("div", "list");
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-multiselectable", "true");
    list.setAttribute("aria-label", words().grid);
    const show = arrangement().show || Infinity;
    const ordered = inOrder().slice(0, show);
    if (!ordered.some((cell) => cell.n === active)) active = ordered[0]?.n ?? 0;
    list.append(...ordered.map((cell) => cellNode("div", "option", cell.n)));
    places = [];
    return list;
  }

  function drawMatrix() {
    const axes = view().axes;
    const down = axes.findIndex((axis) => axis.id === arrangement().rows);
    const first = axes.findIndex((axis) => axis.id === arrangement().columns);
    const across = axes.map((_, place) => place).filter((place) => place !== down && place !== first);
    if (first >= 0 && first !== down) across.unshift(first);
    const columns = product(across.map(placesOf));
    const rows = down < 0 ? [null] : placesOf(down);
    const best = new Set(inOrder().slice(0, arrangement().show || Infinity).map((cell) => cell.n));
    const byPlace = new Map(cells.map((cell) => [cell.at.join(), cell]));
    const table = make("table", "table");
    table.style.setProperty("--sdnb-columns", String(Math.max(columns.length, 1)));
    table.setAttribute("role", "grid");
    table.setAttribute("aria-multiselectable", "true");
    const names = (found) => found.map((place) => axes[place].name).join(", ");
    table.setAttribute("aria-label", fill(words().matrix_of, {
      rows: down < 0 ? "" : axes[down].name, columns: names(across),
    }));
    drawHeads(table.createTHead(), across, down);
    const part = table.createTBody();
    places = [];
    for (const row of rows) {
      const line = document.createElement("tr");
      if (row !== null) {
        const name = make("th", "row");
        name.scope = "row";
        const text = document.createElement("bdi");
        text.textContent = axes[down].values[row];
        name.append(text);
        line.append(name);
      }
      const drawn = [];
      for (const column of columns) {
        const at = [];
        across.forEach((place, index) => (at[place] = column[index]));
        if (row !== null) at[down] = row;
        const cell = byPlace.get(at.join());
        const node = cellNode("td", "gridcell", cell.n);
        node.classList.toggle(`${ROOT}__cell--pale`, !best.has(cell.n));
        line.append(node);
        drawn.push(cell.n);
      }
      places.push(drawn);
      part.append(line);
    }
    return table;
  }

  function drawHeads(part, across, down) {
    const axes = view().axes;
    let before = 1;
    across.forEach((place, level) => {
      const line = document.createElement("tr");
      if (level === 0 && down >= 0) {
        const corner = make("td", "corner", axes[down].name);
        corner.rowSpan = across.length;
        line.append(corner);
      }
      const found = placesOf(place);
      const span = across.slice(level + 1).reduce((count, inner) => count * placesOf(inner).length, 1);
      for (let turn = 0; turn < before; turn += 1) {
        for (const at of found) {
          const name = make("th", "column");
          name.scope = span === 1 ? "col" : "colgroup";
          name.colSpan = span;
          const text = document.createElement("bdi");
          text.textContent = axes[place].values[at];
          name.append(make("span", "axis", axes[place].name), text);
          line.append(name);
        }
      }
      before *= found.length;
      part.append(line);
    });
  }

  // -- what stands around --

  function drawHead() {
    const now = view();
    root.lang = now.language;
    root.setAttribute("aria-label", now.title);
    say(title, now.title);
    say(price, now.price);
    say(fixed, now.fixed);
    const isBusy = sending !== "";
    say(run, isBusy ? words().sending : now.run.label);
    run.disabled = isBusy || now.run.reason !== "" || now.is_running;
    run.hidden = now.is_running || !(now.to_make || isBusy);
    say(trim, now.trim);
    trim.disabled = isBusy;
    say(pause, now.is_running ? (now.is_paused ? words().resume : words().pause) : "");
    say(halt, now.is_running ? words().stop : "");
    say(reason, now.is_running || isBusy || (now.is_over && !now.to_make) ? "" : now.run.reason);
    actions.hidden = [...actions.children].every((node) => node.hidden);
    facts.replaceChildren(...[...now.budgets, ...now.notes].map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    facts.hidden = !facts.childElementCount;
    const [over, all] = now.done;
    progress.hidden = !(now.is_running || (over > 0 && over < all));
    progress.setAttribute("aria-valuemin", "0");
    progress.setAttribute("aria-valuemax", String(all));
    progress.setAttribute("aria-valuenow", String(over));
    progress.setAttribute("aria-label", now.title);
    bar.style.width = `${all ? (100 * over) / all : 0}%`;
    counts.replaceChildren(...now.counts.map(([glyph, text, tone]) => {
      const item = document.createElement("li");
      item.dataset.tone = tone;
      const shape = make("span", "glyph", glyph);
      shape.setAttribute("aria-hidden", "true");
      item.append(shape, text);
      return item;
    }));
    say(cost, now.cost);
    if (live.textContent !== now.news) live.textContent = now.news;
    drawChosen();
  }

  function drawChosen() {
    const many = selected.size >= 2;
    compare.hidden = !view().can_compare;
    compare.disabled = !many || [...selected].some((n) => !cells[n].is_open);
    say(compare, many ? fill(words().compare, { n: selected.size }) : words().compare_few);
    compare.hidden ||= !view().can_compare;
    say(clear, selected.size ? words().clear : "");
    say(help, words().open);
    say(still, view().can_still ? words().still : "");
  }

  function drawTools() {
    const axes = view().axes;
    const now = arrangement();
    const named = axes.map((axis) => [axis.id, axis.name]);
    const parts = [];
    if (axes.length > 1) {
      const isMatrix = now.layout === "matrix";
      parts.push(choice(words().layout, [["matrix", words().matrix], ["list", words().list]], now.layout,
        (layout) => arrange({ layout })));
      if (isMatrix) {
        parts.push(choice(words().rows, named, now.rows, (rows) => arrange(
          rows === now.columns ? { rows, columns: now.rows } : { rows })));
        const swap = button("swap", "⇄");
        swap.setAttribute("aria-label", words().swap);
        swap.title = words().swap;
        swap.addEventListener("click", () => arrange({ rows: now.columns, columns: now.rows }));
        parts.push(swap);
        parts.push(choice(words().columns, named, now.columns, (columns) => arrange(
          columns === now.rows ? { columns, rows: now.columns } : { columns })));
      }
    }
    const figures = view().figures.filter((figure) => cells.some(
      (cell) => cell.figures[figure.id] !== undefined || (figure.is_measured && cell.is_open)));
    parts.push(choice(words().sort, [["", words().asked], ...figures.map(({ id, name }) => [id, name])], now.sort,
      sortBy));
    if (now.sort) {
      const best = BEST.filter((count) => count < cells.length);
      parts.push(choice(words().show,
        [["0", words().all], ...best.map((count) => [String(count), fill(words().best, { n: count })])],
        String(now.show), (show) => arrange({ show: Number(show) })));
    }
    const place = [...tools.querySelectorAll("select, button")].indexOf(document.activeElement);
    tools.replaceChildren(...parts);
    if (place >= 0) tools.querySelectorAll("select, button")[place]?.focus();
    drawFilters();
  }

  /** What was not measured in all clips yet is measured now, and sorted by when it is there. */
  function sortBy(sort) {
    arrange(sort ? { sort } : { sort, show: 0 });
    const figure = view().figures.find(({ id }) => id === sort);
    if (!figure?.is_measured || cells.every((cell) => !cell.is_open || cell.figures[sort] !== undefined)) return;
    live.textContent = words().measuring;
    say(help, words().measuring);
    ask({ kind: "measure" }, () => {
      drawChosen();
      onArrangement();
    });
  }

  function drawFilters() {
    const hidden = arrangement().hidden ?? {};
    const count = cells.filter((cell) => !isShown(cell)).length;
    filters.hidden = !view().axes.some((axis) => axis.values.length > 1);
    summary.textContent = count ? fill(words().filtered, { n: count }) : words().filter;
    const focused = document.activeElement?.dataset?.filter;
    boxes.replaceChildren(...view().axes.filter((axis) => axis.values.length > 1).map((axis) => {
      const set = make("fieldset", "set");
      set.append(make("legend", "legend", axis.name));
      axis.values.forEach((value, at) => {
        const label = make("label", "check");
        const box = document.createElement("input");
        box.type = "checkbox";
        box.dataset.filter = `${axis.id} ${at}`;
        box.checked = !(hidden[axis.id] ?? []).includes(at);
        box.addEventListener("change", () => {
          const others = (hidden[axis.id] ?? []).filter((one) => one !== at);
          arrange({ hidden: { ...hidden, [axis.id]: box.checked ? others : [...others, at] } });
        });
        const text = document.createElement("bdi");
        text.textContent = value;
        label.append(box, text);
        set.append(label);
      });
      return set;
    }));
    if (count) {
      const everything = button("button", words().everything);
      everything.addEventListener("click", () => arrange({ hidden: {} }));
      boxes.append(everything);
    }
    if (focused) [...boxes.querySelectorAll("input")].find((box) => box.dataset.filter === focused)?.focus();
  }

  // -- one clip --

  function open(n) {
    const cell = cells[n];
    if (!cell?.is_open) {
      live.textContent = words().noclip;
      return;
    }
    ask({ kind: "open", cells: [n] }, (answer) => answer.ok && play(answer));
  }

  function play(answer) {
    shut();
    const end = new AbortController();
    const top = make("div", "viewer-head");
    const name = document.createElement("bdi");
    name.textContent = answer.clip.name;
    const close = button("button", words().close);
    close.addEventListener("click", () => shut(true));
    top.append(name, make("span", "viewer-facts", answer.facts), close);
    const video = document.createElement("video");
    video.controls = video.playsInline = video.muted = video.loop = true;
    video.poster = answer.clip.poster;
    video.setAttribute("aria-label", answer.clip.name);
    const said = make("div", "viewer-said");
    said.setAttribute("role", "status");
    viewer.replaceChildren(top, video, said);
    viewer.hidden = false;
    opened = { end, release: () => {}, n: answer.cell };
    const mine = opened;
    attachClip({
      model, video, clip: answer.clip, signal: end.signal,
      onprogress: ({ stage, share }) => say(said, fill(words()[`clip_${stage === "chunks" ? "loading" : stage}`], {
        share: Math.round(100 * (share || 0)),
      })),
    }).then((outcome) => {
      mine.release = outcome.release;
      if (mine !== opened) return void outcome.release();
      const why = { kernel: words().clip_no_kernel, unplayable: words().clip_unplayable, silent: words().clip_silent };
      say(said, outcome.why ? fill(why[outcome.why], { why: outcome.error }) : "");
      if (outcome.way !== "none") video.play().catch(() => {});
    });
    viewer.scrollIntoView({ block: "nearest" });
  }

  function shut(back = false) {
    if (!opened) return;
    const { end, release, n } = opened;
    opened = null;
    end.abort();
    release();
    viewer.replaceChildren();
    viewer.hidden = true;
    if (back) nodes.get(n)?.focus();
  }

  // -- hands --

  function select(n) {
    if (selected.has(n)) selected.delete(n);
    else selected.add(n);
    const node = nodes.get(n);
    if (node) node.setAttribute("aria-selected", String(selected.has(n)));
    model.send({ kind: "touch" });
    drawChosen();
  }

  function focus(n) {
    const before = nodes.get(active);
    if (before) before.tabIndex = -1;
    active = n;
    const node = nodes.get(n);
    if (!node) return;
    node.tabIndex = 0;
    node.focus();
  }

  /** The cell that an arrow leads to. */
  function towards(key) {
    if (!places.length) {
      const drawn = [...nodes.keys()];
      const at = drawn.indexOf(active);
      const tops = drawn.map((n) => nodes.get(n).offsetTop);
      const wide = Math.max(tops.filter((top) => top === tops[0]).length, 1);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + wide, ArrowUp: at - wide }[key];
      if (key === "Home") return drawn[0];
      if (key === "End") return drawn.at(-1);
      return drawn[to];
    }
    const row = places.findIndex((line) => line.includes(active));
    const column = places[row].indexOf(active);
    switch (key) {
      case "ArrowRight": return places[row][column + 1];
      case "ArrowLeft": return places[row][column - 1];
      case "ArrowDown": return places[row + 1]?.[column];
      case "ArrowUp": return places[row - 1]?.[column];
      case "Home": return places[row][0];
      default: return places[row].at(-1);
    }
  }

  // Heard before the page hears it: notebooks take keys from whatever has the focus.
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const cell = event.target.closest?.(`.${ROOT}__cell`);
    if (event.key === "Escape" && opened && root.contains(event.target)) shut(true);
    else if (!cell || !root.contains(cell)) return;
    else if (event.key === "Enter") open(Number(cell.dataset.n));
    else if (event.key === " ") select(Number(cell.dataset.n));
    else if (["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
      const to = towards(event.key);
      if (to !== undefined) focus(to);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function submit(isTrim) {
    if (sending) return;
    sending = "run";
    const label = isTrim ? view().trim : view().run.label;
    drawHead();
    ask({ kind: "run", label, trim: isTrim }, () => {
      sending = "";
      drawHead();
    });
  }

  body.addEventListener("click", (event) => {
    const cell = event.target.closest(`.${ROOT}__cell`);
    if (!cell) return;
    const n = Number(cell.dataset.n);
    focus(n);
    if (event.target.closest(`.${ROOT}__tick`) || event.ctrlKey || event.metaKey || event.shiftKey) select(n);
    else if (cells[n].is_open) open(n);
  }, until);
  body.addEventListener("focusin", (event) => {
    const cell = event.target.closest(`.${ROOT}__cell`);
    if (!cell || Number(cell.dataset.n) === active) return;
    const before = nodes.get(active);
    if (before) before.tabIndex = -1;
    active = Number(cell.dataset.n);
    cell.tabIndex = 0;
  }, until);
  run.addEventListener("click", () => submit(false), until);
  trim.addEventListener("click", () => submit(true), until);
  pause.addEventListener("click", () => ask({ kind: view().is_paused ? "resume" : "pause" }), until);
  halt.addEventListener("click", () => ask({ kind: "stop" }), until);
  still.addEventListener("click", () => ask({ kind: "still" }), until);
  compare.addEventListener("click", () => ask({ kind: "compare", cells: [...selected] }), until);
  clear.addEventListener("click", () => {
    const before = [...selected];
    selected.clear();
    for (const n of before) nodes.get(n)?.setAttribute("aria-selected", "false");
    drawChosen();
    nodes.get(active)?.focus();
  }, until);
  window.addEventListener("keydown", onKey, { capture: true, signal: stop.signal });

  // -- what Python says --

  function onMessage(message, buffers) {
    if (!message) return;
    if (message.kind === "cells") take(message.cells);
    const answer = waiting.get(message.id);
    if (answer) {
      waiting.delete(message.id);
      answer(message, buffers);
    }
  }

  function take(news) {
    for (const cell of news) {
      cells[cell.n] = cell;
      const node = nodes.get(cell.n);
      if (!node) continue;
      fillCell(node, cell);
      if (cell.is_open && !pictures.has(cell.n)) {
        // Observed anew, so that what is in sight already is told of.
        sight.unobserve(node);
        sight.observe(node);
      }
    }
    drawChosen();
  }

  function onView() {
    drawHead();
    // Sorted anew when all is there, and not under the eyes of somebody who looks.
    if (view().is_over && !wasOver) {
      drawTools();
      if (arrangement().sort) drawBody();
    }
    wasOver = view().is_over;
  }

  function onArrangement() {
    drawTools();
    drawBody();
  }

  function drawError() {
    say(error, model.get("error"));
  }

  model.on("change:view", onView);
  model.on("change:arrangement", onArrangement);
  model.on("change:error", drawError);
  model.on("msg:custom", onMessage);
  wasOver = view().is_over;
  drawHead();
  drawTools();
  drawBody();
  drawError();
  ask({ kind: "look" }, (answer) => {
    if (!answer.cells) return;
    const isAnother = answer.cells.length !== cells.length;
    take(answer.cells);
    if (isAnother) onArrangement();
  });

  function cleanup() {
    stop.abort();
    shut();
    sight.disconnect();
    clearTimeout(gathering);
    for (const url of pictures.values()) URL.revokeObjectURL(url);
    model.off("change:view", onView);
    model.off("change:arrangement", onArrangement);
    model.off("change:error", drawError);
    model.off("msg:custom", onMessage);
    root.remove();
  }
  signal?.addEventListener("abort", cleanup, { once: true });
  return cleanup;
}

export default { initialize: ({ model }) => takePlaces(model, render), render };
