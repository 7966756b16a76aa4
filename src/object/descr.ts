// What stands in a type's dictionary for something native?
//
// Invariant: method, class-method, member, getset and wrapper descriptors share their first three fields (type, name, qualified name);
// what they describe is an index or address of a static declaration, so none of them can outlive it.  A built-in function is a method
// definition together with its self and module.

import { H32 } from '../memory/linear.js';
import { acceptsKeywords, callWithSignature } from './bind.js';
import { _PyObject_FunctionStr, PY_VECTORCALL_ARGUMENTS_OFFSET } from './call.js';
import {
  type GetSetDef,
  getsetDefs,
  type MemberDef,
  METH_CLASS,
  METH_NOARGS,
  METH_O,
  METH_SIGNATURE,
  METH_UNPARSED,
  memberDefs,
  methodDefs,
  ML_DEF,
  ML_FLAGS,
  ML_FN,
  ML_NPOS,
  settleMethod,
} from './declare.js';
import { Py_EnterRecursiveCall, Py_LeaveRecursiveCall, nameOfType, PyErr_SetString, typeName } from './errors.js';
import { F, fn } from './functable.js';
import { decref, incref, newref, Py_TYPE, xnewref } from './header.js';
import { PyType_IsSubtype } from './isinstance.js';
import { i32, layout, ref, weaklistField } from './layout.js';
import { _PyObject_New } from './new_object.js';
import { PyObject_GC_Track } from './gc_head.js';
import { NULL, type Obj } from './ptr.js';
import {
  PyCFunction_Type,
  PyClassMethodDescr_Type,
  PyExc_TypeError,
  PyGetSetDescr_Type,
  PyMemberDescr_Type,
  PyMethodDescr_Type,
  PyWrapperDescr_Type,
} from './statics.js';
import { PyTuple_GET_SIZE } from './tuple.js';
import { asString, PyUnicode_FromString, PyUnicode_InternInPlace } from './unicode.js';

export const CFunction = layout({
  m_ml: i32,
  m_self: ref,
  m_module: ref,
  m_class: ref,
  m_weakreflist: weaklistField,
  vectorcall: i32,
});
export const { m_ml, m_self, m_module, m_class, vectorcall: cfunction_vc } = CFunction;

export const Descr = layout({ d_type: ref, d_name: ref, d_qualname: ref });
export const { d_type, d_name, d_qualname } = Descr;
export const MethodDescr = layout({ d_method: i32, vectorcall: i32 }, { base: Descr.info });
export const { d_method, vectorcall: methoddescr_vc } = MethodDescr;
export const MemberDescr = layout({ d_member: i32 }, { base: Descr.info });
export const GetSetDescr = layout({ d_getset: i32 }, { base: Descr.info });
export const WrapperDescr = layout({ d_slotdef: i32, d_wrapped: i32 }, { base: Descr.info });

const noKwnames = (kwnames: Obj) => kwnames === 0 || PyTuple_GET_SIZE(kwnames) === 0;

/**
 * Calls a native function by its definition: `self` is what it gets first, `callable` is named in messages.  All borrowed; a new
 * reference, or NULL.
 */
export function callMethodDef(ml: number, self: Obj, args: number, nargs: number, kwnames: Obj, callable: Obj): Obj {
  const flags = H32[(ml + ML_FLAGS) >> 2];
  const f = H32[(ml + ML_FN) >> 2];
  if (flags & METH_O) {
    if (nargs === 1 && noKwnames(kwnames)) return F[f](self, H32[args >> 2]) as Obj;
    return wrongCall(callable, kwnames, nargs, 'takes exactly one argument');
  }
  if (flags & METH_NOARGS) {
    if (nargs === 0 && noKwnames(kwnames)) return F[f](self) as Obj;
    return wrongCall(callable, kwnames, nargs, 'takes no arguments');
  }
  if (flags & METH_SIGNATURE) {
    const npos = H32[(ml + ML_NPOS) >> 2];
    if (npos === nargs && noKwnames(kwnames)) {
      const a = args >> 2;
      if (npos === 2) return F[f](self, H32[a], H32[a + 1]) as Obj;
      if (npos === 1) return F[f](self, H32[a]) as Obj;
      if (npos === 3) return F[f](self, H32[a], H32[a + 1], H32[a + 2]) as Obj;
    }
    const sig = methodDefs[H32[(ml + ML_DEF) >> 2]].signature;
    if (npos >= 0 && !noKwnames(kwnames)) return wrongCall(callable, kwnames, nargs, '');
    if (sig !== null && !noKwnames(kwnames) && !acceptsKeywords(sig)) return wrongCall(callable, kwnames, nargs, '');
    return sig === null ? NULL : callWithSignature(sig, f, self, args, nargs, kwnames);
  }
  if (flags & METH_UNPARSED) {
    settleMethod(ml);
    return callMethodDef(ml, self, args, nargs, kwnames, callable);
  }
  return F[f](self, args, nargs, kwnames) as Obj;
}

function wrongCall(callable: Obj, kwnames: Obj, nargs: number, rule: string): Obj {
  const name = _PyObject_FunctionStr(callable);
  if (!noKwnames(kwnames)) return PyErr_SetString(PyExc_TypeError, `${name} takes no keyword arguments`);
  return PyErr_SetString(PyExc_TypeError, `${name} ${rule} (${nargs} given)`);
}

/** The vectorcall of built-in functions and methods. */
function cfunctionVectorcall(callable: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  if (Py_EnterRecursiveCall(' while calling a Python object') !== 0) return NULL;
  const self = H32[(callable + m_self) >> 2] as Obj;
  const r = callMethodDef(
    H32[(callable + m_ml) >> 2],
    self,
    args,
    nargsf & ~PY_VECTORCALL_ARGUMENTS_OFFSET,
    kwnames,
    callable,
  );
  Py_LeaveRecursiveCall();
  return r;
}
const cfunctionVectorcallIndex = fn(cfunctionVectorcall);

/** The vectorcall of method descriptors: args[0] is self. */
function methodDescrVectorcall(callable: Obj, args: number, nargsf: number, kwnames: Obj): Obj {
  const nargs = nargsf & ~PY_VECTORCALL_ARGUMENTS_OFFSET;
  if (nargs < 1)
    return PyErr_SetString(PyExc_TypeError, `unbound method ${_PyObject_FunctionStr(callable)} needs an argument`);
  const self = H32[args >> 2] as Obj;
  const owner = H32[(callable + d_type) >> 2] as Obj;
  if (Py_TYPE(self) !== owner && !PyType_IsSubtype(Py_TYPE(self), owner))
    return wrongSelf(callable, self, 'for', "doesn't apply to");
  if (Py_EnterRecursiveCall(' while calling a Python object') !== 0) return NULL;
  const r = callMethodDef(H32[(callable + d_method) >> 2], self, args + 4, nargs - 1, kwnames, callable);
  Py_LeaveRecursiveCall();
  return r;
}
const methodDescrVectorcallIndex = fn(methodDescrVectorcall);

/** descriptor 'x' for 'T' objects doesn't apply to a 'U' object. */
export function wrongSelf(descr: Obj, o: Obj, how = 'for', verb = "doesn't apply to"): Obj {
  const name = asString(H32[(descr + d_name) >> 2] as Obj);
  const owner = nameOfType(H32[(descr + d_type) >> 2] as Obj);
  return PyErr_SetString(
    PyExc_TypeError,
    `descriptor '${name}' ${how} '${owner}' objects ${verb} a '${typeName(o)}' object`,
  );
}

/** A new built-in function for the definition at `ml`; `self` and `module` borrowed, may be NULL. */
export function PyCFunction_NewEx(ml: number, self: Obj, module: Obj): Obj {
  return PyCMethod_New(ml, self, module, NULL);
}

/** As PyCFunction_NewEx with the defining class. */
export function PyCMethod_New(ml: number, self: Obj, module: Obj, cls: Obj): Obj {
  const o = _PyObject_New(PyCFunction_Type);
  if (o === 0) return NULL;
  H32[(o + m_ml) >> 2] = ml;
  H32[(o + m_self) >> 2] = xnewref(self);
  H32[(o + m_module) >> 2] = xnewref(module);
  H32[(o + m_class) >> 2] = xnewref(cls);
  H32[(o + cfunction_vc) >> 2] = cfunctionVectorcallIndex;
  PyObject_GC_Track(o);
  return o;
}

function newDescr(kind: Obj, owner: Obj, name: string): Obj {
  const o = _PyObject_New(kind);
  if (o === 0) return NULL;
  const s = PyUnicode_FromString(name);
  if (s === 0) {
    decref(o);
    return NULL;
  }
  incref(owner);
  H32[(o + d_type) >> 2] = owner;
  H32[(o + d_name) >> 2] = PyUnicode_InternInPlace(s);
  PyObject_GC_Track(o);
  return o;
}

/** A new method descriptor (PyDescr_NewMethod), or class-method descriptor if the definition says so. */
export function PyDescr_NewMethod(owner: Obj, ml: number): Obj {
  const def = methodDefs[H32[(ml + ML_DEF) >> 2]];
  const isClass = (def.flags & METH_CLASS) !== 0;
  const o = newDescr(isClass ? PyClassMethodDescr_Type : PyMethodDescr_Type, owner, def.name);
  if (o === 0) return NULL;
  H32[(o + d_method) >> 2] = ml;
  H32[(o + methoddescr_vc) >> 2] = isClass ? 0 : methodDescrVectorcallIndex;
  return o;
}

export function PyDescr_NewMember(owner: Obj, def: MemberDef): Obj {
  const o = newDescr(PyMemberDescr_Type, owner, def.name);
  if (o !== 0) H32[(o + MemberDescr.d_member) >> 2] = def.index;
  return o;
}

export function PyDescr_NewGetSet(owner: Obj, def: GetSetDef): Obj {
  const o = newDescr(PyGetSetDescr_Type, owner, def.name);
  if (o !== 0) H32[(o + GetSetDescr.d_getset) >> 2] = def.index;
  return o;
}

/** A new slot wrapper: `slotdef` is an index into slotDefs (slot_defs.ts), `wrapped` the function of the slot. */
export function PyDescr_NewWrapper(owner: Obj, name: string, slotdef: number, wrapped: number): Obj {
  const o = newDescr(PyWrapperDescr_Type, owner, name);
  if (o === 0) return NULL;
  H32[(o + WrapperDescr.d_slotdef) >> 2] = slotdef;
  H32[(o + WrapperDescr.d_wrapped) >> 2] = wrapped;
  return o;
}

/** A new descriptor of a `__slots__` member at `offset`; `name` borrowed.  The field holds -offset: such members have no declaration. */
export function newSlotMember(owner: Obj, name: Obj, offset: number): Obj {
  const o = newDescr(PyMemberDescr_Type, owner, asString(name));
  if (o !== 0) H32[(o + MemberDescr.d_member) >> 2] = -offset;
  return o;
}

/** The declaration of a member descriptor, or what one for its slot would say. */
export function memberOf(descr: Obj): MemberDef {
  const index = H32[(descr + MemberDescr.d_member) >> 2];
  if (index >= 0) return memberDefs[index];
  return {
    index,
    name: asString(H32[(descr + d_name) >> 2] as Obj),
    kind: 'object_ex',
    offset: -index,
    readonly: false,
    doc: null,
  };
}

export function getsetOf(descr: Obj): GetSetDef {
  return getsetDefs[H32[(descr + GetSetDescr.d_getset) >> 2]];
}

/** The qualified name of a descriptor, made on first use: a new reference or NULL. */
export function descrQualname(descr: Obj, typeQualname: (type: Obj) => string): Obj {
  let q = H32[(descr + d_qualname) >> 2] as Obj;
  if (q === 0) {
    const name = asString(H32[(descr + d_name) >> 2] as Obj);
    q = PyUnicode_FromString(`${typeQualname(H32[(descr + d_type) >> 2] as Obj)}.${name}`);
    if (q === 0) return NULL;
    H32[(descr + d_qualname) >> 2] = q;
  }
  return newref(q);
}
