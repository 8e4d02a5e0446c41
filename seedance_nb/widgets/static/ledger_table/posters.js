/** Posters of the clips in view: asked for once the table rests, kept while they are near. */
import { call } from "./call.js";

const REST_MS = 120;
const AT_ONCE = 24;
const MOST = 240;

export class Posters {
  constructor(model, signal, ondraw) {
    this.model = model;
    this.signal = signal;
    this.ondraw = ondraw;
    /** @type {Map<string, string>} our id of the task, and the address of its poster; empty: it has none */
    this.urls = new Map();
    this.timer = 0;
    this.isAsking = false;
    this.wanted = [];
    signal.addEventListener("abort", () => {
      clearTimeout(this.timer);
      for (const url of this.urls.values()) URL.revokeObjectURL(url);
    });
  }

  url(task) { return this.urls.get(task) ?? ""; }

  /** Have the posters of these tasks come, once nothing else is wanted for a moment. */
  want(tasks) {
    this.wanted = tasks.filter((task) => !this.urls.has(task));
    clearTimeout(this.timer);
    if (this.wanted.length) this.timer = setTimeout(() => this.#ask(), REST_MS);
  }

  async #ask() {
    if (this.isAsking || this.signal.aborted) return;
    const tasks = this.wanted.slice(0, AT_ONCE);
    if (!tasks.length) return;
    this.isAsking = true;
    try {
      const { content, buffers } = await call(this.model, { kind: "posters", tasks }, this.signal);
      for (const task of tasks) this.urls.set(task, "");
      content.tasks.forEach((task, place) => {
        this.urls.set(task, URL.createObjectURL(new Blob([buffers[place]], { type: "image/jpeg" })));
      });
      for (const [task, url] of this.urls) {
        if (this.urls.size <= MOST) break;
        if (tasks.includes(task)) continue;
        URL.revokeObjectURL(url);
        this.urls.delete(task);
      }
      this.ondraw();
    } catch {
      if (!this.signal.aborted) for (const task of tasks) this.urls.set(task, "");
    } finally {
      this.isAsking = false;
      this.want(this.wanted);
    }
  }
}
