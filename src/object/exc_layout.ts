// What does an exception instance look like?  Invariant: every exception's layout extends BaseExc, so that raising, chaining and
// tracebacks need nothing but these fields.

import { dictField, i32, layout, ref } from './layout.js';

export const BaseExc = layout({
  dict: dictField,
  args: ref,
  notes: ref,
  traceback: ref,
  context: ref,
  cause: ref,
  suppress_context: i32,
});

export const {
  dict: exc_dict,
  args: exc_args,
  notes: exc_notes,
  traceback: exc_traceback,
  context: exc_context,
  cause: exc_cause,
  suppress_context: exc_suppress_context,
} = BaseExc;

/** What an AttributeError has besides (NameError has `name`, at the same offset). */
export const AttributeErrorExc = layout({ name: ref, obj: ref }, { base: BaseExc.info });
