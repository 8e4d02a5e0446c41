/** What will be sent, to read and to copy. */

import { focused, unique, make, put, say, icon, replaceKeepingFocus, roving } from "./elements.js";

export function sentSection(bench) {
  const { desk, w } = bench;
  const tabs = make("div", "tabs", { role: "tablist" });
  const id = `sdnb-${unique()}`;
  const code = make("pre", "code", { role: "tabpanel", id, tabindex: 0, dir: "ltr" });
  const copy = make("button", "button small", {}, icon("copy"), make("span", ""));
  const summary = make("summary", "fold-title");
  const node = make("details", "fold sent", {}, summary, make("div", "sent-head", {}, tabs, copy), code);
  const names = { json: "JSON", sdk: "SDK", httpx: "httpx", curl: "curl" };
  let shown = "json";
  let texts = {};
  let timer = 0;
  const changed = bench.changes();

  node.addEventListener("toggle", () => desk.ask("show_sent", { open: node.open }));
  copy.addEventListener("click", async () => {
    const isDone = await copied(texts[shown] ?? "", node);
    say(copy.lastElementChild, isDone ? w("copied", "Copied") : w("failed", "Failed"));
    bench.announce(copy.lastElementChild.textContent);
    clearTimeout(timer);
    timer = setTimeout(() => say(copy.lastElementChild, w("copy", "Copy")), 1600);
  });
  roving(tabs, "[role=tab]", true);

  function show() {
    for (const tab of tabs.children) {
      const isShown = tab.dataset.key === shown;
      put(tab, "aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      if (isShown) put(code, "aria-labelledby", tab.id);
    }
    say(code, texts[shown] ?? "…");
  }

  function draw(view) {
    say(summary, w("sent", "What will be sent"));
    if (!timer) say(copy.lastElementChild, w("copy", "Copy"));
    if (!changed("sent", [view.sent, view.language])) return;
    texts = view.sent ? { json: view.sent.json, ...view.sent.codes } : {};
    const keys = ["json", ...Object.keys(view.sent?.codes ?? { sdk: 0, httpx: 0, curl: 0 })];
    if (!keys.includes(shown)) shown = "json";
    const made = keys.map((key) =>
      make("button", "tab", {
        role: "tab",
        id: `${id}-${key}`,
        "aria-controls": id,
        "data-key": key,
        text: key === "json" ? w("json", names.json) : (names[key] ?? key),
        onclick: () => ((shown = key), show()),
      }),
    );
    replaceKeepingFocus(tabs, made);
    put(tabs, "aria-label", w("sent", "What will be sent"));
    show();
  }
  return { node, draw };
}

/** @param {string} text @param {HTMLElement} near */
async function copied(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard without a secure page: the old way.
    const held = focused(near);
    const area = near.appendChild(make("textarea", "hidden", { "aria-hidden": "true" }));
    area.value = text;
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    held?.focus();
    return isDone;
  }
}
