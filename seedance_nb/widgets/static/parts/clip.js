/**
 * How a clip comes to a <video>: from the server of the notebook where it gives it in parts, else a piece at a time from
 * the kernel, else not at all. What this browser cannot play is asked for as a copy. The other half is `_clips.py`.
 *
 * Nothing is loaded before `attachClip` is called: that is, before somebody looks.
 */

const PATIENCE_MS = [10_000, 20_000, 40_000, 60_000];
/** Codecs that every browser plays, or of which it says itself that it does not. */
const TYPES = {
  h264: 'video/mp4; codecs="avc1.640028"',
  hevc: 'video/mp4; codecs="hvc1.1.6.L120.B0"',
  av1: 'video/mp4; codecs="av01.0.08M.08"',
  vp9: 'video/mp4; codecs="vp09.00.41.08"',
  aac: 'audio/mp4; codecs="mp4a.40.2"',
  opus: 'audio/mp4; codecs="opus"',
};

/** Shared by all widgets of a page, each of which has a module of its own: who is served next, and what is here. */
const page = (globalThis[Symbol.for("sdnb.clips")] ??= { line: Promise.resolve(), pieces: new Map(), blobs: new Map() });

/** What Python refused, in its words. */
class Refused extends Error {}

/**
 * Have a clip played by a video element.
 *
 * @param {object} given
 * @param {object} given.model the widget's model
 * @param {HTMLVideoElement} given.video what plays it
 * @param {object} given.clip what `SendsClips.offer` said of it
 * @param {AbortSignal} [given.signal] ends it; what is here of the clip is kept for the next time
 * @param {(news: {stage: "chunks" | "waiting" | "h264" | "mp3", share?: number}) => void} [given.onprogress]
 * @returns {Promise<{way: "files" | "chunks" | "none", twin: string[], clip: object, why: string, error: string,
 *   release: () => void}>} `twin`: which copy is shown, `[]` for the clip itself; `why`: what went wrong, `kernel`,
 *   `unplayable`, `silent` or `""`; `error`: the same in Python's words, where it has some. Never rejects.
 */
export async function attachClip({ model, video, clip, signal, onprogress = () => {} }) {
  const ended = signal ?? new AbortController().signal;
  const held = { release: () => {} };
  const outcome = (way, shown, why = "", error = "") => ({
    way, twin: shown.twin ?? [], clip: shown, why, error, release: () => held.release(),
  });
  try {
    if (clip.problem) return outcome("none", clip, "unplayable", clip.problem);
    let shown = clip, why = "", error = "";
    const kinds = missing(video, clip);
    if (kinds.length) {
      try {
        shown = await copyOf(model, clip, kinds, ended, onprogress);
      } catch (refused) {
        if (!(refused instanceof Refused) || kinds.includes("h264")) throw refused;
        [why, error] = ["silent", refused.message];
      }
    }
    let way = await play(model, video, shown, ended, onprogress, held);
    // What a browser says it plays, it may play without a picture and without an error: HEVC in Chromium.
    if (way === "unplayable" && !(shown.twin ?? []).includes("h264")) {
      shown = await copyOf(model, clip, [...new Set(["h264", ...kinds])], ended, onprogress);
      why = error = "";
      way = await play(model, video, shown, ended, onprogress, held);
    }
    if (way === "unplayable") return outcome("none", shown, "unplayable");
    return outcome(way, shown, why, error);
  } catch (refused) {
    held.release();
    if (refused instanceof Refused) return outcome("none", clip, "unplayable", refused.message);
    return outcome("none", clip, ended.aborted ? "" : "kernel");
  }
}

/**
 * The very bytes of a clip as an address of this page, to be downloaded, whatever this browser can play.
 * @returns {Promise<{url: string, release: () => void}>}
 */
export async function bytesOf({ model, clip, signal, onprogress = () => {} }) {
  const url = await served(model, clip, signal);
  return url ? { url, release: () => {} } : fetched(model, clip, signal, onprogress);
}

/** Which copy of a clip this browser needs: of its pictures, of its sound, of both, or none. */
export function missing(video, clip) {
  const cannot = (codec) => TYPES[codec] !== undefined && video.canPlayType(TYPES[codec]) === "";
  const kinds = [];
  if (clip.video_codec === "hevc" ? cannot("hevc") && !inSource("hevc") : cannot(clip.video_codec)) kinds.push("h264");
  if (clip.has_audio && cannot(clip.audio_codec)) kinds.push("mp3");
  return kinds;
}

function inSource(codec) {
  return typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(TYPES[codec]);
}

/** The first way that works. @returns {Promise<"files" | "chunks" | "unplayable">} */
async function play(model, video, clip, signal, onprogress, held) {
  const url = await served(model, clip, signal);
  if (url) {
    const came = await comes(video, url, clip, signal, held, () => {});
    if (came !== "network") return came === "here" ? "files" : came;
  }
  const blob = await fetched(model, clip, signal, onprogress);
  const came = await comes(video, blob.url, clip, signal, held, blob.release);
  return came === "here" ? "chunks" : "unplayable";
}

/** @returns {Promise<"here" | "network" | "unplayable">} */
async function comes(video, url, clip, signal, held, release) {
  held.release = () => {
    held.release = () => {};
    video.removeAttribute("src");
    video.load();
    release();
  };
  const said = await new Promise((resolve, reject) => {
    const over = new AbortController();
    const end = (result) => { over.abort(); resolve(result); };
    video.addEventListener("loadedmetadata", () => end("here"), { signal: over.signal });
    video.addEventListener("error", () => end(video.error?.code === 2 ? "network" : "unplayable"), { signal: over.signal });
    signal.addEventListener("abort", () => { over.abort(); reject(signal.reason); }, { signal: over.signal });
    if (signal.aborted) reject(signal.reason);
    video.preload = "auto";
    video.src = url;
    video.load();
  });
  const blind = said === "here" && clip.width && !video.videoWidth;
  if (said === "here" && !blind) return "here";
  held.release();
  return blind ? "unplayable" : said;
}

/** Where the notebook's server gives this very file, in parts, so that one can seek; "" where it does not. */
async function served(model, clip, signal) {
  if (!clip.href) return "";
  for (const url of await addresses(model, clip.href)) {
    try {
      const answer = await fetch(url, { headers: { Range: "bytes=0-0" }, credentials: "same-origin", cache: "no-store", signal });
      const size = /\/(\d+)$/.exec(answer.headers.get("Content-Range") ?? "")?.[1];
      await answer.body?.cancel();
      if (answer.status === 206 && Number(size) === clip.bytes) return url;
    } catch (failed) {
      if (signal.aborted) throw failed;
    }
  }
  return "";
}

/** Where the file may be, seen from this page. Nothing is believed of it: `served` looks. */
async function addresses(model, href) {
  const found = [];
  try {
    // JupyterLab's and Notebook 7's own way from a link in a notebook to its file.
    const resolver = model.widget_manager?.context?.urlResolver;
    if (resolver) found.push(await resolver.getDownloadUrl(await resolver.resolveUrl(href)));
  } catch {
    // Another front end's manager has something else there.
  }
  const base = baseUrl();
  const open = base && /\/(?:tree|notebooks|consoles)\/(.+)$/.exec(location.pathname)?.[1];
  if (open) found.push(new URL(href, new URL(`${base}files/${open}`, location.origin)).pathname);
  return [...new Set(found)].filter((url) => new URL(url, location.href).origin === location.origin);
}

function baseUrl() {
  try {
    const config = document.getElementById("jupyter-config-data");
    return config ? (JSON.parse(config.textContent).baseUrl ?? "") : (document.body.dataset.baseUrl ?? "");
  } catch {
    return "";
  }
}

/** A copy that this browser can play. */
async function copyOf(model, clip, kinds, signal, onprogress) {
  onprogress({ stage: kinds.includes("h264") ? "h264" : "mp3" });
  const { content } = await ask(model, { kind: "clip_twin", token: clip.token, kinds }, signal, () => {});
  return content.clip;
}

/** All bytes of a clip from the kernel, as an address of this page. */
async function fetched(model, clip, signal, onprogress) {
  const known = page.blobs.get(clip.token);
  const kept = known ?? (await inLine(() => pieces(model, clip, signal, onprogress), signal));
  page.blobs.set(clip.token, kept);
  kept.users += 1;
  let isHeld = true;
  const release = () => {
    if (!isHeld) return;
    isHeld = false;
    kept.users -= 1;
    if (kept.users > 0) return;
    page.blobs.delete(clip.token);
    URL.revokeObjectURL(kept.url);
  };
  return { url: kept.url, release };
}

/** One stream at a time in a page, whichever widgets ask. */
function inLine(work, signal) {
  const turn = page.line.then(() => {
    signal.throwIfAborted();
    return work();
  });
  page.line = turn.catch(() => {});
  return turn;
}

async function pieces(model, clip, signal, onprogress) {
  const known = page.blobs.get(clip.token); // another player of the same clip was served before
  if (known) return known;
  // What came before a stream was given up is not asked for again.
  const here = page.pieces.get(clip.token) ?? { parts: [], got: 0, total: Infinity };
  page.pieces.set(clip.token, here);
  while (here.got < here.total) {
    onprogress({ stage: "chunks", share: here.got / (here.total === Infinity ? clip.bytes || Infinity : here.total) });
    const start = here.got;
    const message = { kind: "clip_chunk", token: clip.token, start };
    const isIt = (content) => content.token === clip.token && content.start === start;
    const { content, buffers } = await ask(model, message, signal, () => onprogress({ stage: "waiting" }), isIt);
    if (!buffers?.length) throw new Refused("");
    here.parts.push(buffers[0]);
    here.got += buffers[0].byteLength;
    here.total = content.total;
  }
  page.pieces.delete(clip.token);
  const url = URL.createObjectURL(new Blob(here.parts, { type: clip.mime || "video/mp4" }));
  return { url, users: 0 };
}

/**
 * Send a message and wait for its answer. An answer may be lost where a connection breaks, and may take long where the
 * kernel is busy: then it is asked again, ever more patiently, and whichever answer comes first counts.
 */
export function ask(model, message, signal, onlate, isIt = () => false) {
  return new Promise((resolve, reject) => {
    const ids = new Set();
    let timer = 0, times = 0;
    const stop = () => {
      clearTimeout(timer);
      model.off("msg:custom", hear);
      signal.removeEventListener("abort", aborted);
    };
    const aborted = () => { stop(); reject(signal.reason); };
    const hear = (content, buffers) => {
      if (!content || !(ids.has(content.id) || (content.ok && isIt(content)))) return;
      stop();
      if (content.ok) resolve({ content, buffers });
      else reject(new Refused(content.error));
    };
    const send = () => {
      const id = `clip-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
      ids.add(id);
      if (times > 0) onlate();
      timer = setTimeout(send, PATIENCE_MS[Math.min(times, PATIENCE_MS.length - 1)]);
      times += 1;
      try {
        model.send({ ...message, id });
      } catch (failed) {
        stop();
        reject(failed);
      }
    };
    if (signal.aborted) return void reject(signal.reason);
    model.on("msg:custom", hear);
    signal.addEventListener("abort", aborted);
    send();
  });
}
