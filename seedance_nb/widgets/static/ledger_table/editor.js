/** A field that stands in a cell for as long as somebody writes into it. */
import { filled, make } from "./call.js";

/**
 * @param {object} given
 * @param {HTMLElement} given.cell @param {object} given.column @param {object} given.row @param {object} given.words
 * @param {(value: string | number | null) => void} given.onkeep
 * @param {() => void} given.onend called once the field is gone, kept or not
 */
export function edit({ cell, column, row, words, onkeep, onend }) {
  const label = filled(words.edit, { column: column.label, title: row.texts.prompt ?? "" });
  const field = column.id === "rating" ? choice(row.rating, words) : text(column.id, row.texts[column.id] ?? "", words);
  field.classList.add("sdnb-ledger-table__field");
  field.setAttribute("aria-label", label);
  const before = field.value;
  let isOver = false;
  cell.dataset.said = "";
  cell.replaceChildren(field);
  field.focus();
  field.select?.();

  function end(isKept) {
    if (isOver) return;
    isOver = true;
    const value = field.value;
    onend();
    if (isKept && value !== before) onkeep(column.id === "rating" ? (value ? Number(value) : null) : value);
  }

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") end(false);
    else if (event.key === "Enter" && !event.shiftKey) end(true);
    else return;
    event.preventDefault();
  });
  if (column.id === "rating") field.addEventListener("change", () => end(true));
  field.addEventListener("blur", () => end(true));
}

function choice(rating, words) {
  const select = document.createElement("select");
  select.append(new Option(words.no_rating, ""));
  for (let stars = 5; stars >= 1; stars -= 1) {
    select.append(new Option(`${"★".repeat(stars)}${"☆".repeat(5 - stars)} ${filled(words.rated, { rating: stars })}`, stars));
  }
  select.value = rating ?? "";
  return select;
}

function text(name, value, words) {
  const field = document.createElement(name === "note" ? "textarea" : "input");
  field.value = value;
  if (name === "tags") field.placeholder = words.tags_hint;
  if (name === "note") {
    field.rows = 2;
    field.title = words.note_hint;
  }
  return field;
}
