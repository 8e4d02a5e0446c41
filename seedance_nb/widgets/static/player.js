/**
 * Clips to look at closely. Nothing of a clip is loaded before somebody plays it or steps through it; what is drawn until
 * then comes with `clips`. A frame is what counts here: steps and marks are frames, and a seek goes to a frame's middle.
 */
import { ask, attachClip, bytesOf } from "./parts/clip.js";
import { clock, Frames } from "./parts/frames.js";
import { takePlaces } from "./parts/place.js";

const SVG = "http://www.w3.org/2000/svg";
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];
/** From so many frames on it is worth saying that a tenth of them was left out. */
const ENOUGH_FRAMES = 60;

/** Outlines in a 16 × 16 box. */
const SHAPES = {
  play: "M5 3.2v9.6L12.8 8z",
  pause: "M5 3.5v9M11 3.5v9",
  back: "M10.5 3.5L5.5 8l5 4.5M3 3.5v9",
  on: "M5.5 3.5l5 4.5-5 4.5M13 3.5v9",
  first: "M12.5 3.5L8 8l4.5 4.5M7.5 3.5L3 8l4.5 4.5",
  last: "M3.5 3.5L8 8l-4.5 4.5M8.5 3.5L13 8l-4.5 4.5",
  loop: "M3 8.5V7a3 3 0 0 1 3-3h7M10.8 1.8L13 4l-2.2 2.2M13 7.5V9a3 3 0 0 1-3 3H3M5.2 14.2L3 12l2.2-2.2",
  in: "M9.5 3H6v10h3.5",
  out: "M6.5 3H10v10H6.5",
  none: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  muted: "M2.5 6.2v3.6h2.3L8 12.5v-9L4.8 6.2zM10.8 6.3l3.4 3.4M14.2 6.3l-3.4 3.4",
  sound: "M2.5 6.2v3.6h2.3L8 12.5v-9L4.8 6.2zM10.5 5.8a3.2 3.2 0 0 1 0 4.4M12.3 4a5.6 5.6 0 0 1 0 8",
  full: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  unfull: "M6 3v3H3M13 6h-3V3M10 13v-3h3M3 10h3v3",
  take: "M2.5 4.5h11v7h-11zM8 2v3M8 11v3M5 8h6",
  download: "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10",
  broken: "M2.5 3.5h11v9h-11zM6 6.2l4 3.6M10 6.2L6 9.8",
};

/** @param {string} tag @param {string} name @param {string} [text] */
function make(tag, name, text = "") {
  const node = document.createElement(tag);
  node.className = `sdnb-player__${name}`;
  if (text) node.textContent = text;
  return node;
}

/** Braces of Python's filled in, whatever characters a value has. */
function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
}

function icon(shape) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.dataset.shape = shape;
  svg.append(document.createElementNS(SVG, "path"));
  svg.firstChild.setAttribute("d", SHAPES[shape]);
  return svg;
}

/** @param {HTMLElement} button @param {string} shape */
function draw(button, shape, label) {
  const svg = button.querySelector("svg");
  if (svg.dataset.shape !== shape) {
    svg.dataset.shape = shape;
    svg.firstChild.setAttribute("d", SHAPES[shape]);
  }
  if (button.title !== label) {
    button.title = label;
    button.setAttribute("aria-label", label);
  }
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

/** One clip. */
class One {
  constructor(model, clip, signal) {
    Object.assign(this, { model, clip, signal, words: model.get("words"), frames: new Frames(clip) });
    this.until = { signal };
    this.attached = null;
    this.frame = 0;
    /** The frame that is sought, until it is seen. */
    this.sought = this.sent = null;
    this.in = this.out = null;
    this.isLooped = false;
    this.isPlaying = false;
    this.build();
    this.listen();
    this.show();
  }

  // -- drawing --

  build() {
    const { clip, words } = this;
    const root = (this.root = make("article", "one"));
    root.tabIndex = 0;
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", fill(words.group, { title: clip.title }));
    root.dataset.lmSuppressShortcuts = "true";
    root.dataset.state = clip.problem ? "none" : "poster";

    const stage = (this.stage = make("div", "stage"));
    stage.style.setProperty("--ratio", `${clip.width ?? 16} / ${clip.height ?? 9}`);
    root.style.setProperty("--shape", `${(clip.width ?? 16) / (clip.height ?? 9)}`);
    const video = (this.video = make("video", "video"));
    video.playsInline = video.muted = true;
    video.preload = "none";
    video.tabIndex = -1;
    video.disablePictureInPicture = true;
    const poster = (this.poster = make("img", "poster"));
    poster.alt = clip.title;
    poster.draggable = false;
    if (clip.poster) poster.src = clip.poster;
    poster.hidden = !clip.poster;
    const begin = (this.begin = this.button("begin", "play", fill(words.play_title, { title: clip.title })));
    begin.hidden = Boolean(clip.problem);
    this.broken = icon("broken");
    this.broken.classList.add("sdnb-player__broken");
    this.broken.toggleAttribute("hidden", !clip.problem || Boolean(clip.poster));
    const news = (this.news = make("div", "news"));
    news.setAttribute("role", "status");
    news.hidden = true;
    this.meter = make("div", "meter");
    this.meter.hidden = true;
    stage.append(video, poster, this.broken, begin, news, this.meter);

    const scrub = (this.scrub = make("div", "scrub"));
    scrub.tabIndex = 0;
    scrub.setAttribute("role", "slider");
    scrub.setAttribute("aria-label", words.scrub);
    scrub.setAttribute("aria-valuemin", "1");
    scrub.setAttribute("aria-valuemax", String(this.frames.count));
    this.strip = make("div", "strip");
    this.strip.hidden = true;
    this.before = make("div", "outside");
    this.after = make("div", "outside");
    this.head = make("div", "head");
    scrub.append(this.strip, this.before, this.after, this.head);

    const bar = (this.bar = make("div", "bar"));
    this.playing = this.button("button", "play", words.play);
    const first = this.button("button", "first", words.first, () => this.seek(0));
    const back = this.button("button", "back", words.back, () => this.step(-1));
    const on = this.button("button", "on", words.on, () => this.step(1));
    const last = this.button("button", "last", words.last, () => this.seek(this.frames.last));
    const at = make("div", "at");
    this.number = make("span", "number");
    this.time = make("span", "time");
    at.append(this.number, this.time);
    this.looping = this.button("button", "loop", words.loop, () => this.loop());
    this.marking = this.button("button", "in", words.mark_in, () => this.mark("in"));
    this.ending = this.button("button", "out", words.mark_out, () => this.mark("out"));
    this.unmarking = this.button("button", "none", words.unmark, () => this.mark(null));
    const speed = (this.speed = make("select", "speed"));
    speed.title = words.speed;
    speed.setAttribute("aria-label", words.speed);
    for (const one of SPEEDS) speed.append(new Option(`${one}×`, String(one), one === 1, one === 1));
    this.muting = this.button("button", "muted", words.sound_on, () => this.mute());
    const volume = (this.volume = make("input", "volume"));
    Object.assign(volume, { type: "range", min: "0", max: "1", step: "0.05", value: "1", title: words.volume });
    volume.setAttribute("aria-label", words.volume);
    volume.hidden = !clip.has_audio;
    this.filling = this.button("button", "full", words.full, () => this.full());
    const group = (...nodes) => {
      const box = make("div", "group");
      box.append(...nodes);
      return box;
    };
    bar.append(
      group(first, back, this.playing, on, last),
      at,
      group(this.looping, this.marking, this.ending, this.unmarking),
      group(speed, this.muting, volume, this.filling),
    );

    const caption = make("div", "caption");
    const what = make("div", "what");
    const title = make("bdi", "title", clip.title);
    const facts = make("div", "facts", clip.facts);
    const problem = make("div", "problem", clip.problem);
    const inside = make("div", "inside", clip.file_facts);
    const path = make("bdi", "path", clip.path === clip.title ? "" : clip.path);
    for (const node of [facts, problem, inside, path]) node.hidden = !node.textContent;
    this.problem = problem;
    what.append(title, facts, problem, inside, path);
    const actions = (this.actions = make("div", "actions"));
    this.taking = this.button("action", "take", words.take_help, () => this.take(), words.take);
    this.taking.hidden = true;
    this.saving = this.button("action", "download", words.download, () => this.download(), words.download);
    actions.append(this.taking, this.saving);
    actions.hidden = Boolean(clip.problem);
    caption.append(what, actions);

    this.note = make("div", "note");
    this.note.setAttribute("role", "status");
    this.note.hidden = true;
    this.kept = make("div", "kept");
    this.kept.setAttribute("role", "status");
    this.kept.hidden = true;
    this.span = make("div", "span");
    this.span.hidden = true;
    this.live = make("div", "live");
    this.live.setAttribute("aria-live", "polite");

    scrub.hidden = bar.hidden = true;
    root.append(stage, scrub, bar, this.span, caption, this.kept, this.note, this.live);
  }

  button(name, shape, label, press = () => this.toggle(), text = "") {
    const button = make("button", name);
    button.type = "button";
    button.append(icon(shape));
    if (text) button.append(make("span", "word", text));
    button.title = label;
    button.setAttribute("aria-label", text || label);
    button.addEventListener("click", press, this.until);
    return button;
  }

  show() {
    const { words, frames } = this;
    const frame = this.sought ?? this.frame;
    const time = clock(frames.start(frame));
    const of = { frame: frame + 1, frames: frames.count };
    say(this.number, fill(words.frame, of));
    say(this.time, time);
    this.root.dataset.frame = String(this.frame);
    this.scrub.setAttribute("aria-valuenow", String(frame + 1));
    this.scrub.setAttribute("aria-valuetext", fill(words.at, { ...of, time }));
    const part = (one) => `${(100 * one) / frames.count}%`;
    this.head.style.left = part(frame + 0.5);
    this.before.style.width = part(this.in ?? 0);
    this.after.style.width = part(frames.count - 1 - (this.out ?? frames.last));
    const isMarked = this.in !== null || this.out !== null;
    this.unmarking.hidden = !isMarked;
    say(this.span, isMarked ? fill(words.between, { first: this.from + 1, last: this.to + 1 }) : "");
    this.looping.setAttribute("aria-pressed", String(this.isLooped));
    draw(this.playing, this.isPlaying ? "pause" : "play", this.isPlaying ? words.pause : words.play);
    const isMuted = this.video.muted || this.volume.value === "0";
    draw(this.muting, isMuted ? "muted" : "sound", this.clip.has_audio ? (isMuted ? words.sound_on : words.sound_off) : words.no_sound);
    this.muting.setAttribute("aria-disabled", String(!this.clip.has_audio));
    const isFull = document.fullscreenElement === this.root;
    draw(this.filling, isFull ? "unfull" : "full", isFull ? words.unfull : words.full);
  }

  /** News over the picture while a clip is on its way; `share` of it is here. */
  tell(text, share = null) {
    say(this.news, text);
    this.meter.hidden = share === null;
    if (share !== null) this.meter.style.setProperty("--share", `${Math.round(100 * share)}%`);
  }

  // -- the clip --

  get from() { return this.in ?? 0; }
  get to() { return this.out ?? this.frames.last; }

  /** Have the clip here; whoever asks while it comes waits for the same. */
  attach() {
    if (this.clip.problem) return Promise.resolve(false);
    return (this.attached ??= this.fetch());
  }

  async fetch() {
    const { model, video, clip, signal, words } = this;
    this.root.dataset.state = "coming";
    this.begin.hidden = true;
    // What is quick is not announced.
    const slow = setTimeout(() => this.tell(fill(words.clip_loading, { share: 0 })), 400);
    const onprogress = ({ stage, share }) => {
      if (stage === "chunks") {
        if (!this.news.hidden || share > 0) this.tell(fill(words.clip_loading, { share: Math.round(100 * share) }), share);
      } else this.tell(words[`clip_${stage}`]);
    };
    const came = await attachClip({ model, video, clip, signal, onprogress });
    clearTimeout(slow);
    if (signal.aborted) return false;
    this.came = came;
    this.root.dataset.way = came.way;
    this.tell("");
    if (came.way === "none") {
      this.attached = null; // the next press tries again
      this.root.dataset.state = "none";
      this.begin.hidden = false;
      say(this.problem, came.error || (came.why === "kernel" ? words.clip_no_kernel : words.clip_unplayable));
      return false;
    }
    this.frames = new Frames({ ...clip, frames: clip.frames ?? came.clip.frames });
    this.root.dataset.state = "here";
    this.root.dataset.twin = came.twin.join(" ");
    this.scrub.hidden = this.bar.hidden = this.taking.hidden = false;
    say(this.problem, "");
    say(this.note, this.aside(came));
    this.watch();
    this.thumbnails();
    this.show();
    return true;
  }

  aside({ twin, why, error }) {
    const { words, clip } = this;
    const said = [];
    if (twin.includes("h264")) said.push(fill(words.clip_is_h264, { codec: (clip.video_codec ?? "").toUpperCase() }));
    if (twin.includes("mp3")) said.push(words.clip_is_mp3);
    if (why === "silent") said.push(fill(words.clip_silent, { why: error }));
    return said.join(" ");
  }

  /** Follow what is on the screen. */
  watch() {
    const { video } = this;
    if (!("requestVideoFrameCallback" in video)) {
      video.addEventListener("timeupdate", () => this.seen(this.frames.at(video.currentTime)), this.until);
      video.addEventListener("seeked", () => this.seen(this.frames.at(video.currentTime)), this.until);
      return;
    }
    const look = (_now, { mediaTime }) => {
      if (this.signal.aborted) return;
      this.seen(this.frames.of(mediaTime));
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  }

  /** A frame is on the screen. */
  seen(frame) {
    const { video } = this;
    this.frame = frame;
    this.root.dataset.state = "here";
    this.poster.hidden = true;
    // A clip that plays may have gone on from where it was sent before the browser says so.
    if (this.sought !== null && !video.seeking && (this.isPlaying || this.sought === frame)) this.sought = null;
    if (this.isPlaying && this.sought === null && frame >= this.to && (this.out !== null || this.in !== null)) {
      if (this.isLooped) this.go(this.from);
      else {
        this.pause();
        if (frame > this.to) this.go(this.to);
      }
    }
    this.show();
  }

  thumbnails() {
    ask(this.model, { kind: "strip", token: this.clip.token }, this.signal, () => {}).then(({ content, buffers }) => {
      const { strip } = this;
      strip.style.setProperty("--picture", `url("${this.held(buffers[0])}")`);
      strip.style.setProperty("--count", String(content.frames));
      strip.style.setProperty("--shape", String(content.width / content.frames / content.height));
      strip.replaceChildren(...Array.from({ length: content.frames }, (_, place) => {
        const cell = make("div", "cell");
        cell.append(make("div", "thumb"));
        cell.firstChild.style.setProperty("--place", String(place));
        return cell;
      }));
      strip.hidden = false;
    }).catch(() => {}); // one can scrub without pictures
  }

  /** A sharper poster, for a clip that is in view. */
  sharpen() {
    if (this.clip.problem || this.isSharp) return;
    this.isSharp = true;
    ask(this.model, { kind: "poster", token: this.clip.token }, this.signal, () => {}).then(({ buffers }) => {
      this.poster.src = this.held(buffers[0]);
      this.poster.hidden = this.root.dataset.frame !== "0" || this.isPlaying;
    }).catch(() => {}); // the small one is there
  }

  held(buffer) {
    const url = URL.createObjectURL(new Blob([buffer], { type: "image/jpeg" }));
    this.signal.addEventListener("abort", () => URL.revokeObjectURL(url), { once: true });
    return url;
  }

  // -- hands --

  async toggle() {
    if (this.isPlaying) return this.pause();
    if (!(await this.attach())) return undefined;
    const isFirst = document.activeElement === this.begin || document.activeElement === document.body;
    const frame = this.sought ?? this.frame;
    if (frame >= this.to || frame < this.from) this.go(this.from);
    this.isPlaying = true;
    this.show();
    if (isFirst || this.root.contains(document.activeElement) === false) this.root.focus({ preventScroll: true });
    try {
      await this.video.play();
    } catch {
      this.isPlaying = false; // stopped before it began
    }
    return this.show();
  }

  pause() {
    this.isPlaying = false;
    this.video.pause();
    this.show();
  }

  /** To a frame, by the video's own leave: while one seek is under way, only the last wish counts. */
  go(frame) {
    this.sought = this.frames.within(frame);
    if (!this.video.seeking) this.send();
    this.show();
  }

  send() {
    this.sent = this.sought;
    this.video.currentTime = this.frames.centre(this.sought);
  }

  async seek(frame) {
    if (!(await this.attach())) return;
    if (this.isPlaying) this.pause();
    this.go(frame);
  }

  step(by) {
    return this.attach().then((isHere) => isHere && this.seek((this.sought ?? this.frame) + by));
  }

  loop() {
    this.isLooped = !this.isLooped;
    this.video.loop = this.isLooped && this.in === null && this.out === null;
    this.show();
  }

  mark(which) {
    if (this.root.dataset.state !== "here") return;
    const frame = this.sought ?? this.frame;
    if (which === null) this.in = this.out = null;
    else if (which === "in") {
      this.in = frame;
      if (this.out !== null && this.out <= frame) this.out = null;
    } else {
      this.out = frame;
      if (this.in !== null && this.in >= frame) this.in = null;
    }
    this.video.loop = this.isLooped && this.in === null && this.out === null;
    this.show();
    this.live.textContent = this.span.textContent;
  }

  mute() {
    if (!this.clip.has_audio) return;
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.volume.value === "0") this.volume.value = "1";
    this.video.volume = Number(this.volume.value);
    this.show();
  }

  full() {
    if (document.fullscreenElement === this.root) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => {}); // a front end may not allow it
  }

  async take() {
    if (!(await this.attach())) return;
    if (this.isPlaying) this.pause();
    const { words } = this;
    const frame = this.sought ?? this.frame;
    const wait = () => say(this.note, words.clip_waiting);
    try {
      const { content } = await ask(this.model, { kind: "take_frame", token: this.clip.token, frame }, this.signal, wait);
      say(this.note, this.aside(this.came));
      const said = make("span", "said", fill(words.taken, { frame: frame + 1 }));
      const code = make("code", "code", content.code);
      const copy = make("button", "copy", words.copy);
      copy.type = "button";
      copy.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(content.code);
          copy.textContent = words.copied;
        } catch {
          getSelection()?.selectAllChildren(code); // the page may not write to the clipboard; the person may
        }
      }, this.until);
      this.kept.replaceChildren(said, code, copy);
      this.kept.hidden = false;
    } catch (refused) {
      say(this.note, refused?.message ?? "");
    }
  }

  async download() {
    const { model, clip, signal, words } = this;
    const onprogress = ({ stage, share }) =>
      say(this.note, stage === "chunks" ? fill(words.clip_loading, { share: Math.round(100 * share) }) : words.clip_waiting);
    try {
      const { url, release } = await bytesOf({ model, clip, signal, onprogress });
      const link = document.createElement("a");
      link.href = url;
      link.download = clip.name;
      link.click();
      setTimeout(release, 60_000); // a browser reads a Blob after the click
      say(this.note, this.came ? this.aside(this.came) : "");
    } catch (refused) {
      if (!signal.aborted) say(this.note, refused?.message || words.clip_no_kernel);
    }
  }

  listen() {
    const { video, until, scrub, root } = this;
    video.addEventListener("seeked", () => {
      if (this.sought !== null && this.sought !== this.sent) this.send();
    }, until);
    video.addEventListener("ended", () => {
      if (this.isLooped) {
        this.go(this.from);
        video.play().catch(() => {});
      } else {
        this.isPlaying = false;
        this.dropped();
        this.show();
      }
    }, until);
    video.addEventListener("click", () => this.toggle(), until);
    this.speed.addEventListener("change", () => { video.playbackRate = video.defaultPlaybackRate = Number(this.speed.value); }, until);
    this.volume.addEventListener("input", () => {
      video.volume = Number(this.volume.value);
      video.muted = this.volume.value === "0";
      this.show();
    }, until);
    document.addEventListener("fullscreenchange", () => this.show(), until);
    scrub.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      scrub.setPointerCapture(event.pointerId);
      this.pointed(event);
    }, until);
    scrub.addEventListener("pointermove", (event) => {
      if (scrub.hasPointerCapture(event.pointerId)) this.pointed(event);
    }, until);
    root.addEventListener("keydown", (event) => this.key(event), until);
    this.signal.addEventListener("abort", () => this.came?.release(), { once: true });
    if (typeof IntersectionObserver !== "undefined") {
      const inView = new IntersectionObserver((seen) => {
        if (seen.some((one) => one.isIntersecting)) { inView.disconnect(); this.sharpen(); }
      });
      inView.observe(root);
      this.signal.addEventListener("abort", () => inView.disconnect(), { once: true });
    }
  }

  dropped() {
    const { droppedVideoFrames: dropped, totalVideoFrames: all } = this.video.getVideoPlaybackQuality?.() ?? {};
    if (all >= ENOUGH_FRAMES && dropped > all / 10) say(this.note, [this.aside(this.came), fill(this.words.dropped, { dropped, all })].filter(Boolean).join(" "));
  }

  pointed(event) {
    const box = this.scrub.getBoundingClientRect();
    this.seek(Math.floor(((event.clientX - box.left) / box.width) * this.frames.count));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isField = event.target.matches("select, input");
    const isButton = event.target.matches("button");
    const second = Math.round(this.frames.num / this.frames.den);
    const does = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.step(event.shiftKey ? -second : -1),
      ArrowRight: () => this.step(event.shiftKey ? second : 1),
      Home: () => this.seek(0),
      End: () => this.seek(this.frames.last),
      i: () => this.mark("in"),
      o: () => this.mark("out"),
      x: () => this.mark(null),
      l: () => this.loop(),
      m: () => this.mute(),
      f: () => this.full(),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    // A field has its own arrows, and a button its own space.
    if (!does || (isField && !/^[a-z]$/i.test(event.key)) || (isButton && event.key === " ")) return;
    if (this.clip.problem) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  }
}

function render({ model, el, signal }) {
  const words = model.get("words");
  const root = document.createElement("section");
  root.className = "sdnb sdnb-player";
  root.lang = words.language;
  const stop = new AbortController();
  const clips = model.get("clips");
  const list = make("div", "list");
  list.dataset.count = clips.length === 1 ? "one" : "several";
  list.append(...clips.map((clip) => new One(model, clip, stop.signal).root));
  const keys = make("div", "keys", words.keys);
  const error = make("div", "error");
  error.setAttribute("role", "alert");
  const drawError = () => say(error, model.get("error"));
  drawError();
  root.append(list, keys, error);
  el.append(root);
  model.on("change:error", drawError);
  const cleanup = () => {
    stop.abort();
    model.off("change:error", drawError);
  };
  signal?.addEventListener("abort", cleanup, { once: true });
  return cleanup;
}

export default { initialize: ({ model }) => takePlaces(model, render), render };
