// Where is the program, when nothing else can be trusted?  Invariant: the frames are read as they are in the heap; nothing is allocated there and no
// Python code runs, so that a fatal error can tell.

import { setFatalDumper } from '../memory/fatal.js';
import { H32 } from '../memory/linear.js';
import { port } from '../object/ports.js';
import type { Obj } from '../object/ptr.js';
import { asString } from '../object/unicode.js';
import { co_filename, co_name, lineOfUnit } from '../types/code_layout.js';
import { cur_frame, F_PREVIOUS, firstComplete, frameCode, frameUnit } from '../types/iframe.js';

const MAX_FRAME_DEPTH = 100;

/** The Python frames, the most recent first, a line each, as _Py_DumpTraceback writes them. */
export function dumpTraceback(): string {
  let text = '';
  let depth = 0;
  for (let f = firstComplete(H32[cur_frame]); f !== 0; f = firstComplete(H32[(f + F_PREVIOUS) >> 2])) {
    if (depth++ >= MAX_FRAME_DEPTH) return `${text}  ...\n`;
    const code = frameCode(f);
    const name = (offset: number) => asString(H32[(code + offset) >> 2] as Obj);
    text += `  File "${name(co_filename)}", line ${lineOfUnit(code, frameUnit(f))} in ${name(co_name)}\n`;
  }
  return text;
}

port.dumpTraceback = dumpTraceback;
setFatalDumper(() => {
  const frames = dumpTraceback();
  return frames === '' ? '' : `Current thread 0x00000001 (most recent call first):\n${frames}`;
});
