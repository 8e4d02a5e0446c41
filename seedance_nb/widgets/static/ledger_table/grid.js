/**
 * The grid: rows in view out of very many, and a hand on each cell by pointer and by keys, as the pattern "grid" of the
 * ARIA practices has it. Which rows are in view is told by TanStack's virtualizer; the row that has the focus is always
 * among them, so that no reader loses its place.
 */
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect } from "./../vendor/virtual_core.js";
import { drawing, reshape } from "./../parts/shapes.js";
import { button, filled, make } from "./call.js";
import { drawCell } from "./cells.js";
import { edit } from "./editor.js";

const ROW_PX = 46;
const HEAD_PX = 34;
/** Browsers lay nothing out below some height; Firefox's is the least, of 17.8 million pixels. */
export const MOST_ROWS = Math.floor(17_000_000 / ROW_PX);
/** For each column the pixels that it has at least, and its share of what is left. */
const WIDTHS = {
  clip: [84, 0], status: [112, 0.4], prompt: [230, 3], model: [150, 0.6], provider: [124, 0.6], cost: [92, 0.4],
  rating: [96, 0], tags: [110, 0.8], project: [110, 0.6], note: [130, 1], created_at: [132, 0], finished_at: [132, 0],
  duration: [76, 0], tokens: [96, 0], resolution: [96, 0], ratio: [72, 0], task_id: [170, 1],
};
const OTHER = [110, 0.4];
const CHOOSE_PX = 34;
const NUMBERS = new Set(["cost", "duration", "tokens", "seed"]);
const CHOOSE = "choose";

export class Grid {
  /**
   * @param {object} given
   * @param {object} given.words @param {AbortSignal} given.signal
   * @param {object} given.store has the rows @param {object} given.posters has the posters
   * @param {object} given.on what is told: `sort(id)`, `choose(...)`, `fold(row)`, `show(task)`, `say(what, value, task)`
   */
  constructor({ words, signal, store, posters, on }) {
    Object.assign(this, { words, signal, store, posters, on });
    this.columns = [];
    this.count = 0;
    this.at = { row: 0, column: 1 };
    this.anchor = 0;
    this.editing = null;
    /** @type {Map<number, HTMLElement>} */
    this.drawn = new Map();
    this.isDue = false;

    this.node = make("div", "grid");
    this.node.setAttribute("role", "grid");
    this.node.setAttribute("aria-label", words.name);
    this.node.setAttribute("aria-multiselectable", "true");
    this.node.setAttribute("data-lm-suppress-shortcuts", "true");
    this.head = make("div", "head");
    this.head.setAttribute("role", "rowgroup");
    this.body = make("div", "body");
    this.body.setAttribute("role", "rowgroup");
    this.node.append(this.head, this.body);

    this.virtual = new Virtualizer({
      count: 0,
      getScrollElement: () => this.node,
      estimateSize: () => ROW_PX,
      overscan: 6,
      scrollMargin: HEAD_PX,
      scrollPaddingStart: HEAD_PX,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      rangeExtractor: (range) => this.#inView(range),
      onChange: () => this.draw(),
    });
    const leave = this.virtual._didMount();
    signal.addEventListener("abort", leave);

    this.body.addEventListener("click", (event) => this.#clicked(event));
    this.body.addEventListener("dblclick", (event) => this.#opened(event));
    // Heard before the page hears it: notebooks take keys from whatever has the focus.
    window.addEventListener("keydown", (event) => this.#key(event), { capture: true, signal });
  }

  /** Columns, the order and whether rows are in groups. */
  lay({ columns, order, descending, isGrouped }) {
    const isOther = columns.map((one) => one.id).join() !== this.columns.map((one) => one.id).join();
    this.columns = columns;
    this.node.setAttribute("role", isGrouped ? "treegrid" : "grid");
    this.node.setAttribute("aria-colcount", String(columns.length + 1));
    const widths = columns.map((one) => WIDTHS[one.id] ?? OTHER);
    const track = ([px, share]) => (share ? `minmax(${px}px, ${share}fr)` : `${px}px`);
    this.node.style.setProperty("--sdnb-columns", [`${CHOOSE_PX}px`, ...widths.map(track)].join(" "));
    this.node.style.setProperty("--sdnb-width", `${widths.reduce((sum, [px]) => sum + px, CHOOSE_PX)}px`);
    this.node.style.setProperty("--sdnb-row", `${ROW_PX}px`);
    this.#drawHead(order, descending);
    if (!isOther) return;
    this.at.column = Math.min(this.at.column, columns.length);
    for (const row of this.drawn.values()) row.remove();
    this.drawn.clear();
  }

  #drawHead(order, descending) {
    const focused = this.head.contains(document.activeElement) ? this.at.column : -1;
    const row = make("div", "row");
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", "1");
    const all = make("div", "columnhead");
    all.setAttribute("role", "columnheader");
    all.setAttribute("aria-colindex", "1");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.tabIndex = -1;
    box.setAttribute("aria-label", this.words.choose_all);
    box.addEventListener("change", () => this.on.choose({ what: box.checked ? "all" : "none" }));
    this.box = box;
    all.append(box);
    row.append(all);
    this.columns.forEach((column, place) => {
      const cell = make("div", "columnhead");
      cell.setAttribute("role", "columnheader");
      cell.setAttribute("aria-colindex", String(place + 2));
      if (NUMBERS.has(column.id)) cell.classList.add("sdnb-ledger-table__number");
      const isOrder = column.id === order;
      if (isOrder) cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
      if (column.sorts) {
        const sort = button("sort", column.label, () => this.on.sort(column.id));
        sort.tabIndex = -1;
        if (isOrder) {
          const mark = make("span", "mark", descending ? "▼" : "▲");
          mark.setAttribute("aria-hidden", "true");
          sort.append(mark);
        }
        cell.append(sort);
      } else {
        cell.append(make("span", "label", column.label));
        cell.tabIndex = -1;
      }
      row.append(cell);
    });
    this.head.replaceChildren(row);
    if (focused >= 0) this.#focus();
  }

  /** How many rows there are, or that they may be others. */
  resize(count) {
    this.count = Math.min(count, MOST_ROWS);
    this.node.setAttribute("aria-rowcount", String(count + 1));
    this.at.row = Math.min(this.at.row, Math.max(0, this.count - 1));
    this.virtual.setOptions({ ...this.virtual.options, count: this.count });
    this.virtual.measure();
    this.node.style.setProperty("--sdnb-height", `${this.virtual.getTotalSize()}px`);
    this.virtual._willUpdate();
    this.draw();
  }

  /** @param {number} chosen how many tasks are chosen @param {number} tasks of how many */
  choose(chosen, tasks) {
    this.box.checked = chosen > 0 && chosen === tasks;
    this.box.indeterminate = chosen > 0 && chosen < tasks;
  }

  #inView({ startIndex, endIndex, overscan, count }) {
    const start = Math.max(0, startIndex - overscan), stop = Math.min(count - 1, endIndex + overscan);
    const found = [];
    for (let index = start; index <= stop; index += 1) found.push(index);
    if (this.at.row < start && this.at.row >= 0) found.unshift(this.at.row);
    if (this.at.row > stop && this.at.row < count) found.push(this.at.row);
    return found;
  }

  /** Draw soon, once for all that has changed. */
  draw() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      if (!this.signal.aborted) this.#draw();
    });
  }

  #draw() {
    const items = this.virtual.getVirtualItems();
    const wanted = new Set(items.map((item) => item.index));
    const spare = [];
    for (const [index, row] of this.drawn) {
      if (wanted.has(index)) continue;
      this.drawn.delete(index);
      row.remove();
      spare.push(row);
    }
    // A page is read in the order it is written in: rows that stay are in order already, others are put between them.
    let next = this.body.firstElementChild;
    for (const item of items) {
      let row = this.drawn.get(item.index);
      if (row) next = row.nextElementSibling;
      else {
        row = spare.pop() ?? this.#newRow();
        row.style.transform = `translateY(${item.start - HEAD_PX}px)`;
        row.setAttribute("aria-rowindex", String(item.index + 2));
        row.dataset.index = item.index;
        this.drawn.set(item.index, row);
        this.body.insertBefore(row, next);
      }
      this.#fill(row, item.index);
    }
    const range = this.virtual.range;
    if (!range) return;
    this.store.want(Math.max(0, range.startIndex - 6), Math.min(this.count - 1, range.endIndex + 6));
    const seen = [];
    for (let index = range.startIndex; index <= range.endIndex; index += 1) {
      const row = this.store.row(index);
      if (row?.poster) seen.push(row.task);
    }
    if (this.columns.some((column) => column.id === "clip")) this.posters.want(seen);
    this.#mark();
  }

  #newRow() {
    const row = make("div", "row");
    row.setAttribute("role", "row");
    return row;
  }

  #fill(row, index) {
    const data = this.store.row(index);
    const kind = data?.group !== undefined ? "group" : "task";
    if (row.dataset.kind !== kind) {
      row.dataset.kind = kind;
      row.replaceChildren(...(kind === "group" ? this.#groupCells() : this.#taskCells()));
    }
    row.toggleAttribute("data-waits", !data);
    row.setAttribute("aria-selected", String(Boolean(data?.chosen)));
    const box = row.firstChild.firstChild;
    box.checked = Boolean(data?.chosen);
    box.disabled = !data;
    if (!data) {
      for (const cell of [...row.children].slice(1)) {
        if (cell === this.editing) continue;
        cell.dataset.said = "";
        cell.replaceChildren();
      }
      return;
    }
    if (kind === "group") return this.#fillGroup(row, data, box);
    row.removeAttribute("aria-expanded");
    if (this.node.getAttribute("role") === "treegrid") row.setAttribute("aria-level", "2");
    else row.removeAttribute("aria-level");
    const title = filled(this.words.choose, { title: data.texts.prompt });
    if (box.getAttribute("aria-label") !== title) box.setAttribute("aria-label", title);
    this.columns.forEach((column, place) => {
      const cell = row.children[place + 1];
      if (cell === this.editing) return;
      drawCell(cell, column, data, { words: this.words, poster: this.posters.url(data.task) });
    });
  }

  #fillGroup(row, data, box) {
    row.setAttribute("aria-level", "1");
    row.setAttribute("aria-expanded", String(data.open));
    box.setAttribute("aria-label", filled(this.words.choose, { title: data.label }));
    const cell = row.children[1];
    const said = JSON.stringify([data.label, data.sums, data.open]);
    if (cell.dataset.said === said) return;
    cell.dataset.said = said;
    const mark = make("span", "fold", data.open ? "▾" : "▸");
    mark.setAttribute("aria-hidden", "true");
    const label = document.createElement("bdi");
    label.textContent = data.label;
    const sums = make("span", "groupsums");
    for (const line of data.sums) sums.append(make("span", "groupsum", line));
    const name = make("strong", "grouplabel");
    name.append(label);
    cell.replaceChildren(mark, name, sums);
  }

  #taskCells() {
    return [this.#chooseCell(), ...this.columns.map((column, place) => {
      const cell = this.#cell(place + 2);
      if (NUMBERS.has(column.id)) cell.classList.add("sdnb-ledger-table__number");
      cell.dataset.column = column.id;
      if (column.edits) cell.dataset.edits = "";
      else cell.setAttribute("aria-readonly", "true");
      return cell;
    })];
  }

  #groupCells() {
    const cell = this.#cell(2);
    cell.classList.add("sdnb-ledger-table__group");
    cell.setAttribute("aria-colspan", String(this.columns.length));
    return [this.#chooseCell(), cell];
  }

  #cell(column) {
    const cell = make("div", "cell");
    cell.setAttribute("role", "gridcell");
    cell.setAttribute("aria-colindex", String(column));
    cell.tabIndex = -1;
    return cell;
  }

  #chooseCell() {
    const cell = this.#cell(1);
    cell.dataset.column = CHOOSE;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.tabIndex = -1;
    cell.append(box);
    return cell;
  }

  // -- where somebody is --

  #here() {
    if (this.at.row < 0) {
      const cell = this.head.firstChild?.children[this.at.column];
      return cell?.querySelector("button, input") ?? cell ?? null;
    }
    const row = this.drawn.get(this.at.row);
    return row?.children[Math.min(this.at.column, row.children.length - 1)] ?? null;
  }

  /** One cell can be reached by Tab: the one where somebody is. */
  #mark() {
    const here = this.#here();
    for (const old of this.node.querySelectorAll('[tabindex="0"]')) if (old !== here) old.tabIndex = -1;
    if (here && here !== this.editing) here.tabIndex = 0;
    if (this.isMoving && here && !this.editing) {
      this.isMoving = false;
      here.focus({ preventScroll: true });
      // A cell that is as wide as its row is in view already.
      const isGroup = here.parentElement.dataset.kind === "group";
      if (this.at.row >= 0 && !isGroup) here.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  #focus() {
    this.isMoving = true;
    this.#mark();
  }

  #go(row, column) {
    this.at.row = Math.max(-1, Math.min(this.count - 1, row));
    this.at.column = Math.max(0, Math.min(this.columns.length, column));
    this.isMoving = true;
    if (this.at.row >= 0) this.virtual.scrollToIndex(this.at.row, { align: "auto" });
    this.draw();
  }

  #key(event) {
    if (!this.node.contains(event.target) || event.isComposing) return;
    if (this.editing?.contains(event.target)) return; // the field hears its own keys
    if (this.#act(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** @returns {boolean} whether the key means something here */
  #act(event) {
    const { row, column } = this.at;
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW_PX) - 2);
    const isControl = event.ctrlKey || event.metaKey;
    const data = row >= 0 ? this.store.row(row) : null;
    if (isControl && !event.altKey) {
      switch (event.key.toLowerCase()) {
        case "a": this.on.choose({ what: "all" }); return true;
        case "z": this.on.undo(); return true;
        case "c": return this.#copy(data);
        case "home": this.#go(0, 0); return true;
        case "end": this.#go(this.count - 1, this.columns.length); return true;
        default: return false;
      }
    }
    if (event.altKey) return false;
    switch (event.key) {
      case "ArrowDown": case "ArrowUp": {
        const to = row + (event.key === "ArrowDown" ? 1 : -1);
        if (event.shiftKey && row >= 0 && to >= 0 && to < this.count) this.on.choose({ what: "rows", start: row, stop: to, on: true });
        this.#go(to, column);
        return true;
      }
      case "ArrowRight":
        if (data?.group !== undefined && !data.open) this.on.fold(data);
        else this.#go(row, column + 1);
        return true;
      case "ArrowLeft":
        if (data?.group !== undefined && data.open && column <= 1) this.on.fold(data);
        else this.#go(row, column - 1);
        return true;
      case "Home": this.#go(row, 0); return true;
      case "End": this.#go(row, this.columns.length); return true;
      case "PageDown": this.#go(row + page, column); return true;
      case "PageUp": this.#go(Math.max(0, row - page), column); return true;
      case " ":
        if (row < 0) return false;
        this.#toggle(row, event.shiftKey);
        return true;
      case "Enter": case "F2": {
        if (row < 0) return false;
        const cell = this.#here();
        if (cell) this.#enter(cell, data);
        return true;
      }
      default:
        if (/^[0-5]$/.test(event.key) && data?.task && this.columns[column - 1]?.id === "rating") {
          this.on.say("rating", Number(event.key) || null, data.task);
          return true;
        }
        return false;
    }
  }

  /** What is chosen, as CSV; where nothing is, the text of the cell. */
  #copy(data) {
    if (String(document.getSelection())) return false;
    if (this.box.checked || this.box.indeterminate) this.on.csv();
    else navigator.clipboard?.writeText(data?.texts?.[this.columns[this.at.column - 1]?.id] ?? "").catch(() => {});
    return true;
  }

  #toggle(index, isRange) {
    const data = this.store.row(index);
    if (!data) return;
    if (data.group !== undefined) this.on.choose({ what: "group", group: data.group, on: !data.chosen });
    else if (isRange) this.on.choose({ what: "rows", start: this.anchor, stop: index, on: true });
    else {
      this.anchor = index;
      const on = !data.chosen;
      this.store.patch(index, { chosen: on });
      this.on.choose({ what: "rows", start: index, stop: index, on });
      this.draw();
    }
  }

  #enter(cell, data) {
    if (!data) return;
    if (data.group !== undefined) return this.on.fold(data);
    if (cell.dataset.column === CHOOSE) return this.#toggle(this.at.row, false);
    if ("edits" in cell.dataset) return this.#edit(cell, data);
    this.on.show(data.task);
  }

  #edit(cell, row) {
    const column = this.columns.find((one) => one.id === cell.dataset.column);
    this.editing = cell;
    edit({
      cell, column, row, words: this.words,
      onkeep: (value) => this.on.say(column.id, value, row.task),
      onend: () => {
        this.editing = null;
        const hadFocus = cell.contains(document.activeElement);
        drawCell(cell, column, this.store.row(this.at.row) ?? row, { words: this.words, poster: "" });
        if (hadFocus) this.#focus();
        this.draw();
      },
    });
  }

  #find(event) {
    const cell = event.target.closest?.('[role="gridcell"]');
    const row = cell?.parentElement;
    if (!row?.dataset.index) return null;
    const index = Number(row.dataset.index);
    return { cell, index, data: this.store.row(index) };
  }

  #clicked(event) {
    const found = this.#find(event);
    if (!found || this.editing?.contains(event.target)) return;
    const { cell, index, data } = found;
    this.at = { row: index, column: [...cell.parentElement.children].indexOf(cell) };
    this.#focus();
    if (cell.dataset.column === CHOOSE) {
      if (event.target !== cell.firstChild) return void this.#toggle(index, event.shiftKey);
      event.preventDefault();
      // The browser gives the box back its mark when the click is over; it is drawn by what is chosen.
      setTimeout(() => this.#toggle(index, event.shiftKey));
    } else if (data?.group !== undefined) this.on.fold(data);
    else if (cell.dataset.column === "clip" && data?.poster) this.on.show(data.task);
  }

  #opened(event) {
    const found = this.#find(event);
    if (found?.data?.task && found.cell.dataset.column !== CHOOSE && found.cell !== this.editing) this.#enter(found.cell, found.data);
  }
}
