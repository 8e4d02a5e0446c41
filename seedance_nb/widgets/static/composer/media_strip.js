/** Media: the strip, and how they come to it by dialogue, drop, paste, path or address. */

import { focused, make, put, say, icon, tip, replaceKeepingFocus } from "./elements.js";
import { openMenu } from "./popup.js";
import { problemRow } from "./problems.js";
import { mediaTile } from "./media_tile.js";

const SOURCE_CHARS = 1600; // of a path or an address
const JSON_CHARS = 500_000; // of a request that is pasted

/** Whether a text is meant as a request, and not as a path or an address. @param {string} text */
const isJson = (text) => /^\s*[{[]\s*["{\]}]/.test(text);

/** The strip of media, and all ways in which something comes to it. */
export function mediaSection(bench) {
  const { desk, w } = bench;
  const title = make("h3", "label");
  const list = make("ul", "tiles", { role: "list" });
  const empty = make("div", "empty");
  const emptyText = make("span", "empty-text");
  empty.append(make("span", "empty-shapes", {}, icon("image"), icon("video"), icon("audio")), emptyText);
  const picker = make("input", "", {
    type: "file",
    multiple: true,
    accept: "image/*,video/*,audio/*",
    hidden: true,
    tabindex: -1,
  });
  const choose = make("button", "button", { onclick: () => picker.click() });
  const kept = make("button", "button", { "aria-haspopup": "menu", "aria-expanded": "false" });
  const source = make("input", "field source", { type: "text", spellcheck: "false", autocomplete: "off", dir: "auto" });
  const add = make("button", "button", { onclick: () => takeField() });
  const form = make("div", "source-form", {}, source, add);
  const question = make("div", "question", { role: "group", hidden: true });
  const problems = make("ul", "problems");
  const ways = make("div", "ways", {}, choose, kept, form, picker);
  const veil = make("div", "veil", { "aria-hidden": "true" });
  const node = make("section", "media", {}, title, empty, list, ways, question, problems, veil);
  const tiles = new Map();
  let items = [];

  picker.addEventListener("change", () => {
    desk.upload([...picker.files]);
    picker.value = "";
  });

  async function take(text, media) {
    if (isJson(text)) {
      const answer = await desk.ask("paste", { text: text.slice(0, JSON_CHARS + 1) });
      if (answer.ok) source.value = "";
      return;
    }
    const answer = await desk.ask("add_source", { text: text.slice(0, SOURCE_CHARS), ...(media ? { media } : {}) });
    question.hidden = true;
    if (answer.ok) {
      if (source.value.trim() === text.trim()) source.value = "";
      return;
    }
    if (!answer.choose) return;
    const kinds = answer.choose.map((kind) =>
      make(
        "button",
        "button",
        { onclick: () => take(text, kind).then(() => source.focus()) },
        icon(kind),
        make("span", "", { text: w(kind, kind) }),
      ),
    );
    const no = make("button", "button quiet", {
      text: w("cancel", "Cancel"),
      onclick: () => ((question.hidden = true), source.focus()),
    });
    question.replaceChildren(
      make("bdi", "question-text", { text: answer.error || w("choose_kind", "What is it?") }),
      ...kinds,
      no,
    );
    put(question, "aria-label", w("choose_kind", "What is it?"));
    question.hidden = false;
    bench.announce(answer.error);
    kinds[0].focus();
  }

  const takeField = () => (source.value.trim() ? take(source.value) : source.focus());
  source.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    takeField();
  });

  kept.addEventListener("click", async () => {
    if (bench.menu.isOpen) return bench.menu.shut(true);
    const answer = await desk.ask("list_kept");
    const rows = (answer.kept ?? []).flatMap((clip) => {
      const pick = (what) => () => desk.ask("add_kept", { local_id: clip.local_id, what });
      const clipRow = { label: clip.label, note: w("kept_clip", "Clip"), pick: pick("clip") };
      const frameRow = { label: clip.label, note: w("kept_last_frame", "Last frame"), pick: pick("last_frame") };
      return clip.has_last_frame ? [clipRow, frameRow] : [clipRow];
    });
    const none = { label: answer.error || w("kept_empty", "No clip is kept yet."), possible: false, pick: () => {} };
    openMenu(bench, kept, rows.length ? rows : [none], w("add_kept", "From kept clips"));
  });

  // Files may be dropped anywhere, words and addresses on the strip.
  let depth = 0;
  const over = (on) => node.toggleAttribute("data-over", on);
  const carries = (event) => {
    const types = [...(event.dataTransfer?.types ?? [])];
    const isOnStrip = event.composedPath().includes(node);
    return (
      types.includes("Files") || (isOnStrip && types.some((type) => type === "text/uri-list" || type === "text/plain"))
    );
  };
  const onDrag = (type, act) =>
    bench.root.addEventListener(type, (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      event.stopPropagation();
      act(event);
    });
  onDrag("dragenter", () => over(++depth > 0));
  onDrag("dragleave", () => over((depth = Math.max(0, depth - 1)) > 0));
  onDrag("dragover", (event) => (event.dataTransfer.dropEffect = "copy"));
  onDrag("drop", (event) => {
    over((depth = 0) > 0);
    if (event.dataTransfer.files.length) return desk.upload([...event.dataTransfer.files]);
    const said = event.dataTransfer.getData("text/uri-list") || event.dataTransfer.getData("text/plain");
    if (isJson(said)) return take(said);
    for (const line of said.split(/\r?\n/)) if (line.trim() && !line.startsWith("#")) take(line.trim());
  });
  bench.root.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => /^(image|video|audio)\//.test(file.type));
    const isField = event.target instanceof Element && event.target.matches("input, textarea");
    // A picture copied from a page comes with its text; in the prompt the text is meant only if there is any.
    if (files.length && !(isField && event.clipboardData.getData("text/plain"))) {
      event.preventDefault();
      desk.upload(files);
    } else if (!isField) {
      const said = event.clipboardData?.getData("text/plain").trim();
      if (!said || (said.length > SOURCE_CHARS && !isJson(said))) return;
      event.preventDefault();
      take(said);
    }
  });

  /** Asks for an item's place to change; the focus stays on its handle. */
  const move = (item, to) => {
    if (to === items.indexOf(item) || to < 0 || to >= items.filter((one) => one.ordinal).length) return;
    desk.ask("move", { item: item.id, to });
  };

  function draw(view) {
    say(title, w("media", "Media"));
    say(emptyText, w("drop", "Drop images, clips and sounds here"));
    say(choose, w("add_files", "Choose files"));
    say(kept, w("add_kept", "From kept clips"));
    say(add, w("add", "Add media"));
    put(source, "aria-label", w("add_source", "Path, https:// address or asset://"));
    put(source, "placeholder", w("add_source", "Path, https:// address or asset://"));
    tip(source, w("paste_help", "A path, an address, or a whole request as JSON"));
    put(list, "aria-label", w("media", "Media"));
    say(veil, w("drop", "Drop images, clips and sounds here"));
    items = view.items;
    empty.hidden = items.length > 0;
    list.hidden = !items.length;
    for (const [id, tile] of tiles) {
      if (items.some((item) => item.id === id)) continue;
      const isHeld = tile.node.contains(focused(tile.node));
      const beside = tile.node.nextElementSibling ?? tile.node.previousElementSibling;
      tile.close();
      tiles.delete(id);
      tile.node.remove();
      if (isHeld) (beside?.querySelector("button") ?? choose).focus();
    }
    items.forEach((item, place) => {
      let tile = tiles.get(item.id);
      if (!tile) tiles.set(item.id, (tile = mediaTile(bench, move, () => items)));
      const there = list.children[place];
      if (there !== tile.node) {
        const held = tile.node.contains(focused(tile.node)) ? focused(tile.node) : null;
        list.insertBefore(tile.node, there ?? null);
        held?.focus({ preventScroll: true });
      }
      tile.draw(item);
    });
    const rows = items.flatMap((item) => item.problems.map((problem) => problemRow(bench, problem, item.ordinal)));
    replaceKeepingFocus(problems, rows, () => choose);
    problems.hidden = !rows.length;
  }
  const close = () => tiles.forEach((tile) => tile.close());
  return {
    node,
    draw,
    close,
    progress: (id, done) => tiles.get(id)?.progress(done),
    thumb: (id) => tiles.get(id)?.picture(),
  };
}
