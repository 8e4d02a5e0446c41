"""How a report looks: calm in light and dark, and on paper."""

STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c2024, #e6e8eb); --soft: light-dark(#5b6470, #a2abb6);
  --line: light-dark(#e1e4e8, #33393f); --page: light-dark(#ffffff, #15181b); --fill: light-dark(#d7e5f4, #24405c);
  --note: light-dark(#fff6df, #3a3120); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 2.25rem 0 .6rem; }
header p, .facts, .said { color: var(--soft); margin: 0; }
p { overflow-wrap: anywhere; }
.banner { background: var(--note); color: var(--ink); border-radius: 8px; padding: .6rem .9rem; margin: 1rem 0 0; }
.summary { font-size: 1.15rem; margin: 1.5rem 0 0; max-width: 46em; }
.wide { overflow-x: auto; }
.wide:focus-visible { outline: 2px solid Highlight; outline-offset: 3px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; font-size: .88rem; vertical-align: bottom; }
td:not(.number) { min-width: 6.5em; overflow-wrap: break-word; }
td.id { white-space: nowrap; }
td.long { min-width: 16em; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.bar { min-width: 8em;
  background: linear-gradient(var(--fill), var(--fill)) right center / var(--share) 1.5em no-repeat; }
td.bar, th.bar, td.bar:last-child, th.bar:last-child { padding-right: .5rem; }
th.bar { background: none; }
.clips { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 1.25rem; }
figure { margin: 0; break-inside: avoid; }
figure img, figure video, .none { display: block; width: 100%; aspect-ratio: 16 / 9; object-fit: contain;
  background: light-dark(#f1f3f5, #0c0e10); border-radius: 8px; }
figcaption p { margin: .4rem 0 0; }
.facts, .said { font-size: .88rem; }
@media print {
  :root { color-scheme: light; }
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
  .bar { print-color-adjust: exact; }
  .wide { overflow: visible; }
}
"""
