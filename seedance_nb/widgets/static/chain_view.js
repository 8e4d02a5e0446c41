/**
 * A chain as a film strip: draws what `view` says. A button asks Python, and what comes of it is a new view.
 */
import { attachClip } from "./parts/clip.js";
import { takePlaces } from "./parts/place.js";
import { drawing, reshape } from "./parts/shapes.js";
import { span } from "./parts/spans.js";

/** @param {string} tag @param {string} name @param {string} [text] */
function make(tag, name, text = "") {
  const node = document.createElement(tag);
  node.className = `sdnb-chain__${name}`;
  node.textContent = text;
  return node;
}

/** @param {HTMLElement} node @param {string} text */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

const fill = (template, name, value) => template.replace(`{${name}}`, () => String(value));

function badge() {
  const node = make("span", "badge");
  const icon = drawing();
  const word = make("span", "word");
  node.append(icon, word);
  return { node, draw: (view) => (reshape(icon, view.shape), (node.dataset.tone = view.tone), say(word, view.status_word ?? view.state_word)) };
}

/** One shot: its card lives as long as the strip, so that a clip goes on playing while others change. */
function card(model, signal) {
  const item = make("li", "shot");
  const link = make("div", "link");
  const arrow = drawing();
  const number = make("span", "number");
  const how = make("span", "how");
  link.append(arrow, number, how);
  const frame = make("div", "frame");
  const poster = make("img", "poster");
  poster.alt = "";
  const video = make("video", "video");
  Object.assign(video, { controls: true, muted: true, playsInline: true, preload: "none", loop: false, hidden: true });
  const play = make("button", "play");
  play.type = "button";
  const triangle = drawing();
  reshape(triangle, "play");
  play.append(triangle);
  const trouble = make("div", "trouble");
  trouble.setAttribute("role", "status");
  trouble.hidden = true;
  frame.append(poster, video, play, trouble);
  const state = badge();
  const time = make("span", "time");
  const note = make("span", "note");
  const where = make("div", "where");
  where.append(state.node, time, note);
  const title = make("bdi", "title");
  const facts = make("div", "facts");
  const money = make("div", "money");
  const failure = make("bdi", "failure");
  item.append(link, frame, where, title, facts, money, failure);

  let shot = null;
  let token = "";
  let held = null;

  function letGo() {
    held?.release?.();
    held = null;
    video.pause();
    video.removeAttribute("src");
    video.hidden = true;
  }

  async function start() {
    const clip = shot?.clip;
    if (!clip || held) return;
    const words = model.get("view").words;
    held = {};
    const mine = token;
    video.hidden = false;
    video.poster = clip.poster;
    play.hidden = true;
    say(trouble, "");
    const came = await attachClip({
      model, video, clip, signal,
      onprogress: ({ stage, share }) => mine === token && say(trouble, stage === "chunks"
        ? fill(words.clip_loading, "share", Math.floor(100 * (share ?? 0)))
        : words[`clip_${stage}`] ?? ""),
    });
    if (mine !== token) return came.release();
    held = came;
    if (came.way === "none") {
      letGo();
      draw(shot);
      say(trouble, came.error || words.clip_no_kernel);
      return;
    }
    say(trouble, "");
    video.focus({ preventScroll: true });
    video.play().catch(() => {});
  }

  function tick(now) {
    say(time, shot?.is_moving && shot.since_at ? span((now - Date.parse(shot.since_at)) / 1000, model.get("view").words.spans) : "");
  }

  function draw(next) {
    const words = model.get("view").words;
    if ((next.clip?.token ?? "") !== token) {
      letGo();
      token = next.clip?.token ?? "";
    }
    shot = next;
    item.dataset.link = shot.link;
    item.dataset.tone = shot.tone;
    item.classList.toggle("sdnb-chain__shot--now", model.get("view").gate_at === shot.number - 1 || shot.is_moving);
    item.setAttribute("aria-label", fill(fill(words.shot, "number", shot.number), "title", shot.title));
    arrow.style.visibility = shot.link === "first" ? "hidden" : "";
    reshape(arrow, shot.link === "cut" ? "cut" : "follows");
    say(number, String(shot.number));
    say(how, shot.how);
    const picture = shot.clip ? shot.clip.poster : shot.begins;
    poster.classList.toggle("sdnb-chain__poster--begins", !shot.clip);
    poster.hidden = !picture || !video.hidden;
    if (picture && poster.src !== picture) poster.src = picture;
    if (shot.clip?.width) frame.style.aspectRatio = `${shot.clip.width} / ${shot.clip.height}`;
    play.hidden = !shot.clip || !video.hidden;
    play.setAttribute("aria-label", fill(words.play, "number", shot.number));
    frame.classList.toggle("sdnb-chain__frame--empty", !shot.clip);
    state.draw(shot);
    say(note, shot.note);
    say(title, shot.title);
    title.title = shot.prompt === shot.title ? "" : shot.prompt;
    say(facts, [shot.model, shot.facts].filter(Boolean).join(" · "));
    say(money, shot.money);
    say(failure, shot.failure);
  }

  play.addEventListener("click", start, { signal });
  return { item, draw, tick, letGo };
}

function render({ model, el, signal }) {
  const stop = new AbortController();
  signal?.addEventListener("abort", () => stop.abort(), { once: true });
  const until = { signal: stop.signal };

  const root = make("section", "");
  root.className = "sdnb sdnb-chain";
  const head = make("div", "head");
  const state = badge();
  const title = make("strong", "name");
  const origin = make("span", "origin");
  head.append(state.node, title, origin);
  const sentence = make("div", "sentence");
  const money = make("div", "total");
  const bill = make("div", "bill");
  const strip = make("ol", "strip");
  const actions = make("div", "actions");
  const error = make("div", "error");
  error.setAttribute("role", "alert");
  const live = make("div", "live");
  live.setAttribute("aria-live", "polite");
  root.append(head, sentence, strip, money, bill, actions, error, live);
  el.append(root);

  const cards = [];
  let sent = null;
  let asking = false;
  let timer = 0;
  let skew = Math.min(0, Date.now() - Date.parse(model.get("view").now));

  function send(act) {
    if (sent !== null) return;
    sent = `${act}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    asking = false;
    model.send({ kind: "act", id: sent, act });
    drawActions(true);
  }

  function button(kind, label, look, click) {
    const node = make("button", "button", label);
    node.type = "button";
    node.dataset.kind = kind;
    if (look) node.classList.add(`sdnb-chain__button--${look}`);
    node.disabled = sent !== null;
    node.addEventListener("click", click, until);
    return node;
  }

  function drawActions(keepsFocus) {
    const view = model.get("view");
    const focused = actions.contains(document.activeElement) ? document.activeElement.dataset.kind : "";
    if (!view.buttons.some((each) => each.kind === "stop")) asking = false;
    const nodes = asking
      ? [
          make("span", "question", view.words.stop_question),
          button("yes", view.words.yes, "strong", () => send("stop")),
          button("no", view.words.no, "", () => ask(false)),
        ]
      : view.buttons.map(({ kind, label, look }) =>
          button(kind, label, look, () => (kind === "stop" && view.state === "running" ? ask(true) : send(kind))));
    actions.replaceChildren(...nodes);
    actions.hidden = nodes.length === 0;
    if (focused && keepsFocus) {
      const again = nodes.find((node) => node.dataset.kind === focused) ?? nodes.find((node) => node.tagName === "BUTTON");
      again?.focus({ preventScroll: true });
    }
  }

  function ask(on) {
    asking = on;
    drawActions(false);
    actions.querySelector(`[data-kind="${on ? "no" : "stop"}"]`)?.focus();
  }

  function tick() {
    const now = Date.now() - skew;
    for (const each of cards) each.tick(now);
  }

  function draw() {
    const view = model.get("view");
    root.lang = view.language;
    root.dataset.state = view.state;
    root.dataset.tone = view.tone;
    root.setAttribute("aria-label", view.title);
    state.draw(view);
    say(title, view.title);
    say(origin, view.provider);
    say(sentence, view.sentence);
    say(money, view.money);
    say(bill, view.bill);
    while (cards.length < view.shots.length) {
      cards.push(card(model, stop.signal));
      strip.append(cards.at(-1).item);
    }
    view.shots.forEach((shot, index) => cards[index].draw(shot));
    if (live.textContent !== view.news) live.textContent = view.news;
    drawActions(true);
    tick();
    clearInterval(timer);
    timer = view.shots.some((shot) => shot.is_moving) ? setInterval(tick, 1000) : 0;
  }

  function onView() {
    skew = Date.now() - Date.parse(model.get("view").now);
    draw();
  }
  function onError() {
    say(error, model.get("error"));
  }
  function onMessage(message) {
    if (!message || message.id !== sent) return;
    sent = null;
    drawActions(true);
  }

  actions.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && asking) {
      event.stopPropagation();
      ask(false);
    }
  }, until);
  model.on("change:view", onView);
  model.on("change:error", onError);
  model.on("msg:custom", onMessage);
  stop.signal.addEventListener("abort", () => {
    clearInterval(timer);
    for (const each of cards) each.letGo();
    model.off("change:view", onView);
    model.off("change:error", onError);
    model.off("msg:custom", onMessage);
  }, { once: true });

  onError();
  draw();
  return () => stop.abort();
}

export default { initialize: ({ model }) => takePlaces(model, render), render };
