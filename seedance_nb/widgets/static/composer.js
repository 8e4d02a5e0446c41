/**
 * The composer. Python owns the request and says in `view` what there is to see; here is only what the hands need at
 * once: the text being typed, the menu that is open, the picture under the pointer. Every text of a stranger reaches
 * the page through `textContent`.
 *
 * @typedef {{code: string, where: string, severity: "error" | "warning", what: string, why: string, fix: string,
 *   mend: {id: string, label: string} | null}} Problem
 * @typedef {{value: any, label: string, possible: boolean, reason: string, ratio?: string | null, pixels?: string}} Option
 * @typedef {{id: string, kind: "image" | "video" | "audio", ordinal: string, reference: string, name: string,
 *   source: string, role: string | null, roles: Option[], state: "ready" | "loading" | "uploading" | "failed",
 *   progress: number, error: string, facts: {duration: number | null, text: string}, has_thumb: boolean,
 *   thumb_rev: number, used_in_prompt: boolean, problems: Problem[]}} Item
 * @typedef {{name: string, label: string, kind: "choice" | "number" | "bool" | "seed" | "text", value: any,
 *   options: Option[], low: number | null, high: number | null, auto: boolean, help: string, effect: string,
 *   problems: Problem[]}} Param
 * @typedef {{id: string, ok: boolean, error: string} & Record<string, any>} Answer
 */

const SVG = "http://www.w3.org/2000/svg";
const CHUNK_BYTES = 1024 * 1024;
const SOURCE_CHARS = 1600; // of a path or an address
const JSON_CHARS = 500_000; // of a request that is pasted
const EDIT_BYTES = 1200; // of what is inserted, as UTF-8; the message around it stays well below 2 kB
const QUIET_MS = 120; // after the last key, until what was typed is sent
const LONGEST_MS = 600; // without a pause, until it is sent all the same
const SLOW_MS = 2500; // without an answer, until it is said that the kernel is busy
const LONG_TEXT = 30_000; // characters above which references are marked only when the hands rest
const FRAMES_PER_SECOND = 4;
/** What Python always answers with an announcement, which is news also where it says the same as the last one. */
const ANNOUNCED = new Set(["move", "set_role", "mend", "undo", "redo"]);

/** Outlines in a 16 × 16 box. */
const SHAPES = {
  image: "M2.5 3.5h11v9h-11zM2.5 10.5l3-3 2.5 2.5 2-2 3.5 3.5M10.5 6.2h.01",
  video: "M2 4h8.5v8H2zM10.5 7l3.5-2v6l-3.5-2z",
  audio: "M2.5 6.5v3M5.25 4v8M8 5.5v5M10.75 2.5v11M13.5 6.5v3",
  plus: "M8 3v10M3 8h10",
  cross: "M4 4l8 8M12 4l-8 8",
  error: "M5.2 2h5.6L14 5.2v5.6L10.8 14H5.2L2 10.8V5.2zM8 5v3.6M8 11h.01",
  warning: "M8 2.2L14.4 13.5H1.6zM8 6.4v3.2M8 11.6h.01",
  check: "M3 8.5l3.5 3.5L13 4.5",
  grip: "M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01",
  down: "M4 6.5l4 4 4-4",
  play: "M5 3.2l7.5 4.8L5 12.8z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  undo: "M5.5 3L2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6",
  redo: "M10.5 3l3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8H10",
  dice: "M2.5 2.5h11v11h-11zM5.5 5.5h.01M10.5 5.5h.01M8 8h.01M5.5 10.5h.01M10.5 10.5h.01",
  locked: "M3.5 7.5h9v6h-9zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2",
  unlocked: "M3.5 7.5h9v6h-9zM5.5 7.5v-2a2.5 2.5 0 0 1 4.8-1",
  film: "M2.5 3h11v10h-11zM5 3v10M11 3v10M2.5 6.3H5M2.5 9.7H5M11 6.3h2.5M11 9.7h2.5",
  folder: "M2 4h4l1.5 1.5H14v7.5H2z",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  insert: "M8 2.5v7M5 6.5l3 3 3-3M3 13h10",
};

/** The names of items in a prompt, as Python's `Content.mentions` finds them. */
const MENTION =
  /(@|\[|【)?\s?((?<![A-Za-z])(?:image|video|audio)|图片|图像|图|视频|音频)[ \t]?(\d{1,2})(?![\dA-Za-z%])(?![.:]\d)(?!\s?[秒个张帧分年月次倍条])(\]|】)?/giu;
const KINDS = { 图片: "image", 图像: "image", 图: "image", 视频: "video", 音频: "audio" };

/** What takes its time in Python too, so that no answer yet says nothing of the kernel. */
const LENGTHY = new Set(["submit", "add_source", "add_kept", "list_kept", "upload_end", "thumb"]);

/** Whether a text is meant as a request, and not as a path or an address. @param {string} text */
const isJson = (text) => /^\s*[{[]\s*["{\]}]/.test(text);

/** What has the focus, also where the page puts widgets into a shadow root. @param {Node} near */
const focused = (near) => /** @type {Document | ShadowRoot} */ (near.getRootNode()).activeElement ?? null;
const unique = () => Math.random().toString(36).slice(2, 10);
/** @param {string} names */
const css = (names) =>
  names
    .split(" ")
    .map((name) => (name ? `sdnb-composer__${name}` : ""))
    .join(" ");

/**
 * An element. A property that starts with "on" listens; "text" is text; all others are attributes.
 * @param {string} tag @param {string} names @param {Record<string, any>} [properties] @param {...(Node | null)} children
 */
function make(tag, names, properties = {}, ...children) {
  const node = document.createElement(tag);
  if (names) node.className = css(names);
  if (tag === "button") node.type = "button";
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else put(node, name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** @param {Element} node @param {string} name @param {string | number | boolean | null | undefined} value */
function put(node, name, value) {
  const wanted = value === true && !name.startsWith("aria-") ? "" : value;
  if (wanted === null || wanted === undefined || (wanted === false && !name.startsWith("aria-"))) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(wanted)) node.setAttribute(name, String(wanted));
}

/** @param {Element} node @param {string} text */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {HTMLElement} node @param {string} text */
function sayOrHide(node, text) {
  say(node, text);
  node.hidden = !text;
}

/** @param {string} shape */
function icon(shape) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", css("icon"));
  svg.dataset.shape = shape;
  svg.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", SHAPES[shape] ?? "");
  return svg;
}

/** @param {Element} svg @param {string} shape */
function reshape(svg, shape) {
  svg.dataset.shape = shape;
  svg.firstElementChild.setAttribute("d", SHAPES[shape]);
}

/** What a pointer or the focus makes seen beside a control. @param {Element} node @param {string} text */
function tip(node, text) {
  put(node, "data-tip", text || null);
  put(node, "aria-description", text || null);
}

/**
 * Other children, with the focus where it was: on the child of the same key, else on one near it.
 * @param {HTMLElement} parent @param {Node[]} children @param {() => HTMLElement | null} [instead]
 */
function replaceKeepingFocus(parent, children, instead) {
  const held = parent.contains(focused(parent)) ? focused(parent) : null;
  const keyed = () => [...parent.querySelectorAll("[data-key]")];
  const place = held ? keyed().indexOf(held) : -1;
  parent.replaceChildren(...children);
  if (!held) return;
  const now = keyed();
  const same = now.find((node) => node.dataset.key === held.dataset.key);
  (same ?? now[Math.min(place, now.length - 1)] ?? instead?.())?.focus({ preventScroll: true });
}

/** Arrow keys go along, one stop for the Tab key. @param {HTMLElement} list @param {string} selector @param {boolean} [picks] */
function roving(list, selector, picks = false) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -1e6, End: 1e6 }[event.key];
    const all = [...list.querySelectorAll(selector)];
    const at = all.indexOf(event.target);
    if (!step || at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const far = Math.abs(step) > 1;
    const next = all[far ? (step < 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length];
    for (const node of all) node.tabIndex = node === next ? 0 : -1;
    next.focus();
    if (picks) next.click();
  });
}

/** What was written into a field, when it is left or Enter is pressed, which some pages keep from it. */
function onWritten(field, take) {
  let last = field.value;
  const look = () => field.value !== last && take((last = field.value));
  field.addEventListener("focus", () => (last = field.value));
  field.addEventListener("change", look);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    look();
  });
}

const codePoints = (/** @type {string} */ text) => {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) (count--, i++);
  }
  return count;
};
const splitsPair = (/** @type {string} */ text, /** @type {number} */ at) =>
  at > 0 &&
  at < text.length &&
  (text.charCodeAt(at) & 0xfc00) === 0xdc00 &&
  (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;

/** The one stretch in which two texts differ, in UTF-16 units. @param {string} before @param {string} after */
function difference(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  if (splitsPair(before, start) || splitsPair(after, start)) start--;
  let end = 0;
  while (end < most - start && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end))
    end++;
  if (end && (splitsPair(before, before.length - end) || splitsPair(after, after.length - end))) end--;
  return { start, removed: before.length - end - start, inserted: after.slice(start, after.length - end) };
}

/** What was changed in one text done to another one. @param {string} base @param {string} mine @param {string} theirs */
function rebased(base, mine, theirs) {
  const own = difference(base, mine);
  const other = difference(base, theirs);
  const shift = other.inserted.length - other.removed;
  const end = own.start + own.removed;
  if (end <= other.start) return theirs.slice(0, own.start) + own.inserted + theirs.slice(end);
  if (own.start >= other.start + other.removed)
    return theirs.slice(0, own.start + shift) + own.inserted + theirs.slice(end + shift);
  return theirs;
}

/** Parts of a text, none larger than a message may be. @param {string} text */
function parts(text) {
  const encoder = new TextEncoder();
  const made = [];
  for (let at = 0; at < text.length;) {
    // As JSON, a control character takes six bytes and one of a foreign script three.
    let length = Math.min(EDIT_BYTES, text.length - at);
    while (encoder.encode(JSON.stringify(text.slice(at, at + length))).length > EDIT_BYTES)
      length = Math.floor(length * 0.7);
    if (splitsPair(text, at + length)) length--;
    made.push(text.slice(at, at + length));
    at += length;
  }
  return made.length ? made : [""];
}

/**
 * What all views of one composer share: messages and their answers, the text, small pictures, uploads.
 */
class Desk {
  constructor(model) {
    this.model = model;
    this.hearers = new Set();
    this.waiting = new Map();
    this.prefix = unique();
    this.serial = 0;
    const prompt = model.get("prompt") ?? {};
    /** Python's text as far as it has answered, as it will be, and as it is here. */
    this.acked = this.sent = this.text = prompt.text ?? "";
    this.rev = prompt.rev ?? 0;
    this.timer = this.unsent = 0;
    this.isComposing = false;
    this.jumps = false;
    this.thumbs = new Map();
    this.jobs = new Map();
    this.queue = Promise.resolve();
    this.slow = 0;
    this.stop = [
      ["msg:custom", (message, buffers) => this.onMessage(message, buffers)],
      ["change:prompt", () => this.onPrompt()],
      ["change:view", () => this.sweep()],
    ];
    for (const [event, listener] of this.stop) model.on(event, listener);
  }

  close() {
    for (const [event, listener] of this.stop) this.model.off(event, listener);
    clearTimeout(this.timer);
    clearTimeout(this.slow);
    for (const known of this.thumbs.values()) if (known.url) URL.revokeObjectURL(known.url);
    this.thumbs.clear();
  }

  /** @param {string} what @param {...any} details */
  tell(what, ...details) {
    for (const hear of [...this.hearers]) hear(what, ...details);
  }

  // -- messages --

  /** @param {string} kind @param {Record<string, any>} [fields] @param {ArrayBuffer[]} [buffers] @returns {Promise<Answer>} */
  ask(kind, fields = {}, buffers) {
    if (kind !== "prompt_edit" && kind !== "upload_chunk" && kind !== "thumb") this.flush();
    if (ANNOUNCED.has(kind)) this.tell("acted");
    const id = `${this.prefix}-${++this.serial}`;
    return new Promise((resolve) => {
      this.waiting.set(id, { resolve, since: Date.now(), isLengthy: LENGTHY.has(kind) });
      this.watch();
      this.model.send({ kind, id, ...fields }, undefined, buffers);
    });
  }

  onMessage(message, buffers) {
    if (!message) return;
    if (message.kind === "submitted" && !message.id) return this.tell("submitted", message.local_id);
    const waiting = this.waiting.get(message.id);
    if (!waiting) return;
    this.waiting.delete(message.id);
    waiting.resolve({ ...message, buffers: buffers ?? [] });
    this.watch();
  }

  /** Says after a while that the kernel does not answer, and that it does again. */
  watch() {
    clearTimeout(this.slow);
    const first = [...this.waiting.values()].find((one) => !one.isLengthy);
    const late = first ? Date.now() - first.since >= SLOW_MS : false;
    this.tell("slow", late);
    if (first && !late) this.slow = setTimeout(() => this.watch(), SLOW_MS - (Date.now() - first.since) + 20);
  }

  // -- the text --

  /** @param {string} text @param {object} by the view it was typed in @param {boolean} [isWordEnd] */
  type(text, by, isWordEnd = false) {
    if (text === this.text) return;
    this.text = text;
    this.tell("text", { by });
    clearTimeout(this.timer);
    if (this.isComposing) return;
    const now = performance.now();
    this.unsent ||= now;
    // Whoever does not pause is heard too, if possible between two words, which are steps of undo.
    const waited = now - this.unsent;
    if (waited > LONGEST_MS || (waited > QUIET_MS && isWordEnd)) this.flush();
    else this.timer = setTimeout(() => this.flush(), QUIET_MS);
  }

  /** Sends what was typed since. */
  flush() {
    clearTimeout(this.timer);
    this.unsent = 0;
    if (this.isComposing || this.text === this.sent) return;
    const { start, removed, inserted } = difference(this.sent, this.text);
    let at = start;
    const before = this.sent;
    this.sent = this.text;
    for (const [place, part] of parts(inserted).entries()) {
      const gone = place ? 0 : removed;
      const edit = { at, gone, part, rev: this.rev };
      const fields = {
        rev: this.rev,
        start: codePoints(before.slice(0, start)) + codePoints(inserted.slice(0, at - start)),
        removed: codePoints(before.slice(start, start + gone)),
        inserted: part,
        ...(place ? { goes_on: true } : {}),
      };
      this.ask("prompt_edit", fields).then((answer) => this.onEdited(edit, answer));
      at += part.length;
    }
  }

  onEdited(edit, answer) {
    if (edit.rev !== this.rev) return;
    if (answer.ok) this.acked = this.acked.slice(0, edit.at) + edit.part + this.acked.slice(edit.at + edit.gone);
    else if (this.model.get("prompt").rev === this.rev) this.ask("prompt_sync", { rev: -1, length: -1 });
  }

  onPrompt() {
    if (this.isComposing) return;
    const { rev, text } = this.model.get("prompt");
    if (rev === this.rev) return;
    const merged = this.text === this.acked ? text : rebased(this.acked, this.text, text);
    this.rev = rev;
    this.acked = this.sent = text;
    this.text = merged;
    this.tell("text", { by: null, jumps: this.jumps });
    this.jumps = false;
    if (merged !== text) this.timer = setTimeout(() => this.flush(), QUIET_MS);
  }

  /** @param {boolean} on whether an input method is at work */
  compose(on) {
    this.isComposing = on;
    if (on) return clearTimeout(this.timer);
    this.onPrompt();
    this.timer = setTimeout(() => this.flush(), QUIET_MS);
  }

  /** @param {"undo" | "redo"} kind */
  step(kind) {
    this.flush();
    this.jumps = true;
    this.ask(kind).then(() => (this.jumps = false));
  }

  // -- small pictures --

  /** The preview of an item, asked for once. @param {Item} item */
  thumb(item) {
    const key = `${item.id}/${item.thumb_rev}`;
    const known = this.thumbs.get(key);
    if (known || !item.has_thumb || item.state !== "ready") return known ?? null;
    this.thumbs.set(key, { state: "asked" });
    this.ask("thumb", { item: item.id }).then((answer) => {
      if (!answer.ok || !answer.buffers.length) this.thumbs.set(key, { state: "none" });
      else {
        const bytes = answer.buffers[0];
        const made = { state: "here", width: answer.width, height: answer.height, frames: answer.frames ?? 1 };
        if (answer.mime.startsWith("image/")) made.url = URL.createObjectURL(new Blob([bytes], { type: answer.mime }));
        else made.peaks = new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength);
        this.thumbs.set(key, made);
      }
      this.tell("thumb", item.id);
    });
    return null;
  }

  /** Forgets the pictures of items that are gone. */
  sweep() {
    const alive = new Set((this.model.get("view").items ?? []).map((item) => `${item.id}/${item.thumb_rev}`));
    for (const [key, known] of this.thumbs) {
      if (alive.has(key) || known.state === "asked") continue;
      if (known.url) URL.revokeObjectURL(known.url);
      this.thumbs.delete(key);
    }
  }

  // -- uploads --

  /** @param {Iterable<File>} files */
  upload(files) {
    for (const file of files) {
      const job = { id: `${this.prefix}-u${++this.serial}`, done: 0, isCancelled: false, item: "" };
      const named = { name: file.name.slice(-200), size: file.size, mime: file.type.slice(0, 100) };
      const begun = this.ask("upload_begin", { upload_id: job.id, ...named });
      begun.then((answer) => {
        if (answer.ok) this.jobs.set((job.item = answer.item), job);
      });
      // One file after the other, so that they arrive in their order.
      this.queue = this.queue.then(async () => {
        const answer = await begun;
        if (!answer.ok) return;
        await this.push(file, job).catch(() => this.cancel(job.item));
        this.jobs.delete(job.item);
      });
    }
  }

  /** @param {File} file @param {any} job */
  async push(file, job) {
    for (let offset = 0; offset < file.size && !job.isCancelled; offset += CHUNK_BYTES) {
      const piece = await file.slice(offset, offset + CHUNK_BYTES).arrayBuffer();
      if (job.isCancelled) return;
      const answer = await this.ask("upload_chunk", { upload_id: job.id, offset }, [piece]);
      if (!answer.ok) return;
      job.done = Math.min(1, (offset + piece.byteLength) / file.size);
      this.tell("progress", job.item, job.done);
    }
    if (!job.isCancelled) await this.ask("upload_end", { upload_id: job.id });
  }

  /** @param {string} itemId */
  cancel(itemId) {
    const job = this.jobs.get(itemId);
    if (!job) return this.ask("remove", { item: itemId });
    job.isCancelled = true;
    return this.ask("upload_cancel", { upload_id: job.id });
  }
}

/** A list that lies above everything, beside what opened it. */
class Popup {
  /** @param {HTMLElement} root @param {HTMLElement} node */
  constructor(root, node) {
    this.root = root;
    this.node = node;
    this.node.hidden = true;
    this.anchor = null;
    if (node.showPopover) node.setAttribute("popover", "manual");
    root.append(node);
  }

  get isOpen() {
    return !this.node.hidden;
  }

  /** @param {() => DOMRect} anchor */
  open(anchor) {
    this.anchor = anchor;
    this.node.hidden = false;
    if (this.node.showPopover && !this.node.matches(":popover-open")) this.node.showPopover();
    this.place();
  }

  place() {
    if (!this.isOpen || !this.anchor) return;
    const at = this.anchor();
    const { offsetWidth: width, offsetHeight: height } = this.node;
    // Over the composer where it fits there, so that it does not hang into the page beside a narrow one.
    const own = this.root.getBoundingClientRect();
    const most = Math.min(window.innerWidth - 4, width < own.width ? own.right : Infinity);
    const left = Math.max(4, Math.min(at.left, most - width));
    const below = at.bottom + 4;
    const fits = below + height <= window.innerHeight - 4 || at.top - height - 4 < 4;
    this.node.style.left = `${left}px`;
    this.node.style.top = `${fits ? below : at.top - height - 4}px`;
  }

  close() {
    if (!this.isOpen) return;
    if (this.node.hidePopover && this.node.matches(":popover-open")) this.node.hidePopover();
    this.node.hidden = true;
  }
}

/**
 * One button of a menu opened, its entries walked with the arrow keys.
 * @param {any} bench @param {HTMLElement} opener @param {{label: string, note?: string, checked?: boolean, possible?: boolean, pick: () => void}[]} entries
 */
function openMenu(bench, opener, entries, label) {
  const { menu } = bench;
  const close = (refocus) => {
    menu.close();
    put(opener, "aria-expanded", "false");
    if (refocus) opener.focus();
  };
  if (menu.isOpen && menu.opener === opener) return close(true);
  if (menu.isOpen) menu.shut?.(false);
  menu.opener = opener;
  menu.shut = close;
  const rows = entries.map((entry) => {
    const isRadio = entry.checked !== undefined;
    const row = make(
      "button",
      "menu-row",
      {
        role: isRadio ? "menuitemradio" : "menuitem",
        "aria-checked": isRadio ? String(entry.checked) : null,
        "aria-disabled": entry.possible === false ? "true" : null,
        "aria-description": entry.note || null,
        tabindex: -1,
        onclick: () => {
          if (entry.possible === false) return bench.announce(entry.note ?? "");
          close(true);
          entry.pick();
        },
      },
      make("span", "menu-check", {}, entry.checked ? icon("check") : null),
      make("span", "menu-label", { text: entry.label }),
      entry.note ? make("span", "menu-note", { text: entry.note }) : null,
    );
    return row;
  });
  put(menu.node, "aria-label", label);
  menu.node.replaceChildren(...rows);
  put(opener, "aria-expanded", "true");
  menu.open(() => opener.getBoundingClientRect());
  (rows.find((row) => row.getAttribute("aria-checked") === "true") ?? rows[0])?.focus();
}

// ---- media -------------------------------------------------------------------------------------------------------

/** The strip of media, and all ways in which something comes to it. */
function mediaSection(bench) {
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

/** One item: picture, name, role, and what can be done with it. */
function mediaTile(bench, move, all) {
  const { desk, w } = bench;
  const handle = make("button", "handle");
  const ordinal = make("span", "ordinal");
  const kindIcon = icon("image");
  handle.append(icon("grip"), ordinal);
  const remove = make("button", "icon-button remove", { onclick: () => desk.cancel(item.id) }, icon("cross"));
  const play = make("button", "icon-button play", { "aria-pressed": "false", hidden: true }, icon("play"));
  const view = make("div", "picture");
  const thumb = make("div", "thumb", {}, view, handle, remove, play);
  const name = make("bdi", "name");
  const facts = make("div", "facts");
  const bar = make(
    "div",
    "bar",
    { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 },
    make("div", "bar-done"),
  );
  const barText = make("span", "bar-text");
  const give = make("button", "button small", { onclick: () => desk.cancel(item.id) });
  const upload = make("div", "upload", {}, bar, barText, give);
  const error = make("div", "tile-error", { role: "alert", hidden: true });
  const role = make("button", "role", { "aria-haspopup": "menu", "aria-expanded": "false" });
  const roleText = make("span", "role-text");
  role.append(roleText, icon("down"));
  const seconds = make("input", "field seconds", { type: "number", min: 0, step: 0.1, inputmode: "decimal" });
  const unnamed = make("button", "unnamed", { onclick: () => bench.insert(item.reference) });
  unnamed.append(icon("insert"), make("span", ""));
  const node = make(
    "li",
    "tile",
    {},
    thumb,
    name,
    facts,
    upload,
    error,
    make("div", "tile-foot", {}, role, seconds, unnamed),
  );
  let item = null;
  let frame = 0;
  let timer = 0;
  let drawn = null;

  handle.addEventListener("keydown", (event) => {
    const at = all().indexOf(item);
    const last = all().filter((one) => one.ordinal).length - 1;
    const to = { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: last }[
      event.key
    ];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(item, to);
  });
  role.addEventListener("click", () => {
    const entries = item.roles.map((option) => ({
      label: option.label,
      note: option.reason,
      checked: option.value === item.role,
      possible: option.possible,
      pick: () => option.value !== item.role && desk.ask("set_role", { item: item.id, role: option.value }),
    }));
    openMenu(bench, role, entries, `${w("role", "Role")}: ${item.ordinal}`);
  });
  onWritten(seconds, () => {
    if (seconds.value) desk.ask("set_duration", { item: item.id, duration: Number(seconds.value) });
  });

  // Frames of a clip, one after the other, or by the place of the pointer where motion is not wanted.
  function show(at) {
    frame = at;
    const strip = view.firstElementChild;
    if (strip && drawn?.frames > 1)
      strip.style.backgroundPosition = `${(100 * (at % drawn.frames)) / (drawn.frames - 1)}% 0`;
  }
  function run(on) {
    clearInterval(timer);
    timer = on && drawn?.frames > 1 ? setInterval(() => show(frame + 1), 1000 / FRAMES_PER_SECOND) : 0;
    put(play, "aria-pressed", String(timer !== 0));
    reshape(play.firstElementChild, timer ? "pause" : "play");
    if (!timer) show(0);
  }
  play.addEventListener("click", () => run(!timer));
  thumb.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && !bench.isCalm() && run(true));
  thumb.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && run(false));
  thumb.addEventListener("pointermove", (event) => {
    if (!bench.isCalm() || !(drawn?.frames > 1)) return;
    const box = thumb.getBoundingClientRect();
    show(Math.min(drawn.frames - 1, Math.floor((drawn.frames * (event.clientX - box.left)) / box.width)));
  });

  // Drawn to another place.
  thumb.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button:not([data-handle])") || !item.ordinal) return;
    const from = { x: event.clientX, y: event.clientY };
    const tiles = [...node.parentElement.children].slice(0, all().filter((one) => one.ordinal).length);
    const own = tiles.indexOf(node);
    let to = own;
    let isMoving = false;
    const marked = () => tiles.forEach((tile) => tile.removeAttribute("data-drop"));
    const onMove = (now) => {
      if (!isMoving && Math.hypot(now.clientX - from.x, now.clientY - from.y) < 5) return;
      isMoving = true;
      thumb.setPointerCapture(event.pointerId);
      node.toggleAttribute("data-moving", true);
      marked();
      const boxes = tiles.map((tile) => tile.getBoundingClientRect());
      const far = boxes.map((box) =>
        Math.hypot(now.clientX - box.left - box.width / 2, now.clientY - box.top - box.height / 2),
      );
      const near = far.indexOf(Math.min(...far));
      const isAfter = now.clientX > boxes[near].left + boxes[near].width / 2;
      const gap = near + (isAfter ? 1 : 0);
      to = gap > own ? gap - 1 : gap;
      if (to !== own) put(tiles[near], "data-drop", isAfter ? "after" : "before");
    };
    const end = (now) => {
      thumb.removeEventListener("pointermove", onMove);
      node.removeAttribute("data-moving");
      marked();
      if (isMoving && now.type === "pointerup") move(item, to);
    };
    thumb.addEventListener("pointermove", onMove);
    for (const type of ["pointerup", "pointercancel"]) thumb.addEventListener(type, end, { once: true });
  });
  handle.dataset.handle = "";
  view.addEventListener("dragstart", (event) => event.preventDefault());

  function picture() {
    const known = desk.thumb(item);
    if (known === drawn && known?.state === "here") return;
    const isHere = known?.state === "here";
    drawn = isHere ? known : null;
    play.hidden = !(isHere && known.frames > 1);
    if (!isHere) {
      reshape(kindIcon, item.kind);
      return view.replaceChildren(kindIcon);
    }
    if (known.peaks) return view.replaceChildren(waveform(known.peaks));
    if (item.kind === "video") {
      const strip = make("div", "strip", { role: "img", "aria-label": `${item.ordinal}: ${item.name}` });
      strip.style.backgroundImage = `url("${known.url}")`;
      strip.style.backgroundSize = `${100 * known.frames}% 100%`;
      const ratio = known.width / known.frames / known.height;
      strip.style.setProperty("--ratio", String(ratio));
      strip.style.setProperty("--across", `${Math.min(100, (100 * ratio * 9) / 16)}%`);
      view.replaceChildren(strip);
      return show(0);
    }
    view.replaceChildren(
      make("img", "image", { src: known.url, alt: `${item.ordinal}: ${item.name}`, draggable: "false" }),
    );
  }

  function progress(done) {
    const percent = Math.round(100 * done);
    bar.firstElementChild.style.width = `${percent}%`;
    put(bar, "aria-valuenow", percent);
    say(barText, new Intl.NumberFormat(bench.language(), { style: "percent" }).format(done));
  }

  function draw(next) {
    item = next;
    const worst = item.problems.some((one) => one.severity === "error")
      ? "error"
      : item.problems.length
        ? "warning"
        : "";
    put(node, "data-id", item.id);
    put(node, "data-kind", item.kind);
    put(node, "data-state", item.state);
    put(node, "data-worst", worst || null);
    put(node, "aria-label", [item.ordinal, item.name].filter(Boolean).join(": "));
    const movable = item.ordinal !== "";
    handle.hidden = !movable;
    say(ordinal, item.ordinal);
    put(handle, "aria-label", `${item.ordinal}: ${w("move", "Move")}`);
    tip(handle, movable ? `← ${w("move_left", "Move to the left")} · → ${w("move_right", "Move to the right")}` : "");
    put(remove, "aria-label", `${w("remove", "Remove")}: ${item.ordinal || item.name}`);
    put(play, "aria-label", `${w("play", "Play")}: ${item.ordinal}`);
    const { file, host } = addressed(item.name);
    say(name, file);
    put(name, "title", item.name);
    sayOrHide(
      facts,
      item.state === "loading" ? `${w("loading", "Reading")} …` : [item.facts.text, host].filter(Boolean).join(" · "),
    );
    upload.hidden = item.state !== "uploading";
    remove.hidden = item.state === "uploading";
    if (item.state === "uploading") {
      progress(Math.max(item.progress, desk.jobs.get(item.id)?.done ?? 0));
      put(bar, "aria-label", `${w("uploading", "Uploading")}: ${item.name}`);
      say(give, w("cancel", "Cancel"));
    }
    sayOrHide(error, item.error);
    role.hidden = !item.roles.length;
    const chosen = item.roles.find((option) => option.value === item.role);
    say(roleText, chosen?.label ?? item.role ?? w("role", "Role"));
    put(role, "aria-label", `${w("role", "Role")}: ${roleText.textContent} (${item.ordinal})`);
    const asks = item.kind !== "image" && movable && ["url", "asset"].includes(item.source);
    seconds.hidden = !asks;
    if (focused(seconds) !== seconds) seconds.value = item.facts.duration ?? "";
    put(seconds, "aria-label", `${item.ordinal}: ${w("seconds", "seconds")}`);
    put(seconds, "placeholder", w("seconds", "seconds"));
    unnamed.hidden = !movable || item.used_in_prompt || isFrame(item);
    say(unnamed.lastElementChild, w("not_in_prompt", "Not named in the prompt"));
    put(
      unnamed,
      "aria-label",
      `${item.ordinal}: ${w("not_in_prompt", "Not named in the prompt")}. ${w("insert_reference", "Insert into the prompt")}`,
    );
    tip(unnamed, w("insert_reference", "Insert into the prompt"));
    picture();
  }
  return { node, draw, progress, picture: () => item && picture(), close: () => clearInterval(timer) };
}

/** Whether an item works without being named. @param {Item} item */
const isFrame = (item) => item.role === "first_frame" || item.role === "last_frame";

/** The end of an address, which tells more than its beginning, and where it is. @param {string} name */
function addressed(name) {
  const match = /^https?:\/\/([^/?#]+)\/(?:[^?#]*\/)?([^/?#]+)\/?(?:[?#].*)?$/i.exec(name);
  return match ? { file: match[2], host: match[1] } : { file: name, host: "" };
}

/** The loudness of a sound along its time. @param {Uint8Array} peaks */
function waveform(peaks) {
  const canvas = make("canvas", "wave", { width: 400, height: 160, "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#1f9d8a";
  const bars = 50;
  for (let i = 0; i < bars; i++) {
    const part = peaks.slice(Math.floor((i * peaks.length) / bars), Math.floor(((i + 1) * peaks.length) / bars));
    const height = Math.max(4, (Math.max(...part) / 255) * 150);
    pen.beginPath();
    pen.roundRect?.(i * 8 + 1.5, 80 - height / 2, 5, height, 2.5);
    pen.fill();
  }
  return canvas;
}

// ---- problems ----------------------------------------------------------------------------------------------------

/** @param {any} bench @param {Problem} problem @param {string} [about] */
function problemRow(bench, problem, about = "") {
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

// ---- prompt ------------------------------------------------------------------------------------------------------

/** The names of items in a line, with their places. @param {string} line */
function mentionsOf(line) {
  return [...line.matchAll(MENTION)].map((match) => {
    const blank = match[0].length - match[0].trimStart().length;
    const kind = KINDS[match[2]] ?? match[2].toLowerCase();
    return { start: match.index + blank, end: match.index + match[0].length, name: `${kind} ${Number(match[3])}` };
  });
}

/** Each item by kind and number, as a prompt names it. @param {Item[]} items */
function byName(items) {
  const counts = {};
  const named = new Map();
  for (const item of items) {
    if (!item.ordinal) continue;
    counts[item.kind] = (counts[item.kind] ?? 0) + 1;
    named.set(`${item.kind} ${counts[item.kind]}`, item);
  }
  return named;
}

/**
 * The prompt. The text is a plain textarea, so that input methods, screen readers and long texts work as everywhere;
 * the marks of the references lie behind it, letter under letter.
 */
function promptSection(bench) {
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

// ---- parameters --------------------------------------------------------------------------------------------------

/** One of several, in a row: arrow keys go along and say what each would change, Enter or Space chooses. */
function choiceControl(bench, name) {
  const { desk, w } = bench;
  const group = make("div", "choice", { role: "radiogroup", "data-name": name });
  const note = make("div", "param-note", { id: `sdnb-${unique()}` });
  roving(group, "[role=radio]");
  let value = null;
  function draw(/** @type {Param} */ param, describe) {
    value = param.value;
    const hasChosen = param.options.some((option) => option.value === value);
    const shaped = param.name === "ratio";
    put(group, "data-shaped", shaped);
    const rows = param.options.map((option, place) => {
      const isChosen = option.value === value;
      const row = make(
        "button",
        "pick",
        {
          role: "radio",
          "data-key": String(option.value),
          "aria-checked": String(isChosen),
          "data-open": shaped && !option.ratio,
          "aria-disabled": option.possible ? null : "true",
          tabindex: isChosen || (!hasChosen && !place) ? 0 : -1,
          onclick: () => {
            if (!option.possible) return bench.announce(option.reason);
            if (option.value !== value) desk.ask("param", { name: param.name, value: option.value });
          },
        },
        shaped ? ratioFrame(option.ratio) : null,
        make("span", "pick-label", { text: option.label }),
        !shaped && option.pixels ? make("span", "pick-pixels", { text: option.pixels }) : null,
      );
      tip(row, [option.reason, shaped ? option.pixels : ""].filter(Boolean).join(" · "));
      return row;
    });
    replaceKeepingFocus(group, rows);
    const picked = param.options.find((option) => option.value === value);
    const refused = param.options.filter((option) => !option.possible && option.reason);
    const reasons = [...new Set(refused.map((option) => option.reason))].map(
      (reason) =>
        `${refused
          .filter((option) => option.reason === reason)
          .map((option) => option.label)
          .join(", ")}: ${reason}`,
    );
    const effects = [
      ...new Set(param.options.filter((option) => option.possible && option.reason).map((option) => option.reason)),
    ];
    const said = [shaped ? picked?.pixels : "", ...(effects.length ? effects : [param.effect]), ...reasons].filter(
      Boolean,
    );
    note.replaceChildren(...said.map((text) => make("div", "", { text })));
    note.hidden = !said.length;
    put(group, "aria-describedby", [describe, note.id].join(" "));
  }
  return { node: make("div", "", {}, group, note), labelled: group, draw };
}

/** @param {string | null | undefined} ratio */
function ratioFrame(ratio) {
  const [across, down] = (ratio ?? "1:1").split(":").map(Number);
  const most = 20;
  const frame = make("span", "frame", { "data-open": ratio ? null : "", "aria-hidden": "true" });
  frame.style.width = `${Math.round((most * across) / Math.max(across, down))}px`;
  frame.style.height = `${Math.round((most * down) / Math.max(across, down))}px`;
  return make("span", "frame-room", {}, frame);
}

/** Seconds on a slider, and the model's own choice where it has one. */
function durationControl(bench, name) {
  const { desk, w } = bench;
  const slider = make("input", "slider", { type: "range", step: 1 });
  const said = make("output", "slider-value");
  const auto = make("button", "pick auto", { "aria-pressed": "false" });
  let param = null;
  let last = 5;
  let timer = 0;
  const send = (value) => desk.ask("param", { name, value });
  const shown = (value) => {
    const unit = { style: "unit", unit: "second", unitDisplay: "narrow" };
    const made = new Intl.NumberFormat(bench.language(), unit).formatToParts(value);
    say(
      said,
      made
        .map((part) => part.value.trim())
        .filter(Boolean)
        .join(" "),
    );
  };
  slider.addEventListener("input", () => {
    shown(slider.valueAsNumber);
    clearTimeout(timer);
    timer = setTimeout(() => ((timer = 0), send(slider.valueAsNumber)), 180);
  });
  auto.addEventListener("click", () => send(param.value === param.options[0]?.value ? last : param.options[0].value));
  function draw(next, describe) {
    param = next;
    const option = param.options[0];
    const isAuto = option !== undefined && param.value === option.value;
    put(slider, "min", param.low);
    put(slider, "max", param.high);
    put(slider, "aria-describedby", describe);
    if (!isAuto) last = param.value;
    if (!timer) {
      slider.value = String(isAuto ? last : param.value);
      if (isAuto) say(said, option.label);
      else shown(param.value);
    }
    slider.disabled = isAuto;
    put(slider, "aria-valuetext", said.textContent);
    slider.style.setProperty(
      "--done",
      `${(100 * (slider.valueAsNumber - param.low)) / Math.max(1, param.high - param.low)}%`,
    );
    auto.hidden = !param.auto || !option;
    say(auto, option?.label ?? w("auto", "Auto"));
    put(auto, "aria-pressed", String(isAuto));
  }
  slider.addEventListener("input", () =>
    slider.style.setProperty(
      "--done",
      `${(100 * (slider.valueAsNumber - param.low)) / Math.max(1, param.high - param.low)}%`,
    ),
  );
  return { node: make("div", "duration", {}, slider, said, auto), labelled: slider, draw };
}

/** A number that makes a clip repeatable: drawn, kept, or left to each submit. */
function seedControl(bench, name) {
  const { desk, w } = bench;
  const field = make("input", "field", { type: "text", inputmode: "numeric", autocomplete: "off" });
  const dice = make("button", "icon-button", {}, icon("dice"));
  const lock = make("button", "icon-button", {}, icon("unlocked"));
  let param = null;
  let last = null;
  const send = (value) => desk.ask("param", { name, value });
  const drawn = () => crypto.getRandomValues(new Uint32Array(1))[0] % ((param.high ?? 4294967295) + 1);
  onWritten(field, () => {
    const text = field.value.trim();
    if (!text) return send(null);
    if (/^-?\d{1,12}$/.test(text)) return send(Number(text));
    field.value = param.value ?? "";
  });
  dice.addEventListener("click", () => send(drawn()));
  lock.addEventListener("click", () => send(param.value === null ? (last ?? drawn()) : null));
  function draw(next, describe) {
    param = next;
    if (param.value !== null) last = param.value;
    if (focused(field) !== field || param.value !== null) field.value = param.value ?? "";
    put(field, "aria-describedby", describe);
    put(field, "placeholder", w("seed_drawn", "drawn each time"));
    put(dice, "aria-label", w("dice", "Draw a seed"));
    tip(dice, w("dice", "Draw a seed"));
    put(lock, "aria-label", w("lock", "Keep this seed"));
    tip(lock, w("lock", "Keep this seed"));
    put(lock, "aria-pressed", String(param.value !== null));
    reshape(lock.firstElementChild, param.value === null ? "unlocked" : "locked");
  }
  return { node: make("div", "seed", {}, field, dice, lock), labelled: field, draw };
}

function switchControl(bench, name) {
  const { desk } = bench;
  const button = make("button", "switch", { role: "switch" }, make("span", "switch-knob"));
  const note = make("div", "param-note", { id: `sdnb-${unique()}` });
  let param = null;
  const other = () => param.options.find((option) => option.value === !param.value);
  button.addEventListener("click", () => {
    const to = other();
    if (to && !to.possible) return bench.announce(to.reason);
    desk.ask("param", { name, value: !param.value });
  });
  function draw(next, describe) {
    param = next;
    const to = other();
    put(button, "aria-checked", String(param.value === true));
    put(button, "aria-disabled", to && !to.possible ? "true" : null);
    put(button, "aria-describedby", [describe, note.id].join(" "));
    sayOrHide(note, [param.effect, to && !to.possible ? to.reason : ""].filter(Boolean).join(" "));
  }
  return { node: button, note, labelled: button, draw };
}

function textControl(bench, name, isNumber) {
  const field = make("input", "field", {
    type: isNumber ? "number" : "text",
    dir: isNumber ? null : "auto",
    autocomplete: "off",
  });
  onWritten(field, () => {
    const value = field.value.trim();
    bench.desk.ask("param", { name, value: value === "" ? null : isNumber ? Number(value) : value.slice(0, 1200) });
  });
  function draw(param, describe) {
    if (focused(field) !== field) field.value = param.value ?? "";
    put(field, "min", isNumber ? param.low : null);
    put(field, "max", isNumber ? param.high : null);
    put(field, "aria-describedby", describe);
  }
  return { node: field, labelled: field, draw };
}

function parameterSection(bench) {
  const { w } = bench;
  const title = make("h3", "label");
  const list = make("div", "params");
  const node = make("section", "parameters", {}, title, list);
  const rows = new Map();
  const changed = bench.changes();

  function row(param) {
    const help = make("div", "", { id: `sdnb-${unique()}`, hidden: true });
    const makers = {
      choice: choiceControl,
      number: param.name === "duration" ? durationControl : (one, name) => textControl(one, name, true),
      bool: switchControl,
      seed: seedControl,
      text: (one, name) => textControl(one, name, false),
    };
    const control = makers[param.kind](bench, param.name);
    const isField = control.labelled.matches("input, button");
    const label = make(isField ? "label" : "div", "param-label", { id: `sdnb-${unique()}` });
    if (isField) label.htmlFor = control.labelled.id = `sdnb-${unique()}`;
    else put(control.labelled, "aria-labelledby", label.id);
    const problems = make("ul", "problems");
    const made = make(
      "div",
      "param",
      { "data-name": param.name, "data-kind": param.kind },
      label,
      control.node,
      help,
      control.note ?? null,
      problems,
    );
    return {
      node: made,
      kind: param.kind,
      draw(/** @type {Param} */ next) {
        say(label, next.label);
        if (next.help) label.dataset.tip = next.help;
        say(help, next.help);
        put(made, "data-off", next.kind === "bool" && !next.value);
        control.draw(next, help.id);
        put(made, "data-worst", next.problems.some((one) => one.severity === "error") ? "error" : null);
        replaceKeepingFocus(
          problems,
          next.problems.map((problem) => problemRow(bench, problem)),
          () => control.labelled,
        );
        problems.hidden = !next.problems.length;
      },
    };
  }

  function draw(view) {
    say(title, w("parameters", "Parameters"));
    for (const [name, known] of rows) {
      if (view.params.some((param) => param.name === name && param.kind === known.kind)) continue;
      known.node.remove();
      rows.delete(name);
    }
    view.params.forEach((param, place) => {
      let known = rows.get(param.name);
      if (!known) rows.set(param.name, (known = row(param)));
      if (list.children[place] !== known.node) list.insertBefore(known.node, list.children[place] ?? null);
      if (changed(param.name, [param, view.language])) known.draw(param);
    });
  }
  return { node, draw };
}

// ---- what will be sent -------------------------------------------------------------------------------------------

function sentSection(bench) {
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

// ---- price and submit --------------------------------------------------------------------------------------------

function priceBar(bench) {
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

// ---- the whole ---------------------------------------------------------------------------------------------------

/** What lies beside a control while it has the pointer or the focus. */
function tooltips(bench) {
  const popup = new Popup(bench.root, make("div", "popup tip", { "aria-hidden": "true" }));
  let timer = 0;
  const hide = () => (clearTimeout(timer), popup.close());
  const show = (node, wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!node.isConnected || !node.dataset.tip) return;
      say(popup.node, node.dataset.tip);
      popup.open(() => node.getBoundingClientRect());
    }, wait);
  };
  const of = (event) => (event.target instanceof Element ? event.target.closest("[data-tip]") : null);
  const until = { signal: bench.signal };
  bench.root.addEventListener(
    "pointerover",
    (event) => (event.pointerType === "mouse" && of(event) ? show(of(event), 350) : hide()),
    until,
  );
  bench.root.addEventListener("pointerdown", hide, until);
  bench.root.addEventListener("pointerleave", hide, until);
  bench.root.addEventListener(
    "focusin",
    (event) => (of(event) && event.target.matches(":focus-visible") ? show(of(event), 120) : hide()),
    until,
  );
  bench.root.addEventListener("focusout", hide, until);
  bench.root.addEventListener("keydown", (event) => event.key === "Escape" && hide(), until);
  window.addEventListener("scroll", hide, { capture: true, passive: true, ...until });
}

function view({ model, el, desk }) {
  const stop = new AbortController();
  const { signal } = stop;
  const root = make("section", "");
  root.className = "sdnb sdnb-composer";
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const live = make("div", "hidden", { "aria-live": "polite" });
  const bench = {
    desk,
    model,
    root,
    signal,
    opened: new Set(),
    view: () => model.get("view"),
    language: () => model.get("view").language ?? "en",
    /** @param {string} key @param {string} english said until the words are there */
    w: (key, english) => model.get("view").words?.[key] ?? english,
    isCalm: () => still.matches,
    announce(text) {
      // The same words twice are still news.
      live.textContent = live.textContent === text ? `${text}\u200b` : text;
    },
    insert: (text) => prompt.insert(text),
    /** Tells whether a part of the view is another one than last time. */
    changes() {
      const known = new Map();
      return (name, part) => {
        const text = JSON.stringify(part);
        if (known.get(name) === text) return false;
        known.set(name, text);
        return true;
      };
    },
  };
  const { w } = bench;
  const menu = new Popup(root, make("div", "popup menu", { role: "menu" }));
  bench.menu = menu;
  roving(menu.node, "button");
  menu.node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" && event.key !== "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    menu.shut(true);
  });

  const mode = make("div", "mode");
  const provider = make("select", "select");
  const language = make("select", "select");
  const undo = make("button", "icon-button", { onclick: () => desk.step("undo") }, icon("undo"));
  const redo = make("button", "icon-button", { onclick: () => desk.step("redo") }, icon("redo"));
  const head = make(
    "header",
    "head",
    {},
    make("span", "badge", {}, icon("film"), mode),
    make("div", "tools", {}, provider, language, undo, redo),
  );
  const slow = make("div", "slow", { role: "status", hidden: true });
  const media = mediaSection(bench);
  const prompt = promptSection(bench);
  const parameters = parameterSection(bench);
  const sent = sentSection(bench);
  const bar = priceBar(bench);
  const left = make("div", "column", {}, media.node, prompt.node);
  const right = make("div", "column", {}, parameters.node);
  const shell = make(
    "div",
    "shell",
    {},
    head,
    make("div", "columns", {}, left, right),
    bar.general,
    sent.node,
    bar.error,
    slow,
    bar.bar,
  );
  const nothing = make("div", "nothing");
  root.append(shell, nothing, live);
  tooltips(bench);
  el.append(root);

  provider.addEventListener("change", () => desk.ask("choose_provider", { provider: provider.value }));
  language.addEventListener("change", () => desk.ask("language", { language: language.value }));

  function options(select, entries, value, label) {
    if (select.children.length !== entries.length || entries.some((one, i) => {
      const { value, textContent } = select.children[i];
      return value !== one.id || textContent !== one.name;
    }))
      select.replaceChildren(...entries.map((one) => make("option", "", { value: one.id, text: one.name })));
    if (select.value !== value) select.value = value;
    put(select, "aria-label", label);
    select.hidden = entries.length < 2;
  }

  let heard = model.get("view").announce ?? "";
  const changed = bench.changes();

  function draw() {
    const view = model.get("view");
    const isThere = view.rev !== undefined;
    shell.hidden = !isThere;
    nothing.hidden = isThere;
    say(nothing, w("no_view", "The kernel has not answered yet."));
    if (!isThere) return;
    put(root, "lang", view.language);
    put(root, "aria-label", w("title", "Composer"));
    put(root, "data-untouched", !view.items.length && !desk.text.trim());
    say(mode, view.mode.words);
    options(provider, view.providers, view.provider.id, w("provider", "Provider"));
    options(language, view.languages ?? [], view.language, w("language", "Language"));
    for (const [button, name, fallback] of [
      [undo, "undo", "Undo"],
      [redo, "redo", "Redo"],
    ]) {
      put(button, "aria-label", w(name, fallback));
      tip(button, w(name, fallback));
      put(button, "aria-disabled", view.history[name] ? null : "true");
    }
    const inMedia = [view.items, view.language];
    if (changed("media", inMedia)) media.draw(view);
    prompt.draw(view);
    parameters.draw(view);
    sent.draw(view);
    bar.draw(view);
    bar.drawError();
    if (view.announce && view.announce !== heard) bench.announce(view.announce);
    heard = view.announce;
  }

  const hear = (what, ...details) => {
    if (what === "text" && desk.text) root.removeAttribute("data-untouched");
    if (what === "text") prompt.onText(details[0]);
    else if (what === "progress") media.progress(...details);
    else if (what === "thumb") (media.thumb(details[0]), prompt.thumb());
    else if (what === "slow") sayOrHide(slow, details[0] ? w("no_view", "The kernel has not answered yet.") : "");
    else if (what === "acted") heard = "";
  };
  desk.hearers.add(hear);

  // One undo for everything; a field of its own keeps the browser's.
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
    const key = event.key.toLowerCase();
    const step = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" && !event.shiftKey ? "redo" : "";
    if (!step || event.target.closest("input.sdnb-composer__field")) return;
    event.preventDefault();
    event.stopPropagation();
    desk.step(step);
  });

  // Notebooks take keys of their own from whatever has the focus. What is typed here is meant for us, but for the
  // shortcuts of the page such as saving; it has to stand on the very element before the notebook looks.
  const OURS = new Set([
    "enter",
    "z",
    "y",
    "a",
    "c",
    "v",
    "x",
    "b",
    "i",
    "backspace",
    "delete",
    "home",
    "end",
    "arrowup",
    "arrowdown",
    "arrowleft",
    "arrowright",
    " ",
  ]);
  window.addEventListener(
    "keydown",
    (event) => {
      if (!(event.target instanceof Element) || !root.contains(event.target)) return;
      const isPage = (event.ctrlKey || event.metaKey) && !OURS.has(event.key.toLowerCase());
      put(event.target, "data-lm-suppress-shortcuts", isPage ? null : "true");
    },
    { capture: true, signal },
  );
  document.addEventListener(
    "pointerdown",
    (event) => {
      const path = event.composedPath();
      if (menu.isOpen && !path.includes(menu.node) && !path.includes(menu.opener)) menu.shut(false);
    },
    { capture: true, signal },
  );
  window.addEventListener(
    "scroll",
    (event) => {
      if (menu.isOpen && !menu.node.contains(event.target)) menu.place();
    },
    { capture: true, passive: true, signal },
  );

  model.on("change:view", draw);
  model.on("change:error", bar.drawError);
  draw();

  return () => {
    stop.abort();
    media.close();
    desk.hearers.delete(hear);
    model.off("change:view", draw);
    model.off("change:error", bar.drawError);
    root.remove();
  };
}

export default () => {
  /** @type {Desk | null} */
  let desk = null;
  return {
    initialize({ model, signal }) {
      const own = (desk = new Desk(model));
      const close = () => own.close();
      signal?.addEventListener("abort", close, { once: true });
      return close;
    },
    render({ model, el, signal }) {
      const cleanup = view({ model, el, desk: (desk ??= new Desk(model)) });
      signal?.addEventListener("abort", cleanup, { once: true });
      return cleanup;
    },
  };
};
