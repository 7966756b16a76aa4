// What does every test need, and what must hold after it?  Invariant: data files are read from dist/lib, as the built command does; they are there after
// `npm ci`.  After each test file of a build that knows all objects, if the file has brought an object world up, its books balance.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { setResourceReader } from '../src/config/resources.js';
import { H32 } from '../src/memory/linear.js';
import { ob_refcnt } from '../src/object/head.js';
import { Py_None } from '../src/object/statics.js';

setResourceReader((name) => readFileSync(join(import.meta.dirname, '../dist/lib', name)));

afterAll(async () => {
  if (!Py_TRACE_REFS || H32[(Py_None + ob_refcnt) >> 2] === 0) return;
  const { audit, balances, reportText } = await import('../src/ledger/audit.js');
  const report = audit();
  expect(balances(report), reportText(report)).toBe(true);
});
