/** What stands above the grid: search, filters, groups, columns, CSV and undo. */
import { button, filled, make } from "./call.js";

const REST_MS = 250;

export class Toolbar {
  /**
   * @param {object} given
   * @param {object} given.view words, columns and choices, as Python gives them
   * @param {AbortSignal} given.signal
   * @param {(changes: object) => void} given.ask asks for another query
   * @param {() => Promise<object[]>} given.choices which values can be filtered by
   * @param {() => void} given.csv @param {() => void} given.undo
   */
  constructor({ view, signal, ask, choices, csv, undo }) {
    Object.assign(this, { view, words: view.words, signal, ask, choices });
    this.query = null;
    this.timer = 0;
    signal.addEventListener("abort", () => clearTimeout(this.timer));
    this.node = make("div", "toolbar");
    this.node.setAttribute("data-lm-suppress-shortcuts", "true");
    const line = make("div", "line");

    this.search = document.createElement("input");
    this.search.type = "search";
    this.search.className = "sdnb-ledger-table__search";
    this.search.placeholder = this.words.search;
    this.search.setAttribute("aria-label", this.words.search);
    this.search.addEventListener("input", () => this.#soon());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.#now();
    });

    this.filters = this.#opener("filters", this.words.filters, () => this.#offer());
    this.columns = this.#opener("columns", this.words.columns, () => this.#drawColumns());
    const group = make("label", "group-by");
    this.group = document.createElement("select");
    this.group.append(new Option(this.words.no_group, ""), ...view.groups.map((one) => new Option(one.label, one.id)));
    this.group.addEventListener("change", () => this.ask({ group: this.group.value }));
    group.append(make("span", "label", this.words.group), this.group);
    this.undo = button("button", "", undo);
    this.undo.hidden = true;
    line.append(this.search, this.filters.button, group, this.columns.button, button("button", this.words.csv, csv), this.undo);
    this.chips = make("ul", "chips");
    this.node.append(line, this.filters.panel, this.columns.panel, this.chips);
  }

  #opener(name, label, ondraw) {
    const panel = make("div", "panel");
    panel.hidden = true;
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", label);
    const opener = button("button", label, () => {
      panel.hidden = !panel.hidden;
      opener.setAttribute("aria-expanded", String(!panel.hidden));
      if (!panel.hidden) ondraw();
    });
    opener.setAttribute("aria-expanded", "false");
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      opener.click();
      opener.focus();
    });
    return { button: opener, panel };
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#now(), REST_MS);
  }

  #now() {
    clearTimeout(this.timer);
    if (this.search.value !== this.query.text) this.ask({ text: this.search.value });
  }

  /** @param {object} query what is in force */
  draw(query) {
    this.query = query;
    if (document.activeElement !== this.search) this.search.value = query.text;
    if (![...this.group.options].some((option) => option.value === query.group)) {
      this.group.append(new Option(query.group.replace(/^tag:/, ""), query.group));
    }
    this.group.value = query.group;
    const count = Object.values(query.chosen).flat().length + Number(Boolean(query.since)) + Number(Boolean(query.until));
    this.filters.button.textContent = count ? filled(this.words.filters_on, { count }) : this.words.filters;
    this.#drawChips();
    if (!this.filters.panel.hidden) this.#offer();
    if (!this.columns.panel.hidden) this.#drawColumns();
  }

  tell(undo) {
    this.undo.hidden = !undo;
    this.undo.textContent = undo ? filled(this.words.undo, { what: undo }) : "";
  }

  // -- filters --

  async #offer() {
    let facets;
    try {
      facets = await this.choices();
    } catch {
      return; // the page goes, or the kernel does
    }
    if (this.signal.aborted) return;
    const focused = this.filters.panel.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    const days = make("div", "facet");
    days.append(this.#day("since"), this.#day("until"));
    const parts = facets.filter((facet) => facet.values.length).map((facet) => this.#facet(facet));
    const clear = button("button", this.words.clear_filters, () => this.ask({ chosen: {}, since: "", until: "" }));
    this.filters.panel.replaceChildren(days, ...parts, clear);
    this.filters.panel.querySelector(`[data-key="${CSS.escape(focused || "-")}"]`)?.focus();
  }

  #facet(facet) {
    const field = make("fieldset", "facet");
    field.append(make("legend", "legend", this.view.facets.find((one) => one.id === facet.id).label));
    const list = make("div", "values");
    for (const one of facet.values) {
      const row = make("label", "value");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = one.on;
      box.dataset.key = JSON.stringify([facet.id, one.value]);
      box.addEventListener("change", () => this.#choose(facet.id, one.value, box.checked));
      const label = document.createElement("bdi");
      label.textContent = one.label;
      row.append(box, label, make("span", "count", one.count));
      list.append(row);
    }
    field.append(list);
    return field;
  }

  #day(name) {
    const row = make("label", "day");
    const field = document.createElement("input");
    field.type = "date";
    field.value = this.query[name];
    field.dataset.key = name;
    field.addEventListener("change", () => this.ask({ [name]: field.value }));
    row.append(make("span", "label", this.words[name]), field);
    return row;
  }

  #choose(name, value, isOn) {
    const before = this.query.chosen[name] ?? [];
    const values = isOn ? [...before, value] : before.filter((one) => one !== value);
    const chosen = { ...this.query.chosen, [name]: values };
    this.query = { ...this.query, chosen }; // the next tick may come before the answer
    this.ask({ chosen });
  }

  #drawChips() {
    const chips = [];
    for (const [name, values] of Object.entries(this.query.chosen)) {
      const head = this.view.facets.find((one) => one.id === name)?.label ?? name;
      values.forEach((value, place) => {
        chips.push(this.#chip(`${head}: ${this.query.labels[name][place]}`, () => this.#choose(name, value, false)));
      });
    }
    for (const name of ["since", "until"]) {
      if (this.query[name]) chips.push(this.#chip(`${this.words[name]}: ${this.query[name]}`, () => this.ask({ [name]: "" })));
    }
    this.chips.hidden = !chips.length;
    this.chips.replaceChildren(...chips);
  }

  #chip(text, onremove) {
    const chip = make("li", "chip");
    const label = document.createElement("bdi");
    label.textContent = text;
    const remove = button("remove", "✕", onremove);
    remove.setAttribute("aria-label", filled(this.words.remove_filter, { label: text }));
    chip.append(label, remove);
    return chip;
  }

  // -- columns --

  #drawColumns() {
    const shown = this.query.columns;
    const all = [...shown, ...this.view.columns.map((one) => one.id).filter((id) => !shown.includes(id))];
    const focused = this.columns.panel.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    const list = make("ul", "columnlist");
    for (const id of all) {
      const { label } = this.view.columns.find((one) => one.id === id);
      const row = make("li", "columnrow");
      const name = make("label", "value");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = shown.includes(id);
      box.disabled = box.checked && shown.length === 1;
      box.dataset.key = `show-${id}`;
      box.addEventListener("change", () => {
        this.ask({ columns: box.checked ? [...shown, id] : shown.filter((one) => one !== id) });
      });
      name.append(box, make("span", "label", label));
      row.append(name);
      if (box.checked) row.append(this.#mover(id, -1, label, "earlier", "↑"), this.#mover(id, 1, label, "later", "↓"));
      list.append(row);
    }
    this.columns.panel.replaceChildren(list);
    this.columns.panel.querySelector(`[data-key="${CSS.escape(focused || "-")}"]`)?.focus();
  }

  #mover(id, step, column, word, sign) {
    const columns = [...this.query.columns];
    const place = columns.indexOf(id), to = place + step;
    const move = button("mover", sign, () => {
      [columns[place], columns[to]] = [columns[to], columns[place]];
      this.ask({ columns });
    });
    move.setAttribute("aria-label", filled(this.words[word], { column }));
    move.dataset.key = `${word}-${id}`;
    move.disabled = to < 0 || to >= columns.length;
    return move;
  }
}
