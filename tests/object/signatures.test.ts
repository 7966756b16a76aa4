// Is every declared signature well formed?  Invariant: they are parsed when they are first asked for; here all of them are.

import { expect, test } from 'vitest';
import { methodDefs } from '../../src/object/declare.js';
import '../../src/types/index.js';
import '../../src/modules/index.js';

test('all signatures parse, and agree with how their functions are called', () => {
  expect(methodDefs.length).toBeGreaterThan(1500);
  for (const def of methodDefs) {
    const { signature } = def;
    if (signature === null) continue;
    expect(signature.params.filter((p) => p.required && p.name === '')).toEqual([]);
    expect(signature.required).toBeLessThanOrEqual(signature.positional);
  }
});
