// Where is importlib?  Invariant: the word is 0 until start-up has made `_frozen_importlib`, and then owns it until finalization.

import { rootWord } from '../object/roots.js';

/** Index of the module importlib._bootstrap (owned). */
export const importlib_word = rootWord('the import system');
