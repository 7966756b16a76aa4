// How does the runtime die over an object?  Invariant: the message names the condition and the object's address, count and type
// without running Python code and without trusting the object more than necessary.

import { Py_FatalError } from '../memory/fatal.js';
import { H32 } from '../memory/linear.js';
import { ob_refcnt, ob_type } from './head.js';
import type { Obj } from './ptr.js';
import { tp_name } from './type_layout.js';

let describeBlock: (o: Obj) => string = () => '';

/** tracemalloc tells where an object's memory was allocated: lines that end in an empty one. */
export function setObjectOrigin(describe: (o: Obj) => string): void {
  describeBlock = describe;
}

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

/** Functions through which a wrong count or link is noticed: the place is where they were called. */
const NOTICING =
  /^at (?:Module\.)?(?:placeOfFault|fatalObject|x?decref|lastDecref|_Py_Dealloc|_Py_ForgetReference|unlinkObject)\b/;

/** Where the fault was noticed: file, line and column, as the host shows them. */
function placeOfFault(): string {
  const frames = (new Error().stack ?? '').split('\n').map((line) => line.trim());
  const frame = frames.find((line) => line.startsWith('at ') && !NOTICING.test(line)) ?? '';
  return /\(?(?:file:\/\/)?([^()\s]+:\d+:\d+)\)?$/.exec(frame)?.[1] ?? '?';
}

const FREED = [0, 0xcdcdcdcd | 0, 0xdddddddd | 0, 0xfdfdfdfd | 0];

/** Whether a reference leads nowhere: NULL, or to memory that the guards have filled (_PyObject_IsFreed). */
export function _PyObject_IsFreed(o: Obj): boolean {
  return o === 0 || FREED.includes(o) || FREED.includes(H32[(o + ob_type) >> 2]);
}

/** Ends the process over the state of `o`, in the words of CPython's _PyObject_AssertFailed; does not return. */
export function fatalObject(o: Obj, message: string, func = ''): never {
  const shown = `0x${o.toString(16)}`;
  let text = `${placeOfFault()}: ${func === '' ? '' : `${func}: `}Assertion failed: ${message}\n`;
  if (_PyObject_IsFreed(o)) text += `<object at ${shown} is freed>\n`;
  else {
    const refcnt = H32[(o + ob_refcnt) >> 2];
    const name = safeTypeName(o);
    text +=
      `${describeBlock(o)}object address  : ${shown}\n` +
      `object refcount : ${refcnt}\n` +
      `object type     : 0x${H32[(o + ob_type) >> 2].toString(16)}\n` +
      `object type name: ${name}\n` +
      // No code of the object's own is run: what it would say of itself may be what is broken.
      `object repr     : ${refcnt <= 0 ? `<refcnt ${refcnt} at ${shown}>` : `<${name} object at ${shown}>`}\n\n`;
  }
  return Py_FatalError('_PyObject_AssertFailed: _PyObject_AssertFailed', text);
}
