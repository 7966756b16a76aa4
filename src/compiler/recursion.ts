// How deep may a program be nested? A counter that stops before the host's stack does.
//
// Invariant: every function of the compiler that calls itself along the syntax tree enters here first and leaves after; beyond the
// limit a RecursionError is raised. The limit is what a worker with a stack of 64 MB bears with room to spare.

import { PySyntaxError } from './syntax_error.js';

const LIMIT = 20000;

export function tooDeep(): PySyntaxError {
  return new PySyntaxError('RecursionError', 'maximum recursion depth exceeded during compilation');
}

export class Nesting {
  private depth = 0;

  enter(): void {
    if (++this.depth > LIMIT) throw tooDeep();
  }

  leave(): void {
    this.depth--;
  }
}
