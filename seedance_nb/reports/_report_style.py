"""How a report looks: calm in light and dark, and on paper."""

STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c2024, #e6e8eb); --soft: light-dark(#59626d, #a2abb6);
  --line: light-dark(#e1e4e8, #33393f); --page: light-dark(#ffffff, #15181b); --fill: light-dark(#d7e5f4, #24405c);
  --note: light-dark(#fff6df, #3a3120); --card: light-dark(#f6f8fa, #1c2024); --link: light-dark(#0b5cad, #79b8ff); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.8rem; line-height: 1.25; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 0 0 .8rem; }
h3 { font-size: 1rem; margin: 0; }
section { margin-top: 2.75rem; scroll-margin-top: 1rem; }
header p, .facts, .said, .more, .story, .chart figcaption p { color: var(--soft); margin: 0; }
p { overflow-wrap: anywhere; }
.banner { background: var(--note); color: var(--ink); border-radius: 8px; padding: .6rem .9rem; margin: 1rem 0 0; }
header .banner { color: var(--ink); margin-top: 1rem; }
.summary { font-size: 1.2rem; line-height: 1.5; margin: 1.5rem 0 0; max-width: 46em; }
.story { font-size: 1.02rem; margin-top: .75rem; max-width: 54em; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.75rem, 1fr)); gap: .75rem;
  margin: 1.75rem 0 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; }
.figures dt { color: var(--soft); font-size: .88rem; }
.figures dd { margin: .1rem 0 0; }
.figures strong { display: block; font-size: 1.45rem; line-height: 1.3; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: .88rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; margin: 1.5rem 0 0; padding: 0;
  font-size: .92rem; }
a { color: var(--link); text-underline-offset: 2px; }
.wide { overflow-x: auto; }
.wide:focus-visible, a:focus-visible { outline: 2px solid Highlight; outline-offset: 3px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { text-align: left; vertical-align: top; padding: .42rem .9rem .42rem 0; border-bottom: 1px solid var(--line);
  font-weight: 400; }
thead th { color: var(--soft); font-weight: 500; font-size: .88rem; vertical-align: bottom; }
tbody tr:hover { background: var(--card); }
td:not(.number), tbody th:not(.number) { min-width: 6.5em; overflow-wrap: break-word; }
td.id, th.id { white-space: nowrap; }
td.long { min-width: 16em; overflow-wrap: anywhere; }
.number, thead th.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.bar { min-width: 8em;
  background: linear-gradient(var(--fill), var(--fill)) right center / var(--share) 1.5em no-repeat; }
td.bar, th.bar, td.bar:last-child, th.bar:last-child { padding-right: .5rem; }
th.bar { background: none; }
.more { padding-top: .4rem; }
.clips { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 1.25rem; }
figure { margin: 0; break-inside: avoid; }
figure img, figure video, .none { display: block; width: 100%; aspect-ratio: 16 / 9; object-fit: contain;
  background: light-dark(#f1f3f5, #0c0e10); border-radius: 8px; }
figcaption p { margin: .4rem 0 0; }
.facts, .said { font-size: .88rem; }
.chart { margin-top: 1.75rem; }
h2 + .chart { margin-top: 0; }
.chart + .wide, .chart + .more { margin-top: 1.5rem; }
.chart figcaption p { font-size: .92rem; margin-top: .15rem; max-width: 60em; }
.chart .wide { margin: .35rem -1.25rem 0; padding: 0 1.25rem; }
.chart svg { display: block; max-width: 100%; min-width: min(42rem, var(--wide)); height: auto;
  overflow: visible; margin-left: -8px; }
@page { margin: 14mm; }
@media print {
  :root { color-scheme: light; }
  html { font-size: 12.5px; }
  body { font-size: .95rem; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  section { margin-top: 1.75rem; }
  h2, h3, figcaption { break-after: avoid; }
  tr, .figures, .figures div { break-inside: avoid; }
  .bar { print-color-adjust: exact; }
  .wide { overflow: visible; }
  .chart .wide { margin: .35rem 0 0; padding: 0; }
  .chart svg { min-width: 0; max-height: 230mm; margin-left: 0; }
  .figures { grid-template-columns: repeat(auto-fit, minmax(30mm, 1fr)); gap: .4rem; }
  .figures div { padding: .5rem .6rem; }
  .figures strong { font-size: 1.15rem; }
  table { font-size: .82em; }
  th, td { padding-right: .5rem; }
  td.id, th.id { white-space: normal; overflow-wrap: anywhere; }
  td.long { min-width: 9em; }
  td:not(.number), tbody th:not(.number) { min-width: 0; }
}
"""
