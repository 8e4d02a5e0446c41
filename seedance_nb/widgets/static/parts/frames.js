/**
 * Frames and moments of a clip. A seek goes to the middle of a frame: at its edge a browser may show the one before.
 */
export class Frames {
  /** @param {{fps: [number, number] | null, frames: number | null, duration_s: number | null}} clip */
  constructor(clip) {
    [this.num, this.den] = clip.fps ?? [24, 1];
    this.count = Math.max(1, clip.frames ?? Math.round(((clip.duration_s ?? 0) * this.num) / this.den));
  }

  get last() { return this.count - 1; }

  /** A frame that there is. */
  within(frame) { return Math.min(this.last, Math.max(0, Math.round(frame))); }

  /** Which frame is shown at a moment. */
  at(seconds) { return this.within(Math.floor((seconds * this.num) / this.den + 1e-4)); }

  /** Which frame begins at a moment, as a browser says it of what it shows. */
  of(mediaTime) { return this.within((mediaTime * this.num) / this.den); }

  /** The moment in the middle of a frame. */
  centre(frame) { return ((frame + 0.5) * this.den) / this.num; }

  /** When a frame begins. */
  start(frame) { return (frame * this.den) / this.num; }
}

/** Seconds as 0:02.542. */
export function clock(seconds) {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const rest = `${Math.floor((ms % 60_000) / 1000)}`.padStart(2, "0");
  return `${Math.floor(ms / 60_000)}:${rest}.${`${ms % 1000}`.padStart(3, "0")}`;
}
