// The report of a hunt as a page.  Invariant: one file, no script, nothing from a network; the text comes escaped; it fits a narrow screen.

import { METRICS } from '../config/tool.js';
import type { Growth } from './hunt_explain.js';
import {
  amount,
  LABELS,
  type Report,
  runName,
  signed,
  summaryText,
  type TargetReport,
  verdictText,
} from './hunt_report.js';

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2024;--soft:#5c6670;--line:#d8dde2;--back:#fff;--card:#f6f8fa;--bad:#b3261e;--good:#1a7f37}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#9aa5b0;--line:#343b42;--back:#14171a;--card:#1c2125;--bad:#ff8a80;--good:#6fdc8c}}
*{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}
h1{font-size:1.3rem}h2{font-size:1.1rem;overflow-wrap:anywhere;margin-top:2rem}h3{font-size:1rem}
p.meta,small{color:var(--soft)}.grows,.failed{color:var(--bad);font-weight:600}.flat,.settles{color:var(--good);font-weight:600}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:right;padding:.25rem .4rem;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left}tr.warmup{color:var(--soft)}
article{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem;margin:.6rem 0}
article b{overflow-wrap:anywhere}code,pre{font:.85rem/1.45 ui-monospace,monospace;overflow-wrap:anywhere}pre{overflow-x:auto;background:var(--card);padding:.6rem;border-radius:.5rem}
.amount{float:right;padding-left:1rem;color:var(--soft)}.path span{display:inline-block}`;

function growth(g: Growth): string {
  const path =
    g.path === null
      ? 'nobody'
      : g.path
          .split(' → ')
          .map((s) => `<span>${escape(s)}</span>`)
          .join(' → ');
  const line = g.line === '' ? '' : `<div><small>allocated at</small> <code>${escape(g.line)}</code></div>`;
  const from = g.from === '' ? '' : `<div><small>called from</small> <code>${escape(g.from)}</code></div>`;
  return `<article><span class="amount">${amount(g.objects)} objects, ${amount(Math.round(g.bytes))} bytes a run</span><b>${escape(g.type)}</b>${line}${from}<div><small>held by</small> <code class="path">${path}</code></div></article>`;
}

function section(t: TargetReport): string {
  const rows = t.runs.map((r, i) => {
    const cells = METRICS.map((m) => `<td>${signed(r.deltas[m])}</td>`).join('');
    return `<tr${r.warmup ? ' class="warmup"' : ''}><td>${runName(t.runs, i)}</td>${cells}</tr>`;
  });
  const trend = t.failed ? 'failed' : (t.verdict?.trend ?? 'none');
  const parts = [
    `<section><h2>${escape(t.name)}</h2><p class="${trend}">${escape(verdictText(t))}</p>`,
    `<table><thead><tr><th>run</th>${METRICS.map((m) => `<th>${LABELS[m]}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`,
  ];
  if (t.grew.length > 0) parts.push(`<h3>What grew</h3>${t.grew.map(growth).join('')}`);
  if (t.leaked.length > 0) {
    parts.push('<h3>Leaked references</h3><p>Counted, and owned by nobody.</p>');
    for (const l of t.leaked)
      parts.push(`<pre>${escape(l.text)}${l.history === '' ? '' : `\n${escape(l.history)}`}</pre>`);
  }
  for (const text of t.tracked) parts.push(`<pre>${escape(text)}</pre>`);
  return `${parts.join('\n')}</section>`;
}

/** The whole page. */
export function htmlText(report: Report): string {
  const title = report.targets.length === 1 ? report.targets[0].name : `${report.targets.length} tests`;
  // What grows comes first.
  const order = (t: TargetReport): number => (t.failed ? 0 : t.verdict?.trend === 'grows' ? 1 : 2);
  const targets = [...report.targets].sort((a, b) => order(a) - order(b));
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>vivarium hunt: ${escape(title)}</title><style>${STYLE}</style></head>
<body><h1>vivarium hunt: ${escape(title)}</h1>
<p class="meta">build ${escape(report.build)}, ${report.warmup} warm-up runs, ${report.measured} measured</p>
<pre>${escape(summaryText(report).trim() || report.targets.map((t) => verdictText(t)).join('\n'))}</pre>
${targets.map(section).join('\n')}
</body></html>
`;
}
