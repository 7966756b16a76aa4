// What does the module `_vivarium` export, on which `vivarium` (lib/vivarium.py) is built?  Invariant: the heap is examined first, and only then are
// Python objects made of what was found.

import { defineModule, method } from '../object/declare.js';
import type { Obj } from '../object/ptr.js';
import { toPython } from '../modules/values.js';
import { audit, discrepancyText, reportText } from './audit.js';

/**
 * (complete, objects, references, sum, refTotal, total, natives, entries, text): natives are (name, place) pairs, an entry is
 * (kind, address, type, value, counted, found, referrers, text), a referrer (address, type, edge, text).
 */
function vivarium_audit(): Obj {
  const r = audit();
  return toPython([
    r.complete,
    r.objects,
    r.references,
    r.sum,
    r.refTotal,
    r.total,
    r.natives.map((n) => [n.name, n.calledAt]),
    r.discrepancies.map((d) => [
      d.kind,
      d.address,
      d.type,
      d.value,
      d.counted,
      d.found,
      d.referrers.map((f) => [f.address, f.type, f.edge, f.text]),
      discrepancyText(d),
    ]),
    reportText(r),
  ]);
}

defineModule({
  name: '_vivarium',
  doc: 'The ledger of the heap, as plain tuples; use the module vivarium.',
  functions: [
    method(
      'audit',
      '($module, /)',
      vivarium_audit,
      'Compares the count of every object with the references that can be found.',
    ),
  ],
});
