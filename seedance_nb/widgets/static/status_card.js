/**
 * The live card of one task. Draws what `view` says; time ticks here, everything else comes from Python.
 */

import { drawing, reshape } from "./parts/shapes.js";

/** @param {string} tag @param {string} name @param {string} [text] */
function make(tag, name, text = "") {
  const node = document.createElement(tag);
  node.className = `sdnb-status-card__${name}`;
  node.textContent = text;
  return node;
}

/**
 * Braces of Python's filled in, whatever characters the value has.
 * @param {string} template @param {string} name @param {unknown} value
 */
function fill(template, name, value) {
  return template.replace(`{${name}}`, () => String(value));
}

/**
 * A time as the view's language says it.
 * @param {number} seconds @param {string[]} spans
 */
function time(seconds, [second, minute, hour, day, between]) {
  const s = Math.max(0, Math.floor(seconds));
  const one = (span, count) => fill(span, "", Math.floor(count));
  if (s < 60) return one(second, s);
  if (s < 3600) return one(minute, s / 60) + between + one(second, s % 60);
  if (s < 86400) return one(hour, s / 3600) + between + one(minute, (s % 3600) / 60);
  return one(day, s / 86400) + between + one(hour, (s % 86400) / 3600);
}

/** @param {HTMLElement} node @param {string} text */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

/**
 * How long a clip can still be had. Python has the words, and Python's braces stand for the time.
 * @param {object | null} stages @param {number} now @param {string[]} spans
 */
function left(stages, now, spans) {
  if (!stages) return "";
  if (stages.record_until && now >= Date.parse(stages.record_until)) return stages.gone;
  const seconds = stages.address_until ? (Date.parse(stages.address_until) - now) / 1000 : 0;
  return seconds > 0 ? fill(stages.working, "left", time(seconds, spans)) : stages.run_out;
}

function render({ model, el, signal }) {
  const root = make("section", "");
  root.className = "sdnb sdnb-status-card";

  const head = make("div", "head");
  const badge = make("span", "badge");
  const icon = drawing();
  const word = make("span", "word");
  badge.append(icon, word);
  const title = make("bdi", "title");
  head.append(badge, title);
  const origin = make("div", "origin");

  const sentence = make("div", "sentence");
  const track = make("div", "track");
  track.setAttribute("role", "progressbar");
  const usual = make("div", "usual");
  const done = make("div", "done");
  track.append(usual, done);
  const times = make("div", "time");
  const elapsed = make("span", "elapsed");
  const against = make("span", "against");
  times.append(elapsed, against);
  const countdown = make("div", "countdown");
  countdown.setAttribute("role", "timer"); // read on request, not each time it ticks

  const money = make("div", "money");
  const amount = make("span", "amount");
  const bill = make("span", "bill");
  const sum = make("div", "sum");
  money.append(amount, bill, sum);
  const parameters = make("div", "parameters");

  const details = make("details", "prompt");
  const prompt = make("bdi", "prompt-text");
  const summary = make("summary", "summary");
  details.append(summary, prompt);

  const foot = make("div", "foot");
  const ids = make("bdi", "ids");
  const actions = make("div", "actions");
  const cancel = make("button", "button");
  const question = make("span", "question", "");
  const yes = make("button", "button");
  const no = make("button", "button");
  for (const button of [cancel, yes, no]) button.type = "button";
  yes.classList.add("sdnb-status-card__button--strong");
  question.id = `sdnb-question-${Math.random().toString(36).slice(2)}`;
  yes.setAttribute("aria-describedby", question.id);
  actions.append(cancel, question, yes, no);
  foot.append(ids, actions);

  const notice = make("div", "notice");
  notice.setAttribute("role", "status");
  const error = make("div", "error");
  error.setAttribute("role", "alert");
  const live = make("div", "live");
  live.setAttribute("aria-live", "polite");

  root.append(head, origin, sentence, track, times, countdown, money, parameters, details, notice, error, foot, live);
  el.append(root);

  let asking = false;
  let sent = null;
  let timer = 0;
  // Kernel and browser may disagree on the time. A view that arrives while we look is fresh and tells by
  // how much; the first one may be old, and then only a clock behind the kernel's gives itself away.
  let skew = Math.min(0, Date.now() - Date.parse(model.get("view").now));

  function tick() {
    const view = model.get("view");
    const words = view.words;
    const now = Date.now() - skew;
    const seconds = view.is_over ? view.elapsed_s : Math.max(0, (now - Date.parse(view.since_at)) / 1000);
    const low = view.usual_low_s;
    const high = view.usual_high_s;
    const late = high !== null && seconds > high;
    const known = high !== null && !view.is_over && view.status !== "succeeded";
    say(elapsed, time(seconds, words.spans));
    say(against, known ? (late ? fill(words.late, "usual", view.usual) : view.usual) : "");
    track.hidden = !known;
    if (known) {
      // The scale grows with the time, so that the bar never claims to be nearly done.
      const scale = Math.max(high * 1.2, seconds * 1.12);
      usual.style.left = `${(100 * low) / scale}%`;
      usual.style.width = `${Math.max(1, (100 * (high - low)) / scale)}%`;
      done.style.width = `${(100 * seconds) / scale}%`;
      root.classList.toggle("sdnb-status-card--late", late);
      track.setAttribute("aria-valuemin", "0");
      track.setAttribute("aria-valuemax", String(Math.round(scale)));
      track.setAttribute("aria-valuenow", String(Math.round(seconds)));
      track.setAttribute("aria-valuetext", `${elapsed.textContent}; ${against.textContent}`);
    }
    say(countdown, left(view.countdown, now, words.spans));
  }

  function follow() {
    clearInterval(timer);
    timer = 0;
    if (model.get("view").is_over || document.hidden) return;
    tick();
    timer = setInterval(tick, 1000);
  }

  function drawActions() {
    const possible = model.get("view").can_cancel && sent !== "done";
    question.textContent = model.get("view").cancel_question;
    if (!possible) asking = false;
    const busy = sent !== null;
    actions.hidden = !possible;
    cancel.hidden = asking;
    question.hidden = yes.hidden = no.hidden = !asking;
    cancel.disabled = yes.disabled = no.disabled = busy;
  }

  function draw() {
    const view = model.get("view");
    const words = view.words;
    root.dataset.status = view.status;
    root.dataset.tone = view.tone;
    root.dataset.shape = view.shape;
    root.lang = view.language;
    root.setAttribute("aria-label", fill(words.task, "title", view.title));
    track.setAttribute("aria-label", words.time);
    for (const [node, text] of [[summary, words.prompt], [cancel, words.cancel], [yes, words.yes], [no, words.no]]) {
      if (node.textContent !== text) node.textContent = text;
    }
    reshape(icon, view.shape);
    say(word, view.status_word);
    say(title, view.title);
    say(origin, [view.model, view.mode, view.provider].join(" · "));
    say(sentence, view.sentence);
    say(amount, view.cost || view.quote);
    say(bill, [view.cost ? view.cost_basis : view.quote ? words.quoted : "", view.bill].filter(Boolean).join(" · "));
    say(sum, view.cost ? "" : view.quote_sum);
    money.hidden = amount.hidden && bill.hidden;
    say(parameters, view.facts);
    say(prompt, view.prompt);
    details.hidden = !view.prompt || view.prompt === view.title;
    say(ids, [view.task_id, view.local_id].filter(Boolean).join(" · "));
    if (live.textContent !== view.news) live.textContent = view.news;
    if (view.status !== "queued") say(notice, "");
    drawActions();
    tick();
    follow();
  }

  function ask(on) {
    asking = on;
    drawActions();
    (on ? no : cancel).focus();
  }

  function send() {
    if (sent !== null) return;
    sent = `cancel-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    say(notice, model.get("view").words.asking);
    drawActions();
    model.send({ kind: "cancel", id: sent });
  }

  function onMessage(message) {
    if (!message || message.id !== sent) return;
    sent = message.ok ? "done" : null;
    say(notice, message.ok ? model.get("view").words.asked : "");
    asking = false;
    drawActions();
  }

  function onView() {
    skew = Date.now() - Date.parse(model.get("view").now);
    draw();
  }

  function drawError() {
    say(error, model.get("error"));
  }

  const stop = new AbortController();
  const until = { signal: stop.signal };
  cancel.addEventListener("click", () => ask(true), until);
  no.addEventListener("click", () => ask(false), until);
  yes.addEventListener("click", send, until);
  actions.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && asking && sent === null) {
      event.stopPropagation();
      ask(false);
    }
  }, until);
  document.addEventListener("visibilitychange", follow, until);
  model.on("change:view", onView);
  model.on("change:error", drawError);
  model.on("msg:custom", onMessage);

  function cleanup() {
    stop.abort();
    clearInterval(timer);
    model.off("change:view", onView);
    model.off("change:error", drawError);
    model.off("msg:custom", onMessage);
  }
  signal?.addEventListener("abort", cleanup, { once: true });

  drawError();
  draw();
  return cleanup;
}

export default { render };
