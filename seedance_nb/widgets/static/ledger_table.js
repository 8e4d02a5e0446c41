/**
 * The ledger as a table. Rows are asked for as they come into view; filters, order and sums are Python's and the
 * database's; everything that is drawn is text.
 */
import { takePlaces } from "./parts/place.js";
import { call, filled, make } from "./ledger_table/call.js";
import { Detail } from "./ledger_table/detail.js";
import { Foot } from "./ledger_table/foot.js";
import { Grid, MOST_ROWS } from "./ledger_table/grid.js";
import { Posters } from "./ledger_table/posters.js";
import { Store } from "./ledger_table/store.js";
import { Toolbar } from "./ledger_table/toolbar.js";

const LOOK_MS = 2_000;
const BUSY_MS = 3_000;
/** More than so much text is saved as a file and not put into the clipboard. */
const MOST_COPIED = 4_000_000;

function render({ model, el, host, signal }) {
  const stop = new AbortController();
  const view = model.get("view");
  const { words } = view;
  const root = make("section", "root");
  root.classList.add("sdnb", "sdnb-ledger-table");
  root.setAttribute("aria-label", words.name);
  root.lang = view.language;

  const failed = make("p", "failed");
  failed.setAttribute("role", "alert");
  failed.hidden = true;
  const news = make("p", "news");
  news.setAttribute("role", "status");
  const empty = make("p", "nothing");
  empty.hidden = true;
  const keys = make("p", "keys", words.keys);
  const composing = make("div", "composing");

  const complain = (error) => {
    if (stop.signal.aborted) return;
    failed.textContent = error.message;
    failed.hidden = !failed.textContent;
  };
  /** Ask for something; what goes wrong is told below the table, and that the kernel is busy beside it. */
  async function ask(message) {
    const busy = setTimeout(() => tell(words.waiting), BUSY_MS);
    try {
      const answer = await call(model, message, stop.signal);
      failed.hidden = true;
      return answer;
    } catch (error) {
      complain(error);
      return null;
    } finally {
      clearTimeout(busy);
      if (news.textContent === words.waiting) tell("");
    }
  }
  /** Said once more where it is the same as before, so that a screen reader says it too. */
  const tell = (text) => {
    news.textContent = "";
    if (text) setTimeout(() => { news.textContent = text; }, 50);
  };

  const store = new Store(model, stop.signal, () => grid.draw());
  const posters = new Posters(model, stop.signal, () => grid.draw());

  let wanted = null, isAsking = false;
  /** One query at a time: what is wanted meanwhile goes together into the next. */
  async function query(changes) {
    wanted = { ...wanted, ...changes };
    if (isAsking) return;
    isAsking = true;
    while (wanted && !stop.signal.aborted) {
      const now = wanted;
      wanted = null;
      await ask({ kind: "query", query: now });
    }
    isAsking = false;
  }
  /** Write something, and say that it was written. */
  async function write(message) {
    const answer = await ask(message);
    if (answer) tell(answer.content.news);
  }
  const undo = () => model.get("undo") && write({ kind: "undo" });
  const grid = new Grid({
    words, signal: stop.signal, store, posters,
    on: {
      sort: (id) => {
        const now = model.get("query");
        query(now.order === id ? { descending: !now.descending } : { order: id, descending: ["created_at", "finished_at", "cost", "rating", "tokens", "duration"].includes(id) });
      },
      choose: (what) => ask({ kind: "choose", version: model.get("size").version, ...what }),
      fold: (row) => ask({ kind: "fold", group: row.group, version: model.get("size").version }),
      show: async (task) => {
        const answer = await ask({ kind: "show", task });
        if (answer) detail.draw(answer.content.detail);
      },
      say: (what, value, task) => write({ kind: "say", what, value, task }),
      undo, csv,
    },
  });
  const toolbar = new Toolbar({
    view, signal: stop.signal, ask: query, csv, undo,
    choices: async () => (await call(model, { kind: "choices" }, stop.signal)).content.facets,
  });
  const foot = new Foot({
    view,
    say: (what, value) => write({ kind: "say", what, value }),
    none: () => ask({ kind: "choose", what: "none" }),
  });
  const detail = new Detail({
    model, words, signal: stop.signal,
    compose: async (task) => {
      const answer = await ask({ kind: "compose", task });
      if (answer?.content.missing.length) tell(answer.content.missing.join(" "));
    },
    onclose: () => grid.node.querySelector('[tabindex="0"]')?.focus({ preventScroll: true }),
  });
  root.append(toolbar.node, grid.node, empty, foot.node, failed, news, keys, detail.node, composing);
  el.append(root);

  async function csv() {
    const answer = await ask({ kind: "csv" });
    if (!answer) return;
    const { count } = answer.content;
    const bytes = answer.buffers[0];
    if (bytes.byteLength <= MOST_COPIED && (await copied(new TextDecoder().decode(bytes)))) {
      return tell(filled(words.csv_copied, { count }));
    }
    const url = URL.createObjectURL(new Blob(["\ufeff", bytes], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "ledger.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    tell(filled(words.csv_saved, { count }));
  }

  let before = "";
  function drawQuery() {
    const now = model.get("query");
    toolbar.draw(now);
    const columns = now.columns.map((id) => view.columns.find((one) => one.id === id)).filter(Boolean);
    grid.lay({ columns, order: now.order, descending: now.descending, isGrouped: Boolean(now.group) });
    const { columns: _, ...others } = now;
    if (before && before !== JSON.stringify(others)) {
      store.renew(store.version, true);
      grid.node.scrollTop = 0;
      grid.at.row = Math.min(grid.at.row, 0);
    }
    before = JSON.stringify(others);
    grid.draw();
  }

  function drawSize() {
    const size = model.get("size");
    store.renew(size.version, false);
    grid.resize(size.rows);
    grid.node.hidden = size.rows === 0;
    empty.hidden = size.rows !== 0 && size.rows <= MOST_ROWS;
    const now = model.get("query");
    const isFiltered = now.text || now.since || now.until || Object.values(now.chosen).some((values) => values.length);
    if (size.rows === 0) empty.textContent = isFiltered ? words.nothing_found : words.nothing;
    else if (!empty.hidden) empty.textContent = filled(words.too_many, { count: MOST_ROWS.toLocaleString(view.language) });
    drawSums();
  }

  function drawSums() {
    const sums = model.get("sums");
    foot.draw(sums);
    grid.choose(sums.chosen_count, sums.count);
  }

  const drawUndo = () => toolbar.tell(model.get("undo"));
  const drawError = () => complain({ message: model.get("error") });

  // -- the composer of a task that is composed again --

  let shownIn = null;
  async function drawComposer() {
    shownIn?.abort();
    composing.replaceChildren();
    const child = model.get("composer");
    if (!child) return;
    const here = (shownIn = new AbortController());
    stop.signal.addEventListener("abort", () => here.abort(), { signal: here.signal });
    const place = make("div", "composer");
    if (!host) place.dataset.sdnbPlace = model.get("places").composer;
    composing.append(place);
    // In a place of a cell's HTML nobody hands us other widgets; those with places of their own come by themselves.
    if (host) {
      try {
        const other = await host.getWidget(child);
        if (!here.signal.aborted) await other.render({ el: place, signal: here.signal });
      } catch (error) {
        console.warn("The composer could not be drawn below the table.", error);
        composing.replaceChildren(make("p", "nothing", words.composer_failed));
      }
    }
    if (!here.signal.aborted) composing.scrollIntoView({ block: "nearest" });
  }

  // -- somebody looks: others may have written meanwhile --

  let looked = Date.now();
  const look = () => {
    if (Date.now() - looked < LOOK_MS) return;
    looked = Date.now();
    model.send({ kind: "look" });
  };
  for (const name of ["pointerenter", "focusin"]) root.addEventListener(name, look, { signal: stop.signal });

  const heard = {
    "change:query": drawQuery, "change:size": drawSize, "change:sums": drawSums, "change:undo": drawUndo,
    "change:error": drawError, "change:composer": drawComposer,
  };
  for (const [name, hear] of Object.entries(heard)) model.on(name, hear);
  drawQuery();
  drawSize();
  drawUndo();
  drawError();
  drawComposer();

  const cleanup = () => {
    stop.abort();
    for (const [name, hear] of Object.entries(heard)) model.off(name, hear);
    root.remove();
  };
  signal?.addEventListener("abort", cleanup, { once: true });
  return cleanup;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not allowed on this page, or not without a hand on it
  }
}

export default { initialize: ({ model }) => takePlaces(model, render), render };
