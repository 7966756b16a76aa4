// Where are the objects that everybody names?
//
// Invariant: the types and singletons below have fixed addresses in the static area, the same at every start of a build, so that a
// lower floor can name them without importing their implementation.  They are counted like everything else: the static area itself
// owns one reference to each, which finalization gives back.
//
//   TYPES: a type object each | None, NotImplemented, Ellipsis | small ints | empty and one-character strings, empty bytes, tuple …

import { STATIC_SINGLETONS_MAX, STATIC_START, STATIC_TYPES_MAX } from '../memory/linear.js';
import { HEAD_SIZE } from './head.js';
import { ob_size, TYPE_SIZE } from './type_layout.js';
import type { Obj } from './ptr.js';

const TYPES = STATIC_START;

export const PyType_Type = (TYPES + 0 * TYPE_SIZE) as Obj;
export const PyBaseObject_Type = (TYPES + 1 * TYPE_SIZE) as Obj;
export const PyLong_Type = (TYPES + 2 * TYPE_SIZE) as Obj;
export const PyBool_Type = (TYPES + 3 * TYPE_SIZE) as Obj;
export const PyFloat_Type = (TYPES + 4 * TYPE_SIZE) as Obj;
export const PyComplex_Type = (TYPES + 5 * TYPE_SIZE) as Obj;
export const PyUnicode_Type = (TYPES + 6 * TYPE_SIZE) as Obj;
export const PyBytes_Type = (TYPES + 7 * TYPE_SIZE) as Obj;
export const PyByteArray_Type = (TYPES + 8 * TYPE_SIZE) as Obj;
export const PyMemoryView_Type = (TYPES + 9 * TYPE_SIZE) as Obj;
export const PyManagedBuffer_Type = (TYPES + 10 * TYPE_SIZE) as Obj;
export const PyTuple_Type = (TYPES + 11 * TYPE_SIZE) as Obj;
export const PyList_Type = (TYPES + 12 * TYPE_SIZE) as Obj;
export const PyDict_Type = (TYPES + 13 * TYPE_SIZE) as Obj;
export const PySet_Type = (TYPES + 14 * TYPE_SIZE) as Obj;
export const PyFrozenSet_Type = (TYPES + 15 * TYPE_SIZE) as Obj;
export const PyRange_Type = (TYPES + 16 * TYPE_SIZE) as Obj;
export const PySlice_Type = (TYPES + 17 * TYPE_SIZE) as Obj;
export const PyNone_Type = (TYPES + 18 * TYPE_SIZE) as Obj;
export const PyNotImplemented_Type = (TYPES + 19 * TYPE_SIZE) as Obj;
export const PyEllipsis_Type = (TYPES + 20 * TYPE_SIZE) as Obj;
export const PyEnum_Type = (TYPES + 21 * TYPE_SIZE) as Obj;
export const PyZip_Type = (TYPES + 22 * TYPE_SIZE) as Obj;
export const PyMap_Type = (TYPES + 23 * TYPE_SIZE) as Obj;
export const PyFilter_Type = (TYPES + 24 * TYPE_SIZE) as Obj;
export const PyReversed_Type = (TYPES + 25 * TYPE_SIZE) as Obj;
export const PySeqIter_Type = (TYPES + 26 * TYPE_SIZE) as Obj;
export const PyCallIter_Type = (TYPES + 27 * TYPE_SIZE) as Obj;
export const PyListIter_Type = (TYPES + 28 * TYPE_SIZE) as Obj;
export const PyListRevIter_Type = (TYPES + 29 * TYPE_SIZE) as Obj;
export const PyTupleIter_Type = (TYPES + 30 * TYPE_SIZE) as Obj;
export const PyRangeIter_Type = (TYPES + 31 * TYPE_SIZE) as Obj;
export const PyLongRangeIter_Type = (TYPES + 32 * TYPE_SIZE) as Obj;
export const PyUnicodeIter_Type = (TYPES + 33 * TYPE_SIZE) as Obj;
export const PyUnicodeASCIIIter_Type = (TYPES + 34 * TYPE_SIZE) as Obj;
export const PyBytesIter_Type = (TYPES + 35 * TYPE_SIZE) as Obj;
export const PyByteArrayIter_Type = (TYPES + 36 * TYPE_SIZE) as Obj;
export const PyMemoryIter_Type = (TYPES + 37 * TYPE_SIZE) as Obj;
export const PySetIter_Type = (TYPES + 38 * TYPE_SIZE) as Obj;
export const PyDictKeys_Type = (TYPES + 39 * TYPE_SIZE) as Obj;
export const PyDictValues_Type = (TYPES + 40 * TYPE_SIZE) as Obj;
export const PyDictItems_Type = (TYPES + 41 * TYPE_SIZE) as Obj;
export const PyDictIterKey_Type = (TYPES + 42 * TYPE_SIZE) as Obj;
export const PyDictIterValue_Type = (TYPES + 43 * TYPE_SIZE) as Obj;
export const PyDictIterItem_Type = (TYPES + 44 * TYPE_SIZE) as Obj;
export const PyDictRevIterKey_Type = (TYPES + 45 * TYPE_SIZE) as Obj;
export const PyDictRevIterValue_Type = (TYPES + 46 * TYPE_SIZE) as Obj;
export const PyDictRevIterItem_Type = (TYPES + 47 * TYPE_SIZE) as Obj;
export const PyFunction_Type = (TYPES + 48 * TYPE_SIZE) as Obj;
export const PyMethod_Type = (TYPES + 49 * TYPE_SIZE) as Obj;
export const PyInstanceMethod_Type = (TYPES + 50 * TYPE_SIZE) as Obj;
export const PyCFunction_Type = (TYPES + 51 * TYPE_SIZE) as Obj;
export const PyCMethod_Type = (TYPES + 52 * TYPE_SIZE) as Obj;
export const PyMethodDescr_Type = (TYPES + 53 * TYPE_SIZE) as Obj;
export const PyClassMethodDescr_Type = (TYPES + 54 * TYPE_SIZE) as Obj;
export const PyGetSetDescr_Type = (TYPES + 55 * TYPE_SIZE) as Obj;
export const PyMemberDescr_Type = (TYPES + 56 * TYPE_SIZE) as Obj;
export const PyWrapperDescr_Type = (TYPES + 57 * TYPE_SIZE) as Obj;
export const PyMethodWrapper_Type = (TYPES + 58 * TYPE_SIZE) as Obj;
export const PyStaticMethod_Type = (TYPES + 59 * TYPE_SIZE) as Obj;
export const PyClassMethod_Type = (TYPES + 60 * TYPE_SIZE) as Obj;
export const PyProperty_Type = (TYPES + 61 * TYPE_SIZE) as Obj;
export const PySuper_Type = (TYPES + 62 * TYPE_SIZE) as Obj;
export const PyModule_Type = (TYPES + 63 * TYPE_SIZE) as Obj;
export const PyModuleDef_Type = (TYPES + 64 * TYPE_SIZE) as Obj;
export const PyCode_Type = (TYPES + 65 * TYPE_SIZE) as Obj;
export const PyFrame_Type = (TYPES + 66 * TYPE_SIZE) as Obj;
export const PyFrameLocalsProxy_Type = (TYPES + 67 * TYPE_SIZE) as Obj;
export const PyTraceBack_Type = (TYPES + 68 * TYPE_SIZE) as Obj;
export const PyCell_Type = (TYPES + 69 * TYPE_SIZE) as Obj;
export const PyGen_Type = (TYPES + 70 * TYPE_SIZE) as Obj;
export const PyCoro_Type = (TYPES + 71 * TYPE_SIZE) as Obj;
export const PyCoroWrapper_Type = (TYPES + 72 * TYPE_SIZE) as Obj;
export const PyAsyncGen_Type = (TYPES + 73 * TYPE_SIZE) as Obj;
export const PyAsyncGenASend_Type = (TYPES + 74 * TYPE_SIZE) as Obj;
export const PyAsyncGenAThrow_Type = (TYPES + 75 * TYPE_SIZE) as Obj;
export const PyAsyncGenWrappedValue_Type = (TYPES + 76 * TYPE_SIZE) as Obj;
export const PyAnextAwaitable_Type = (TYPES + 77 * TYPE_SIZE) as Obj;
export const PyTemplate_Type = (TYPES + 78 * TYPE_SIZE) as Obj;
export const PyTemplateIter_Type = (TYPES + 79 * TYPE_SIZE) as Obj;
export const PyInterpolation_Type = (TYPES + 80 * TYPE_SIZE) as Obj;
export const Py_GenericAliasType = (TYPES + 81 * TYPE_SIZE) as Obj;
export const Py_GenericAliasIter_Type = (TYPES + 82 * TYPE_SIZE) as Obj;
export const PyUnion_Type = (TYPES + 83 * TYPE_SIZE) as Obj;
export const PyDictProxy_Type = (TYPES + 84 * TYPE_SIZE) as Obj;
export const PySimpleNamespace_Type = (TYPES + 85 * TYPE_SIZE) as Obj;
export const PyWeakref_RefType = (TYPES + 86 * TYPE_SIZE) as Obj;
export const PyWeakref_ProxyType = (TYPES + 87 * TYPE_SIZE) as Obj;
export const PyWeakref_CallableProxyType = (TYPES + 88 * TYPE_SIZE) as Obj;
export const PyCapsule_Type = (TYPES + 89 * TYPE_SIZE) as Obj;
export const PyContext_Type = (TYPES + 90 * TYPE_SIZE) as Obj;
export const PyContextVar_Type = (TYPES + 91 * TYPE_SIZE) as Obj;
export const PyContextToken_Type = (TYPES + 92 * TYPE_SIZE) as Obj;
export const PyContextTokenMissing_Type = (TYPES + 93 * TYPE_SIZE) as Obj;
export const PyHamt_Type = (TYPES + 94 * TYPE_SIZE) as Obj;
export const PyODict_Type = (TYPES + 95 * TYPE_SIZE) as Obj;
export const PyTypeVar_Type = (TYPES + 96 * TYPE_SIZE) as Obj;
export const PyTypeVarTuple_Type = (TYPES + 97 * TYPE_SIZE) as Obj;
export const PyParamSpec_Type = (TYPES + 98 * TYPE_SIZE) as Obj;
export const PyParamSpecArgs_Type = (TYPES + 99 * TYPE_SIZE) as Obj;
export const PyParamSpecKwargs_Type = (TYPES + 100 * TYPE_SIZE) as Obj;
export const PyTypeAlias_Type = (TYPES + 101 * TYPE_SIZE) as Obj;
export const PyGeneric_Type = (TYPES + 102 * TYPE_SIZE) as Obj;
export const PyNoDefault_Type = (TYPES + 103 * TYPE_SIZE) as Obj;
export const PyStdPrinter_Type = (TYPES + 104 * TYPE_SIZE) as Obj;
export const PyLineIterator_Type = (TYPES + 105 * TYPE_SIZE) as Obj;
export const PyPositionsIterator_Type = (TYPES + 106 * TYPE_SIZE) as Obj;
export const PyStructSequence_Base = (TYPES + 107 * TYPE_SIZE) as Obj;
export const PyFieldNameIter_Type = (TYPES + 108 * TYPE_SIZE) as Obj;
export const PyFormatterIter_Type = (TYPES + 109 * TYPE_SIZE) as Obj;
export const PyEncodingMap_Type = (TYPES + 110 * TYPE_SIZE) as Obj;
export const PyPickleBuffer_Type = (TYPES + 111 * TYPE_SIZE) as Obj;
export const PyDictKeysObject_Type = (TYPES + 112 * TYPE_SIZE) as Obj;
export const PySTEntry_Type = (TYPES + 113 * TYPE_SIZE) as Obj;
export const PyBufferWrapper_Type = (TYPES + 114 * TYPE_SIZE) as Obj;
export const PyInterpreterID_Type = (TYPES + 115 * TYPE_SIZE) as Obj;

// The exceptions (library reference, "Exception hierarchy").
export const PyExc_BaseException = (TYPES + 116 * TYPE_SIZE) as Obj;
export const PyExc_BaseExceptionGroup = (TYPES + 117 * TYPE_SIZE) as Obj;
export const PyExc_Exception = (TYPES + 118 * TYPE_SIZE) as Obj;
export const PyExc_ExceptionGroup = (TYPES + 119 * TYPE_SIZE) as Obj;
export const PyExc_GeneratorExit = (TYPES + 120 * TYPE_SIZE) as Obj;
export const PyExc_KeyboardInterrupt = (TYPES + 121 * TYPE_SIZE) as Obj;
export const PyExc_SystemExit = (TYPES + 122 * TYPE_SIZE) as Obj;
export const PyExc_ArithmeticError = (TYPES + 123 * TYPE_SIZE) as Obj;
export const PyExc_FloatingPointError = (TYPES + 124 * TYPE_SIZE) as Obj;
export const PyExc_OverflowError = (TYPES + 125 * TYPE_SIZE) as Obj;
export const PyExc_ZeroDivisionError = (TYPES + 126 * TYPE_SIZE) as Obj;
export const PyExc_AssertionError = (TYPES + 127 * TYPE_SIZE) as Obj;
export const PyExc_AttributeError = (TYPES + 128 * TYPE_SIZE) as Obj;
export const PyExc_BufferError = (TYPES + 129 * TYPE_SIZE) as Obj;
export const PyExc_EOFError = (TYPES + 130 * TYPE_SIZE) as Obj;
export const PyExc_ImportError = (TYPES + 131 * TYPE_SIZE) as Obj;
export const PyExc_ModuleNotFoundError = (TYPES + 132 * TYPE_SIZE) as Obj;
export const PyExc_LookupError = (TYPES + 133 * TYPE_SIZE) as Obj;
export const PyExc_IndexError = (TYPES + 134 * TYPE_SIZE) as Obj;
export const PyExc_KeyError = (TYPES + 135 * TYPE_SIZE) as Obj;
export const PyExc_MemoryError = (TYPES + 136 * TYPE_SIZE) as Obj;
export const PyExc_NameError = (TYPES + 137 * TYPE_SIZE) as Obj;
export const PyExc_UnboundLocalError = (TYPES + 138 * TYPE_SIZE) as Obj;
export const PyExc_OSError = (TYPES + 139 * TYPE_SIZE) as Obj;
export const PyExc_BlockingIOError = (TYPES + 140 * TYPE_SIZE) as Obj;
export const PyExc_ChildProcessError = (TYPES + 141 * TYPE_SIZE) as Obj;
export const PyExc_ConnectionError = (TYPES + 142 * TYPE_SIZE) as Obj;
export const PyExc_BrokenPipeError = (TYPES + 143 * TYPE_SIZE) as Obj;
export const PyExc_ConnectionAbortedError = (TYPES + 144 * TYPE_SIZE) as Obj;
export const PyExc_ConnectionRefusedError = (TYPES + 145 * TYPE_SIZE) as Obj;
export const PyExc_ConnectionResetError = (TYPES + 146 * TYPE_SIZE) as Obj;
export const PyExc_FileExistsError = (TYPES + 147 * TYPE_SIZE) as Obj;
export const PyExc_FileNotFoundError = (TYPES + 148 * TYPE_SIZE) as Obj;
export const PyExc_InterruptedError = (TYPES + 149 * TYPE_SIZE) as Obj;
export const PyExc_IsADirectoryError = (TYPES + 150 * TYPE_SIZE) as Obj;
export const PyExc_NotADirectoryError = (TYPES + 151 * TYPE_SIZE) as Obj;
export const PyExc_PermissionError = (TYPES + 152 * TYPE_SIZE) as Obj;
export const PyExc_ProcessLookupError = (TYPES + 153 * TYPE_SIZE) as Obj;
export const PyExc_TimeoutError = (TYPES + 154 * TYPE_SIZE) as Obj;
export const PyExc_ReferenceError = (TYPES + 155 * TYPE_SIZE) as Obj;
export const PyExc_RuntimeError = (TYPES + 156 * TYPE_SIZE) as Obj;
export const PyExc_NotImplementedError = (TYPES + 157 * TYPE_SIZE) as Obj;
export const PyExc_PythonFinalizationError = (TYPES + 158 * TYPE_SIZE) as Obj;
export const PyExc_RecursionError = (TYPES + 159 * TYPE_SIZE) as Obj;
export const PyExc_StopAsyncIteration = (TYPES + 160 * TYPE_SIZE) as Obj;
export const PyExc_StopIteration = (TYPES + 161 * TYPE_SIZE) as Obj;
export const PyExc_SyntaxError = (TYPES + 162 * TYPE_SIZE) as Obj;
export const PyExc__IncompleteInputError = (TYPES + 163 * TYPE_SIZE) as Obj;
export const PyExc_IndentationError = (TYPES + 164 * TYPE_SIZE) as Obj;
export const PyExc_TabError = (TYPES + 165 * TYPE_SIZE) as Obj;
export const PyExc_SystemError = (TYPES + 166 * TYPE_SIZE) as Obj;
export const PyExc_TypeError = (TYPES + 167 * TYPE_SIZE) as Obj;
export const PyExc_ValueError = (TYPES + 168 * TYPE_SIZE) as Obj;
export const PyExc_UnicodeError = (TYPES + 169 * TYPE_SIZE) as Obj;
export const PyExc_UnicodeDecodeError = (TYPES + 170 * TYPE_SIZE) as Obj;
export const PyExc_UnicodeEncodeError = (TYPES + 171 * TYPE_SIZE) as Obj;
export const PyExc_UnicodeTranslateError = (TYPES + 172 * TYPE_SIZE) as Obj;
export const PyExc_Warning = (TYPES + 173 * TYPE_SIZE) as Obj;
export const PyExc_BytesWarning = (TYPES + 174 * TYPE_SIZE) as Obj;
export const PyExc_DeprecationWarning = (TYPES + 175 * TYPE_SIZE) as Obj;
export const PyExc_EncodingWarning = (TYPES + 176 * TYPE_SIZE) as Obj;
export const PyExc_FutureWarning = (TYPES + 177 * TYPE_SIZE) as Obj;
export const PyExc_ImportWarning = (TYPES + 178 * TYPE_SIZE) as Obj;
export const PyExc_PendingDeprecationWarning = (TYPES + 179 * TYPE_SIZE) as Obj;
export const PyExc_ResourceWarning = (TYPES + 180 * TYPE_SIZE) as Obj;
export const PyExc_RuntimeWarning = (TYPES + 181 * TYPE_SIZE) as Obj;
export const PyExc_SyntaxWarning = (TYPES + 182 * TYPE_SIZE) as Obj;
export const PyExc_UnicodeWarning = (TYPES + 183 * TYPE_SIZE) as Obj;
export const PyExc_UserWarning = (TYPES + 184 * TYPE_SIZE) as Obj;

const NAMED_TYPES = 185;
let nextType = NAMED_TYPES;

/** The address of one more static type, for a module that declares its own (only while modules are evaluated). */
export function staticType(): Obj {
  const type = TYPES + nextType++ * TYPE_SIZE;
  if (type + TYPE_SIZE > TYPES + STATIC_TYPES_MAX) throw new Error('too many static types: raise STATIC_TYPES_MAX');
  return type as Obj;
}

const SINGLETONS = STATIC_START + STATIC_TYPES_MAX;
const SINGLETON_SIZE = HEAD_SIZE + 16;
export const Py_None = SINGLETONS as Obj;
export const Py_NotImplemented = (SINGLETONS + SINGLETON_SIZE) as Obj;
export const Py_Ellipsis = (SINGLETONS + 2 * SINGLETON_SIZE) as Obj;
export const Py_True = (SINGLETONS + 3 * SINGLETON_SIZE) as Obj;
export const Py_False = (SINGLETONS + 4 * SINGLETON_SIZE) as Obj;
/** `()` */
export const emptyTuple = (SINGLETONS + 5 * SINGLETON_SIZE) as Obj;

// int: header, lv_tag, one digit.
export const SMALL_INT_MIN = -5;
export const SMALL_INT_MAX = 256;
export const SMALL_INT_SIZE = HEAD_SIZE + 8;
const SMALL_INTS = SINGLETONS + 6 * SINGLETON_SIZE;
/** Add `n * SMALL_INT_SIZE` to get the small int n. */
export const SMALL_INT_ZERO = (SMALL_INTS - SMALL_INT_MIN * SMALL_INT_SIZE) as Obj;
const SMALL_INTS_BYTES = (SMALL_INT_MAX - SMALL_INT_MIN + 1) * SMALL_INT_SIZE;

// str: header, length, hash, state, then the characters and their terminator, here one or two bytes in a word.
export const LATIN1_SIZE = HEAD_SIZE + 16;
export const LATIN1_CHARS = (SMALL_INTS + SMALL_INTS_BYTES) as Obj;
/** The 256 strings of one Latin-1 character stand one after the other, then the empty string. */
export const emptyString = (LATIN1_CHARS + 256 * LATIN1_SIZE) as Obj;

// bytes: header, ob_size, ob_shash, then one byte and its terminator.
export const BYTE_SIZE = (HEAD_SIZE + 10 + 7) & -8;
export const BYTE_CHARS = (LATIN1_CHARS + 257 * LATIN1_SIZE) as Obj;
export const emptyBytes = (BYTE_CHARS + 256 * BYTE_SIZE) as Obj;
if (emptyBytes + BYTE_SIZE > SINGLETONS + STATIC_SINGLETONS_MAX) throw new Error('raise STATIC_SINGLETONS_MAX');

export { ob_size };
