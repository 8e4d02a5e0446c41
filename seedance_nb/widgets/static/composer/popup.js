/** What lies above the composer: lists, menus, and the words beside a control. */

import { make, put, say, icon, tip } from "./elements.js";

/** A list that lies above everything, beside what opened it. */
export class Popup {
  /** @param {HTMLElement} root @param {HTMLElement} node */
  constructor(root, node) {
    this.root = root;
    this.node = node;
    this.node.hidden = true;
    this.anchor = null;
    if (node.showPopover) node.setAttribute("popover", "manual");
    root.append(node);
  }

  get isOpen() {
    return !this.node.hidden;
  }

  /** @param {() => DOMRect} anchor */
  open(anchor) {
    this.anchor = anchor;
    this.node.hidden = false;
    if (this.node.showPopover && !this.node.matches(":popover-open")) this.node.showPopover();
    this.place();
  }

  place() {
    if (!this.isOpen || !this.anchor) return;
    const at = this.anchor();
    const { offsetWidth: width, offsetHeight: height } = this.node;
    // Over the composer where it fits there, so that it does not hang into the page beside a narrow one.
    const own = this.root.getBoundingClientRect();
    const most = Math.min(window.innerWidth - 4, width < own.width ? own.right : Infinity);
    const left = Math.max(4, Math.min(at.left, most - width));
    const below = at.bottom + 4;
    const fits = below + height <= window.innerHeight - 4 || at.top - height - 4 < 4;
    this.node.style.left = `${left}px`;
    this.node.style.top = `${fits ? below : at.top - height - 4}px`;
  }

  close() {
    if (!this.isOpen) return;
    if (this.node.hidePopover && this.node.matches(":popover-open")) this.node.hidePopover();
    this.node.hidden = true;
  }
}

/**
 * One button of a menu opened, its entries walked with the arrow keys.
 * @param {any} bench @param {HTMLElement} opener @param {{label: string, note?: string, checked?: boolean, possible?: boolean, pick: () => void}[]} entries
 */
export function openMenu(bench, opener, entries, label) {
  const { menu } = bench;
  const close = (refocus) => {
    menu.close();
    put(opener, "aria-expanded", "false");
    if (refocus) opener.focus();
  };
  if (menu.isOpen && menu.opener === opener) return close(true);
  if (menu.isOpen) menu.shut?.(false);
  menu.opener = opener;
  menu.shut = close;
  const rows = entries.map((entry) => {
    const isRadio = entry.checked !== undefined;
    const row = make(
      "button",
      "menu-row",
      {
        role: isRadio ? "menuitemradio" : "menuitem",
        "aria-checked": isRadio ? String(entry.checked) : null,
        "aria-disabled": entry.possible === false ? "true" : null,
        "aria-description": entry.note || null,
        tabindex: -1,
        onclick: () => {
          if (entry.possible === false) return bench.announce(entry.note ?? "");
          close(true);
          entry.pick();
        },
      },
      make("span", "menu-check", {}, entry.checked ? icon("check") : null),
      make("span", "menu-label", { text: entry.label }),
      entry.note ? make("span", "menu-note", { text: entry.note }) : null,
    );
    return row;
  });
  put(menu.node, "aria-label", label);
  menu.node.replaceChildren(...rows);
  put(opener, "aria-expanded", "true");
  menu.open(() => opener.getBoundingClientRect());
  (rows.find((row) => row.getAttribute("aria-checked") === "true") ?? rows[0])?.focus();
}

/** What lies beside a control while it has the pointer or the focus. */
export function tooltips(bench) {
  const popup = new Popup(bench.root, make("div", "popup tip", { "aria-hidden": "true" }));
  let timer = 0;
  const hide = () => (clearTimeout(timer), popup.close());
  const show = (node, wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!node.isConnected || !node.dataset.tip) return;
      say(popup.node, node.dataset.tip);
      popup.open(() => node.getBoundingClientRect());
    }, wait);
  };
  const of = (event) => (event.target instanceof Element ? event.target.closest("[data-tip]") : null);
  const until = { signal: bench.signal };
  bench.root.addEventListener(
    "pointerover",
    (event) => (event.pointerType === "mouse" && of(event) ? show(of(event), 350) : hide()),
    until,
  );
  bench.root.addEventListener("pointerdown", hide, until);
  bench.root.addEventListener("pointerleave", hide, until);
  bench.root.addEventListener(
    "focusin",
    (event) => (of(event) && event.target.matches(":focus-visible") ? show(of(event), 120) : hide()),
    until,
  );
  bench.root.addEventListener("focusout", hide, until);
  bench.root.addEventListener("keydown", (event) => event.key === "Escape" && hide(), until);
  window.addEventListener("scroll", hide, { capture: true, passive: true, ...until });
}
