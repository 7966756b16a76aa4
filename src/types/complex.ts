// What is the type complex?
//
// Invariant: an instance is its real and its imaginary part, two doubles.  Mixed arithmetic with real operands does not invent an imaginary
// zero (3.14): complex + float leaves the imaginary part alone.

import { H32, HF64 } from '../memory/linear.js';
import { bindTuple, bound } from '../object/bind.js';
import { PyObject_CallNoArgs } from '../object/call.js';
import { classMethod, defineType, member, method } from '../object/declare.js';
import { PyDict_Size } from '../object/dict.js';
import { PyErr_Occurred, PyErr_SetString, PyErr_WarnEx, typeName } from '../object/errors.js';
import {
  _Py_HashDouble,
  PyFloat_AS_DOUBLE,
  PyFloat_AsDouble,
  PyFloat_Check,
  PyFloat_FromDouble,
} from '../object/float.js';
import { decref, newref, Py_TYPE } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyObject_TypeCheck } from '../object/isinstance.js';
import { f64, layout } from '../object/layout.js';
import { PyLong_AsDouble, PyLong_Check } from '../object/long.js';
import { PyType_GenericAlloc } from '../object/new_object.js';
import { PyNumber_Float } from '../object/number.js';
import { Py_EQ, Py_NE, PyBool_FromLong } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { parseSignature } from '../object/signature.js';
import {
  Py_False,
  Py_None,
  Py_NotImplemented,
  Py_True,
  PyComplex_Type,
  PyExc_DeprecationWarning,
  PyExc_OverflowError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyExc_ZeroDivisionError,
} from '../object/statics.js';
import { PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_Pack } from '../object/tuple.js';
import { _PyObject_LookupSpecial } from '../object/type_lookup.js';
import { nb_float, nb_index, Py_TPFLAGS_BASETYPE } from '../object/type_layout.js';
import { PyUnicode_Check, PyUnicode_FromString } from '../object/unicode.js';
import { complexPower, EDOM, ERANGE, hypot2, im, product, quotient, re, realQuotient, status } from './complex_math.js';
import { compareDouble } from './float.js';
import { DTSF_SIGN, doubleToString } from './float_text.js';
import { _PyComplex_FormatAdvanced } from './format_number.js';
import { signNaN } from './float_parse.js';
import { asciiDecimal } from './int_text.js';

export const ComplexLayout = layout({ real: f64, imag: f64 });
export const { real: cval_real, imag: cval_imag } = ComplexLayout;

export function PyComplex_Check(o: Obj): boolean {
  return PyObject_TypeCheck(o, PyComplex_Type);
}

export function PyComplex_CheckExact(o: Obj): boolean {
  return Py_TYPE(o) === PyComplex_Type;
}

const realOf = (o: Obj): number => HF64[(o + cval_real) >> 3];
const imagOf = (o: Obj): number => HF64[(o + cval_imag) >> 3];

function ofType(type: Obj, real: number, imag: number): Obj {
  const o = PyType_GenericAlloc(type, 0);
  if (o === 0) return NULL;
  HF64[(o + cval_real) >> 3] = real;
  HF64[(o + cval_imag) >> 3] = imag;
  return o;
}

/** A complex number; new, or NULL with MemoryError. */
export function PyComplex_FromDoubles(real: number, imag: number): Obj {
  return ofType(PyComplex_Type, real, imag);
}

/** The parts that _ComplexOf leaves. */
export let complexReal = 0;
export let complexImag = 0;

const s_complex = ID('__complex__');

/** The result of o.__complex__(), exact or of a subclass: new; NULL without an exception if there is no such method. */
function callComplex(o: Obj): Obj {
  const f = _PyObject_LookupSpecial(o, idObj(s_complex));
  if (f === 0) return NULL;
  const r = PyObject_CallNoArgs(f);
  decref(f);
  if (r === 0 || PyComplex_CheckExact(r)) return r;
  const problem = `__complex__ returned non-complex (type ${typeName(r)})`;
  if (!PyComplex_Check(r)) PyErr_SetString(PyExc_TypeError, problem);
  else {
    const warning = `${problem}.  The ability to return an instance of a strict subclass of complex is deprecated, and may not be allowed in a future version of Python.`;
    if (PyErr_WarnEx(PyExc_DeprecationWarning, warning, 1) === 0) return r;
  }
  decref(r);
  return NULL;
}

/** PyComplex_AsCComplex: leaves the value of `o` in complexReal and complexImag: 0, or -1 with an exception. */
export function PyComplex_AsCComplex(o: Obj): number {
  if (PyComplex_Check(o)) {
    complexReal = realOf(o);
    complexImag = imagOf(o);
    return 0;
  }
  const c = callComplex(o);
  if (c !== 0) {
    complexReal = realOf(c);
    complexImag = imagOf(c);
    decref(c);
    return 0;
  }
  if (PyErr_Occurred() !== 0) return -1;
  complexReal = PyFloat_AsDouble(o);
  complexImag = 0;
  return complexReal === -1 && PyErr_Occurred() !== 0 ? -1 : 0;
}

// An operand is complex, real, something else, or raised.
const COMPLEX = 0;
const REAL = 1;
const OTHER = 2;
const FAILED = 3;
let x = 0;
let y = 0;

function operand(o: Obj): number {
  if (PyComplex_Check(o)) {
    x = realOf(o);
    y = imagOf(o);
    return COMPLEX;
  }
  y = 0;
  if (PyFloat_Check(o)) {
    x = PyFloat_AS_DOUBLE(o);
    return REAL;
  }
  if (!PyLong_Check(o)) return OTHER;
  x = PyLong_AsDouble(o);
  return x === -1 && PyErr_Occurred() !== 0 ? FAILED : REAL;
}

type Op = (a: number, b: number, c: number, d: number) => Obj;

/** A binary slot from its three cases; at least one operand is complex. */
function binary(both: Op, complexReal: Op, realComplex: Op): (v: Obj, w: Obj) => Obj {
  return (v, w) => {
    const kv = operand(v);
    const a = x;
    const b = y;
    if (kv >= OTHER) return kv === OTHER ? newref(Py_NotImplemented) : NULL;
    const kw = operand(w);
    if (kw >= OTHER) return kw === OTHER ? newref(Py_NotImplemented) : NULL;
    return kv === REAL ? realComplex(a, b, x, y) : kw === REAL ? complexReal(a, b, x, y) : both(a, b, x, y);
  };
}

function divided(): Obj {
  return status === EDOM ? PyErr_SetString(PyExc_ZeroDivisionError, 'division by zero') : PyComplex_FromDoubles(re, im);
}

const add = binary(
  (a, b, c, d) => PyComplex_FromDoubles(a + c, b + d),
  (a, b, c) => PyComplex_FromDoubles(a + c, b),
  (a, _b, c, d) => PyComplex_FromDoubles(a + c, d),
);
const subtract = binary(
  (a, b, c, d) => PyComplex_FromDoubles(a - c, b - d),
  (a, b, c) => PyComplex_FromDoubles(a - c, b),
  (a, _b, c, d) => PyComplex_FromDoubles(a - c, -d),
);
const multiply = binary(
  (a, b, c, d) => {
    product(a, b, c, d);
    return PyComplex_FromDoubles(re, im);
  },
  (a, b, c) => PyComplex_FromDoubles(a * c, b * c),
  (a, _b, c, d) => PyComplex_FromDoubles(a * c, a * d),
);
const divide = binary(
  (a, b, c, d) => {
    quotient(a, b, c, d);
    return divided();
  },
  (a, b, c) =>
    c === 0 ? PyErr_SetString(PyExc_ZeroDivisionError, 'division by zero') : PyComplex_FromDoubles(a / c, b / c),
  (a, _b, c, d) => {
    realQuotient(a, c, d);
    return divided();
  },
);

const power: Op = (a, b, c, d) => {
  complexPower(a, b, c, d);
  if (status === EDOM) return PyErr_SetString(PyExc_ZeroDivisionError, 'zero to a negative or complex power');
  if (status === ERANGE) return PyErr_SetString(PyExc_OverflowError, 'complex exponentiation');
  return PyComplex_FromDoubles(re, im);
};
const powerSlot = binary(power, power, power);

function complex_pow(v: Obj, w: Obj, modulus: Obj): Obj {
  if (modulus === Py_None) return powerSlot(v, w);
  if (operand(v) === OTHER || operand(w) === OTHER) return newref(Py_NotImplemented);
  return PyErr_SetString(PyExc_ValueError, 'complex modulo');
}

function absolute(o: Obj): Obj {
  const a = realOf(o);
  const b = imagOf(o);
  const size = hypot2(a, b);
  if (size === Infinity && Number.isFinite(a) && Number.isFinite(b)) {
    return PyErr_SetString(PyExc_OverflowError, 'absolute value too large');
  }
  return PyFloat_FromDouble(size);
}

function hash(o: Obj): number {
  const a = _Py_HashDouble(o, realOf(o));
  const b = _Py_HashDouble(o, imagOf(o));
  const h = (a + Math.imul(1000003, b)) | 0;
  return h === -1 ? -2 : h;
}

function richcompare(v: Obj, w: Obj, op: number): Obj {
  if (op !== Py_EQ && op !== Py_NE) return newref(Py_NotImplemented);
  const a = realOf(v);
  const b = imagOf(v);
  if (PyComplex_Check(w)) return PyBool_FromLong((a === realOf(w) && b === imagOf(w)) === (op === Py_EQ));
  if (!PyLong_Check(w) && !PyFloat_Check(w)) return newref(Py_NotImplemented);
  if (b !== 0) return newref(op === Py_EQ ? Py_False : Py_True);
  return compareDouble(a, w, op);
}

function repr(o: Obj): Obj {
  const a = realOf(o);
  const b = imagOf(o);
  if (a === 0 && !Object.is(a, -0)) return PyUnicode_FromString(`${doubleToString(b, 'r', 0)}j`);
  return PyUnicode_FromString(`(${doubleToString(a, 'r', 0)}${doubleToString(b, 'r', 0, DTSF_SIGN)}j)`);
}

const NUMBER = '(?:(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?|inf(?:inity)?|nan)';
const COMPLEX_TEXT = new RegExp(
  `^[ \\t-\\r]*(?:\\([ \\t-\\r]*)?(?:([+-]?${NUMBER})(?![jJ])(?:([+-]${NUMBER}?)[jJ])?|([+-]?${NUMBER}?)[jJ])([ \\t-\\r]*\\))?[ \\t-\\r]*$`,
  'i',
);

function textPart(s: string): number {
  const sign = s.startsWith('-') ? -1 : 1;
  const digits = s.replace(/^[+-]/, '').toLowerCase();
  if (digits === '') return sign;
  if (digits.startsWith('inf')) return sign * Infinity;
  if (digits === 'nan') return NaN;
  return sign * Number(digits);
}

function fromText(type: Obj, o: Obj): Obj {
  let text = asciiDecimal(o);
  const malformed = () => PyErr_SetString(PyExc_ValueError, 'complex() arg is a malformed string');
  if (text.includes('_')) {
    if (/[^\d]_|_[^\d]|^_|_$/.test(text)) return malformed();
    text = text.replaceAll('_', '');
  }
  const m = COMPLEX_TEXT.exec(text);
  if (m === null || /^[ \t-\r]*\(/.test(text) !== (m[4] !== undefined)) return malformed();
  const realText = m[3] === undefined ? m[1] : '';
  const imagText = m[3] ?? m[2];
  const c = ofType(type, realText === '' ? 0 : textPart(realText), imagText === undefined ? 0 : textPart(imagText));
  if (c !== 0) {
    signNaN(c + cval_real, realText);
    signNaN(c + cval_imag, imagText ?? '');
  }
  return c;
}

const isReal = (o: Obj): boolean => {
  const type = Py_TYPE(o);
  return H32[(type + nb_float) >> 2] !== 0 || H32[(type + nb_index) >> 2] !== 0;
};

const NEW_SIG = parseSignature('complex', '(real=<none>, imag=<none>)');

function complex_new(type: Obj, args: Obj, kwargs: Obj): Obj {
  if (PyTuple_GET_SIZE(args) === 1 && (kwargs === 0 || PyDict_Size(kwargs) === 0))
    return fromOne(type, PyTuple_GET_ITEM(args, 0));
  if (!bindTuple(NEW_SIG, args, kwargs)) return NULL;
  return fromParts(type, bound[0] as Obj, bound[1] as Obj);
}

function fromOne(type: Obj, o: Obj): Obj {
  if (type === PyComplex_Type && PyComplex_CheckExact(o)) return newref(o);
  if (PyUnicode_Check(o)) return fromText(type, o);
  if (!PyComplex_Check(o) && !isReal(o)) {
    const c = callComplex(o);
    if (c === 0) {
      if (PyErr_Occurred() !== 0) return NULL;
      return PyErr_SetString(PyExc_TypeError, `complex() argument must be a string or a number, not ${typeName(o)}`);
    }
    const r = ofType(type, realOf(c), imagOf(c));
    decref(c);
    return r;
  }
  // A subclass may override __complex__.
  const c = callComplex(o);
  if (c !== 0) {
    const r = ofType(type, realOf(c), imagOf(c));
    decref(c);
    return r;
  }
  if (PyErr_Occurred() !== 0) return NULL;
  return PyComplex_AsCComplex(o) < 0 ? NULL : ofType(type, complexReal, complexImag);
}

function warnNotReal(which: string, o: Obj): boolean {
  return (
    PyErr_WarnEx(
      PyExc_DeprecationWarning,
      `complex() argument '${which}' must be a real number, not ${typeName(o)}`,
      1,
    ) === 0
  );
}

const notReal = (which: string, o: Obj): Obj =>
  PyErr_SetString(PyExc_TypeError, `complex() argument '${which}' must be a real number, not ${typeName(o)}`);

let partReal = 0;
let partImag = 0;

/** Leaves the value of an argument in partReal and partImag; false with an exception. */
function part(o: Obj, which: string, original: Obj): boolean {
  if (PyComplex_Check(o)) {
    partReal = realOf(o);
    partImag = imagOf(o);
    return isReal(original) || warnNotReal(which, original);
  }
  const f = PyNumber_Float(o);
  if (f === 0) return false;
  partReal = PyFloat_AS_DOUBLE(f);
  partImag = 0;
  decref(f);
  return true;
}

function fromParts(type: Obj, real: Obj, imag: Obj): Obj {
  let r0 = 0;
  let r1 = 0;
  if (real !== 0) {
    const special = callComplex(real);
    if (special === 0 && PyErr_Occurred() !== 0) return NULL;
    const r = special === 0 ? newref(real) : special;
    const ok = PyComplex_Check(r) || isReal(r) ? part(r, 'real', real) : notReal('real', r) !== 0;
    decref(r);
    if (!ok) return NULL;
    r0 = partReal;
    r1 = partImag;
  }
  if (imag === 0) return ofType(type, r0, r1);
  if (!PyComplex_Check(imag) && !isReal(imag)) return notReal('imag', imag);
  if (!part(imag, 'imag', imag)) return NULL;
  // A complex imaginary part turns by 90 degrees; a real one leaves no trace, not even of a zero's sign.
  const re2 = PyComplex_Check(imag) ? r0 - partImag : r0;
  const im2 = real !== 0 && r1 !== 0 ? partReal + r1 : partReal;
  return ofType(type, re2, im2);
}

function from_number(type: Obj, o: Obj): Obj {
  if (type === PyComplex_Type && PyComplex_CheckExact(o)) return newref(o);
  return PyComplex_AsCComplex(o) < 0 ? NULL : ofType(type, complexReal, complexImag);
}

function exactCopy(o: Obj): Obj {
  return PyComplex_CheckExact(o) ? newref(o) : PyComplex_FromDoubles(realOf(o), imagOf(o));
}

function getnewargs(o: Obj): Obj {
  const a = PyFloat_FromDouble(realOf(o));
  if (a === 0) return NULL;
  const b = PyFloat_FromDouble(imagOf(o));
  const args = b === 0 ? NULL : PyTuple_Pack(a, b);
  decref(a);
  if (b !== 0) decref(b);
  return args;
}

defineType({
  type: PyComplex_Type,
  name: 'complex',
  layout: ComplexLayout,
  flags: Py_TPFLAGS_BASETYPE,
  doc: `Create a complex number from a string or numbers.

If a string is given, parse it as a complex number.
If a single number is given, convert it to a complex number.
If the 'real' or 'imag' arguments are given, create a complex number
with the specified real and imaginary components.`,
  signature: '(real=0, imag=0)',
  slots: {
    tp_new: complex_new,
    tp_repr: repr,
    tp_hash: hash,
    tp_richcompare: richcompare,
    nb_add: add,
    nb_subtract: subtract,
    nb_multiply: multiply,
    nb_power: complex_pow,
    nb_negative: (o: Obj) => PyComplex_FromDoubles(-realOf(o), -imagOf(o)),
    nb_positive: exactCopy,
    nb_absolute: absolute,
    nb_bool: (o: Obj) => (realOf(o) !== 0 || imagOf(o) !== 0 ? 1 : 0),
    nb_true_divide: divide,
  },
  methods: [
    classMethod('from_number', '($type, number, /)', from_number, 'Convert number to a complex floating-point number.'),
    method(
      'conjugate',
      '($self, /)',
      (o: Obj) => PyComplex_FromDoubles(realOf(o), -imagOf(o)),
      'Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.',
    ),
    method('__complex__', '($self, /)', exactCopy, 'Convert this value to exact type complex.'),
    method('__getnewargs__', '($self, /)', getnewargs),
    method(
      '__format__',
      '($self, format_spec: str, /)',
      _PyComplex_FormatAdvanced,
      'Convert to a string according to format_spec.',
    ),
  ],
  members: [
    member('real', 'double', cval_real, { doc: 'the real part of a complex number' }),
    member('imag', 'double', cval_imag, { doc: 'the imaginary part of a complex number' }),
  ],
});
