/** A question to Python and the answer. @returns {Promise<{content: object, buffers: DataView[]}>} */
export function call(model, message, signal) {
  return new Promise((resolve, reject) => {
    const id = `table-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    const hear = (content, buffers) => {
      if (content?.id !== id) return;
      stop();
      if (content.ok) resolve({ content, buffers: buffers ?? [] });
      else reject(new Error(content.error));
    };
    const aborted = () => { stop(); reject(signal.reason); };
    const stop = () => {
      model.off("msg:custom", hear);
      signal.removeEventListener("abort", aborted);
    };
    if (signal.aborted) return void reject(signal.reason);
    model.on("msg:custom", hear);
    signal.addEventListener("abort", aborted);
    model.send({ ...message, id });
  });
}

/** @param {string} tag @param {string} name @param {string} [text] */
export function make(tag, name, text = "") {
  const node = document.createElement(tag);
  node.className = `sdnb-ledger-table__${name}`;
  if (text) node.textContent = text;
  return node;
}

/** A button that says what it does. */
export function button(name, text, onclick) {
  const node = make("button", name, text);
  node.type = "button";
  node.addEventListener("click", onclick);
  return node;
}

/** A template of Python's with its values. */
export function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
