// What belongs to the interpreter as a whole?  Invariant: the builtins dictionary is owned by the interpreter from the moment the module is made
// until finalization.

import { H32 } from '../memory/linear.js';
import { newref } from '../object/header.js';
import { PyDict_GetItemWithError } from '../object/dict.js';
import { ID, idObj } from '../object/identifiers.js';
import { NULL, type Obj } from '../object/ptr.js';
import { rootWord } from '../object/roots.js';
import { setOwned } from './sys_state.js';

const s_all = ID('all');
const s_any = ID('any');

/** Index of the dictionary of `builtins` (owned). */
export const builtins_dict = rootWord("the interpreter's builtins.__dict__");

/** The dictionary of `builtins`, borrowed. */
export function initialBuiltins(): Obj {
  return H32[builtins_dict] as Obj;
}

/** Indices of the functions that LOAD_COMMON_CONSTANT means by all and any, whatever the names are bound to later (owned). */
export const common_all = rootWord('the common constant all');
export const common_any = rootWord('the common constant any');

/** Makes `dict` (borrowed) the interpreter's builtins; NULL ends them. */
export function setInitialBuiltins(dict: Obj): void {
  for (const [word, name] of [
    [common_all, s_all],
    [common_any, s_any],
  ] as const) {
    const f = dict === 0 ? NULL : PyDict_GetItemWithError(dict, idObj(name));
    setOwned(word, f === 0 ? f : newref(f));
  }
  setOwned(builtins_dict, dict === 0 ? dict : newref(dict));
}
