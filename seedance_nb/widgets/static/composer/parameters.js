/** The parameters, each with the control that fits it. */

import { focused, unique, make, put, say, sayOrHide, icon, reshape, tip, replaceKeepingFocus } from "./elements.js";
import { roving, onWritten } from "./elements.js";
import { problemRow } from "./problems.js";

/** One of several, in a row: arrow keys go along and say what each would change, Enter or Space chooses. */
function choiceControl(bench, name) {
  const { desk, w } = bench;
  const group = make("div", "choice", { role: "radiogroup", "data-name": name });
  const note = make("div", "param-note", { id: `sdnb-${unique()}` });
  roving(group, "[role=radio]");
  let value = null;
  function draw(/** @type {Param} */ param, describe) {
    value = param.value;
    const hasChosen = param.options.some((option) => option.value === value);
    const shaped = param.name === "ratio";
    put(group, "data-shaped", shaped);
    const rows = param.options.map((option, place) => {
      const isChosen = option.value === value;
      const row = make(
        "button",
        "pick",
        {
          role: "radio",
          "data-key": String(option.value),
          "aria-checked": String(isChosen),
          "data-open": shaped && !option.ratio,
          "aria-disabled": option.possible ? null : "true",
          tabindex: isChosen || (!hasChosen && !place) ? 0 : -1,
          onclick: () => {
            if (!option.possible) return bench.announce(option.reason);
            if (option.value !== value) desk.ask("param", { name: param.name, value: option.value });
          },
        },
        shaped ? ratioFrame(option.ratio) : null,
        make("span", "pick-label", { text: option.label }),
        !shaped && option.pixels ? make("span", "pick-pixels", { text: option.pixels }) : null,
      );
      tip(row, [option.reason, shaped ? option.pixels : ""].filter(Boolean).join(" · "));
      return row;
    });
    replaceKeepingFocus(group, rows);
    const picked = param.options.find((option) => option.value === value);
    const refused = param.options.filter((option) => !option.possible && option.reason);
    const reasons = [...new Set(refused.map((option) => option.reason))].map(
      (reason) =>
        `${refused
          .filter((option) => option.reason === reason)
          .map((option) => option.label)
          .join(", ")}: ${reason}`,
    );
    const effects = [
      ...new Set(param.options.filter((option) => option.possible && option.reason).map((option) => option.reason)),
    ];
    const said = [shaped ? picked?.pixels : "", ...(effects.length ? effects : [param.effect]), ...reasons].filter(
      Boolean,
    );
    note.replaceChildren(...said.map((text) => make("div", "", { text })));
    note.hidden = !said.length;
    put(group, "aria-describedby", [describe, note.id].join(" "));
  }
  return { node: make("div", "", {}, group, note), labelled: group, draw };
}

/** @param {string | null | undefined} ratio */
function ratioFrame(ratio) {
  const [across, down] = (ratio ?? "1:1").split(":").map(Number);
  const most = 20;
  const frame = make("span", "frame", { "data-open": ratio ? null : "", "aria-hidden": "true" });
  frame.style.width = `${Math.round((most * across) / Math.max(across, down))}px`;
  frame.style.height = `${Math.round((most * down) / Math.max(across, down))}px`;
  return make("span", "frame-room", {}, frame);
}

/** Seconds on a slider, and the model's own choice where it has one. */
function durationControl(bench, name) {
  const { desk, w } = bench;
  const slider = make("input", "slider", { type: "range", step: 1 });
  const said = make("output", "slider-value");
  const auto = make("button", "pick auto", { "aria-pressed": "false" });
  let param = null;
  let last = 5;
  let timer = 0;
  const send = (value) => desk.ask("param", { name, value });
  const shown = (value) => {
    const unit = { style: "unit", unit: "second", unitDisplay: "narrow" };
    const made = new Intl.NumberFormat(bench.language(), unit).formatToParts(value);
    say(
      said,
      made
        .map((part) => part.value.trim())
        .filter(Boolean)
        .join(" "),
    );
  };
  slider.addEventListener("input", () => {
    shown(slider.valueAsNumber);
    clearTimeout(timer);
    timer = setTimeout(() => ((timer = 0), send(slider.valueAsNumber)), 180);
  });
  auto.addEventListener("click", () => send(param.value === param.options[0]?.value ? last : param.options[0].value));
  function draw(next, describe) {
    param = next;
    const option = param.options[0];
    const isAuto = option !== undefined && param.value === option.value;
    put(slider, "min", param.low);
    put(slider, "max", param.high);
    put(slider, "aria-describedby", describe);
    if (!isAuto) last = param.value;
    if (!timer) {
      slider.value = String(isAuto ? last : param.value);
      if (isAuto) say(said, option.label);
      else shown(param.value);
    }
    slider.disabled = isAuto;
    put(slider, "aria-valuetext", said.textContent);
    slider.style.setProperty(
      "--done",
      `${(100 * (slider.valueAsNumber - param.low)) / Math.max(1, param.high - param.low)}%`,
    );
    auto.hidden = !param.auto || !option;
    say(auto, option?.label ?? w("auto", "Auto"));
    put(auto, "aria-pressed", String(isAuto));
  }
  slider.addEventListener("input", () =>
    slider.style.setProperty(
      "--done",
      `${(100 * (slider.valueAsNumber - param.low)) / Math.max(1, param.high - param.low)}%`,
    ),
  );
  return { node: make("div", "duration", {}, slider, said, auto), labelled: slider, draw };
}

/** A number that makes a clip repeatable: drawn, kept, or left to each submit. */
function seedControl(bench, name) {
  const { desk, w } = bench;
  const field = make("input", "field", { type: "text", inputmode: "numeric", autocomplete: "off" });
  const dice = make("button", "icon-button", {}, icon("dice"));
  const lock = make("button", "icon-button", {}, icon("unlocked"));
  let param = null;
  let last = null;
  const send = (value) => desk.ask("param", { name, value });
  const drawn = () => crypto.getRandomValues(new Uint32Array(1))[0] % ((param.high ?? 4294967295) + 1);
  onWritten(field, () => {
    const text = field.value.trim();
    if (!text) return send(null);
    if (/^-?\d{1,12}$/.test(text)) return send(Number(text));
    field.value = param.value ?? "";
  });
  dice.addEventListener("click", () => send(drawn()));
  lock.addEventListener("click", () => send(param.value === null ? (last ?? drawn()) : null));
  function draw(next, describe) {
    param = next;
    if (param.value !== null) last = param.value;
    if (focused(field) !== field || param.value !== null) field.value = param.value ?? "";
    put(field, "aria-describedby", describe);
    put(field, "placeholder", w("seed_drawn", "drawn each time"));
    put(dice, "aria-label", w("dice", "Draw a seed"));
    tip(dice, w("dice", "Draw a seed"));
    put(lock, "aria-label", w("lock", "Keep this seed"));
    tip(lock, w("lock", "Keep this seed"));
    put(lock, "aria-pressed", String(param.value !== null));
    reshape(lock.firstElementChild, param.value === null ? "unlocked" : "locked");
  }
  return { node: make("div", "seed", {}, field, dice, lock), labelled: field, draw };
}

function switchControl(bench, name) {
  const { desk } = bench;
  const button = make("button", "switch", { role: "switch" }, make("span", "switch-knob"));
  const note = make("div", "param-note", { id: `sdnb-${unique()}` });
  let param = null;
  const other = () => param.options.find((option) => option.value === !param.value);
  button.addEventListener("click", () => {
    const to = other();
    if (to && !to.possible) return bench.announce(to.reason);
    desk.ask("param", { name, value: !param.value });
  });
  function draw(next, describe) {
    param = next;
    const to = other();
    put(button, "aria-checked", String(param.value === true));
    put(button, "aria-disabled", to && !to.possible ? "true" : null);
    put(button, "aria-describedby", [describe, note.id].join(" "));
    sayOrHide(note, [param.effect, to && !to.possible ? to.reason : ""].filter(Boolean).join(" "));
  }
  return { node: button, note, labelled: button, draw };
}

function textControl(bench, name, isNumber) {
  const field = make("input", "field", {
    type: isNumber ? "number" : "text",
    dir: isNumber ? null : "auto",
    autocomplete: "off",
  });
  onWritten(field, () => {
    const value = field.value.trim();
    bench.desk.ask("param", { name, value: value === "" ? null : isNumber ? Number(value) : value.slice(0, 1200) });
  });
  function draw(param, describe) {
    if (focused(field) !== field) field.value = param.value ?? "";
    put(field, "min", isNumber ? param.low : null);
    put(field, "max", isNumber ? param.high : null);
    put(field, "aria-describedby", describe);
  }
  return { node: field, labelled: field, draw };
}

export function parameterSection(bench) {
  const { w } = bench;
  const title = make("h3", "label");
  const list = make("div", "params");
  const node = make("section", "parameters", {}, title, list);
  const rows = new Map();
  const changed = bench.changes();

  function row(param) {
    const help = make("div", "", { id: `sdnb-${unique()}`, hidden: true });
    const makers = {
      choice: choiceControl,
      number: param.name === "duration" ? durationControl : (one, name) => textControl(one, name, true),
      bool: switchControl,
      seed: seedControl,
      text: (one, name) => textControl(one, name, false),
    };
    const control = makers[param.kind](bench, param.name);
    const isField = control.labelled.matches("input, button");
    const label = make(isField ? "label" : "div", "param-label", { id: `sdnb-${unique()}` });
    if (isField) label.htmlFor = control.labelled.id = `sdnb-${unique()}`;
    else put(control.labelled, "aria-labelledby", label.id);
    const problems = make("ul", "problems");
    const made = make(
      "div",
      "param",
      { "data-name": param.name, "data-kind": param.kind },
      label,
      control.node,
      help,
      control.note ?? null,
      problems,
    );
    return {
      node: made,
      kind: param.kind,
      draw(/** @type {Param} */ next) {
        say(label, next.label);
        if (next.help) label.dataset.tip = next.help;
        say(help, next.help);
        put(made, "data-off", next.kind === "bool" && !next.value);
        control.draw(next, help.id);
        put(made, "data-worst", next.problems.some((one) => one.severity === "error") ? "error" : null);
        replaceKeepingFocus(
          problems,
          next.problems.map((problem) => problemRow(bench, problem)),
          () => control.labelled,
        );
        problems.hidden = !next.problems.length;
      },
    };
  }

  function draw(view) {
    say(title, w("parameters", "Parameters"));
    for (const [name, known] of rows) {
      if (view.params.some((param) => param.name === name && param.kind === known.kind)) continue;
      known.node.remove();
      rows.delete(name);
    }
    view.params.forEach((param, place) => {
      let known = rows.get(param.name);
      if (!known) rows.set(param.name, (known = row(param)));
      if (list.children[place] !== known.node) list.insertBefore(known.node, list.children[place] ?? null);
      if (changed(param.name, [param, view.language])) known.draw(param);
    });
  }
  return { node, draw };
}
