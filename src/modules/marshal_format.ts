// Which letters does marshal's format have?  Invariant: these are CPython 3.14's (Doc/library/marshal, version 5).

export const MARSHAL_VERSION = 5;
/** Objects may be nested this deep. */
export const MAX_MARSHAL_STACK_DEPTH = 2000;

const code = (c: string) => c.charCodeAt(0);
export const FLAG_REF = 0x80;
export const TYPE_NULL = code('0');
export const TYPE_NONE = code('N');
export const TYPE_FALSE = code('F');
export const TYPE_TRUE = code('T');
export const TYPE_STOPITER = code('S');
export const TYPE_ELLIPSIS = code('.');
export const TYPE_BINARY_FLOAT = code('g');
export const TYPE_BINARY_COMPLEX = code('y');
export const TYPE_LONG = code('l');
export const TYPE_STRING = code('s');
export const TYPE_TUPLE = code('(');
export const TYPE_LIST = code('[');
export const TYPE_DICT = code('{');
export const TYPE_CODE = code('c');
export const TYPE_UNICODE = code('u');
export const TYPE_UNKNOWN = code('?');
export const TYPE_SET = code('<');
export const TYPE_FROZENSET = code('>');
export const TYPE_SLICE = code(':');
export const TYPE_INT = code('i');
export const TYPE_REF = code('r');
export const TYPE_INTERNED = code('t');
export const TYPE_ASCII = code('a');
export const TYPE_ASCII_INTERNED = code('A');
export const TYPE_SMALL_TUPLE = code(')');
export const TYPE_SHORT_ASCII = code('z');
export const TYPE_SHORT_ASCII_INTERNED = code('Z');
export const TYPE_COMPLEX = code('x');
export const TYPE_FLOAT = code('f');
export const TYPE_INT64 = code('I');
