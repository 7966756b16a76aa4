// What is the module pyexpat?
//
// Invariant: the handlers of a parser, its dictionary of names and everything else that is an object stand in the heap; the state of the parse is
// JavaScript's (expat_parser.ts), found by the object's address and forgotten when the object dies.

import { H32 } from '../memory/linear.js';
import { bytesLikeToArray, needBytesLike, PyObject_CheckBuffer } from '../object/buffer.js';
import { asBytes, bytesFromArray, PyBytes_AS_STRING, PyBytes_Check } from '../object/bytes.js';
import { PyObject_Call, PyObject_CallMethodOneArg } from '../object/call.js';
import { defineModule, defineType, getset, member, method } from '../object/declare.js';
import { PyDict_Check, PyDict_GetItemWithError, PyDict_New, PyDict_SetItem } from '../object/dict.js';
import { errMinus1, PyErr_Occurred, PyErr_SetObject, PyErr_SetString, typeName } from '../object/errors.js';
import { PyFloat_AsDouble } from '../object/float.js';
import { PyObject_GC_Track } from '../object/gc_head.js';
import { decref, newref, xdecref } from '../object/header.js';
import { ID, idObj } from '../object/identifiers.js';
import { layout, type Layout, ref } from '../object/layout.js';
import { PyLong_AsInt, PyLong_Check, PyLong_FromLong } from '../object/long.js';
import { PyModule_Add, PyModule_AddObjectRef } from '../object/module_storage.js';
import { _PyObject_New } from '../object/new_object.js';
import {
  PyBool_FromLong,
  PyObject_GetOptionalAttr,
  PyObject_IsTrue,
  PyObject_SetAttrString,
} from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { layoutDealloc } from '../object/subtype.js';
import {
  Py_None,
  PyExc_Exception,
  PyExc_OverflowError,
  PyExc_RecursionError,
  PyExc_RuntimeError,
  PyExc_TypeError,
  PyExc_ValueError,
  PyType_Type,
  staticType,
} from '../object/statics.js';
import { Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_HAVE_GC } from '../object/type_layout.js';
import { asString, PyUnicode_Check, PyUnicode_FromString, PyUnicode_GET_LENGTH, asUtf8 } from '../object/unicode.js';
import { ownedWord } from '../object/root_words.js';
import { PyUnicode_Decode } from '../types/codec.js';
import { PySys_GetObject } from '../vm/sys_state.js';
import { PyModule_NewObject } from '../object/module_storage.js';
import { type Decoder, tableDecoder } from './expat_input.js';
import { type Events, type EventValue, ExpatParser } from './expat_parser.js';
import { none } from './io_common.js';
import { dictOf, listOf, toPython, tupleOf } from './values.js';

/** The texts of the errors by their codes. */
const MESSAGES: readonly (readonly [string, string])[] = [
  ['NO_MEMORY', 'out of memory'],
  ['SYNTAX', 'syntax error'],
  ['NO_ELEMENTS', 'no element found'],
  ['INVALID_TOKEN', 'not well-formed (invalid token)'],
  ['UNCLOSED_TOKEN', 'unclosed token'],
  ['PARTIAL_CHAR', 'partial character'],
  ['TAG_MISMATCH', 'mismatched tag'],
  ['DUPLICATE_ATTRIBUTE', 'duplicate attribute'],
  ['JUNK_AFTER_DOC_ELEMENT', 'junk after document element'],
  ['PARAM_ENTITY_REF', 'illegal parameter entity reference'],
  ['UNDEFINED_ENTITY', 'undefined entity'],
  ['RECURSIVE_ENTITY_REF', 'recursive entity reference'],
  ['ASYNC_ENTITY', 'asynchronous entity'],
  ['BAD_CHAR_REF', 'reference to invalid character number'],
  ['BINARY_ENTITY_REF', 'reference to binary entity'],
  ['ATTRIBUTE_EXTERNAL_ENTITY_REF', 'reference to external entity in attribute'],
  ['MISPLACED_XML_PI', 'XML or text declaration not at start of entity'],
  ['UNKNOWN_ENCODING', 'unknown encoding'],
  ['INCORRECT_ENCODING', 'encoding specified in XML declaration is incorrect'],
  ['UNCLOSED_CDATA_SECTION', 'unclosed CDATA section'],
  ['EXTERNAL_ENTITY_HANDLING', 'error in processing external entity reference'],
  ['NOT_STANDALONE', 'document is not standalone'],
  ['UNEXPECTED_STATE', 'unexpected parser state - please send a bug report'],
  ['ENTITY_DECLARED_IN_PE', 'entity declared in parameter entity'],
  ['FEATURE_REQUIRES_XML_DTD', 'requested feature requires XML_DTD support in Expat'],
  ['CANT_CHANGE_FEATURE_ONCE_PARSING', 'cannot change setting once parsing has begun'],
  ['UNBOUND_PREFIX', 'unbound prefix'],
  ['UNDECLARING_PREFIX', 'must not undeclare prefix'],
  ['INCOMPLETE_PE', 'incomplete markup in parameter entity'],
  ['XML_DECL', 'XML declaration not well-formed'],
  ['TEXT_DECL', 'text declaration not well-formed'],
  ['PUBLICID', 'illegal character(s) in public id'],
  ['SUSPENDED', 'parser suspended'],
  ['NOT_SUSPENDED', 'parser not suspended'],
  ['ABORTED', 'parsing aborted'],
  ['FINISHED', 'parsing finished'],
  ['SUSPEND_PE', 'cannot suspend in external parameter entity'],
  ['RESERVED_PREFIX_XML', 'reserved prefix (xml) must not be undeclared or bound to another namespace name'],
  ['RESERVED_PREFIX_XMLNS', 'reserved prefix (xmlns) must not be declared or undeclared'],
  ['RESERVED_NAMESPACE_URI', 'prefix must not be bound to one of the reserved namespace names'],
  ['INVALID_ARGUMENT', 'invalid argument'],
  ['NO_BUFFER', 'a successful prior call to function XML_GetBuffer was required'],
  ['AMPLIFICATION_LIMIT_BREACH', 'limit on input amplification factor (from DTD and entities) breached'],
  ['NOT_STARTED', 'parser not started'],
];
const CANT_CHANGE_FEATURE_ONCE_PARSING = 26;

/** The event names; `X` is set as `XHandler`. */
const HANDLERS = [
  'StartElement',
  'EndElement',
  'ProcessingInstruction',
  'CharacterData',
  'UnparsedEntityDecl',
  'NotationDecl',
  'StartNamespaceDecl',
  'EndNamespaceDecl',
  'Comment',
  'StartCdataSection',
  'EndCdataSection',
  'Default',
  'DefaultHandlerExpand',
  'NotStandalone',
  'ExternalEntityRef',
  'StartDoctypeDecl',
  'EndDoctypeDecl',
  'EntityDecl',
  'XmlDecl',
  'ElementDecl',
  'AttlistDecl',
  'SkippedEntity',
];

const ParserLayout: Layout = layout(Object.fromEntries(['intern', ...HANDLERS].map((name) => [name, ref])));
const Parser_Type = staticType();
/** xml.parsers.expat.ExpatError. */
const errorClass = ownedWord();

interface State {
  readonly parser: ExpatParser;
  ordered: boolean;
  specified: boolean;
  bufferText: boolean;
  bufferSize: number;
  /** Text that is not yet reported, when buffer_text is on. */
  buffer: string;
  inCallback: boolean;
  reparseDeferral: boolean;
  readonly isRoot: boolean;
}

const states = new Map<Obj, State>();
const stateOf = (self: Obj): State => states.get(self) as State;
const handlerOf = (self: Obj, name: string): Obj => H32[(self + ParserLayout[name]) >> 2] as Obj;

// --- events ----------------------------------------------------------------------------------------------------------------------

/** A str, the same object for the same name if the parser interns: new, or NULL. */
function internName(self: Obj, text: string): Obj {
  const name = PyUnicode_FromString(text);
  const dict = H32[(self + ParserLayout.intern) >> 2] as Obj;
  if (name === 0 || dict === 0) return name;
  const known = PyDict_GetItemWithError(dict, name);
  if (known !== 0 || PyErr_Occurred() !== 0 || PyDict_SetItem(dict, name, name) < 0) {
    decref(name);
    return known === 0 ? NULL : newref(known);
  }
  return name;
}

const isModel = (v: EventValue): v is readonly [number, number, string | null, readonly never[]] =>
  Array.isArray(v) && typeof v[0] === 'number';

/** The attributes of a start tag as a dict or list: new, or NULL. */
function attributesOf(self: Obj, state: State, flat: readonly string[]): Obj {
  const n = state.specified ? state.parser.specified : flat.length;
  const items = flat.slice(0, n).map((text, i) => (i % 2 === 0 ? internName(self, text) : PyUnicode_FromString(text)));
  if (state.ordered) return listOf(items);
  const dict = items.includes(NULL) ? NULL : PyDict_New();
  let failed = dict === 0;
  for (let i = 0; i < items.length && !failed; i += 2) failed = PyDict_SetItem(dict, items[i], items[i + 1]) < 0;
  for (const o of items) xdecref(o);
  if (!failed) return dict;
  xdecref(dict);
  return NULL;
}

/** Calls a handler: what it answered (an int for those that decide something), or null with an exception. */
function callHandler(self: Obj, name: string, args: Obj): number | null {
  if (args === 0) return null;
  const state = stateOf(self);
  const current = handlerOf(self, name);
  if (current === 0) {
    // The flush that came before took it away.
    decref(args);
    return 1;
  }
  const handler = newref(current);
  const before = state.inCallback;
  state.inCallback = true;
  newref(self);
  const result = PyObject_Call(handler, args, NULL);
  state.inCallback = before;
  decref(self);
  decref(handler);
  decref(args);
  if (result === 0) return null;
  let answer: number | null = 1;
  if (name === 'NotStandalone' || name === 'ExternalEntityRef') {
    answer = PyLong_AsInt(result);
    if (answer === -1 && PyErr_Occurred() !== 0) answer = null;
  }
  decref(result);
  return answer;
}

/** Reports the text that was kept back: 0, or -1 with an exception. */
function flush(self: Obj): number {
  const state = stateOf(self);
  if (state.buffer === '') return 0;
  const text = state.buffer;
  state.buffer = '';
  if (handlerOf(self, 'CharacterData') === 0) return 0;
  return callHandler(self, 'CharacterData', tupleOf([PyUnicode_FromString(text)])) === null ? -1 : 0;
}

/** The name of the handler for an event. */
const slotOf = (self: Obj, name: string): string =>
  name === 'Default' && handlerOf(self, 'Default') === 0 ? 'DefaultHandlerExpand' : name;

function eventsOf(self: () => Obj): Events {
  return {
    has: (name) => handlerOf(self(), slotOf(self(), name)) !== 0,
    call: (name, ...values) => {
      const o = self();
      const state = stateOf(o);
      if (name === 'CharacterData' && state.bufferText) return bufferText(o, state, values[0] as string);
      if (flush(o) < 0) return null;
      const args = values.map((v, i) => {
        if (name === 'StartElement' && i === 1) return attributesOf(o, state, v as readonly string[]);
        if (isModel(v)) return toPython(v as never);
        if (i === 0 && typeof v === 'string' && name !== 'CharacterData') return internName(o, v);
        return toPython(v as string | number | null);
      });
      return callHandler(o, slotOf(o, name), tupleOf(args));
    },
    decoder: unknownEncoding,
    tooDeep: () => {
      PyErr_SetString(PyExc_RecursionError, 'maximum recursion depth exceeded in conv_content_model');
    },
  };
}

/** Keeps text back until something else is reported or the buffer is full. */
function bufferText(self: Obj, state: State, text: string): number | null {
  if (state.buffer.length + text.length > state.bufferSize && flush(self) < 0) return null;
  if (text.length <= state.bufferSize) {
    state.buffer += text;
    return 1;
  }
  return callHandler(self, 'CharacterData', tupleOf([PyUnicode_FromString(text)]));
}

/** The table of an encoding in which each byte is a character; null with an exception. */
function unknownEncoding(name: string): Decoder | null | undefined {
  const all = new Uint8Array(256).map((_, i) => i);
  const bytes = bytesFromArray(all);
  const text = bytes === 0 ? NULL : PyUnicode_Decode(PyBytes_AS_STRING(bytes), 256, name, 'replace');
  xdecref(bytes);
  if (text === 0) return null;
  if (PyUnicode_GET_LENGTH(text) !== 256) {
    decref(text);
    PyErr_SetString(PyExc_ValueError, 'multi-byte encodings are not supported');
    return null;
  }
  const table = [...asString(text)].map((c) => (c === '\ufffd' ? -1 : (c.codePointAt(0) as number)));
  decref(text);
  // The characters of the markup itself must be where ASCII has them.
  for (let i = 0; i < 128; i++) {
    if (/[\t\n\r !"#%&'()*+,\-./0-9:;<=>?A-Z[\]_a-z|]/.test(String.fromCharCode(i)) && table[i] !== i) return undefined;
  }
  return tableDecoder(table);
}

// --- parsers ----------------------------------------------------------------------------------------------------------------------

/** Raises ExpatError for the place where the parser stopped; NULL. */
function raise(parser: ExpatParser, code: number): Obj {
  const words = MESSAGES[code - 1][1];
  const text = PyUnicode_FromString(`${words}: line ${parser.line}, column ${parser.column}`);
  const args = tupleOf([text]);
  const e = args === 0 ? NULL : PyObject_Call(H32[errorClass] as Obj, args, NULL);
  xdecref(args);
  if (e === 0) return NULL;
  for (const [name, value] of [
    ['code', code],
    ['offset', parser.column],
    ['lineno', parser.line],
  ] as const) {
    const n = PyLong_FromLong(value);
    const failed = n === 0 || PyObject_SetAttrString(e, name, n) < 0;
    xdecref(n);
    if (failed) {
      decref(e);
      return NULL;
    }
  }
  PyErr_SetObject(H32[errorClass] as Obj, e);
  decref(e);
  return NULL;
}

/** A new parser (of an external entity of `parent`, if given), or NULL.  `intern` is stolen, and may be NULL. */
function newParser(
  parent: Obj,
  encoding: string | null,
  separator: string | null,
  intern: Obj,
  context: string | null,
): Obj {
  const self = _PyObject_New(Parser_Type);
  if (self === 0) {
    xdecref(intern);
    return NULL;
  }
  H32[(self + ParserLayout.intern) >> 2] = intern;
  const from = parent === 0 ? null : stateOf(parent);
  const events = eventsOf(() => self);
  const parser = new ExpatParser(
    events,
    { separator: from === null ? separator : from.parser.options.separator, encoding },
    from === null ? null : from.parser,
    context,
  );
  states.set(self, {
    parser,
    ordered: from?.ordered ?? false,
    specified: from?.specified ?? false,
    bufferText: from?.bufferText ?? false,
    bufferSize: from?.bufferSize ?? 8192,
    buffer: '',
    inCallback: false,
    reparseDeferral: from?.reparseDeferral ?? true,
    isRoot: from === null,
  });
  if (parent !== 0) {
    for (const name of HANDLERS) {
      const h = handlerOf(parent, name);
      if (h !== 0) H32[(self + ParserLayout[name]) >> 2] = newref(h);
    }
  }
  PyObject_GC_Track(self);
  return self;
}

/** An argument that is a str or None; undefined with TypeError. */
function optionalText(o: Obj, what: string): string | null | undefined {
  if (o === Py_None || o === 0) return null;
  if (PyUnicode_Check(o)) return asString(o);
  PyErr_SetString(PyExc_TypeError, `${what} must be str or None, not ${typeName(o)}`);
  return undefined;
}

function parser_create(_module: Obj, encodingArg: Obj, separatorArg: Obj, internArg: Obj): Obj {
  const encoding = optionalText(encodingArg, "ParserCreate() argument 'encoding'");
  if (encoding === undefined) return NULL;
  const separator = optionalText(separatorArg, "ParserCreate() argument 'namespace_separator'");
  if (separator === undefined) return NULL;
  if (separator !== null && [...separator].length > 1) {
    const message = 'namespace_separator must be at most one character, omitted, or None';
    return PyErr_SetString(PyExc_ValueError, message);
  }
  let intern: Obj = NULL;
  if (internArg === 0) {
    intern = PyDict_New();
    if (intern === 0) return NULL;
  } else if (internArg !== Py_None) {
    if (!PyDict_Check(internArg)) return PyErr_SetString(PyExc_TypeError, 'intern must be a dictionary');
    intern = newref(internArg);
  }
  return newParser(NULL, encoding, separator, intern, null);
}

function external_create(self: Obj, contextArg: Obj, encodingArg: Obj): Obj {
  const context = optionalText(contextArg, 'ExternalEntityParserCreate() argument 1');
  const encoding =
    context === undefined ? undefined : optionalText(encodingArg, 'ExternalEntityParserCreate() argument 2');
  if (context === undefined || encoding === undefined) return NULL;
  const intern = H32[(self + ParserLayout.intern) >> 2] as Obj;
  return newParser(self, encoding, null, intern === 0 ? NULL : newref(intern), context);
}

/** Parses bytes: 0, or -1 with an exception. */
function feed(self: Obj, bytes: Uint8Array, final: boolean, what: string): number {
  const { parser, inCallback } = stateOf(self);
  if (inCallback) return errMinus1(PyExc_RuntimeError, `cannot call ${what}() from within a handler`);
  const code = parser.parse(bytes, final);
  if (code < 0) return -1;
  if (flush(self) < 0) return -1;
  if (code > 0) {
    raise(parser, code);
    return -1;
  }
  return 0;
}

function parse(self: Obj, data: Obj, final: number): Obj {
  let bytes: Uint8Array | null;
  if (PyUnicode_Check(data)) {
    bytes = asUtf8(data);
    stateOf(self).parser.options.encoding = 'utf-8';
  } else if (PyObject_CheckBuffer(data)) bytes = bytesLikeToArray(data);
  else return needBytesLike(data);
  return bytes === null || feed(self, bytes, final !== 0, 'Parse') < 0 ? NULL : PyLong_FromLong(1);
}

const s_read = ID('read');

function parseFile(self: Obj, file: Obj): Obj {
  const read = PyObject_GetOptionalAttr(file, idObj(s_read));
  if (read === 0) {
    if (PyErr_Occurred() !== 0) return NULL;
    return PyErr_SetString(PyExc_TypeError, "argument must have 'read' attribute");
  }
  decref(read);
  for (;;) {
    const size = PyLong_FromLong(2048);
    const data = size === 0 ? NULL : PyObject_CallMethodOneArg(file, idObj(s_read), size);
    xdecref(size);
    if (data === 0) return NULL;
    if (!PyBytes_Check(data) && !PyObject_CheckBuffer(data)) {
      PyErr_SetString(PyExc_TypeError, `read() did not return a bytes object (type=${typeName(data)})`);
      decref(data);
      return NULL;
    }
    const bytes = PyBytes_Check(data) ? asBytes(data) : bytesLikeToArray(data);
    decref(data);
    if (bytes === null || feed(self, bytes, bytes.length === 0, 'ParseFile') < 0) return NULL;
    if (bytes.length === 0) return PyLong_FromLong(1);
  }
}

function inputContext(self: Obj): Obj {
  const state = stateOf(self);
  return state.inCallback ? bytesFromArray(new TextEncoder().encode(state.parser.inputContext())) : none();
}

function setBase(self: Obj, base: Obj): Obj {
  if (!PyUnicode_Check(base)) {
    return PyErr_SetString(PyExc_TypeError, `SetBase() argument must be str, not ${typeName(base)}`);
  }
  stateOf(self).parser.base = asString(base);
  return none();
}

function useForeignDtd(self: Obj, flag: number): Obj {
  const { parser } = stateOf(self);
  if (parser.started) return raise(parser, CANT_CHANGE_FEATURE_ONCE_PARSING);
  parser.useForeignDtd = flag !== 0;
  return none();
}

/** Sets a limit of the protection against entities that grow. */
const setLimit =
  (name: string, set: (p: ExpatParser, n: number) => void, isFactor: boolean) =>
  (self: Obj, value: Obj): Obj => {
    const n = isFactor ? PyFloat_AsDouble(value) : PyLong_Check(value) ? PyFloat_AsDouble(value) : Number.NaN;
    if (PyErr_Occurred() !== 0) return NULL;
    if (!isFactor && n !== n) {
      return PyErr_SetString(PyExc_TypeError, `'${typeName(value)}' object cannot be interpreted as an integer`);
    }
    if (!isFactor && n < 0) return PyErr_SetString(PyExc_ValueError, 'Cannot convert negative int');
    if (!isFactor && n >= 2 ** 64) return PyErr_SetString(PyExc_OverflowError, 'Python int too large for C uint64_t');
    const error = H32[errorClass] as Obj;
    if (isFactor && !(n >= 1)) return PyErr_SetString(error, `'${name}' must be at least 1.0`);
    if (!stateOf(self).isRoot) return PyErr_SetString(error, 'parser must be a root parser');
    set(stateOf(self).parser, n);
    return none();
  };

/** An attribute that is one of the parser's numbers. */
const numberOf = (name: string, f: (p: ExpatParser) => number) =>
  getset(name, (self: Obj) => PyLong_FromLong(f(stateOf(self).parser)));

/** An attribute that is a truth value of the state. */
const flag = (name: string, get: (s: State) => boolean, set: (s: State, on: boolean, self: Obj) => number) =>
  getset(
    name,
    (self: Obj) => PyBool_FromLong(get(stateOf(self))),
    (self: Obj, value: Obj) => {
      if (value === 0) return errMinus1(PyExc_RuntimeError, 'Cannot delete attribute');
      const on = PyObject_IsTrue(value);
      return on < 0 ? -1 : set(stateOf(self), on !== 0, self);
    },
  );

function setBufferSize(self: Obj, value: Obj): number {
  if (value === 0) return errMinus1(PyExc_RuntimeError, 'Cannot delete attribute');
  if (!PyLong_Check(value)) return errMinus1(PyExc_TypeError, 'buffer_size must be an integer');
  const n = PyLong_AsInt(value);
  if (n === -1 && PyErr_Occurred() !== 0) return -1;
  if (n <= 0) return errMinus1(PyExc_ValueError, 'buffer_size must be greater than zero');
  const state = stateOf(self);
  if (n !== state.bufferSize && flush(self) < 0) return -1;
  state.bufferSize = n;
  return 0;
}

function setHandler(name: string): (self: Obj, value: Obj) => number {
  const field = ParserLayout[name];
  return (self, value) => {
    if (value === 0) return errMinus1(PyExc_RuntimeError, 'Cannot delete attribute');
    if (name === 'CharacterData' && flush(self) < 0) return -1;
    const old = H32[(self + field) >> 2] as Obj;
    H32[(self + field) >> 2] = value === Py_None ? 0 : newref(value);
    xdecref(old);
    if (name === 'Default') stateOf(self).parser.expandInternal = value === Py_None;
    if (name === 'DefaultHandlerExpand') stateOf(self).parser.expandInternal = true;
    return 0;
  };
}

const handlerName = (name: string): string => (name === 'DefaultHandlerExpand' ? name : `${name}Handler`);

defineType({
  type: Parser_Type,
  name: 'pyexpat.xmlparser',
  layout: ParserLayout,
  flags: Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
  doc: 'XML parser',
  slots: {
    tp_dealloc: (self: Obj) => {
      states.delete(self);
      layoutDealloc(self);
    },
  },
  members: [member('intern', 'object', ParserLayout.intern)],
  getset: [
    ...HANDLERS.map((name) =>
      getset(
        handlerName(name),
        (self: Obj) => {
          const h = handlerOf(self, name);
          return newref(h === 0 ? Py_None : h);
        },
        setHandler(name),
      ),
    ),
    numberOf('ErrorCode', (p) => p.errorCode),
    numberOf('ErrorLineNumber', (p) => p.line),
    numberOf('ErrorColumnNumber', (p) => p.column),
    numberOf('ErrorByteIndex', (p) => p.byte),
    numberOf('CurrentLineNumber', (p) => p.line),
    numberOf('CurrentColumnNumber', (p) => p.column),
    numberOf('CurrentByteIndex', (p) => p.byte),
    getset('buffer_size', (self: Obj) => PyLong_FromLong(stateOf(self).bufferSize), setBufferSize),
    getset('buffer_used', (self: Obj) => PyLong_FromLong(stateOf(self).buffer.length)),
    flag(
      'buffer_text',
      (s) => s.bufferText,
      (s, on, self) => {
        if (!on && flush(self) < 0) return -1;
        s.bufferText = on;
        return 0;
      },
    ),
    flag(
      'namespace_prefixes',
      (s) => s.parser.namespacePrefixes,
      (s, on) => {
        s.parser.namespacePrefixes = on;
        return 0;
      },
    ),
    flag(
      'ordered_attributes',
      (s) => s.ordered,
      (s, on) => {
        s.ordered = on;
        return 0;
      },
    ),
    flag(
      'specified_attributes',
      (s) => s.specified,
      (s, on) => {
        s.specified = on;
        return 0;
      },
    ),
  ],
  methods: [
    method('Parse', '($self, data, isfinal: bool = False, /)', parse, 'Parse XML data.'),
    method('ParseFile', '($self, file, /)', parseFile, 'Parse XML data from file-like object.'),
    method('SetBase', '($self, base, /)', setBase, 'Set the base URL for the parser.'),
    method(
      'GetBase',
      '($self, /)',
      (self: Obj) => toPython(stateOf(self).parser.base),
      'Return base URL string for the parser.',
    ),
    method(
      'GetInputContext',
      '($self, /)',
      inputContext,
      'Return the untranslated text of the input that caused the current event.',
    ),
    method(
      'ExternalEntityParserCreate',
      '($self, context, encoding=<unrepresentable>, /)',
      external_create,
      'Create a parser for parsing an external entity based on the information passed to the ExternalEntityRefHandler.',
    ),
    method(
      'SetParamEntityParsing',
      '($self, flag: int, /)',
      (self: Obj, n: number) => {
        stateOf(self).parser.parameterParsing = n;
        return PyLong_FromLong(1);
      },
      'Controls parsing of parameter entities (including the external DTD subset).',
    ),
    method(
      'UseForeignDTD',
      '($self, flag: bool = True, /)',
      useForeignDtd,
      'Allows the application to provide an artificial external subset if one is not specified as part of the document instance.',
    ),
    method(
      'SetReparseDeferralEnabled',
      '($self, enabled: bool, /)',
      (self: Obj, on: number) => {
        stateOf(self).reparseDeferral = on !== 0;
        return none();
      },
      'Enable/Disable reparse deferral; enabled by default with Expat >=2.6.0.',
    ),
    method(
      'GetReparseDeferralEnabled',
      '($self, /)',
      (self: Obj) => PyBool_FromLong(stateOf(self).reparseDeferral),
      'Retrieve reparse deferral enabled status; always returns false with Expat <2.6.0.',
    ),
    method(
      'SetBillionLaughsAttackProtectionActivationThreshold',
      '($self, threshold, /)',
      setLimit(
        'threshold',
        (p, n) => {
          p.activation = n;
        },
        false,
      ),
    ),
    method(
      'SetBillionLaughsAttackProtectionMaximumAmplification',
      '($self, max_factor, /)',
      setLimit(
        'max_factor',
        (p, n) => {
          p.amplification = n;
        },
        true,
      ),
    ),
  ],
});

// --- the module -------------------------------------------------------------------------------------------------------------------

/** A module within this one, entered in sys.modules; its attributes are stolen: 0, or -1. */
function submodule(m: Obj, name: string, doc: string, values: readonly (readonly [string, Obj])[]): number {
  const full = PyUnicode_FromString(`pyexpat.${name}`);
  const sub = full === 0 ? NULL : PyModule_NewObject(full);
  let failed = sub === 0;
  for (const [key, value] of [...values, ['__doc__', PyUnicode_FromString(doc)] as const]) {
    if (failed) xdecref(value);
    else failed = PyModule_Add(sub, key, value) < 0;
  }
  const modules = PySys_GetObject('modules');
  if (!failed) failed = PyDict_SetItem(modules, full, sub) < 0 || PyModule_AddObjectRef(m, name, sub) < 0;
  xdecref(full);
  xdecref(sub);
  return failed ? -1 : 0;
}

function expat_exec(m: Obj): number {
  if (H32[errorClass] === 0) {
    const args = tupleOf([
      PyUnicode_FromString('ExpatError'),
      tupleOf([newref(PyExc_Exception)]),
      dictOf([['__module__', PyUnicode_FromString('xml.parsers.expat')]]),
    ]);
    if (args === 0) return -1;
    H32[errorClass] = PyObject_Call(PyType_Type, args, NULL);
    decref(args);
    if (H32[errorClass] === 0) return -1;
  }
  for (const name of ['error', 'ExpatError']) {
    if (PyModule_AddObjectRef(m, name, H32[errorClass] as Obj) < 0) return -1;
  }
  if (PyModule_AddObjectRef(m, 'XMLParserType', Parser_Type) < 0) return -1;
  const words = [...MESSAGES.keys()];
  const codes = dictOf(words.map((i) => [MESSAGES[i][1], PyLong_FromLong(i + 1)] as const));
  const messages = PyDict_New();
  for (const i of words) {
    const key = PyLong_FromLong(i + 1);
    const value = PyUnicode_FromString(MESSAGES[i][1]);
    const failed = PyDict_SetItem(messages, key, value) < 0;
    decref(key);
    decref(value);
    if (failed) return -1;
  }
  if (
    submodule(m, 'errors', 'Constants used to describe error conditions.', [
      ...MESSAGES.map(([name, text]) => [`XML_ERROR_${name}`, PyUnicode_FromString(text)] as const),
      ['codes', codes],
      ['messages', messages],
    ]) < 0
  ) {
    return -1;
  }
  const model = ['EMPTY', 'ANY', 'MIXED', 'NAME', 'CHOICE', 'SEQ'].map(
    (name, i) => [`XML_CTYPE_${name}`, PyLong_FromLong(i + 1)] as const,
  );
  const quantifiers = ['NONE', 'OPT', 'REP', 'PLUS'].map(
    (name, i) => [`XML_CQUANT_${name}`, PyLong_FromLong(i)] as const,
  );
  if (submodule(m, 'model', 'Constants used to interpret content model information.', [...model, ...quantifiers]) < 0) {
    return -1;
  }
  const features: readonly (readonly [string, number])[] = [
    ['sizeof(XML_Char)', 1],
    ['sizeof(XML_LChar)', 1],
    ['XML_DTD', 0],
    ['XML_CONTEXT_BYTES', 1024],
    ['XML_NS', 0],
    ['XML_BLAP_MAX_AMP', 100],
    ['XML_BLAP_ACT_THRES', 8388608],
    ['XML_GE', 0],
  ];
  for (const [name, value] of [
    ['EXPAT_VERSION', toPython('expat_2.7.1')],
    ['version_info', toPython([2, 7, 1])],
    ['native_encoding', toPython('UTF-8')],
    ['features', listOf(features.map((f) => toPython(f)))],
    ['XML_PARAM_ENTITY_PARSING_NEVER', toPython(0)],
    ['XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE', toPython(1)],
    ['XML_PARAM_ENTITY_PARSING_ALWAYS', toPython(2)],
  ] as const) {
    if (PyModule_Add(m, name, value) < 0) return -1;
  }
  return 0;
}

defineModule({
  name: 'pyexpat',
  doc: 'Python wrapper for Expat parser.',
  functions: [
    method(
      'ParserCreate',
      '($module, /, encoding=None, namespace_separator=None, intern=<unrepresentable>)',
      parser_create,
      'Return a new XML parser object.',
    ),
    method(
      'ErrorString',
      '($module, code: int, /)',
      (_module: Obj, code: number) => toPython(code < 1 || code > MESSAGES.length ? null : MESSAGES[code - 1][1]),
      'Returns string error for given number.',
    ),
  ],
  exec: expat_exec,
});
