/** How a report looks: in the light, in the dark and on paper, without anything from elsewhere. */
export const style = `
:root { color-scheme: light dark; --text: #1d2329; --soft: #5a6672; --ground: #fff; --panel: #f5f7f9;
  --edge: #dde3e8; --good: #14713d; --bad: #b3261e; --warn: #8a5a00; --busy: #0b63a5; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e8ec; --soft: #98a5b1; --ground: #14181c;
  --panel: #1d2329; --edge: #333d46; --good: #5bc98c; --bad: #ff8a80; --warn: #e8b04c; --busy: #6cb8f5; } }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.25rem 0 .6rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1.5rem 0 0; font-size: .9rem; }
a { color: var(--busy); }
code, pre { font: .88em/1.45 ui-monospace, monospace; }
code { background: var(--panel); border-radius: 3px; padding: .1em .3em; white-space: nowrap; }
code.long, li, p, .facts td { white-space: normal; overflow-wrap: anywhere; }
code, td, li, p { unicode-bidi: isolate; }
.wide { overflow-x: auto; } .wide table { min-width: 46rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .38rem .7rem .38rem 0;
  border-bottom: 1px solid var(--edge); overflow-wrap: break-word; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; width: 1%; padding-right: 1.5rem; }
tr.more td { padding-top: 0; } tr.with td { border-bottom: 0; }
td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
details summary { cursor: pointer; color: var(--soft); font-size: .88rem; }
pre { margin: .4rem 0; padding: .7rem .9rem; background: var(--panel); border: 1px solid var(--edge);
  border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
ul { padding-left: 1.1rem; margin: 0; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.busy { color: var(--busy); } .dim { color: var(--soft); }
@media print { nav { display: none; } main { max-width: none; padding: 0; } tr { break-inside: avoid; } }
`;
