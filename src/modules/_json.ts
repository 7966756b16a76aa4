// What is the module _json?  Invariant: json's Python code and this one give the same results; reading is json_scan.ts, writing json_encode.ts.

import { defineModule, method } from '../object/declare.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import type { Obj } from '../object/ptr.js';
import { PyExc_TypeError } from '../object/statics.js';
import { PyUnicode_Check } from '../object/unicode.js';
import { Encoder_Type, encodeString, setFastEncoders } from './json_encode.js';
import { Scanner_Type, scanEnd, scanString, valueAndEnd } from './json_scan.js';

function json_scanstring(_module: Obj, string: Obj, end: number, strict: number): Obj {
  if (!PyUnicode_Check(string)) {
    return PyErr_SetString(PyExc_TypeError, `first argument must be a string, not ${typeName(string)}`);
  }
  const s = scanString(string, end, strict !== 0);
  return valueAndEnd(s, scanEnd);
}

const ascii = method(
  'encode_basestring_ascii',
  '!($module, string, /)',
  (_module: Obj, o: Obj) => encodeString(o, true),
  'encode_basestring_ascii(string) -> string\n\nReturn an ASCII-only JSON representation of a Python string',
);
const plain = method(
  'encode_basestring',
  '!($module, string, /)',
  (_module: Obj, o: Obj) => encodeString(o, false),
  'encode_basestring(string) -> string\n\nReturn a JSON representation of a Python string',
);
setFastEncoders(ascii, plain);

defineModule({
  name: '_json',
  doc: 'json speedups\n',
  functions: [
    ascii,
    plain,
    method(
      'scanstring',
      '!($module, string, end: ssize, strict: bool = True, /)',
      json_scanstring,
      'scanstring(string, end, strict=True) -> (string, end)\n\nRead the JSON string that begins at the index end, which is after its quote.\nA strict scan refuses control characters. Returns the string and the index after\nthe closing quote.',
    ),
  ],
  exec(m) {
    return PyModule_AddObjectRef(m, 'make_scanner', Scanner_Type) < 0
      ? -1
      : PyModule_AddObjectRef(m, 'make_encoder', Encoder_Type);
  },
});
