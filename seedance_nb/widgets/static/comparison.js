/**
 * Clips beside or over each other, under one transport that holds them to the same frame. What is said of each comes in
 * `view`, in words; here is only what hands and eyes need at once. Nothing is loaded before somebody looks.
 *
 * @typedef {{title: string, clip: any | null, absent: string, src?: string, part?: string, mime?: string,
 *   facts: {label: string, text: string, share: number | null}[]}} Shown
 */
import { attachClip } from "./parts/clip.js";
import { FrameLock } from "./parts/lock.js";
import { takePlaces } from "./parts/place.js";

const SVG = "http://www.w3.org/2000/svg";
const RATES = [0.1, 0.25, 0.5, 1, 1.5, 2];
const HANDLE_STEP = 2; // percent of the picture

/** Outlines in a 16 × 16 box. */
const SHAPES = {
  play: "M5 3.2l7.5 4.8L5 12.8z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  back: "M10.5 4l-5 4 5 4M3.5 4v8",
  on: "M5.5 4l5 4-5 4M12.5 4v8",
  sound: "M2.5 6.2h2.6L8.5 3v10L5.1 9.8H2.5zM10.8 5.8a3.2 3.2 0 0 1 0 4.4M12.6 4a5.8 5.8 0 0 1 0 8",
  mute: "M2.5 6.2h2.6L8.5 3v10L5.1 9.8H2.5zM11 6.2l3.2 3.6M14.2 6.2L11 9.8",
  loop: "M3 7.5V6.8A2.8 2.8 0 0 1 5.8 4h7M10.8 2l2 2-2 2M13 8.5v.7A2.8 2.8 0 0 1 10.2 12h-7M5.2 14l-2-2 2-2",
  grid: "M2.5 3.5h4.7v9H2.5zM8.8 3.5h4.7v9H8.8z",
  wipe: "M2.5 3.5h11v9h-11zM8 1.8v12.4M5.6 6.5L4.2 8l1.4 1.5M10.4 6.5L11.8 8l-1.4 1.5",
  film: "M2.5 3h11v10h-11zM5 3v10M11 3v10M2.5 6.3H5M2.5 9.7H5M11 6.3h2.5M11 9.7h2.5",
};

/** @param {string} name @returns {SVGElement} */
function icon(name) {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("viewBox", "0 0 16 16");
  node.setAttribute("aria-hidden", "true");
  node.setAttribute("class", "sdnb-comparison__icon");
  node.dataset.shape = name;
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  node.append(path);
  return node;
}

/** An element; `text` is text, what begins with "on" listens, all else are attributes. */
function make(tag, names, properties = {}, ...children) {
  const node = document.createElement(tag);
  node.className = names.split(" ").filter(Boolean).map((name) => `sdnb-comparison__${name}`).join(" ");
  if (tag === "button") node.type = "button";
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

function button(shape, label, onclick) {
  return make("button", "button", { "aria-label": label, title: label, onclick }, icon(shape));
}

function reshape(node, shape) {
  if (node.firstChild.dataset.shape !== shape) node.replaceChildren(icon(shape));
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

/** One clip: its picture, what is over it, and what is said of it. */
class Screen {
  /** @param {number} index @param {Shown} shown @param {any} words */
  constructor(index, shown, words, actions) {
    this.index = index;
    this.shown = shown;
    this.words = words;
    this.isLoaded = false;
    this.canPlay = false;
    this.hasSound = false;
    this.problem = "";
    this.video = make("video", "video", { playsinline: true, muted: true, preload: "none", tabindex: "-1", "aria-label": shown.title });
    this.video.muted = true;
    this.video.disableRemotePlayback = true;
    this.video.poster = shown.clip?.poster ?? "";
    this.badge = make("span", "badge", {}, make("span", "number", { text: String(index + 1) }), make("bdi", "title", { text: shown.title }));
    this.speaker = button("mute", "", (event) => {
      event.stopPropagation(); // the picture below it plays and stops at a click
      actions.hear(index);
    });
    this.speaker.classList.add("sdnb-comparison__speaker");
    this.note = make("p", "note", { hidden: true });
    this.box = make("div", "screen", { onclick: (event) => actions.click(event) }, this.video, this.badge, this.speaker, this.note);
    this.facts = make("div", "facts");
    this.node = make("figure", "figure", {}, this.box, this.facts);
    if (!shown.clip || shown.absent) this.say(shown.absent || words.absent);
    this.drawSound(false);
  }

  say(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
  }

  drawFacts(shown) {
    this.shown = shown;
    const list = make("dl", "list");
    for (const { label, text, share } of shown.facts) {
      const value = make("dd", "value", {}, make("bdi", "", { text }));
      if (share !== null) {
        const bar = make("span", "bar", { "aria-hidden": "true" });
        bar.style.setProperty("--share", String(share));
        value.append(bar);
      }
      list.append(make("dt", "label", { text: label }), value);
    }
    this.facts.replaceChildren(this.marked ? make("p", "differs", { text: this.words.differs }) : "", list);
    this.facts.hidden = !shown.facts.length;
  }

  drawSound(isHeard) {
    const { words, index } = this;
    this.speaker.hidden = !this.shown.clip?.has_audio;
    const label = fill(isHeard ? words.mute : words.hear, { clip: index + 1 });
    this.speaker.title = label;
    this.speaker.setAttribute("aria-label", label);
    this.speaker.setAttribute("aria-pressed", String(isHeard));
    reshape(this.speaker, isHeard ? "sound" : "mute");
    this.video.muted = !isHeard;
  }

  /** Have it here, ready to be shown; says itself what is wrong. */
  async load(model, signal) {
    this.isLoaded = true;
    const { shown, words } = this;
    if (!shown.clip || shown.absent) return;
    this.say(words.loading);
    let clip = shown.clip;
    if (shown.part || shown.src) {
      this.video.preload = "auto";
      this.video.src = shown.src ?? unpacked(shown.part, clip.mime);
      this.release = () => shown.part && URL.revokeObjectURL(this.video.src);
      const came = await first(this.video, ["loadedmetadata", "error"], signal);
      if (came !== "loadedmetadata" || !this.video.videoWidth) return this.say(words.clip_unplayable);
    } else {
      const onprogress = ({ stage, share }) => this.say(this.#stage(stage, share));
      const got = await attachClip({ model, video: this.video, clip, signal, onprogress });
      this.release = got.release;
      if (signal.aborted) return;
      if (got.way === "none") return this.say(got.error || (got.why === "kernel" ? words.clip_no_kernel : words.clip_unplayable));
      clip = got.clip;
      this.twin = got.twin.includes("h264") ? fill(words.clip_is_h264, { codec: shown.clip.video_codec }) : "";
    }
    if (this.video.readyState < 2) await first(this.video, ["loadeddata", "error"], signal);
    const fps = clip.fps ? clip.fps[0] / clip.fps[1] : 24;
    this.locked = { video: this.video, fps, frames: clip.frames ?? Math.round(this.video.duration * fps) };
    this.canPlay = this.video.readyState >= 2;
    this.say(this.canPlay ? (this.twin ?? "") : words.clip_unplayable);
    if (this.twin) setTimeout(() => this.say(""), 6000);
  }

  #stage(stage, share = 0) {
    const { words } = this;
    if (stage === "h264") return words.clip_h264;
    if (stage === "mp3") return words.clip_mp3;
    return stage === "waiting" ? words.clip_waiting : fill(words.clip_loading, { share: Math.round(share * 100) });
  }
}

function first(target, names, signal) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = (name) => { over.abort(); resolve(name); };
    for (const name of names) target.addEventListener(name, () => end(name), { signal: over.signal });
    signal.addEventListener("abort", () => end("abort"), { signal: over.signal });
  });
}

/** A clip that stands in the page as text. */
function unpacked(id, mime) {
  const text = atob(document.getElementById(id).textContent.trim());
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: mime }));
}

/** What is drawn, by the name of its place: where the notebook puts a newer picture below it, it moves there as it is. */
const drawn = new Map();

function render({ model, el, signal: given }) {
  const here = drawn.get(model.get("place"));
  if (given && here && !here.root.isConnected) return here.move(el, given);
  const stop = new AbortController();
  const { signal } = stop;
  const view = () => model.get("view");
  const words = view().words;
  const root = make("section", "", { role: "group", "aria-label": words.name, tabindex: "0", lang: view().language });
  root.className = "sdnb sdnb-comparison";
  root.setAttribute("data-lm-suppress-shortcuts", "true");

  let lock = null;
  let loading = null;
  let heard = -1;
  let mode = "grid";
  let pair = [0, 1];
  let split = 50;
  let wantedRate = 1;
  let said = -1;
  let isQuiet = false;
  let state = { playing: false, frame: 0, frames: 1, waitingFor: -1, slowed: 1, drops: [], settled: true };

  // -- what is there --
  const screens = view().clips.map((shown, index) => new Screen(index, shown, words, { hear, click: clicked }));
  const handle = make("div", "handle", { role: "slider", tabindex: "0", "aria-label": words.handle, "aria-valuemin": "0", "aria-valuemax": "100", "aria-orientation": "horizontal", hidden: true }, make("span", "grip", { "aria-hidden": "true" }, icon("wipe")));
  const stage = make("div", "stage", {}, ...screens.map((screen) => screen.node), handle);
  stage.dataset.count = String(screens.length);

  const play = button("play", words.play, () => act("toggle"));
  play.classList.add("sdnb-comparison__play");
  const back = button("back", words.back, () => act("step", -1));
  const on = button("on", words.on, () => act("step", 1));
  const place = make("input", "place", { type: "range", min: "0", max: "0", value: "0", step: "1", "aria-label": words.place, oninput: () => act("seek", Number(place.value)) });
  const track = make("span", "track", {}, place, make("span", "marks", { "aria-hidden": "true" }));
  const counter = make("span", "counter");
  const loop = button("loop", words.loop, () => toggleLoop());
  loop.setAttribute("aria-pressed", "false");
  const rate = make("select", "select", { "aria-label": words.speed, title: words.speed, onchange: () => setRate(Number(rate.value)) }, ...RATES.map((value) => make("option", "", { value, text: `${value}×`, selected: value === 1 })));
  const from = make("button", "button text", { text: words.mark_in, title: `${words.mark_in} (i)`, onclick: () => markIn() });
  const to = make("button", "button text", { text: words.mark_out, title: `${words.mark_out} (o)`, onclick: () => markOut() });
  const unmark = make("button", "button text", { text: words.unmark, title: `${words.unmark} (x)`, hidden: true, onclick: () => mark(null, null) });
  const again = make("input", "check", { type: "checkbox", onchange: () => setAgain() });
  const againLabel = make("label", "option", {}, again, document.createTextNode(` ${words.again}`));
  againLabel.hidden = !view().has_lengths;

  const modes = make("div", "modes", { role: "group", "aria-label": words.layout });
  const asGrid = make("button", "button text", { "aria-pressed": "true", title: `${words.grid} (g)`, onclick: () => setMode("grid") }, icon("grid"), make("span", "", { text: words.grid }));
  const asWipe = make("button", "button text", { "aria-pressed": "false", title: `${words.wipe} (w)`, onclick: () => setMode("wipe") }, icon("wipe"), make("span", "", { text: words.wipe }));
  modes.append(asGrid, asWipe);
  const choose = [0, 1].map((side) => {
    const select = make("select", "select", { "aria-label": side ? words.right : words.left, onchange: () => setPair(side, Number(select.value)) });
    screens.forEach((screen) => select.append(make("option", "", { value: String(screen.index), text: `${screen.index + 1} · ${screen.shown.title}` })));
    return select;
  });
  const pairBox = make("div", "pair", { hidden: true }, make("label", "option", { text: `${words.left} ` }), make("label", "option", { text: `${words.right} ` }));
  pairBox.children[0].append(choose[0]);
  pairBox.children[1].append(choose[1]);
  const canWipe = () => screens.filter((screen) => screen.shown.clip && !screen.shown.absent).length > 1;

  const status = make("p", "status", { role: "status", "aria-live": "polite" });
  const trouble = make("p", "trouble", { hidden: true });
  const failed = make("p", "failed", { role: "alert", hidden: true });
  const same = make("p", "same");
  const keys = make("p", "keys", { text: `${words.keys} · ${words.keys_more}` });

  const head = make("div", "head", {}, make("strong", "heading", { text: view().title }), make("div", "tools", {}, pairBox, modes));
  const bar = make("div", "bar-row", {}, make("span", "buttons", {}, back, play, on), track, counter);
  const options = make("div", "options", {}, make("label", "option", {}, rate), loop, from, to, unmark, againLabel);
  const shell = make("div", "shell", {}, head, stage, bar, options, trouble, failed, same, keys, status);
  root.append(shell);
  el.append(root);

  // -- loading, at the first sign that somebody looks --
  function load() {
    if (view().is_still) return Promise.resolve();
    loading ??= Promise.all(screens.map((screen) => screen.load(model, signal))).then(() => !signal.aborted && relock(0));
    return loading;
  }

  /** The frame lock over the clips that are seen now, at a frame. */
  async function relock(second) {
    const seen = screens.filter((screen) => screen.canPlay && (mode === "grid" || pair.includes(screen.index)));
    lock?.close();
    isQuiet = true; // nobody asked for the step that follows
    lock = seen.length ? new FrameLock(seen.map((screen) => screen.locked), (now) => { state = now; drawState(); }) : null;
    if (!lock) return drawState();
    lock.seen = seen;
    lock.rate = wantedRate;
    lock.loop = loop.getAttribute("aria-pressed") === "true";
    lock.again = again.checked;
    lock.lead(seen.findIndex((screen) => screen.index === heard));
    place.max = String(lock.frames - 1);
    place.disabled = false;
    await lock.seek(Math.min(Math.round(second * lock.fps), lock.frames - 1));
    isQuiet = false;
    said = state.frame;
    root.dataset.ready = "true";
    drawState();
  }

  async function act(name, ...given) {
    await load();
    try {
      await lock?.[name](...given);
    } catch (refused) {
      // A page that was not touched yet may not make a sound: without it, everything may play.
      if (refused?.name !== "NotAllowedError" || heard < 0) throw refused;
      hear(heard);
      await lock?.play();
    }
  }

  // -- what hands do --
  function clicked(event) {
    if (event.target.closest("button")) return;
    if (mode === "grid") act("toggle");
  }

  function hear(index) {
    heard = heard === index || !screens[index]?.shown.clip?.has_audio ? -1 : index;
    for (const screen of screens) screen.drawSound(screen.index === heard);
    lock?.lead(lock.seen.findIndex((screen) => screen.index === heard));
    status.textContent = heard < 0 ? words.silent : fill(words.heard, { clip: heard + 1 });
    load();
  }

  function toggleLoop() {
    const is = loop.getAttribute("aria-pressed") !== "true";
    loop.setAttribute("aria-pressed", String(is));
    if (lock) lock.loop = is;
  }

  function setRate(value) {
    wantedRate = value;
    if (lock) lock.rate = value;
  }

  async function setAgain() {
    await load();
    if (!lock) return;
    lock.again = again.checked;
    lock.seek(state.frame);
  }

  async function mark(first, last) {
    await load();
    lock?.mark(first, last);
    unmark.hidden = first === null && last === null;
    drawState();
  }

  const markIn = () => mark(state.frame, lock && lock.marks[1] < lock.frames - 1 ? lock.marks[1] : null);
  const markOut = () => mark(lock && lock.marks[0] > 0 ? lock.marks[0] : null, state.frame);

  function setMode(wanted) {
    if (wanted === mode || (wanted === "wipe" && !canWipe())) return;
    mode = wanted;
    drawMode();
    resume(wanted === "wipe" ? words.is_wipe : words.is_grid);
  }

  function setPair(side, index) {
    if (pair[1 - side] === index) pair[1 - side] = pair[side];
    pair[side] = index;
    drawMode();
    resume("");
  }

  /** The same place, for the clips that are seen now. */
  async function resume(news) {
    if (news) status.textContent = news;
    if (!loading) return;
    await loading;
    const wasPlaying = state.playing;
    const second = lock ? (state.frame + 0.5) / lock.fps : 0;
    if (wasPlaying) await lock.pause();
    await relock(Math.max(0, second - 0.5 / (lock?.fps ?? 24)));
    if (wasPlaying) await act("play");
  }

  function setSplit(percent) {
    split = Math.min(100, Math.max(0, percent));
    stage.style.setProperty("--split", `${split}%`);
    handle.setAttribute("aria-valuenow", String(Math.round(split)));
    handle.setAttribute("aria-valuetext", fill(words.split, { share: Math.round(split) }));
  }

  const drag = (event) => {
    const box = stage.getBoundingClientRect();
    setSplit(((event.clientX - box.left) / box.width) * 100);
  };
  stage.addEventListener("pointerdown", (event) => {
    const isOn = event.target.closest?.(".sdnb-comparison__screen, .sdnb-comparison__handle");
    if (mode !== "wipe" || event.button !== 0 || !isOn || event.target.closest("button")) return;
    stage.setPointerCapture(event.pointerId);
    drag(event);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  }, { signal });
  stage.addEventListener("pointermove", (event) => stage.hasPointerCapture(event.pointerId) && drag(event), { signal });

  for (const sign of ["pointerenter", "focusin", "pointerdown"]) root.addEventListener(sign, () => load(), { once: true, signal });

  // Heard before the page hears it: notebooks take keys from whatever has the focus.
  window.addEventListener("keydown", (event) => {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || !root.contains(target)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || !pressed(event, target)) return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true, signal });

  function pressed(event, target) {
    const { key } = event;
    if (target.matches("select, input[type='checkbox']")) return false;
    if ((key === " " || key === "Enter") && target.matches("button")) return false;
    if (target === handle && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(key)) {
      const by = { ArrowLeft: split - HANDLE_STEP, ArrowRight: split + HANDLE_STEP, Home: 0, End: 100 }[key];
      setSplit(by);
      return true;
    }
    const many = event.shiftKey ? Math.round(lock?.fps ?? 24) : 1;
    switch (key.length === 1 ? key.toLowerCase() : key) {
      case " ": act("toggle"); return true;
      case "ArrowLeft": act("step", -many); return true;
      case "ArrowRight": act("step", many); return true;
      case "Home": act("seek", lock?.marks[0] ?? 0); return true;
      case "End": act("seek", lock?.marks[1] ?? Infinity); return true;
      case "g": setMode("grid"); return true;
      case "w": setMode("wipe"); return true;
      case "l": toggleLoop(); return true;
      case "i": markIn(); return true;
      case "o": markOut(); return true;
      case "x": mark(null, null); return true;
      case "0": if (heard >= 0) hear(heard); return true;
      default:
        if (!/^[1-9]$/.test(key) || Number(key) > screens.length) return false;
        hear(Number(key) - 1);
        return true;
    }
  }

  // -- drawing --
  function drawState() {
    const { playing, frame, frames, settled } = state;
    reshape(play, playing ? "pause" : "play");
    play.title = playing ? words.pause : words.play;
    play.setAttribute("aria-label", play.title);
    if (Number(place.max) !== frames - 1) place.max = String(frames - 1);
    if (document.activeElement !== place || playing || settled) place.value = String(frame);
    const fps = lock?.fps ?? 24;
    // People count frames from one, as the player does.
    const time = fill(words.seconds, { seconds: (frame / fps).toFixed(2) });
    const at = lock ? `${words.frame} ${frame + 1} / ${frames} · ${time}` : "";
    if (counter.textContent !== at) counter.textContent = at;
    place.setAttribute("aria-valuetext", at);
    root.dataset.frame = String(frame);
    root.dataset.settled = String(settled && !playing);
    const [low, high] = lock?.marks ?? [0, 0];
    track.dataset.whole = String(low === 0 && high >= frames - 1);
    track.style.setProperty("--from", `${(low / Math.max(1, frames - 1)) * 100}%`);
    track.style.setProperty("--to", `${(high / Math.max(1, frames - 1)) * 100}%`);
    drawTrouble();
    if (!isQuiet && !playing && settled && lock && frame !== said) {
      said = frame;
      status.textContent = `${words.frame} ${frame + 1}`;
    }
  }

  function drawTrouble() {
    const lines = [];
    const name = (index) => (lock.seen[index]?.index ?? index) + 1;
    if (state.slowed < 1) lines.push(fill(words.slowed, { share: Math.round(state.slowed * 100) }));
    for (const { index, shown, wanted } of state.drops) {
      lines.push(fill(words.dropped, { clip: name(index), shown: Math.round(shown), wanted: Math.round(wanted) }));
    }
    if (lock && !("requestVideoFrameCallback" in HTMLVideoElement.prototype)) lines.push(words.inexact);
    const text = lines.join(" ");
    if (trouble.textContent !== text) trouble.textContent = text;
    trouble.hidden = !text;
    root.dataset.waiting = lock && state.waitingFor >= 0 ? String(name(state.waitingFor)) : "";
  }

  function drawMode() {
    const isWipe = mode === "wipe";
    root.dataset.mode = mode;
    asGrid.setAttribute("aria-pressed", String(!isWipe));
    asWipe.setAttribute("aria-pressed", String(isWipe));
    pairBox.hidden = !isWipe || screens.length < 3;
    handle.hidden = !isWipe;
    choose.forEach((select, side) => (select.value = String(pair[side])));
    for (const screen of screens) {
      const side = pair.indexOf(screen.index);
      screen.node.hidden = isWipe && side < 0;
      screen.node.dataset.side = isWipe ? ["left", "right"][side] ?? "" : "";
    }
    setSplit(split);
  }

  function drawView() {
    const { clips, same: common } = view();
    clips.forEach((shown, index) => {
      if (!screens[index]) return;
      screens[index].marked = clips.filter((one) => one.facts.length).length > 1;
      screens[index].drawFacts(shown);
    });
    same.textContent = "";
    same.hidden = !common.length;
    if (common.length) {
      same.append(make("strong", "", { text: words.same }), " ");
      common.forEach(({ label, text }, index) => same.append(index ? " · " : "", `${label} `, make("bdi", "", { text })));
    }
  }

  function drawError() {
    failed.textContent = model.get("error") ?? "";
    failed.hidden = !failed.textContent;
  }

  const ratio = view().ratio;
  root.style.setProperty("--ratio", String(ratio));
  root.style.setProperty("--count", String(screens.length));
  root.dataset.shape = ratio < 0.9 ? "tall" : "wide";
  if (!screens.some((screen) => screen.shown.clip && !screen.shown.absent) || view().is_still) {
    for (const node of [bar, options, keys, modes]) node.hidden = true;
    root.removeAttribute("tabindex");
  }
  asWipe.disabled = !canWipe();
  modes.hidden ||= screens.length < 2;
  const playable = screens.filter((screen) => screen.shown.clip && !screen.shown.absent).map((screen) => screen.index);
  if (playable.length > 1) pair = playable.slice(0, 2);

  model.on("change:view", drawView);
  model.on("change:error", drawError);
  drawView();
  drawMode();
  drawState();
  drawError();
  place.disabled = true;

  let owner = given;
  let focused = null;
  root.addEventListener("focusin", (event) => (focused = event.target), { signal });
  root.addEventListener("focusout", () => (focused = root.isConnected ? null : focused), { signal });
  const mine = {
    root,
    move(to, newer) {
      owner = newer;
      const had = focused;
      to.append(root);
      had?.focus({ preventScroll: true });
      newer.addEventListener("abort", () => owner === newer && cleanup(), { once: true });
      // Out of the page for a moment, all were stopped.
      if (state.playing) for (const screen of lock.seen) if (!screen.video.ended) screen.video.play().catch(() => {});
      return cleanup;
    },
  };
  if (model.get("place")) drawn.set(model.get("place"), mine);

  const cleanup = () => {
    if (signal.aborted) return;
    stop.abort();
    if (drawn.get(model.get("place")) === mine) drawn.delete(model.get("place"));
    lock?.close();
    for (const screen of screens) screen.release?.();
    model.off("change:view", drawView);
    model.off("change:error", drawError);
    root.remove();
  };
  given?.addEventListener("abort", () => owner === given && cleanup(), { once: true });
  return cleanup;
}

export default { initialize: ({ model }) => takePlaces(model, render), render };
