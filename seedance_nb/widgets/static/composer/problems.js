/** One problem, with its mend. */

import { make, icon } from "./elements.js";

/** @param {any} bench @param {Problem} problem @param {string} [about] */
export function problemRow(bench, problem, about = "") {
  const { desk, w } = bench;
  const severity = w(problem.severity, problem.severity);
  const mark = icon(problem.severity);
  mark.removeAttribute("aria-hidden");
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", severity);
  const what = make("div", "problem-what");
  if (about) what.append(make("b", "problem-about", { text: about }), " ");
  what.append(make("bdi", "", { text: problem.what }));
  const text = make("div", "problem-text", {}, what);
  if (problem.fix) text.append(make("bdi", "problem-fix", { text: problem.fix }));
  if (problem.why) {
    const key = `why:${problem.code}:${problem.where}`;
    const why = make(
      "details",
      "why",
      { open: bench.opened.has(key) },
      make("summary", "", { text: w("why", "Why"), "data-key": key }),
      make("bdi", "", { text: problem.why }),
    );
    why.addEventListener("toggle", () => (why.open ? bench.opened.add(key) : bench.opened.delete(key)));
    text.append(why);
  }
  const row = make("li", "problem", { "data-severity": problem.severity, "data-code": problem.code }, mark, text);
  if (problem.mend) {
    const { id, label } = problem.mend;
    row.append(
      make("button", "button mend", {
        text: label,
        "data-key": `mend:${id}`,
        onclick: () => desk.ask("mend", { mend_id: id }),
      }),
    );
  }
  return row;
}
