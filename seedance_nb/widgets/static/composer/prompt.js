/** The prompt, with its references marked behind the text. */

import { unique, make, put, say, icon, tip, replaceKeepingFocus, roving } from "./elements.js";
import { difference } from "./edits.js";
import { Popup } from "./popup.js";
import { problemRow } from "./problems.js";
import { isFrame, waveform } from "./media_tile.js";
import { mentionsOf, byName } from "./mentions.js";

const LONG_TEXT = 30_000; // characters above which references are marked only when the hands rest

/**
 * The prompt. The text is a plain textarea, so that input methods, screen readers and long texts work as everywhere;
 * the marks of the references lie behind it, letter under letter.
 */
export function promptSection(bench) {
  const { desk, w, signal } = bench;
  const id = `sdnb-${unique()}`;
  const title = make("label", "label", { for: id });
  const counts = make("div", "counts", { id: `${id}-counts` });
  const back = make("div", "back", { "aria-hidden": "true" });
  const area = make("textarea", "text", {
    id,
    dir: "auto",
    rows: 1,
    spellcheck: "true",
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
    "aria-describedby": `${id}-counts`,
  });
  const editor = make("div", "editor", {}, back, area);
  const legend = make("div", "legend", { role: "group" });
  const problems = make("ul", "problems");
  const palette = make("details", "fold", {}, make("summary", "fold-title"), make("div", "palette"));
  const templates = make("details", "fold", {}, make("summary", "fold-title"), make("div", "templates"));
  const head = make("div", "head-row", {}, title, counts);
  const helpers = make("div", "helpers", {}, palette, templates);
  const node = make("section", "prompt", {}, head, editor, legend, problems, helpers);
  const options = make("div", "popup suggest", { role: "listbox", id: `${id}-list` });
  const suggest = new Popup(bench.root, options);
  put(area, "aria-controls", `${id}-list`);
  const preview = new Popup(bench.root, make("div", "popup preview", { "aria-hidden": "true" }));

  let named = new Map();
  let items = [];
  let lines = [];
  let rest = 0;

  // -- what lies behind the text --

  function lineNode(line) {
    const made = make("div", "line");
    let at = 0;
    for (const mention of mentionsOf(line)) {
      const item = named.get(mention.name);
      const mark = make("mark", "mark", { text: line.slice(mention.start, mention.end), "data-name": mention.name });
      put(mark, "data-kind", item?.kind ?? "missing");
      made.append(line.slice(at, mention.start), mark);
      at = mention.end;
    }
    // An empty line has a height too.
    made.append(line.slice(at) || (at ? "" : "\u200b"));
    return made;
  }

  function mark(all = false) {
    clearTimeout(rest);
    const now = area.value.split("\n");
    let top = 0;
    let bottom = 0;
    if (!all) {
      const most = Math.min(lines.length, now.length);
      while (top < most && lines[top] === now[top]) top++;
      while (bottom < most - top && lines[lines.length - 1 - bottom] === now[now.length - 1 - bottom]) bottom++;
    }
    const old = [...back.children].slice(top, back.children.length - bottom);
    const next = back.children[back.children.length - bottom] ?? null;
    for (const line of old) line.remove();
    const made = document.createDocumentFragment();
    for (const line of now.slice(top, now.length - bottom)) made.append(lineNode(line));
    back.insertBefore(made, next);
    lines = now;
    back.scrollTop = area.scrollTop;
  }

  /** Marks at once, or when the hands rest where the text is very long. */
  function markSoon() {
    if (area.value.length < LONG_TEXT) return mark();
    clearTimeout(rest);
    rest = setTimeout(mark, 250);
  }

  /** Where a place of the text is on the screen. @param {number} place */
  function boxOf(place) {
    mark();
    let at = place;
    for (const [number, line] of lines.entries()) {
      if (at <= line.length) {
        const walker = document.createTreeWalker(back.children[number], NodeFilter.SHOW_TEXT);
        for (let text = walker.nextNode(); text; text = walker.nextNode()) {
          if (at > text.length) {
            at -= text.length;
            continue;
          }
          const range = document.createRange();
          range.setStart(text, Math.min(at, text.length));
          range.setEnd(text, Math.min(at + 1, text.length));
          const box = range.getClientRects()[0] ?? range.getBoundingClientRect();
          if (box.height) return box;
        }
        break;
      }
      at -= line.length + 1;
    }
    return area.getBoundingClientRect();
  }

  // -- changing the text --

  /** Replaces a stretch as if it had been typed. */
  function replace(start, end, text, select = "…") {
    const before = area.value;
    area.focus();
    area.value = before.slice(0, start) + text + before.slice(end);
    const gap = select ? text.indexOf(select) : -1;
    if (gap >= 0) area.setSelectionRange(start + gap, start + gap + select.length);
    else area.setSelectionRange(start + text.length, start + text.length);
    typed();
  }

  /** Puts something at the cursor, with blanks where words would run together. */
  function insert(text) {
    const { selectionStart: start, selectionEnd: end, value } = area;
    const isWord = (letter) =>
      letter !== undefined && /[\p{L}\p{N}\]】"”.,;:!?]/u.test(letter) && !/\p{Script=Han}/u.test(letter);
    const isHan = (letter) => letter !== undefined && /\p{Script=Han}/u.test(letter);
    const opens = /^[\p{L}\p{N}[@"“…]/u.test(text) && !isHan(text[0]);
    const left = isWord(value[start - 1]) && opens ? " " : "";
    const right =
      /[\p{L}\p{N}\]"”…]$/u.test(text) &&
      !isHan(text.at(-1)) &&
      /[\p{L}\p{N}[@]/u.test(value[end] ?? "") &&
      !isHan(value[end])
        ? " "
        : "";
    replace(start, end, left + text + right);
  }

  function typed() {
    markSoon();
    desk.type(area.value, node, /[\s.,;:!?，。；：！？]/.test(area.value[area.selectionStart - 1] ?? ""));
    offer();
  }

  // -- the list of items --

  let trigger = -1;
  let chosen = 0;
  let offered = [];

  function offer() {
    const at = area.selectionStart;
    const before = area.value.slice(Math.max(0, at - 40), at);
    const match =
      /(?:^|[^\p{L}\p{N}]|\p{Script=Han})([@＠])([^\s@＠[【\]】]{0,12}(?: \d{0,2})?)$/u.exec(before) ??
      /([[【])([^\s@＠[【\]】]{0,12}(?: \d{0,2})?)$/u.exec(before);
    if (!match || at !== area.selectionEnd || !items.length) return shut();
    const fold = (text) => text.toLowerCase().replace(/[\s[\]【】@]/g, "");
    const query = fold(match[2]);
    const found = items.filter(
      (item) =>
        item.ordinal && [item.reference, item.ordinal, item.name, item.kind].some((text) => fold(text).includes(query)),
    );
    if (!found.length) return shut();
    const was = offered[chosen]?.id;
    const isNew = trigger < 0;
    trigger = at - match[2].length - match[1].length;
    offered = found;
    chosen = Math.max(
      0,
      found.findIndex((item) => item.id === was),
    );
    options.replaceChildren(
      ...found.map((item, place) =>
        make(
          "div",
          "option",
          {
            role: "option",
            id: `${id}-option-${item.id}`,
            onpointerdown: (event) => (event.preventDefault(), take(item)),
            onpointermove: () => choose(place),
          },
          miniature(item),
          make("b", "", { text: item.ordinal }),
          make("bdi", "option-name", { text: item.name }),
        ),
      ),
    );
    put(options, "aria-label", w("media", "Media"));
    choose(chosen);
    suggest.open(() => boxOf(trigger));
    if (isNew) bench.announce(`${w("media", "Media")}: ${found.length}`);
  }

  function choose(place) {
    chosen = place;
    [...options.children].forEach((option, at) => put(option, "aria-selected", String(at === place)));
    options.children[place]?.scrollIntoView({ block: "nearest" });
    put(area, "aria-activedescendant", options.children[place]?.id);
  }

  function shut() {
    trigger = -1;
    offered = [];
    suggest.close();
    put(area, "aria-activedescendant", null);
  }

  function take(item) {
    const start = trigger;
    const end = area.selectionStart;
    shut();
    // A bracket that an editor or a hand has closed already is not closed twice.
    const rest = /^[\]】]/.test(area.value.slice(end)) && /[\]】]$/.test(item.reference) ? 1 : 0;
    replace(start, end + rest, item.reference, "");
    shut();
  }

  /** @param {Item} item */
  function miniature(item) {
    const known = desk.thumb(item);
    const made = make("span", "mini", { "data-kind": item.kind });
    if (known?.url) {
      made.style.backgroundImage = `url("${known.url}")`;
      if (known.frames > 1) made.dataset.strip = "";
    } else made.append(icon(item.kind));
    return made;
  }

  // -- events --

  area.addEventListener("input", () => typed());
  area.addEventListener("compositionstart", () => desk.compose(true));
  area.addEventListener("compositionend", () => {
    desk.text = area.value;
    desk.compose(false);
    typed();
  });
  area.addEventListener("beforeinput", (event) => {
    const step = { historyUndo: "undo", historyRedo: "redo" }[event.inputType];
    if (!step) return;
    event.preventDefault();
    desk.step(step);
  });
  area.addEventListener("scroll", () => {
    back.scrollTop = area.scrollTop;
    suggest.place();
  });
  area.addEventListener("blur", () => shut());
  area.addEventListener("click", () => trigger >= 0 && offer());
  area.addEventListener(
    "keyup",
    (event) => trigger >= 0 && /^(Arrow(Left|Right)|Home|End)$/.test(event.key) && offer(),
  );
  area.addEventListener("keydown", (event) => {
    if (trigger < 0 || event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose((chosen + step + offered.length) % offered.length);
    else if (event.key === "Enter" || event.key === "Tab") take(offered[chosen]);
    else if (event.key === "Escape") shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  // The picture that a reference means, under the pointer.
  let previewed = null;
  area.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse" || event.buttons) return preview.close();
    const mark = area
      .getRootNode()
      .elementsFromPoint(event.clientX, event.clientY)
      .find((one) => one.tagName === "MARK" && back.contains(one));
    if (mark && mark === previewed && preview.isOpen) return;
    previewed = mark;
    const item = mark && named.get(mark.dataset.name);
    const known = item && desk.thumb(item);
    if (!known?.url && !known?.peaks) return preview.close();
    const picture = known.peaks ? waveform(known.peaks) : make("div", "preview-picture");
    if (known.url) {
      picture.style.backgroundImage = `url("${known.url}")`;
      picture.style.backgroundSize = `${100 * known.frames}% 100%`;
      picture.style.aspectRatio = `${known.width / known.frames} / ${known.height}`;
    }
    preview.node.replaceChildren(picture, make("bdi", "preview-name", { text: item.name }));
    preview.open(() => mark.getBoundingClientRect());
  });
  area.addEventListener("pointerleave", () => preview.close());
  window.addEventListener("scroll", () => (suggest.place(), preview.close()), { capture: true, passive: true, signal });
  new ResizeObserver(() => suggest.place()).observe(area);

  /** Another text came from Python or from another view of this composer. */
  function onText({ by, jumps }) {
    if (by === node || area.value === desk.text) return;
    const before = area.value;
    const { start, removed, inserted } = difference(before, desk.text);
    const shift = (place) =>
      place <= start ? place : place >= start + removed ? place + inserted.length - removed : start + inserted.length;
    const [from, to, direction] = [area.selectionStart, area.selectionEnd, area.selectionDirection];
    area.value = desk.text;
    if (jumps) area.setSelectionRange(start + inserted.length, start + inserted.length);
    else area.setSelectionRange(shift(from), shift(to), direction);
    shut();
    mark();
  }

  // -- drawing --

  function chip(item) {
    const isUsed = item.used_in_prompt;
    const made = make(
      "button",
      "chip",
      {
        "data-key": item.id,
        "data-kind": item.kind,
        "data-used": isUsed,
        "data-frame": isFrame(item),
        onclick: () => insert(item.reference),
      },
      miniature(item),
      make("span", "", { text: item.ordinal }),
      isUsed ? icon("check") : icon("plus"),
    );
    const state = isUsed || isFrame(item) ? "" : `${w("not_in_prompt", "Not named in the prompt")}. `;
    put(made, "aria-label", `${item.ordinal}: ${state}${w("insert_reference", "Insert into the prompt")}`);
    tip(made, `${item.name} · ${state}${w("insert_reference", "Insert into the prompt")}`);
    return made;
  }

  function drawLegend(view) {
    const named = view.items.filter((item) => item.ordinal);
    const lost = view.missing.map((text) =>
      make(
        "span",
        "chip lost",
        {},
        icon("warning"),
        make("bdi", "", { text }),
        make("span", "faint", { text: w("missing", "Not there") }),
      ),
    );
    replaceKeepingFocus(legend, [...named.map(chip), ...lost], () => area);
    legend.hidden = !named.length && !lost.length;
    put(legend, "aria-label", w("insert_reference", "Insert into the prompt"));
  }

  function drawWords(view) {
    const groups = view.palette.map((group) => {
      const label = make("div", "group-label", { text: group.group });
      tip(label, group.help);
      label.removeAttribute("aria-description");
      const list = make("div", "group-words", { role: "group", "aria-label": group.group });
      group.words.forEach((word, place) => {
        const button = make("button", "word", {
          text: word.label,
          tabindex: place ? -1 : 0,
          onclick: () => insert(word.insert),
        });
        tip(
          button,
          [word.insert.trim() === word.label ? "" : word.insert.trim(), word.help].filter(Boolean).join(" · "),
        );
        list.append(button);
      });
      roving(list, "button");
      return make("div", "group", {}, label, list);
    });
    palette.lastElementChild.replaceChildren(...groups);
    const list = templates.lastElementChild;
    list.replaceChildren(
      ...view.templates.map((template, place) =>
        make(
          "button",
          "template",
          { tabindex: place ? -1 : 0, onclick: () => insert(template.insert) },
          make("b", "", { text: template.label }),
          make("bdi", "template-text", { text: template.insert }),
        ),
      ),
    );
    say(palette.firstElementChild, w("palette", "Words"));
    say(templates.firstElementChild, w("templates", "Templates"));
    palette.hidden = !view.palette.length;
    templates.hidden = !view.templates.length;
  }
  roving(templates.lastElementChild, "button");

  const changed = bench.changes();
  function draw(view) {
    say(title, w("prompt", "Prompt"));
    put(area, "placeholder", w("prompt_placeholder", "Describe the clip. Type @ or [ to name an item."));
    const { characters, words, text, limit_text, over } = view.counts;
    const counted =
      text ??
      [`${words} ${w("counted_words", "words")}`, characters ? `${characters} ${w("characters", "characters")}` : ""]
        .filter(Boolean)
        .join(" · ");
    counts.replaceChildren(
      over ? icon("warning") : "",
      make("span", "", { text: counted }),
      make("span", over ? "" : "counts-limit", { text: limit_text }),
    );
    put(counts, "data-over", over);
    items = view.items;
    if (
      changed(
        "names",
        items.map((item) => [item.id, item.kind, item.ordinal]),
      )
    ) {
      named = byName(items);
      mark(true);
    } else named = byName(items);
    if (
      changed("legend", [
        items.map((item) => [item.id, item.thumb_rev, item.state, item.ordinal, item.name, item.used_in_prompt]),
        view.missing,
        view.language,
      ])
    )
      drawLegend(view);
    const own = view.problems.filter((problem) => problem.where === "prompt");
    if (changed("problems", [own, view.language]))
      replaceKeepingFocus(
        problems,
        own.map((problem) => problemRow(bench, problem)),
        () => area,
      );
    problems.hidden = !own.length;
    put(area, "aria-invalid", own.some((problem) => problem.severity === "error") ? "true" : null);
    if (changed("words", [view.palette, view.templates])) drawWords(view);
    suggest.place();
  }

  area.value = desk.text;
  const thumb = () => {
    drawLegend({ items, missing: bench.view().missing });
    if (trigger >= 0) offer();
  };
  return { node, draw, insert, onText, thumb, focus: () => area.focus() };
}
