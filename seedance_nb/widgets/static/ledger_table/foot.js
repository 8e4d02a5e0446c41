/** What stands below the grid: sums of what is shown and of what is chosen, and what can be said of the latter. */
import { button, make } from "./call.js";

export class Foot {
  /**
   * @param {object} given
   * @param {object} given.view words and choices
   * @param {(what: string, value: string | number | null) => void} given.say says something of the chosen tasks
   * @param {() => void} given.none lets all of them go
   */
  constructor({ view, say, none }) {
    this.words = view.words;
    this.node = make("div", "foot");
    this.node.setAttribute("data-lm-suppress-shortcuts", "true");
    this.shown = make("div", "sums");
    this.chosen = make("div", "sums");
    this.form = make("form", "saying");
    this.form.setAttribute("aria-label", this.words.say);

    this.what = document.createElement("select");
    this.what.setAttribute("aria-label", this.words.say);
    this.what.append(...view.acts.map((act) => new Option(act.label, act.id)));
    this.rating = document.createElement("select");
    for (let stars = 5; stars >= 1; stars -= 1) this.rating.append(new Option("★".repeat(stars) + "☆".repeat(5 - stars), stars));
    this.rating.append(new Option(this.words.no_rating, ""));
    this.text = document.createElement("input");
    this.text.type = "text";
    for (const field of [this.rating, this.text]) field.setAttribute("aria-label", this.words.value);
    this.what.addEventListener("change", () => this.#fit());
    const apply = make("button", "button", this.words.apply);
    apply.type = "submit";
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const what = this.what.value;
      say(what, what === "rating" ? (this.rating.value ? Number(this.rating.value) : null) : this.text.value);
    });
    this.form.append(this.what, this.rating, this.text, apply, button("button", this.words.choose_none, none));
    this.node.append(this.shown, this.chosen, this.form);
    this.#fit();
  }

  #fit() {
    const what = this.what.value;
    this.rating.hidden = what !== "rating";
    this.text.hidden = what === "rating";
    this.text.placeholder = what === "tag" || what === "untag" ? this.words.tags_hint : "";
  }

  /** @param {object} sums what Python summed */
  draw(sums) {
    this.#lines(this.shown, this.words.shown, sums.shown);
    this.#lines(this.chosen, this.words.chosen, sums.chosen);
    this.form.hidden = !sums.chosen_count;
  }

  #lines(node, name, lines) {
    node.hidden = !lines.length;
    const said = JSON.stringify(lines);
    if (node.dataset.said === said) return;
    node.dataset.said = said;
    node.replaceChildren(...lines.map((line) => {
      const row = make("div", "sum");
      row.append(make("span", "sumof", line.of ? `${name} · ${line.of}` : name));
      for (const part of line.parts) row.append(make("span", "part", part));
      return row;
    }));
  }
}
