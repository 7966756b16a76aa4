// What belongs to the interpreter as a whole?  Invariant: the builtins dictionary is owned by the interpreter from the moment the module is made
// until finalization.

import { H32 } from '../memory/linear.js';
import { newref } from '../object/header.js';
import type { Obj } from '../object/ptr.js';
import { rootWord } from '../object/roots.js';
import { setOwned } from './sys_state.js';

/** Index of the dictionary of `builtins` (owned). */
export const builtins_dict = rootWord("the interpreter's builtins.__dict__");

/** The dictionary of `builtins`, borrowed. */
export function initialBuiltins(): Obj {
  return H32[builtins_dict] as Obj;
}

/** Makes `dict` (borrowed) the interpreter's builtins. */
export function setInitialBuiltins(dict: Obj): void {
  setOwned(builtins_dict, dict === 0 ? dict : newref(dict));
}
