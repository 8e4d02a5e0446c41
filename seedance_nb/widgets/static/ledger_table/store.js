/**
 * The rows that the browser has: those in view and some around them. Asked for by blocks, two at a time, the ones in view
 * first; what was scrolled past while the kernel was busy is not asked for at all.
 */
import { call } from "./call.js";

const BLOCK = 50;
const AT_ONCE = 2;
const MOST_BLOCKS = 60;

export class Store {
  /** @param {object} model @param {AbortSignal} signal @param {() => void} ondraw told when rows have come */
  constructor(model, signal, ondraw) {
    this.model = model;
    this.signal = signal;
    this.ondraw = ondraw;
    this.version = 0;
    /** @type {Map<number, {rows: object[], version: number}>} */
    this.blocks = new Map();
    this.asking = new Map();
    this.range = [0, 0];
  }

  /** A row, also one that is of a moment ago; undefined: not here yet. */
  row(index) { return this.blocks.get(Math.floor(index / BLOCK))?.rows[index % BLOCK]; }

  /** Rows may be others from now on. */
  renew(version, isOther) {
    this.version = version;
    if (isOther) this.blocks.clear();
  }

  /** Change a row here before Python has answered. */
  patch(index, changes) {
    const row = this.row(index);
    if (row) Object.assign(row, changes);
  }

  /** Have these rows come. */
  want(start, stop) {
    this.range = [start, stop];
    this.#next();
  }

  #next() {
    if (this.signal.aborted || this.asking.size >= AT_ONCE) return;
    const [start, stop] = this.range;
    for (let block = Math.floor(start / BLOCK); block * BLOCK <= stop; block += 1) {
      const here = this.blocks.get(block);
      if (here?.version === this.version || this.asking.get(block) === this.version) continue;
      this.#ask(block, this.version);
      return this.#next();
    }
  }

  async #ask(block, version) {
    this.asking.set(block, version);
    try {
      const message = { kind: "rows", start: block * BLOCK, count: BLOCK };
      const { content } = await call(this.model, message, this.signal);
      this.blocks.delete(block);
      this.blocks.set(block, { rows: content.rows, version: content.version });
      for (const old of this.blocks.keys()) {
        if (this.blocks.size <= MOST_BLOCKS) break;
        if (old !== block) this.blocks.delete(old);
      }
    } catch (failed) {
      if (!this.signal.aborted) console.warn("Rows of the ledger did not come.", failed);
      this.blocks.set(block, { rows: [], version });
    } finally {
      this.asking.delete(block);
    }
    this.ondraw();
    this.#next();
  }
}
