// How is an object shown in the books?  Invariant: no Python code runs and nothing is allocated from the heap: the words of the object are read as they are.

import { H32 } from '../memory/linear.js';
import { Py_TYPE } from '../object/header.js';
import { asBigInt, PyLong_CheckExact } from '../object/long.js';
import type { Obj } from '../object/ptr.js';
import { PyCode_Type, PyFloat_Type, PyFunction_Type, PyBytes_Type } from '../object/statics.js';
import { HF64 } from '../memory/linear.js';
import { ob_fval } from '../object/float.js';
import { PyBytes_GET_SIZE } from '../object/bytes.js';
import { Py_TPFLAGS_TYPE_SUBCLASS, tp_flags, tp_name } from '../object/type_layout.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';
import { co_qualname, lineOfUnit, co_filename } from '../types/code_layout.js';
import { func_qualname } from '../types/function_layout.js';
import { frameCode, frameUnit } from '../types/iframe.js';

const LONGEST = 60;

function quoted(s: Obj): string {
  const text = asString(s);
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);
}

function stringAt(o: Obj, offset: number): string {
  const s = H32[(o + offset) >> 2] as Obj;
  return s !== 0 && PyUnicode_Check(s) ? asString(s) : '?';
}

/** The name of an object's type. */
export function typeNameOf(o: Obj): string {
  const type = Py_TYPE(o);
  return type === 0 ? '?' : stringAt(type, tp_name);
}

/** What distinguishes an object from others of its type, '' if that is more than a few words. */
export function valueText(o: Obj): string {
  const type = Py_TYPE(o);
  if (PyUnicode_Check(o)) return quoted(o);
  if (PyLong_CheckExact(o)) {
    const n = asBigInt(o).toString();
    return n.length > LONGEST ? `${n.slice(0, LONGEST)}...` : n;
  }
  if (H32[(type + tp_flags) >> 2] & Py_TPFLAGS_TYPE_SUBCLASS) return stringAt(o, tp_name);
  switch (type) {
    case PyFloat_Type:
      return String(HF64[(o + ob_fval) >> 3]);
    case PyBytes_Type:
      return `of ${PyBytes_GET_SIZE(o)}`;
    case PyFunction_Type:
      return stringAt(o, func_qualname);
    case PyCode_Type:
      return stringAt(o, co_qualname);
    default:
      return '';
  }
}

/** `dict at 0x1234`, `function f at 0x1234`. */
export function describe(o: Obj): string {
  const value = valueText(o);
  return `${typeNameOf(o)}${value === '' ? '' : ` ${value}`} at 0x${o.toString(16)}`;
}

/** `f (file.py:12)` for an interpreter frame. */
export function describeFrame(frame: number): string {
  const code = frameCode(frame);
  return `${stringAt(code, co_qualname)} (${stringAt(code, co_filename)}:${lineOfUnit(code, frameUnit(frame))})`;
}
