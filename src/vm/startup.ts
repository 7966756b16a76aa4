// How does the object world come up and go down?
//
// Invariant: the order below is the only one in which nothing is used before it exists: headers of static objects, then strings, then
// dictionaries and types, then exceptions.  Finalization undoes it in reverse; in the builds that count, what is left over then is a leak.

import { initErrors } from '../object/errors.js';
import { initGC } from '../object/gc.js';
import { initGenerations } from '../object/gc_head.js';
import { initIdentifiers } from '../object/identifiers.js';
import { initNativeStack } from '../object/call.js';
import { initBytes } from '../object/bytes.js';
import { initLongs } from '../object/long.js';
import { initTuples } from '../object/tuple.js';
import { layOutStaticTypes, readyStaticTypes } from '../object/type_ready.js';
import { initUnicode } from '../object/unicode.js';
import { initExceptions } from '../types/exceptions.js';
import { initIntText } from '../types/int_text.js';
import { initFrames } from '../types/iframe.js';
import { initSingletons } from '../types/none.js';
import '../types/index.js';
import './eval.js';
import './dump_traceback.js';
import './shadow.js';

/** Brings up memory, types and singletons: false if there is not enough memory even for that. */
export function initObjects(): boolean {
  initGenerations();
  initErrors();
  if (!initNativeStack()) return false;
  layOutStaticTypes();
  initSingletons();
  initLongs();
  initIntText();
  initUnicode();
  initBytes();
  initTuples();
  if (!initIdentifiers()) return false;
  if (!readyStaticTypes()) return false;
  if (!initExceptions()) return false;
  if (!initGC()) return false;
  initFrames();
  return true;
}
