/** One task looked at closely: its prompt, its bill, its clip, and the way to compose it again. */
import { attachClip } from "./../parts/clip.js";
import { button, filled, make } from "./call.js";

export class Detail {
  /**
   * @param {object} given
   * @param {object} given.model @param {object} given.words @param {AbortSignal} given.signal
   * @param {(task: string) => void} given.compose @param {() => void} given.onclose
   */
  constructor({ model, words, signal, compose, onclose }) {
    Object.assign(this, { model, words, signal, compose, onclose });
    this.node = make("section", "detail");
    this.node.hidden = true;
    this.node.setAttribute("data-lm-suppress-shortcuts", "true");
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    this.shown = null;
  }

  close() {
    this.shown?.abort();
    this.node.hidden = true;
    this.node.replaceChildren();
    this.onclose();
  }

  /** @param {object} detail what Python says of a task */
  draw(detail) {
    this.shown?.abort();
    const here = (this.shown = new AbortController());
    this.signal.addEventListener("abort", () => here.abort(), { signal: here.signal });
    this.node.setAttribute("aria-label", filled(this.words.detail, { title: detail.title }));
    const text = make("div", "detailtext");
    const title = make("h3", "title");
    const name = document.createElement("bdi");
    name.textContent = detail.title;
    title.append(name);
    text.append(title, make("p", "status", detail.status));
    if (detail.prompt !== detail.title) text.append(make("p", "prompt", detail.prompt));
    const facts = make("dl", "facts");
    for (const [label, fact] of detail.facts) facts.append(make("dt", "factlabel", label), make("dd", "fact", fact));
    text.append(facts);
    const acts = make("div", "acts");
    if (detail.composes) acts.append(button("button", this.words.again, () => this.compose(detail.task)));
    if (detail.href) {
      const link = make("a", "link", `${this.words.clip}: ${detail.name}`);
      link.href = detail.href;
      link.target = "_blank";
      link.rel = "noopener";
      acts.append(link);
    }
    const close = button("button", this.words.close, () => this.close());
    acts.append(close);
    text.append(acts);
    this.node.replaceChildren(...(detail.clip ? [this.#clip(detail.clip, detail.title, here.signal)] : []), text);
    this.node.hidden = false;
    close.focus({ preventScroll: true });
    this.node.scrollIntoView({ block: "nearest" });
  }

  #clip(clip, title, signal) {
    const place = make("div", "clip");
    const video = document.createElement("video");
    video.controls = true;
    video.playsInline = true;
    video.preload = "metadata";
    video.setAttribute("aria-label", title);
    if (clip.poster) video.poster = clip.poster;
    const note = make("p", "clipnote");
    note.setAttribute("role", "status");
    place.append(video, note);
    const says = {
      chunks: ({ share }) => filled(this.words.clip_loading, { share: Math.floor((share || 0) * 100) }),
      waiting: () => this.words.clip_waiting,
      h264: () => this.words.clip_h264,
      mp3: () => this.words.clip_mp3,
    };
    attachClip({
      model: this.model, video, clip, signal, onprogress: (news) => { note.textContent = says[news.stage](news); },
    }).then((outcome) => {
      signal.addEventListener("abort", outcome.release, { once: true });
      if (signal.aborted) outcome.release();
      const why = { kernel: this.words.clip_no_kernel, unplayable: outcome.error || this.words.clip_unplayable };
      note.textContent = outcome.way === "none" ? (why[outcome.why] ?? "") : "";
    });
    return place;
  }
}
