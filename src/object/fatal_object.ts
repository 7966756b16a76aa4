// How does the runtime die over an object?  Invariant: the message names the condition and the object's address, count and type
// without running Python code and without trusting the object more than necessary.

import { Py_FatalError } from '../memory/fatal.js';
import { H32 } from '../memory/linear.js';
import { ob_refcnt, ob_type } from './head.js';
import type { Obj } from './ptr.js';
import { tp_name } from './type_layout.js';

let describeStr: (s: Obj) => string = () => '?';

/** src/object/unicode.ts tells how a str is read; until then type names cannot be shown. */
export function setStrReader(reader: (s: Obj) => string): void {
  describeStr = reader;
}

/** The type's name as far as it can be read. */
export function safeTypeName(o: Obj): string {
  const type = H32[(o + ob_type) >> 2];
  if (type <= 0 || type >= H32.length * 4) return '<broken type>';
  const name = H32[(type + tp_name) >> 2];
  return name > 0 && name < H32.length * 4 ? describeStr(name as Obj) : '?';
}

/** Ends the process over the state of `o`; does not return. */
export function fatalObject(o: Obj, message: string): never {
  const where = new Error().stack?.split('\n')[3]?.trim() ?? '';
  return Py_FatalError(
    `${where}: ${message}\n` +
      `object address  : 0x${o.toString(16)}\n` +
      `object refcount : ${H32[(o + ob_refcnt) >> 2]}\n` +
      `object type     : 0x${H32[(o + ob_type) >> 2].toString(16)}\n` +
      `object type name: ${safeTypeName(o)}`,
  );
}
