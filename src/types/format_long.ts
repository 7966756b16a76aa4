// What is the decimal text of an int, for formatting?  Invariant: as int.__repr__ of the type itself gives it (with its limit on the number
// of digits), whatever a subclass overrides.

import { H32 } from '../memory/linear.js';
import { F } from '../object/functable.js';
import { decref } from '../object/header.js';
import { compactValue, isCompact } from '../object/long.js';
import type { Obj } from '../object/ptr.js';
import { PyLong_Type } from '../object/statics.js';
import { tp_repr } from '../object/type_layout.js';
import { asString } from '../object/unicode.js';

/** The decimal text, or null with ValueError if it has too many digits. */
export function longToText(o: Obj): string | null {
  if (isCompact(o)) return String(compactValue(o));
  const s = F[H32[(PyLong_Type + tp_repr) >> 2]](o) as Obj;
  if (s === 0) return null;
  const text = asString(s);
  decref(s);
  return text;
}
