// Does the hunt judge, explain and draw as it says?  Invariant: the rule of growth is tested on figures, the rest on the objects that it looks at.

import { describe, expect, test } from 'vitest';
import { jsonText, runLine, signed, type Report, type TargetReport } from '../../src/ledger/hunt_report.js';
import { htmlText } from '../../src/ledger/hunt_html.js';
import { grows, judge, type Run } from '../../src/ledger/hunt_measure.js';
import { pathText } from '../../src/ledger/hunt_paths.js';

const runs = (deltas: number[]): Run[] =>
  deltas.map((d) => ({ warmup: false, deltas: { refs: d, blocks: 0, objects: 0 } }));

describe('the rule that decides', () => {
  test('steady growth', () => {
    expect(grows([3, 3, 3, 3, 3, 3])).toBe(true);
    expect(grows([1])).toBe(true);
    expect(grows([0, 2, 0, 2, 0, 2])).toBe(true);
    expect(grows([2, 0, 2, 0, 2, 0])).toBe(true);
    expect(grows([5, -1, 5, 5, -1, 5])).toBe(true);
    expect(grows([900, 10, 900, 10, 900])).toBe(true);
  });

  test('caches that settle, and what comes and goes', () => {
    expect(grows([0, 0, 0, 0, 0, 0])).toBe(false);
    expect(grows([40, 12, 3, 0, 0, 0])).toBe(false);
    expect(grows([40, 12, 3, 3, 1, 1])).toBe(false);
    expect(grows([0, 0, 0, 0, 0, 1])).toBe(false);
    expect(grows([1, -1, 1, -1, 1, -1])).toBe(false);
    expect(grows([-1, 1, -1, 1, -1, 1])).toBe(false);
    expect(grows([-3, -3, -3])).toBe(false);
  });

  test('the verdict leaves the warm-up out', () => {
    const warm: Run = { warmup: true, deltas: { refs: 9999, blocks: 9, objects: 9 } };
    expect(judge([warm, ...runs([0, 0, 0])])).toEqual({ trend: 'flat', rates: { refs: 0, blocks: 0, objects: 0 } });
    expect(judge([warm, ...runs([8, 1, 0, 0])]).trend).toBe('settles');
    expect(judge([warm, ...runs([2, 2, 2])])).toEqual({ trend: 'grows', rates: { refs: 2, blocks: 0, objects: 0 } });
  });
});

test('paths of the same kind become one', () => {
  const path = (i: number) => [
    { edge: 'bus', to: 'EventBus' },
    { edge: '.handlers', to: 'list' },
    { edge: `[${i}]`, to: 'method' },
  ];
  expect(pathText('module app', [path(0), path(7), [{ edge: 'last', to: 'method' }]])).toBe(
    'module app → bus: EventBus → .handlers: list → [0..n]',
  );
  expect(pathText('module app', [path(3)])).toBe('module app → bus: EventBus → .handlers: list → [3]');
});

test('the report as JSON and as a page', () => {
  const target: TargetReport = {
    name: '<app>.py::f',
    runs: runs([1, 1]),
    verdict: judge(runs([1, 1])),
    grew: [{ type: 'Cart', objects: 1, bytes: 32, line: 'a.py:1', from: '', path: 'module a → x: list → [0..n]' }],
    leaked: [],
    tracked: [],
    failed: false,
  };
  const report: Report = { build: 'debug', warmup: 0, measured: 2, targets: [target], ended: 'complete' };
  const data = JSON.parse(jsonText(report));
  expect(data.targets[0]).toMatchObject({
    verdict: 'grows',
    rates: { refs: 1 },
    runs: [{ warmup: false, refs: 1 }, {}],
  });
  const page = htmlText(report);
  expect(page).toMatch(/^<!DOCTYPE html>.*width=device-width/s);
  expect(page).not.toMatch(/<app>|<script|https?:|src=/);
  expect(page).toContain('&#60;app&#62;.py::f');
  expect(runLine('1', { refs: 1234, blocks: 0, objects: -2 }).trim()).toMatch(/^1 +\+1,234 +0 +-2$/);
  expect(signed(2.25)).toBe('+2.3');
});
