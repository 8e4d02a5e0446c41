/**
 * A time as a language says it; Python's braces stand for the numbers.
 * @param {number} seconds @param {string[]} spans what `seedance_nb.words.spans` gives
 */
export function span(seconds, [second, minute, hour, day, between]) {
  const s = Math.max(0, Math.floor(seconds));
  const one = (text, count) => text.replace("{}", () => String(Math.floor(count)));
  if (s < 60) return one(second, s);
  if (s < 3600) return one(minute, s / 60) + between + one(second, s % 60);
  if (s < 86400) return one(hour, s / 3600) + between + one(minute, (s % 3600) / 60);
  return one(day, s / 86400) + between + one(hour, (s % 86400) / 3600);
}
