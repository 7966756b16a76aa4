// Where was a coroutine made?  Invariant: with an origin depth of n (sys.set_coroutine_origin_tracking_depth), every new coroutine holds a tuple of
// at most n (filename, line, function) of the frames that were running.

import { H32, staticWord } from '../memory/linear.js';
import { decref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { NULL, type Obj } from '../object/ptr.js';
import { PyTuple_New, PyTuple_Pack, PyTuple_SET_ITEM } from '../object/tuple.js';
import { co_filename, co_name, lineOfUnit } from './code_layout.js';
import { F_PREVIOUS, firstComplete, frameCode, frameUnit } from './iframe.js';

/** Index of the depth; 0: off. */
export const origin_depth = staticWord();

/** A new tuple for a coroutine made by `frame`, or NULL with an exception. */
export function coroutineOrigin(frame: number): Obj {
  let n = 0;
  const depth = H32[origin_depth];
  for (let f = firstComplete(frame); f !== 0 && n < depth; f = firstComplete(H32[(f + F_PREVIOUS) >> 2])) n++;
  const origin = PyTuple_New(n);
  if (origin === 0) return NULL;
  let f = firstComplete(frame);
  for (let i = 0; i < n; i++) {
    const code = frameCode(f);
    const line = lineOfUnit(code, frameUnit(f));
    const lineObj = PyLong_FromLong(line < 0 ? 0 : line);
    const item =
      lineObj === 0
        ? NULL
        : PyTuple_Pack(H32[(code + co_filename) >> 2] as Obj, lineObj, H32[(code + co_name) >> 2] as Obj);
    if (lineObj !== 0) decref(lineObj);
    if (item === 0) {
      decref(origin);
      return NULL;
    }
    PyTuple_SET_ITEM(origin, i, item);
    f = firstComplete(H32[(f + F_PREVIOUS) >> 2]);
  }
  return origin;
}
