/** What it costs, here and elsewhere, and the button. */

import { unique, make, put, say, sayOrHide, icon, tip, replaceKeepingFocus } from "./elements.js";
import { problemRow } from "./problems.js";

export function priceBar(bench) {
  const { desk, model, w } = bench;
  const general = make("ul", "problems general");
  const error = make("div", "error", { role: "alert", hidden: true });
  const panel = make("div", "panel", { hidden: true });
  const price = make("div", "price");
  const note = make("div", "price-note");
  const sumButton = make("button", "link", { "aria-expanded": "false" });
  const quotesButton = make("button", "link", { "aria-expanded": "false" });
  const budget = make("ul", "budget");
  const links = make("div", "links", {}, sumButton, quotesButton);
  const money = make(
    "div",
    "money",
    {},
    make("div", "money-row", {}, price, note),
    make("div", "money-row", {}, links, budget),
  );
  const submit = make("button", "submit");
  const label = make("span", "");
  submit.append(make("span", "spinner", { "aria-hidden": "true" }), label);
  const reason = make("div", "reason", { id: `sdnb-${unique()}` });
  const verdict = make("button", "verdict");
  const go = make("div", "go", {}, make("div", "reason-row", {}, verdict, reason), submit);
  put(submit, "aria-describedby", reason.id);
  const bar = make("div", "price-bar", {}, panel, make("div", "price-row", {}, money, go));
  let open = "";
  let pressed = null;
  let isAsking = false;
  const changed = bench.changes();

  const toggle = (what) => {
    const before = open;
    open = open === what ? "" : what;
    if (before === "quotes" || open === "quotes") desk.ask("show_quotes", { open: open === "quotes" });
    drawPanel(bench.view());
  };
  sumButton.addEventListener("click", () => toggle("sum"));
  quotesButton.addEventListener("click", () => toggle("quotes"));
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) ((open === "sum" ? sumButton : quotesButton).focus(), toggle(open));
  });

  submit.addEventListener("click", async () => {
    const view = bench.view();
    if (!view.submit.enabled || view.submit.busy || isAsking || pressed === view.rev) return;
    isAsking = true;
    pressed = view.rev;
    drawSubmit(view);
    const answer = await desk.ask("submit", { token: view.rev });
    isAsking = false;
    if (!answer.ok) pressed = null;
    drawSubmit(bench.view());
  });
  verdict.addEventListener("click", () => {
    const first =
      bench.root.querySelector(".sdnb-composer__problem[data-severity=error]") ??
      bench.root.querySelector(".sdnb-composer__problem");
    if (!first) return;
    const target = first.querySelector("button, summary") ?? first;
    first.scrollIntoView({ block: "nearest", behavior: bench.isCalm() ? "auto" : "smooth" });
    target.focus({ preventScroll: true });
  });

  function drawPanel(view) {
    put(sumButton, "aria-expanded", String(open === "sum"));
    put(quotesButton, "aria-expanded", String(open === "quotes"));
    panel.hidden = !open;
    if (open === "sum") {
      panel.replaceChildren(
        make("div", "sum", { text: view.price.sum }),
        make("div", "faint", { text: view.price.basis }),
      );
    } else if (open === "quotes") {
      panel.replaceChildren(view.quotes ? quotesTable(bench, view.quotes) : make("div", "faint", { text: "…" }));
    }
  }

  function drawSubmit(view) {
    const { enabled, busy } = view.submit;
    const isBusy = busy || isAsking;
    const isOff = !enabled || isBusy || pressed === view.rev;
    say(label, view.submit.label);
    put(submit, "aria-disabled", isOff ? "true" : null);
    put(submit, "aria-busy", isBusy ? "true" : null);
    say(reason, view.submit.reason);
    reason.hidden = !view.submit.reason;
  }

  function drawVerdict(view) {
    const all = [
      ...view.problems,
      ...view.items.flatMap((item) => item.problems),
      ...view.params.flatMap((param) => param.problems),
    ];
    const count = (severity) => all.filter((problem) => problem.severity === severity).length;
    const parts = ["error", "warning"].filter((severity) => count(severity));
    verdict.hidden = !parts.length;
    verdict.replaceChildren(
      ...parts.map((severity) =>
        make(
          "span",
          "verdict-part",
          { "data-severity": severity },
          icon(severity),
          make("span", "", { text: String(count(severity)) }),
        ),
      ),
    );
    put(
      verdict,
      "aria-label",
      `${w("problems", "Problems")}: ${parts.map((severity) => `${w(severity, severity)} ${count(severity)}`).join(", ")}`,
    );
  }

  function draw(view) {
    const rest = view.problems.filter((problem) => problem.where !== "prompt");
    if (changed("general", [rest, view.language]))
      replaceKeepingFocus(
        general,
        rest.map((problem) => problemRow(bench, problem)),
        () => submit,
      );
    general.hidden = !rest.length;
    say(price, view.price.text);
    put(price, "aria-label", `${w("price", "Price")}: ${view.price.text}`);
    put(price, "role", "group");
    sayOrHide(note, view.price.note);
    tip(note, view.price.note.length > 120 ? view.price.note : "");
    say(sumButton, w("calculation", "Calculation"));
    sumButton.hidden = !view.price.sum && !view.price.basis;
    if (sumButton.hidden && open === "sum") open = "";
    say(quotesButton, w("all_prices", "All providers"));
    const budgets = view.budget ?? [];
    budget.hidden = !budgets.length;
    put(budget, "aria-label", w("budget", "Budget"));
    if (changed("budget", budgets))
      budget.replaceChildren(
        ...budgets.map((one) =>
          make(
            "li",
            "budget-row",
            { "data-over": one.over },
            one.over ? icon("warning") : null,
            make("span", "faint", { text: one.text }),
            make("span", "", { text: one.left_text }),
          ),
        ),
      );
    if (changed("panel", [view.price, view.quotes, open, view.language])) drawPanel(view);
    drawVerdict(view);
    drawSubmit(view);
  }
  function drawError() {
    // What a tile says already is not said twice.
    const text = model.get("error") ?? "";
    sayOrHide(error, (bench.view().items ?? []).some((item) => item.error === text) ? "" : text);
  }
  return { general, error, bar, draw, drawError };
}

/** What it costs where. @param {any[]} quotes */
function quotesTable(bench, quotes) {
  const { w } = bench;
  const names = Object.fromEntries(bench.view().providers.map((one) => [one.id, one.name]));
  const body = make("tbody", "", { role: "rowgroup" });
  for (const quote of quotes) {
    const loses = quote.loses.length ? `${w("loses", "loses")}: ${quote.loses.join(", ")}` : "";
    body.append(
      make(
        "tr",
        "",
        { role: "row", "data-cheapest": quote.is_cheapest },
        make("th", "", { scope: "row", role: "rowheader", text: names[quote.provider] ?? quote.provider }),
        make("td", "", { role: "cell", text: quote.model }),
        make("td", "quote-price", { role: "cell", text: quote.text }),
        make(
          "td",
          "faint",
          { role: "cell" },
          quote.is_cheapest ? make("span", "cheapest", { text: w("cheapest", "cheapest that loses nothing") }) : null,
          make("bdi", "quote-note", { text: [loses, quote.note].filter(Boolean).join(" · ") }),
        ),
      ),
    );
  }
  const caption = make("caption", "hidden", { text: w("all_prices", "All providers") });
  return make(
    "div",
    "table-room",
    { tabindex: 0, role: "region", "aria-label": w("all_prices", "All providers") },
    make("table", "quotes", { role: "table" }, caption, body),
  );
}
