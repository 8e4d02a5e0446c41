/** What stands in the cells of a row; drawn again only where it is another. All of it is text. */
import { drawing, reshape } from "./../parts/shapes.js";
import { filled, make } from "./call.js";

const STARS = 5;

/** Fill a cell with what a row says of a column. */
export function drawCell(cell, column, row, { words, poster }) {
  const text = row.texts[column.id] ?? "";
  const said = `${text}|${row.rating}|${row.shape}|${row.poster}|${poster}`;
  if (cell.dataset.said === said) return;
  cell.dataset.said = said;
  cell.title = column.id === "prompt" || column.id === "note" ? text : "";
  if (column.id === "clip") return drawClip(cell, row, words, poster);
  if (column.id === "status") {
    cell.dataset.tone = row.tone;
    const icon = drawing();
    reshape(icon, row.shape);
    cell.replaceChildren(icon, make("span", "word", text));
  } else if (column.id === "rating") {
    const shown = make("span", "stars", row.rating ? "★".repeat(row.rating) + "☆".repeat(STARS - row.rating) : "–");
    shown.setAttribute("aria-hidden", "true");
    shown.classList.toggle("sdnb-ledger-table__stars--none", !row.rating);
    const read = make("span", "read", row.rating ? filled(words.rated, { rating: row.rating }) : words.no_rating);
    cell.replaceChildren(shown, read);
  } else {
    const shown = document.createElement(column.id === "task_id" ? "code" : "bdi");
    shown.textContent = text;
    cell.replaceChildren(shown);
  }
}

function drawClip(cell, row, words, poster) {
  if (!row.poster) return cell.replaceChildren();
  const frame = make("span", "poster");
  if (poster) {
    const picture = document.createElement("img");
    picture.src = poster;
    picture.alt = "";
    frame.append(picture);
  }
  const play = drawing();
  reshape(play, "play");
  frame.append(play);
  cell.replaceChildren(frame, make("span", "read", filled(words.play, { title: row.texts.prompt })));
}
