/** References: which items a prompt names, and where. */

/** The names of items in a prompt, as Python's `Content.mentions` finds them. */
const MENTION =
  /(@|\[|【)?\s?((?<![A-Za-z])(?:image|video|audio)|图片|图像|图|视频|音频)[ \t]?(\d{1,2})(?![\dA-Za-z%])(?![.:]\d)(?!\s?[秒个张帧分年月次倍条])(\]|】)?/giu;

const KINDS = { 图片: "image", 图像: "image", 图: "image", 视频: "video", 音频: "audio" };

/** The names of items in a line, with their places. @param {string} line */
export function mentionsOf(line) {
  return [...line.matchAll(MENTION)].map((match) => {
    const blank = match[0].length - match[0].trimStart().length;
    const kind = KINDS[match[2]] ?? match[2].toLowerCase();
    return { start: match.index + blank, end: match.index + match[0].length, name: `${kind} ${Number(match[3])}` };
  });
}

/** Each item by kind and number, as a prompt names it. @param {Item[]} items */
export function byName(items) {
  const counts = {};
  const named = new Map();
  for (const item of items) {
    if (!item.ordinal) continue;
    counts[item.kind] = (counts[item.kind] ?? 0) + 1;
    named.set(`${item.kind} ${counts[item.kind]}`, item);
  }
  return named;
}
