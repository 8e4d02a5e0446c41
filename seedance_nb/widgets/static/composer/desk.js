/** What goes to the kernel and comes from it. */

import { unique } from "./elements.js";
import { codePoints, difference, rebased, parts } from "./edits.js";

const CHUNK_BYTES = 1024 * 1024;
const QUIET_MS = 120; // after the last key, until what was typed is sent
const LONGEST_MS = 600; // without a pause, until it is sent all the same
const SLOW_MS = 2500; // without an answer, until it is said that the kernel is busy

/** What Python always answers with an announcement, which is news also where it says the same as the last one. */
const ANNOUNCED = new Set(["move", "set_role", "mend", "undo", "redo"]);

/** What takes its time in Python too, so that no answer yet says nothing of the kernel. */
const LENGTHY = new Set(["submit", "add_source", "add_kept", "list_kept", "upload_end", "thumb"]);

/**
 * What all views of one composer share: messages and their answers, the text, small pictures, uploads.
 */
export class Desk {
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
