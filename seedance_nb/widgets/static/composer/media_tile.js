/** One item of the strip of media. */

import { focused, make, put, say, sayOrHide, icon, reshape, tip, onWritten } from "./elements.js";
import { openMenu } from "./popup.js";

const FRAMES_PER_SECOND = 4;

/** One item: picture, name, role, and what can be done with it. */
export function mediaTile(bench, move, all) {
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
export const isFrame = (item) => item.role === "first_frame" || item.role === "last_frame";

/** The end of an address, which tells more than its beginning, and where it is. @param {string} name */
function addressed(name) {
  const match = /^https?:\/\/([^/?#]+)\/(?:[^?#]*\/)?([^/?#]+)\/?(?:[?#].*)?$/i.exec(name);
  return match ? { file: match[2], host: match[1] } : { file: name, host: "" };
}

/** The loudness of a sound along its time. @param {Uint8Array} peaks */
export function waveform(peaks) {
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
