// How is a line edited where `_pyrepl` cannot run?  Invariant: the editor is Node's readline, on the main thread, which is where Node
// has the terminal; it lives for one line, and leaves the terminal as it found it.

import { EINTR, ENOTTY } from '../config/errno.js';

export interface LineEditor {
  /** The Worker's answer to a question for completions. */
  completed(matches: readonly string[], word: string): void;
}

/**
 * Reads one line: `done` gets it without its end, null at the end of input, -EINTR after Ctrl-C.  `complete` asks for the completions
 * at the cursor; the answer comes with `completed`.
 */
export function editLine(
  request: { readonly prompt: string; readonly history: readonly string[]; readonly completes: boolean },
  complete: (line: string, cursor: number) => void,
  done: (result: string | null | number) => void,
): LineEditor {
  const { createInterface } = process.getBuiltinModule('node:readline');
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    done(-ENOTTY);
    return { completed: () => {} };
  }
  let answer: ((error: null, result: [string[], string]) => void) | undefined;
  let finished = false;
  const finish = (result: string | null | number): void => {
    if (finished) return;
    finished = true;
    rl.close();
    process.stdin.pause();
    done(result);
  };
  const rl = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: true,
    history: [...request.history].reverse(),
    tabSize: 4,
    completer: (text: string, callback: (error: null, result: [string[], string]) => void) => {
      // At the beginning of a line the tabulator indents.
      if (text.trim() === '' || !request.completes) {
        callback(null, [[`${text}    `], text]);
        return;
      }
      answer = callback;
      complete(rl.line, rl.cursor);
    },
  });
  rl.on('line', (line) => finish(line));
  rl.on('close', () => finish(null));
  rl.on('SIGINT', () => {
    process.stdout.write('\n');
    finish(-EINTR);
  });
  rl.setPrompt(request.prompt);
  rl.prompt();
  return {
    completed(matches, word) {
      answer?.(null, [[...matches], word]);
      answer = undefined;
    },
  };
}
