/**
 * A blind vote: two clips side by side, locked to the same frame, and a vote for the left or the right one. The page knows
 * nothing of them but their pictures; what they were is told by Python when all pairs are voted on.
 */
import { attachClip } from "./parts/clip.js";
import { FrameLock } from "./parts/lock.js";
import { takePlaces } from "./parts/place.js";

const SIDES = ["left", "right"];
const VERDICTS = { 1: "left", 0: "tie", 9: "both_bad", 2: "right" };
const PATIENCE_MS = 15_000;
/** A key that is pressed twice is one vote, and not one on the next pair too. */
const TWICE_MS = 400;
const SVG = "http://www.w3.org/2000/svg";
const SHAPES = { play: "M5 3.2v9.6L12.8 8z", pause: "M5 3.5v9M11 3.5v9" };

/** @param {string} tag @param {string} name @param {string} [text] */
function make(tag, name, text = "") {
  const node = document.createElement(tag);
  node.className = `sdnb-blind-vote__${name}`;
  if (text) node.textContent = text;
  return node;
}

function button(name, text = "") {
  const node = make("button", name, text);
  node.type = "button";
  node.classList.add("sdnb-blind-vote__button");
  return node;
}

/** Braces of Python's filled in, whatever characters a value has. */
function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

function isolated(text) {
  const node = document.createElement("bdi");
  node.textContent = text;
  return node;
}

let serial = 0;

/** Whose place had the focus: the cell's output is made anew with the result, and the focus is to be there again. */
const focused = new WeakSet();

/** One picture of the vote on a page. */
class Vote {
  constructor(model, el, signal) {
    this.model = model;
    this.words = model.get("words");
    this.stop = new AbortController();
    this.prefix = `sdnb-vote-${++serial}-${Math.random().toString(36).slice(2, 8)}`;
    this.sound = "none";
    this.roundId = "";
    this.root = make("section", "root");
    this.root.classList.add("sdnb", "sdnb-blind-vote");
    this.root.setAttribute("aria-label", this.words.label);
    this.root.lang = this.words.language;
    this.root.tabIndex = -1;
    this.root.setAttribute("data-lm-suppress-shortcuts", "true");
    this.shell = make("div", "shell");
    this.head = this.#head();
    this.booth = this.#booth();
    this.outcome = make("div", "outcome");
    this.outcome.tabIndex = -1;
    this.who = this.#who();
    this.live = make("p", "live");
    this.live.setAttribute("aria-live", "polite");
    this.failed = make("p", "failed");
    this.failed.setAttribute("role", "alert");
    this.failed.hidden = true;
    this.shell.append(this.head, this.booth, this.outcome, this.who, this.failed, this.live);
    this.root.append(this.shell);
    el.append(this.root);
    const draw = () => this.draw();
    model.on("change:view", draw);
    // Heard before the page hears it: a notebook has keys of its own for figures and space.
    window.addEventListener("keydown", (event) => this.#key(event), { capture: true, signal: this.stop.signal });
    this.#listen(signal, () => model.off("change:view", draw));
    this.root.addEventListener("focusin", () => focused.add(model));
    this.root.addEventListener("focusout", () => queueMicrotask(() => {
      if (this.root.isConnected && !this.root.contains(document.activeElement)) focused.delete(model);
    }));
    this.draw();
    if (focused.has(model)) this.root.focus({ preventScroll: true });
  }

  #listen(signal, off) {
    this.close = () => {
      off();
      this.stop.abort();
      this.round?.abort();
      this.lock?.close();
      this.root.remove();
    };
    signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  // -- what there is --

  #head() {
    const head = make("div", "head");
    this.title = make("div", "title", this.words.label);
    const progress = make("div", "progress");
    this.place = make("span", "place");
    this.bar = make("progress", "bar");
    progress.append(this.place, this.bar);
    head.append(this.title, progress);
    return head;
  }

  #booth() {
    const { words } = this;
    const booth = make("div", "booth");
    this.asked = make("p", "asked");
    const stage = make("div", "stage");
    this.videos = {};
    this.screens = {};
    this.notes = {};
    for (const side of SIDES) {
      const figure = make("figure", "figure");
      const screen = make("div", "screen");
      const video = make("video", "video");
      video.muted = true;
      video.playsInline = true;
      video.preload = "none";
      video.setAttribute("aria-label", words[`${side}_clip`]);
      video.disablePictureInPicture = true;
      const badge = make("span", "badge", side === "left" ? "1" : "2");
      badge.setAttribute("aria-hidden", "true");
      this.notes[side] = make("p", "note");
      this.notes[side].hidden = true;
      screen.append(video, badge, this.notes[side]);
      screen.addEventListener("click", () => this.toggle());
      figure.append(screen);
      stage.append(figure);
      this.videos[side] = video;
      this.screens[side] = screen;
    }
    booth.append(this.asked, stage, this.#transport(), this.#choices());
    return booth;
  }

  #transport() {
    const { words } = this;
    const bar = make("div", "transport");
    this.playButton = button("play");
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS(SVG, "path"));
    this.playButton.append(svg);
    this.playButton.addEventListener("click", () => this.toggle());
    this.seek = make("input", "seek");
    this.seek.type = "range";
    this.seek.min = "0";
    this.seek.max = "0";
    this.seek.value = "0";
    this.seek.setAttribute("aria-label", words.scrub);
    this.seek.addEventListener("input", async () => (await this.#ready())?.seek(Number(this.seek.value)));
    this.clock = make("span", "clock");
    const sound = make("span", "sound");
    sound.setAttribute("role", "group");
    sound.setAttribute("aria-label", words.sound);
    sound.append(make("span", "label", words.sound));
    this.soundButtons = {};
    for (const which of ["none", ...SIDES]) {
      const choice = button("choice", words[`sound_${which}`]);
      choice.addEventListener("click", () => this.hear(which));
      this.soundButtons[which] = choice;
      sound.append(choice);
    }
    this.soundGroup = sound;
    bar.append(this.playButton, this.seek, this.clock, sound);
    return bar;
  }

  #choices() {
    const { words } = this;
    const box = make("div", "choices");
    const question = make("p", "question", words.question);
    question.id = `${this.prefix}-question`;
    const row = make("div", "verdicts");
    row.setAttribute("role", "group");
    row.setAttribute("aria-labelledby", question.id);
    this.verdicts = [];
    for (const key of ["1", "0", "9", "2"]) {
      const verdict = VERDICTS[key];
      const choice = button("verdict");
      choice.dataset.verdict = verdict;
      choice.setAttribute("aria-keyshortcuts", key);
      const cap = make("kbd", "key", key);
      cap.setAttribute("aria-hidden", "true");
      choice.append(cap, make("span", "word", words[verdict]));
      choice.addEventListener("click", (event) => event.detail < 2 && this.vote(verdict));
      this.verdicts.push(choice);
      row.append(choice);
    }
    const below = make("div", "below");
    this.noteField = make("input", "field");
    this.noteField.maxLength = 500;
    const note = make("label", "labelled");
    note.append(make("span", "label", words.note), this.noteField);
    this.noteField.placeholder = words.note_hint;
    this.undoButton = this.#undo();
    below.append(note, this.undoButton);
    this.told = make("p", "told");
    box.append(question, row, below, this.told, make("p", "hint", words.keys));
    return box;
  }

  #undo() {
    const undo = button("undo");
    const cap = make("kbd", "key", "z");
    cap.setAttribute("aria-hidden", "true");
    undo.setAttribute("aria-keyshortcuts", "z");
    undo.append(cap, make("span", "word", this.words.undo));
    undo.addEventListener("click", () => this.undo());
    return undo;
  }

  #who() {
    const { words } = this;
    const form = make("form", "who");
    const label = make("label", "labelled");
    this.nameField = make("input", "field");
    this.nameField.maxLength = 80;
    this.nameField.placeholder = words.rater_hint;
    this.nameField.autocomplete = "off";
    this.nameLabel = make("span", "label", words.rater);
    label.append(this.nameLabel, this.nameField);
    this.beginButton = button("begin", words.begin);
    this.beginButton.type = "submit";
    this.nameField.addEventListener("input", () => this.#drawBegin());
    form.append(label, this.beginButton);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.beginButton.hidden) this.send({ kind: "rater", name: this.nameField.value });
    });
    return form;
  }

  // -- drawing --

  draw() {
    const view = this.model.get("view");
    const { words } = this;
    const isOver = !view.round;
    this.view = view;
    this.bar.max = Math.max(1, view.total);
    this.bar.value = view.done;
    const place = Math.min(view.done + 1, view.total);
    this.place.textContent = isOver ? fill(words.all_done, { total: view.total }) : fill(words.progress, { place, total: view.total });
    this.bar.setAttribute("aria-label", this.place.textContent);
    say(this.told, view.told);
    this.undoButton.disabled = !view.can_undo;
    this.nameField.value = isOver ? "" : view.rater;
    this.nameLabel.textContent = isOver ? words.another : words.rater;
    this.#drawBegin();
    this.title.textContent = isOver ? view.result.title : words.label;
    this.booth.hidden = isOver;
    this.outcome.hidden = !isOver;
    if (isOver) this.#drawResult(view.result);
    else this.#drawRound(view.round, place);
    this.isBusy = false;
    this.#drawBusy();
  }

  #drawBegin() {
    const isOver = !this.view?.round;
    this.beginButton.hidden = !isOver && this.nameField.value.trim() === (this.view?.rater ?? "");
  }

  #drawBusy() {
    for (const choice of this.verdicts) choice.setAttribute("aria-disabled", String(this.isBusy));
    this.root.toggleAttribute("data-busy", this.isBusy);
  }

  #drawRound(round, place) {
    if (this.roundId === round.id) return;
    const isFirst = !this.roundId;
    this.roundId = round.id;
    this.#leave();
    this.round = new AbortController();
    this.outcome.replaceChildren();
    this.asked.replaceChildren();
    this.asked.hidden = !round.asked;
    if (round.asked) this.asked.append(make("span", "label", this.words.asked), " ", isolated(round.asked));
    this.noteField.value = "";
    this.seek.max = String(Math.max(0, ...SIDES.map((side) => (round[side].frames ?? 1) - 1)));
    this.#drawTime(0, false);
    // Both lie in a place of one size, whatever shape they have.
    const shapes = SIDES.map((side) => round[side].width / round[side].height).filter((shape) => shape > 0);
    for (const side of SIDES) {
      const clip = round[side];
      this.screens[side].style.setProperty("--ratio", String(shapes.length ? Math.max(...shapes) : 16 / 9));
      this.videos[side].poster = clip.poster || "";
      say(this.notes[side], clip.problem);
    }
    const hasSound = SIDES.some((side) => round[side].has_audio);
    this.soundGroup.hidden = !hasSound;
    this.hear(hasSound ? this.sound : "none");
    this.drawnAt = performance.now();
    if (isFirst) return;
    this.announce(fill(this.words.next, { place, total: this.view.total }));
    // Who has begun goes on: the next pair plays by itself, unless the page is asked to keep still.
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.toggle(true);
  }

  #leave() {
    this.round?.abort();
    this.lock?.close();
    this.lock = this.loading = null;
    this.since = 0;
    for (const side of SIDES) this.release?.[side]?.();
    this.release = {};
  }

  #drawTime(frame, playing) {
    this.seek.value = String(frame);
    const fps = this.lock?.fps ?? 24;
    const all = (Number(this.seek.max) + 1) / fps;
    this.clock.textContent = `${(frame / fps).toFixed(1)} / ${all.toFixed(1)} s`;
    this.seek.setAttribute("aria-valuetext", this.clock.textContent);
    const label = playing ? this.words.pause : this.words.play;
    this.playButton.querySelector("path").setAttribute("d", SHAPES[playing ? "pause" : "play"]);
    this.playButton.dataset.shape = playing ? "pause" : "play";
    if (this.playButton.getAttribute("aria-label") !== label) this.playButton.setAttribute("aria-label", label);
  }

  announce(text) {
    this.live.textContent = text;
  }

  #drawResult(result) {
    if (!result || this.drawn === result) return;
    this.drawn = result;
    const hadFocus = this.root.contains(document.activeElement);
    this.#leave();
    this.roundId = "over";
    const verdict = make("p", "said");
    verdict.append(isolated(result.verdict));
    const parts = [make("p", "facts", result.facts), verdict];
    if (result.outlook) parts.push(make("p", "outlook", result.outlook));
    parts.push(this.#table(result), make("p", "legend", result.legend));
    for (const note of result.notes) parts.push(make("p", "aside", note));
    const tools = make("div", "tools");
    const undo = this.#undo();
    undo.disabled = !this.view.can_undo;
    tools.append(undo);
    this.outcome.replaceChildren(...parts, tools);
    if (hadFocus) this.outcome.focus({ preventScroll: true });
    this.announce(`${fill(this.words.all_done, { total: this.view.total })} ${result.verdict}`);
  }

  #table(result) {
    const scroll = make("div", "scroll");
    const table = make("table", "table");
    const heads = document.createElement("tr");
    for (const head of result.heads) {
      const th = make("th", "th", head);
      th.scope = "col";
      heads.append(th);
    }
    table.createTHead().append(heads);
    const body = table.createTBody();
    for (const row of result.rows) {
      const tr = document.createElement("tr");
      const name = make("th", "td");
      name.scope = "row";
      name.append(isolated(row.name));
      const share = make("td", "td");
      share.append(make("span", "share", row.share));
      if (row.value_pct !== null) share.append(this.#line(row));
      share.append(make("span", "small", row.range));
      const cost = make("td", "td");
      cost.append(make("span", "money", row.cost), make("span", "small", row.spent));
      cost.dataset.head = result.heads[3];
      tr.append(name, share, make("td", "td", row.counts), cost);
      body.append(tr);
    }
    scroll.append(table);
    return scroll;
  }

  /** The interval on a line from 0 to 100 %, one half marked, the rate as a point on it. */
  #line(row) {
    const line = make("span", "line");
    line.setAttribute("aria-hidden", "true");
    const band = make("span", "band");
    band.style.left = `${row.low_pct}%`;
    band.style.width = `${row.high_pct - row.low_pct}%`;
    const point = make("span", "point");
    point.style.left = `${row.value_pct}%`;
    line.append(make("span", "half"), band, point);
    return line;
  }

  // -- playing --

  /** The lock over both clips, once they are here; null where they cannot be had. */
  #ready() {
    if (!this.view.round) return Promise.resolve(null);
    this.loading ??= this.#load(this.view.round, this.round.signal);
    return this.loading;
  }

  async #load(round, signal) {
    this.root.setAttribute("data-loading", "true");
    this.announce(this.words.loading);
    const came = await Promise.all(
      SIDES.map((side) =>
        attachClip({
          model: this.model, video: this.videos[side], clip: round[side], signal,
          onprogress: ({ stage, share }) => say(this.notes[side], this.#progress(stage, share)),
        }),
      ),
    );
    if (signal.aborted) return came.forEach((one) => one.release()), null;
    this.root.removeAttribute("data-loading");
    SIDES.forEach((side, place) => {
      this.release[side] = came[place].release;
      say(this.notes[side], came[place].way === "none" ? came[place].error || this.#why(came[place].why) : "");
    });
    const here = SIDES.filter((_, place) => came[place].way !== "none");
    if (!here.length) return null;
    const clips = here.map((side) => {
      const { fps, frames } = round[side];
      const rate = fps ? fps[0] / fps[1] : 24;
      return { video: this.videos[side], fps: rate, frames: frames ?? Math.round((this.videos[side].duration || 0) * rate) };
    });
    this.lock = new FrameLock(clips, (state) => this.#drawTime(state.frame, state.playing));
    this.lock.loop = true;
    this.seek.max = String(this.lock.frames - 1);
    return this.lock;
  }

  #progress(stage, share) {
    if (stage === "chunks") return fill(this.words.clip_loading, { share: Math.round(100 * (share || 0)) });
    return this.words[`clip_${stage}`] ?? "";
  }

  #why(why) {
    return this.words[`clip_${why === "kernel" ? "no_kernel" : "unplayable"}`] ?? "";
  }

  async toggle(play) {
    const round = this.roundId;
    const lock = await this.#ready();
    if (!lock || round !== this.roundId) return;
    try {
      if (play ?? !lock.state.playing) {
        this.since ||= performance.now();
        await lock.play();
      } else {
        await lock.pause();
      }
    } catch {
      // A browser that plays nothing by itself: the button is there.
    }
  }

  hear(which) {
    this.sound = which;
    for (const side of SIDES) this.videos[side].muted = which !== side;
    for (const [name, choice] of Object.entries(this.soundButtons)) choice.setAttribute("aria-pressed", String(name === which));
  }

  // -- voting --

  async vote(verdict) {
    if (this.isBusy || !this.view.round) return;
    this.isBusy = true;
    this.#drawBusy();
    const seconds = this.since ? (performance.now() - this.since) / 1000 : null;
    const went = await this.send({ kind: "vote", round: this.roundId, verdict, seconds, note: this.noteField.value });
    if (went) this.announce(fill(this.words.voted, { verdict: this.words[verdict] }));
  }

  async undo() {
    if (this.isBusy || !this.view.can_undo) return;
    this.isBusy = true;
    this.#drawBusy();
    if (await this.send({ kind: "undo" })) this.announce(this.words.undone);
  }

  /** Send what was done, and say where it failed. @returns {Promise<boolean>} whether it went well */
  async send(message) {
    const id = `${this.prefix}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    say(this.failed, "");
    const answer = await new Promise((resolve) => {
      const end = (content) => {
        clearTimeout(timer);
        this.model.off("msg:custom", hear);
        resolve(content);
      };
      const hear = (content) => content?.id === id && end(content);
      const timer = setTimeout(() => say(this.failed, this.words.offline), PATIENCE_MS);
      this.stop.signal.addEventListener("abort", () => end(null), { once: true });
      this.model.on("msg:custom", hear);
      this.model.send({ ...message, id });
    });
    this.isBusy = false;
    this.#drawBusy();
    if (answer) say(this.failed, answer.ok ? "" : fill(this.words.failed, { error: answer.error }));
    return Boolean(answer?.ok);
  }

  #key(event) {
    if (!this.root.contains(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const tag = event.target.tagName;
    if (tag === "INPUT" && event.target.type !== "range") {
      if (event.key === "Escape") this.root.focus();
      return;
    }
    const act = this.#act(event, tag);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat || event.key.startsWith("Arrow")) act();
  }

  #act(event, tag) {
    if (event.key in VERDICTS && !this.booth.hidden) {
      const isSecond = event.key === this.pressed && performance.now() - this.drawnAt < TWICE_MS;
      this.pressed = event.key;
      return () => isSecond || this.vote(VERDICTS[event.key]);
    }
    if (event.key === "z" || event.key === "Z") return () => this.undo();
    if (this.booth.hidden) return null;
    // On a button space presses it.
    if (event.key === " " && (tag !== "BUTTON" || event.target.classList.contains("sdnb-blind-vote__verdict"))) return () => this.toggle();
    if (tag === "INPUT") return null;
    if (event.key === "ArrowRight") return async () => (await this.#ready())?.step(1);
    if (event.key === "ArrowLeft") return async () => (await this.#ready())?.step(-1);
    return null;
  }
}

function render({ model, el, signal }) {
  const vote = new Vote(model, el, signal);
  return () => vote.close();
}

export default { render, initialize: ({ model }) => takePlaces(model, render) };
