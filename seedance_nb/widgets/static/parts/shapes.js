/** Outlines in a 16 × 16 box; where something stands is told by its word and its shape, never by colour alone. */
const SHAPES = {
  dots: "M3 8h.01M8 8h.01M13 8h.01",
  arrow: "M8 13V3M4 7l4-4 4 4",
  ring: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11",
  half: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 2.5a5.5 5.5 0 0 1 0 11z",
  down: "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10",
  check: "M3 8.5l3.5 3.5L13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  bar: "M3 8h10",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3l2 2",
  slash: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M4.2 11.8l7.6-7.6",
  broken: "M8 2l6 6-6 6-6-6zM8 5.5v3M8 10.7h.01",
  question: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9 8 10M8 12.8h.01",
  follows: "M2 8h11M9 4l4 4-4 4",
  cut: "M6 2v12M10 2v12",
  play: "M5 3l8 5-8 5z",
};

/** @returns {SVGSVGElement} a drawing that screen readers pass over; `reshape` gives it its outline */
export function drawing() {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("viewBox", "0 0 16 16");
  icon.setAttribute("aria-hidden", "true");
  icon.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  return icon;
}

/** @param {SVGSVGElement} icon @param {string} shape */
export function reshape(icon, shape) {
  if (icon.dataset.shape === shape) return;
  icon.dataset.shape = shape;
  icon.firstChild.setAttribute("d", SHAPES[shape] ?? SHAPES.ring);
}
