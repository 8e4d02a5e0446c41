/** Edits of a text: where two differ, one done after the other, and pieces that fit into a message. */

const EDIT_BYTES = 1200; // of what is inserted, as UTF-8; the message around it stays well below 2 kB

export const codePoints = (/** @type {string} */ text) => {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) (count--, i++);
  }
  return count;
};

const splitsPair = (/** @type {string} */ text, /** @type {number} */ at) =>
  at > 0 &&
  at < text.length &&
  (text.charCodeAt(at) & 0xfc00) === 0xdc00 &&
  (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;

/** The one stretch in which two texts differ, in UTF-16 units. @param {string} before @param {string} after */
export function difference(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  if (splitsPair(before, start) || splitsPair(after, start)) start--;
  let end = 0;
  while (end < most - start && before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end))
    end++;
  if (end && (splitsPair(before, before.length - end) || splitsPair(after, after.length - end))) end--;
  return { start, removed: before.length - end - start, inserted: after.slice(start, after.length - end) };
}

/** What was changed in one text done to another one. @param {string} base @param {string} mine @param {string} theirs */
export function rebased(base, mine, theirs) {
  const own = difference(base, mine);
  const other = difference(base, theirs);
  const shift = other.inserted.length - other.removed;
  const end = own.start + own.removed;
  if (end <= other.start) return theirs.slice(0, own.start) + own.inserted + theirs.slice(end);
  if (own.start >= other.start + other.removed)
    return theirs.slice(0, own.start + shift) + own.inserted + theirs.slice(end + shift);
  return theirs;
}

/** Parts of a text, none larger than a message may be. @param {string} text */
export function parts(text) {
  const encoder = new TextEncoder();
  const made = [];
  for (let at = 0; at < text.length;) {
    // As JSON, a control character takes six bytes and one of a foreign script three.
    let length = Math.min(EDIT_BYTES, text.length - at);
    while (encoder.encode(JSON.stringify(text.slice(at, at + length))).length > EDIT_BYTES)
      length = Math.floor(length * 0.7);
    if (splitsPair(text, at + length)) length--;
    made.push(text.slice(at, at + length));
    at += length;
  }
  return made.length ? made : [""];
}
