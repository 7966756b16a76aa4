// Which special method belongs to which slot?
//
// Invariant: this table is the only place that knows; both directions follow from it: the wrapper that makes `type.__add__` out of a
// native slot, and the function that fills the slot of a class whose Python code defines `__add__` (slot_functions.ts).
// The order is that of CPython's table: for names that serve several slots, the first of them that is filled gives the wrapper.

import type { SlotName } from './type_layout.js';

/** How a wrapper calls its slot (slot_wrappers.ts). */
// 'binaryLeft' calls as 'binary' does: it keeps the wrapper of a number's `+` apart from that of a sequence's concatenation, whose function must
// not become the number slot of a subclass (there either operand may be of that class).
export type WrapKind =
  | 'unary'
  | 'binary'
  | 'binaryLeft'
  | 'binaryReflected'
  | 'ternary'
  | 'ternaryReflected'
  | 'inquiry'
  | 'len'
  | 'index'
  | 'seqItem'
  | 'seqSetItem'
  | 'seqDelItem'
  | 'contains'
  | 'objobjproc'
  | 'objobjargproc'
  | 'delitem'
  | 'hash'
  | 'call'
  | 'setattr'
  | 'delattr'
  | 'lt'
  | 'le'
  | 'eq'
  | 'ne'
  | 'gt'
  | 'ge'
  | 'next'
  | 'descrGet'
  | 'descrSet'
  | 'descrDelete'
  | 'init'
  | 'new'
  | 'del'
  | 'buffer'
  | 'releasebuffer'
  | 'getattribute'
  | 'none';

export interface SlotDef {
  readonly name: string;
  readonly slot: SlotName;
  readonly kind: WrapKind;
  readonly doc: string;
  /** `__text_signature__` of the wrapper. */
  readonly signature: string;
}

const SELF = '($self, /)';
const VALUE = '($self, value, /)';
const KEY = '($self, key, /)';

const def = (name: string, slot: SlotName, kind: WrapKind, doc: string, signature: string): SlotDef => ({
  name,
  slot,
  kind,
  doc,
  signature,
});
const unary = (name: string, slot: SlotName, doc: string) => def(name, slot, 'unary', doc, SELF);
const binary = (name: string, slot: SlotName, op: string) =>
  def(name, slot, 'binaryLeft', `Return self${op}value.`, VALUE);
const reflected = (name: string, slot: SlotName, op: string) =>
  def(name, slot, 'binaryReflected', `Return value${op}self.`, VALUE);
const inplace = (name: string, slot: SlotName, op: string) =>
  def(name, slot, 'binary', `Return self${op}value.`, VALUE);
const compare = (name: string, kind: WrapKind, op: string) =>
  def(name, 'tp_richcompare', kind, `Return self${op}value.`, VALUE);

export const slotDefs: readonly SlotDef[] = [
  def('__getattribute__', 'tp_getattro', 'getattribute', 'Return getattr(self, name).', '($self, name, /)'),
  def('__getattr__', 'tp_getattro', 'none', 'Implement getattr(self, name).', ''),
  def('__setattr__', 'tp_setattro', 'setattr', 'Implement setattr(self, name, value).', '($self, name, value, /)'),
  def('__delattr__', 'tp_setattro', 'delattr', 'Implement delattr(self, name).', '($self, name, /)'),
  unary('__repr__', 'tp_repr', 'Return repr(self).'),
  def('__hash__', 'tp_hash', 'hash', 'Return hash(self).', SELF),
  def('__call__', 'tp_call', 'call', 'Call self as a function.', '($self, /, *args, **kwargs)'),
  unary('__str__', 'tp_str', 'Return str(self).'),
  compare('__lt__', 'lt', '<'),
  compare('__le__', 'le', '<='),
  compare('__eq__', 'eq', '=='),
  compare('__ne__', 'ne', '!='),
  compare('__gt__', 'gt', '>'),
  compare('__ge__', 'ge', '>='),
  unary('__iter__', 'tp_iter', 'Implement iter(self).'),
  def('__next__', 'tp_iternext', 'next', 'Implement next(self).', SELF),
  def(
    '__get__',
    'tp_descr_get',
    'descrGet',
    'Return an attribute of instance, which is of type owner.',
    '($self, instance, owner=None, /)',
  ),
  def('__set__', 'tp_descr_set', 'descrSet', 'Set an attribute of instance to value.', '($self, instance, value, /)'),
  def('__delete__', 'tp_descr_set', 'descrDelete', 'Delete an attribute of instance.', '($self, instance, /)'),
  def(
    '__init__',
    'tp_init',
    'init',
    'Initialize self.  See help(type(self)) for accurate signature.',
    '($self, /, *args, **kwargs)',
  ),
  def('__new__', 'tp_new', 'none', 'Create and return new object.', '(type, /, *args, **kwargs)'),
  def('__del__', 'tp_finalize', 'del', 'Called when the instance is about to be destroyed.', SELF),
  def(
    '__buffer__',
    'bf_getbuffer',
    'buffer',
    'Return a buffer object that exposes the underlying memory of the object.',
    '($self, flags, /)',
  ),
  def(
    '__release_buffer__',
    'bf_releasebuffer',
    'releasebuffer',
    'Release the buffer object that exposes the underlying memory of the object.',
    '($self, buffer, /)',
  ),
  unary('__await__', 'am_await', 'Return an iterator to be used in await expression.'),
  unary('__aiter__', 'am_aiter', 'Return an awaitable, that resolves in asynchronous iterator.'),
  unary('__anext__', 'am_anext', 'Return a value or raise StopAsyncIteration.'),
  binary('__add__', 'nb_add', '+'),
  reflected('__radd__', 'nb_add', '+'),
  binary('__sub__', 'nb_subtract', '-'),
  reflected('__rsub__', 'nb_subtract', '-'),
  binary('__mul__', 'nb_multiply', '*'),
  reflected('__rmul__', 'nb_multiply', '*'),
  binary('__mod__', 'nb_remainder', '%'),
  reflected('__rmod__', 'nb_remainder', '%'),
  def('__divmod__', 'nb_divmod', 'binaryLeft', 'Return divmod(self, value).', VALUE),
  def('__rdivmod__', 'nb_divmod', 'binaryReflected', 'Return divmod(value, self).', VALUE),
  def('__pow__', 'nb_power', 'ternary', 'Return pow(self, value, mod).', '($self, value, mod=None, /)'),
  def('__rpow__', 'nb_power', 'ternaryReflected', 'Return pow(value, self, mod).', '($self, value, mod=None, /)'),
  unary('__neg__', 'nb_negative', '-self'),
  unary('__pos__', 'nb_positive', '+self'),
  unary('__abs__', 'nb_absolute', 'abs(self)'),
  def('__bool__', 'nb_bool', 'inquiry', 'True if self else False', SELF),
  unary('__invert__', 'nb_invert', '~self'),
  binary('__lshift__', 'nb_lshift', '<<'),
  reflected('__rlshift__', 'nb_lshift', '<<'),
  binary('__rshift__', 'nb_rshift', '>>'),
  reflected('__rrshift__', 'nb_rshift', '>>'),
  binary('__and__', 'nb_and', '&'),
  reflected('__rand__', 'nb_and', '&'),
  binary('__xor__', 'nb_xor', '^'),
  reflected('__rxor__', 'nb_xor', '^'),
  binary('__or__', 'nb_or', '|'),
  reflected('__ror__', 'nb_or', '|'),
  unary('__int__', 'nb_int', 'int(self)'),
  unary('__float__', 'nb_float', 'float(self)'),
  inplace('__iadd__', 'nb_inplace_add', '+='),
  inplace('__isub__', 'nb_inplace_subtract', '-='),
  inplace('__imul__', 'nb_inplace_multiply', '*='),
  inplace('__imod__', 'nb_inplace_remainder', '%='),
  def('__ipow__', 'nb_inplace_power', 'binary', 'Return self**=value.', VALUE),
  inplace('__ilshift__', 'nb_inplace_lshift', '<<='),
  inplace('__irshift__', 'nb_inplace_rshift', '>>='),
  inplace('__iand__', 'nb_inplace_and', '&='),
  inplace('__ixor__', 'nb_inplace_xor', '^='),
  inplace('__ior__', 'nb_inplace_or', '|='),
  binary('__floordiv__', 'nb_floor_divide', '//'),
  reflected('__rfloordiv__', 'nb_floor_divide', '//'),
  binary('__truediv__', 'nb_true_divide', '/'),
  reflected('__rtruediv__', 'nb_true_divide', '/'),
  inplace('__ifloordiv__', 'nb_inplace_floor_divide', '//='),
  inplace('__itruediv__', 'nb_inplace_true_divide', '/='),
  def(
    '__index__',
    'nb_index',
    'unary',
    'Return self converted to an integer, if self is suitable for use as an index into a list.',
    SELF,
  ),
  binary('__matmul__', 'nb_matrix_multiply', '@'),
  reflected('__rmatmul__', 'nb_matrix_multiply', '@'),
  inplace('__imatmul__', 'nb_inplace_matrix_multiply', '@='),
  def('__len__', 'mp_length', 'len', 'Return len(self).', SELF),
  def('__getitem__', 'mp_subscript', 'binary', 'Return self[key].', KEY),
  def('__setitem__', 'mp_ass_subscript', 'objobjargproc', 'Set self[key] to value.', '($self, key, value, /)'),
  def('__delitem__', 'mp_ass_subscript', 'delitem', 'Delete self[key].', KEY),
  def('__len__', 'sq_length', 'len', 'Return len(self).', SELF),
  def('__add__', 'sq_concat', 'binary', 'Return self+value.', VALUE),
  def('__mul__', 'sq_repeat', 'index', 'Return self*value.', VALUE),
  def('__rmul__', 'sq_repeat', 'index', 'Return value*self.', VALUE),
  def('__getitem__', 'sq_item', 'seqItem', 'Return self[key].', KEY),
  def('__setitem__', 'sq_ass_item', 'seqSetItem', 'Set self[key] to value.', '($self, key, value, /)'),
  def('__delitem__', 'sq_ass_item', 'seqDelItem', 'Delete self[key].', KEY),
  def('__contains__', 'sq_contains', 'contains', 'Return bool(key in self).', KEY),
  def('__iadd__', 'sq_inplace_concat', 'binary', 'Implement self+=value.', VALUE),
  def('__imul__', 'sq_inplace_repeat', 'index', 'Implement self*=value.', VALUE),
];

/** The operator's own name to that of its reflection, for slots that have both. */
export const reflectedName: ReadonlyMap<string, string> = new Map(
  slotDefs
    .filter((d) => d.kind === 'binaryReflected' || d.kind === 'ternaryReflected')
    .map((d) => [`__${d.name.slice(3)}`, d.name]),
);
