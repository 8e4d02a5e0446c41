/**
 * The frame lock: several videos under one transport, held to the same frame.
 *
 * What counts is the frame that was really presented, as `requestVideoFrameCallback` says it. Standing, each video is
 * sought to the centre of its frame, and a step is done when all of them have presented theirs: at a frame's edge a
 * browser may show the one before. Playing, one video leads; the others follow by a rate up to 10 % off, those that got
 * ahead wait for one that stalled, and whoever is far off is sought. Nothing here knows a widget or a word.
 *
 * Positions are seconds on the line that all share; a frame on it is one of the fastest clip's.
 *
 * @typedef {{video: HTMLVideoElement, fps: number, frames: number}} LockedClip
 * @typedef {{index: number, shown: number, wanted: number}} Drops  Frames a second.
 * @typedef {{playing: boolean, frame: number, frames: number, waitingFor: number, slowed: number, drops: Drops[],
 *   settled: boolean}} LockState
 */

const NUDGE = 0.1; // of the rate: what ears and eyes do not notice
const PULL = 2.4; // of the rate a second of drift: a frame at 24 a second is the whole nudge
const SMOOTH = 0.25; // of a new measurement; the screen's own beat is a third of a frame
const HOLD_FRAMES = 1.5; // so far ahead of the slowest a clip waits for it
const RELEASE_FRAMES = 0.3;
const FAR_S = 0.75; // so far off it is sought
const FOREIGN_MS = 700; // a pause from outside that lasts so long is meant for all
const WINDOW_MS = 1000; // over which frames are counted
const FEWEST = 0.75; // of its frames; where a clip shows fewer, all play slower
const MOST_HELD = 0.35; // of the time that somebody waits; where it is more, all play slower
const SLOWEST = 0.25;
const UNSEEN_MS = 600; // without a presented frame after a seek: the page is not being drawn

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** One video, and what it is known to have presented. */
class Locked {
  /** @param {LockedClip} clip @param {(by: Locked) => void} onPause */
  constructor({ video, fps, frames }, onPause) {
    this.video = video;
    this.fps = fps;
    this.frames = Math.max(1, frames);
    this.length = this.frames / fps;
    this.origin = 0;
    this.lap = 0;
    this.media = 0;
    this.at = 0;
    this.presented = 0;
    this.drift = 0;
    this.isHeld = false;
    this.pausedAt = 0;
    this.confirmed = -1;
    this.isNew = video.currentTime === 0 && video.played.length === 0;
    this.listener = () => {};
    this.stop = new AbortController();
    this.canTell = "requestVideoFrameCallback" in video;
    video.addEventListener("pause", () => !video.ended && onPause(this), { signal: this.stop.signal });
    this.#watch();
  }

  #watch() {
    if (this.stop.signal.aborted) return;
    if (!this.canTell) {
      this.handle = requestAnimationFrame((now) => {
        const frame = Math.floor(this.video.currentTime * this.fps);
        if (frame !== Math.round(this.media * this.fps)) this.#took(frame / this.fps, now, this.presented + 1);
        this.#watch();
      });
      return;
    }
    this.handle = this.video.requestVideoFrameCallback((_, meta) => {
      this.#took(meta.mediaTime, meta.presentationTime, meta.presentedFrames);
      this.#watch();
    });
  }

  #took(media, at, presented) {
    this.media = media;
    this.at = at;
    this.presented = presented;
    this.listener();
  }

  /** The frame that was presented last, of its own. */
  get frame() {
    return clamp(Math.round((this.media - this.origin) * this.fps), 0, this.frames - 1);
  }

  /** Where it is on the shared line: the presented frame, and what of it has passed. */
  position(now) {
    const passed = this.isRunning ? clamp(((now - this.at) / 1000) * this.video.playbackRate, 0, 1.2 / this.fps) : 0;
    return this.lap * this.length + this.media - this.origin + passed;
  }

  get isRunning() {
    return !this.isHeld && !this.video.paused;
  }

  /** Whether it has shown its last frame. */
  isFinished(now) {
    if (this.video.ended || this.frame >= this.frames - 1) return true;
    return this.frame === this.frames - 2 && this.isRunning && now - this.at > 2500 / this.fps;
  }

  /** @param {number} rate */
  setRate(rate) {
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  /** Keep the picture where it is without a pause, which the page and ears would notice. */
  hold() {
    this.isHeld = true;
    this.setRate(0);
  }

  play(rate) {
    this.isHeld = false;
    this.pausedAt = 0;
    this.drift = 0;
    this.confirmed = -1;
    this.setRate(rate);
    return this.video.play();
  }

  pause() {
    this.isHeld = false;
    this.pausedAt = 0;
    if (!this.video.paused) this.video.pause();
  }

  /** Show one frame, standing; done when it was presented. True where the browser has said that it was. */
  show(frame) {
    const { video } = this;
    if (this.confirmed === frame && video.paused && !video.seeking) return Promise.resolve(true);
    this.confirmed = -1;
    return new Promise((resolve) => {
      let hasSought = false;
      let timer = 0;
      const here = new AbortController();
      const before = this.presented;
      const done = (sure) => {
        clearTimeout(timer);
        here.abort();
        this.listener = () => {};
        this.isNew = false;
        if (sure) this.confirmed = frame;
        resolve(sure);
      };
      const look = () => {
        // The first picture of some files does not begin at zero.
        if (this.isNew && frame === 0 && hasSought && this.presented !== before && this.media < 0.5) this.origin = this.media;
        if (hasSought && this.presented !== before && this.frame === frame) done(true);
      };
      this.listener = look;
      const sought = () => {
        hasSought = true;
        look();
        // Nothing is presented in a page that is not drawn; and what was there already is not presented again.
        if (!here.signal.aborted) timer = setTimeout(() => done(this.frame === frame), UNSEEN_MS);
      };
      video.addEventListener("seeked", sought, { signal: here.signal });
      video.addEventListener("error", () => done(false), { signal: here.signal });
      this.stop.signal.addEventListener("abort", () => done(false), { signal: here.signal });
      video.currentTime = this.origin + (frame + 0.5) / this.fps;
    });
  }

  release() {
    this.stop.abort();
    if (this.canTell) this.video.cancelVideoFrameCallback(this.handle);
    else cancelAnimationFrame(this.handle);
    this.pause();
    this.setRate(1);
  }
}

/** Several videos as one. */
export class FrameLock {
  #clips;
  #change;
  #fps;
  #leader = -1;
  #target = -1;
  #settling = null;
  #rafs = 0;
  #window = null;
  #raf = 0;
  #isPlaying = false;
  #isStarting = false;
  #isClosed = false;
  #frame = 0;
  #rate = 1;
  #slowed = 1;
  #waitingFor = -1;
  #drops = [];
  #isSure = true;
  #marks = [0, Infinity];

  /** Whether all begin again at the end. */
  loop = false;
  /** Whether a clip that is shorter than the others begins again; else it holds its last frame. */
  again = false;

  /** @param {LockedClip[]} clips @param {(state: LockState) => void} [change] Called when there is something to draw. */
  constructor(clips, change = () => {}) {
    this.#change = change;
    this.#clips = clips.map((clip) => new Locked(clip, (by) => this.#pausedOutside(by)));
    this.#fps = Math.max(...clips.map((clip) => clip.fps), 1);
  }

  /** Frames a second of the shared line. */
  get fps() {
    return this.#fps;
  }

  /** How many frames there are on the shared line. */
  get frames() {
    return Math.max(1, Math.round(Math.max(0, ...this.#clips.map((clip) => clip.length)) * this.#fps));
  }

  /** @returns {LockState} */
  get state() {
    return {
      playing: this.#isPlaying,
      frame: this.#frame,
      frames: this.frames,
      waitingFor: this.#waitingFor,
      slowed: this.#slowed,
      drops: this.#drops,
      settled: this.#settling === null,
    };
  }

  /** For each clip the frame that it has presented, of its own. */
  get presented() {
    return this.#clips.map((clip) => clip.frame);
  }

  /** Whether each clip was seen to present the frame that is shown, where they stand. */
  get isSure() {
    return this.#isSure;
  }

  get rate() {
    return this.#rate;
  }

  set rate(rate) {
    this.#rate = rate;
    this.#slowed = 1;
    this.#window = null;
    for (const clip of this.#clips) if (!clip.isHeld) clip.setRate(this.#speed);
    this.#tell();
  }

  get #speed() {
    return this.#rate * this.#slowed;
  }

  /** First and last frame of what is played; null takes a mark away. */
  get marks() {
    return [clamp(this.#marks[0], 0, this.frames - 1), clamp(this.#marks[1], 0, this.frames - 1)];
  }

  mark(first, last) {
    this.#marks = [first ?? 0, last ?? Infinity];
    if (this.#marks[0] > this.#marks[1]) this.#marks.reverse();
    this.#tell();
  }

  /** Let this clip set the pace, so that its sound is left alone; -1: whichever is longest. */
  lead(index) {
    this.#leader = index;
  }

  /** Of a clip the frame that belongs to one of the shared line. */
  #own(clip, frame) {
    // Rounded up by a hair: 13.5 / 24 × 24 is not 13.5 to a computer.
    const own = Math.floor(((frame + 0.5) / this.#fps) * clip.fps + 1e-6);
    return this.again ? own % clip.frames : clamp(own, 0, clip.frames - 1);
  }

  async play() {
    if (this.#isPlaying || this.#isClosed || !this.#clips.length) return;
    this.#isPlaying = true;
    this.#slowed = 1;
    this.#drops = [];
    this.#tell();
    const [first, last] = this.marks;
    await this.#go(this.#frame >= last || this.#frame < first ? first : this.#frame);
    if (this.#isPlaying) await this.#start();
  }

  async #start() {
    if (this.#isStarting) return;
    this.#isStarting = true;
    this.#window = null;
    const running = this.#clips.filter((clip) => {
      clip.lap = this.again ? Math.floor(((this.#frame + 0.5) / this.#fps + 1e-9) / clip.length) : 0;
      return !clip.isFinished(performance.now());
    });
    const started = await Promise.allSettled(running.map((clip) => clip.play(this.#speed)));
    this.#isStarting = false;
    if (this.#isClosed) return;
    if (started.some((one) => one.status === "rejected" && one.reason?.name === "NotAllowedError")) {
      await this.pause();
      throw started.find((one) => one.status === "rejected").reason;
    }
    if (this.#isPlaying && !this.#raf) this.#raf = requestAnimationFrame(this.#tick);
  }

  /** Stand still, all on the same frame. */
  async pause() {
    const was = this.#isPlaying;
    this.#halt();
    if (was) await this.#go(this.#frame);
    this.#tell();
  }

  #halt() {
    this.#isPlaying = false;
    this.#waitingFor = -1;
    cancelAnimationFrame(this.#raf);
    this.#raf = 0;
    for (const clip of this.#clips) clip.pause();
  }

  toggle() {
    return this.#isPlaying ? this.pause() : this.play();
  }

  /** Show a frame of the shared line; done when all have presented theirs. Played on from there if it was playing. */
  async seek(frame) {
    const goesOn = this.#isPlaying;
    if (goesOn) this.#halt();
    this.#isPlaying = goesOn;
    await this.#go(clamp(Math.round(frame), 0, this.frames - 1));
    if (goesOn && this.#isPlaying) await this.#start();
  }

  /** Go on by so many frames, standing; done when all have presented theirs. */
  async step(by) {
    if (this.#isPlaying) await this.pause();
    const from = this.#settling ? this.#target : this.#frame;
    await this.#go(clamp(from + by, 0, this.frames - 1));
  }

  /** To a frame; a newer wish replaces one that is not fulfilled yet. */
  #go(frame) {
    this.#target = frame;
    // Begun only once it is known to be under way: it tells so at once.
    this.#settling ??= Promise.resolve()
      .then(() => this.#settle())
      .finally(() => {
        this.#settling = null;
        this.#tell();
      });
    return this.#settling;
  }

  async #settle() {
    let reached = -1;
    while (reached !== this.#target && !this.#isClosed) {
      const frame = this.#target;
      this.#frame = frame;
      this.#tell();
      for (const clip of this.#clips) clip.pause();
      const sure = await Promise.all(this.#clips.map((clip) => clip.show(this.#own(clip, frame))));
      this.#isSure = sure.every(Boolean);
      reached = frame;
    }
  }

  #pausedOutside(clip) {
    if (!this.#isPlaying || this.#settling || this.#isStarting || clip.isFinished(performance.now())) return;
    clip.pausedAt ||= performance.now();
    for (const other of this.#clips) if (other !== clip && other.isRunning) other.hold();
  }

  #tick = (now) => {
    this.#raf = 0;
    if (!this.#isPlaying || this.#settling) return;
    const going = this.#clips.filter((clip) => !this.#hasEnded(clip, now));
    if (this.#isAtTheEnd(going, now)) return;
    this.#keepTogether(going, now);
    this.#count(going, now);
    this.#tell();
    this.#raf = requestAnimationFrame(this.#tick);
  };

  #hasEnded(clip, now) {
    if (!clip.isFinished(now)) return false;
    if (!this.again) return true;
    // From its first frame again, one lap further: the others wait for it as for any that is late.
    if (!clip.video.seeking) {
      clip.lap += 1;
      clip.media = clip.origin;
      clip.at = now;
      clip.confirmed = -1;
      clip.video.currentTime = clip.origin + 0.5 / clip.fps;
      if (clip.video.paused) clip.video.play().catch(() => {});
    }
    return false;
  }

  #isAtTheEnd(going, now) {
    const longest = this.#longest(going);
    const [first, last] = this.marks;
    if (longest) {
      // What is presented counts; only between the frames of a slower clip does time go on by itself.
      const at = longest.fps === this.#fps ? longest.lap * longest.length + longest.frame / longest.fps : longest.position(now);
      this.#frame = clamp(Math.floor(at * this.#fps + 1e-3), first, this.frames - 1);
    }
    const isOver = this.again
      ? this.#clips.every((clip) => clip.lap > 0 || clip.isFinished(now)) || this.#frame >= last
      : !longest || this.#frame >= last;
    if (!isOver) return false;
    this.#frame = last;
    this.#tell();
    this.#halt();
    if (this.loop) {
      this.#isPlaying = true;
      this.#go(first).then(() => this.#isPlaying && this.#start());
    } else {
      this.#go(last);
    }
    return true;
  }

  #longest(clips) {
    return clips.reduce((best, clip) => (!best || clip.length > best.length ? clip : best), null);
  }

  #keepTogether(going, now) {
    const places = going.map((clip) => clip.position(now));
    const slowest = Math.min(...places);
    const chosen = this.#clips[this.#leader];
    const leader = going.includes(chosen) ? chosen : this.#longest(going);
    const lead = leader ? places[going.indexOf(leader)] : 0;
    let late = -1;
    for (const clip of going) if (!clip.video.paused) clip.pausedAt = 0;
    const paused = going.find((clip) => clip.pausedAt);
    if (paused) {
      this.#waitingFor = this.#clips.indexOf(paused);
      if (now - paused.pausedAt > FOREIGN_MS) this.pause();
      return;
    }
    going.forEach((clip, place) => {
      const ahead = places[place] - slowest;
      if (clip.isHeld ? ahead > RELEASE_FRAMES / clip.fps : ahead > HOLD_FRAMES / clip.fps) {
        late = this.#clips.indexOf(going[places.indexOf(slowest)]);
        if (ahead > FAR_S && clip !== leader) this.#fetch(clip, slowest);
        clip.hold();
        return;
      }
      if (clip.isHeld) {
        clip.isHeld = false;
        clip.drift = 0;
      }
      const off = clip === leader ? 0 : places[place] - lead;
      clip.drift += SMOOTH * (off - clip.drift);
      const nudge = clip === leader ? 0 : clamp(-PULL * clip.drift, -NUDGE, NUDGE);
      // In hundredths, and small drifts not at all: each change of a rate costs the browser some work.
      clip.setRate(this.#speed * (1 + (Math.abs(nudge) < 0.02 ? 0 : Math.round(nudge * 50) / 50)));
    });
    this.#waitingFor = late;
  }

  #fetch(clip, position) {
    if (clip.video.seeking) return;
    const frame = Math.round(position * clip.fps) % clip.frames;
    clip.video.currentTime = clip.origin + (frame + 0.5) / clip.fps;
  }

  /** Count what is shown, and give way where the machine cannot do it all. */
  #count(going, now) {
    this.#rafs += 1;
    if (document.hidden) this.#window = null;
    if (!this.#window) {
      this.#window = { since: now, held: 0, last: now, from: new Map(going.map((clip) => [clip, clip.presented])) };
      return;
    }
    const counted = this.#window;
    if (this.#waitingFor >= 0) counted.held += now - counted.last;
    counted.last = now;
    const seconds = (now - counted.since) / 1000;
    if (seconds * 1000 < WINDOW_MS) return;
    this.#drops = [];
    for (const clip of going) {
      if (!counted.from.has(clip)) continue;
      const wanted = clip.fps * this.#speed;
      const shown = (clip.presented - counted.from.get(clip)) / seconds;
      if (shown < 0.9 * wanted) this.#drops.push({ index: this.#clips.indexOf(clip), shown, wanted });
    }
    const held = counted.held / (now - counted.since);
    const fewest = Math.min(1, ...this.#drops.map((drop) => drop.shown / drop.wanted));
    const isBad = fewest < FEWEST || held > MOST_HELD;
    const wasBad = counted.wasBad ?? false;
    this.#window = null;
    if (isBad && wasBad && this.#slowed > SLOWEST) {
      this.#slowed = Math.max(SLOWEST, this.#slowed * clamp(Math.min(fewest, 1 - held), 0.5, 0.85));
      for (const clip of going) if (!clip.isHeld) clip.setRate(this.#speed);
    } else {
      this.#window = { since: now, held: 0, last: now, from: new Map(going.map((clip) => [clip, clip.presented])), wasBad: isBad };
    }
  }

  #tell() {
    if (!this.#isClosed) this.#change(this.state);
  }

  /** Let the videos go, as they are. */
  close() {
    this.#isClosed = true;
    cancelAnimationFrame(this.#raf);
    for (const clip of this.#clips) clip.release();
  }
}
