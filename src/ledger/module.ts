// What does the module `_vivarium` export, on which `vivarium` (lib/vivarium.py) is built?  Invariant: the heap is examined first, and only then are
// Python objects made of what was found.

import { defineModule, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { newref } from '../object/header.js';
import { NULL, type Obj } from '../object/ptr.js';
import { Py_None, PyExc_ValueError } from '../object/statics.js';
import { type PlainValue, toPython } from '../modules/values.js';
import { audit, discrepancyText, reportText } from './audit.js';
import { historyOf, historyText, type Place, track, untrackAll } from './history.js';

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

/** The history of an object as a tuple: (text, count, before, taken, given, open, pairs), a place being (file, line, function, native). */
function vivarium_history(_module: Obj, o: Obj): Obj {
  const h = historyOf(o);
  if (h === null)
    return PyErr_SetString(PyExc_ValueError, 'this object is not tracked: vivarium.track() begins the recording');
  const place = (p: Place): PlainValue => [p.file, p.line, p.function, p.native];
  return toPython([
    historyText(h),
    h.count,
    h.before,
    h.taken,
    h.given,
    h.open.map(([p, n]) => [n, place(p)]),
    h.pairs.map(([a, b, n]) => [n, place(a), place(b)]),
  ]);
}

function vivarium_track(_module: Obj, o: Obj): Obj {
  return track(o) < 0 ? NULL : newref(Py_None);
}

function vivarium_untrack(): Obj {
  untrackAll();
  return newref(Py_None);
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
    ...(Py_TRACE_REFS
      ? [
          method(
            'track',
            '($module, object, /)',
            vivarium_track,
            'Records the references to an object, or to all objects of a type.',
          ),
          method('untrack', '($module, /)', vivarium_untrack, 'Ends all recording.'),
          method('history', '($module, object, /)', vivarium_history, 'What was recorded of an object.'),
        ]
      : []),
  ],
});
