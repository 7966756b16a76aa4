// How does a compiled regular expression match?
//
// Invariant: the code is what the library's re._compiler emits (opcodes of re._constants); the machine is a backtracking matcher whose choices are
// calls of `match`, so that failing means returning, with the marks restored by whoever made the choice.  A subject is read in place; nothing of the
// heap is changed.  The depth of choices is bounded: beyond it the matcher gives up with an error instead of overflowing the host's stack.
//
// `pc` and the code are indices into H32 (a pattern object holds its code), positions are character indices.

import { H8, H16, H32 } from '../memory/linear.js';
import { isAlpha, isDecimal, isDigit, isNumeric, isSpace } from '../object/unicode_ctype.js';
import { simpleLower, simpleUpper } from '../object/unicode_tables.js';

const FAILURE = 0;
const SUCCESS = 1;
const ANY = 2;
const ANY_ALL = 3;
const ASSERT = 4;
const ASSERT_NOT = 5;
const AT = 6;
const BRANCH = 7;
const CATEGORY = 8;
const CHARSET = 9;
const BIGCHARSET = 10;
const GROUPREF = 11;
const GROUPREF_EXISTS = 12;
const IN = 13;
const INFO = 14;
const JUMP = 15;
const LITERAL = 16;
const MARK = 17;
const MAX_UNTIL = 18;
const MIN_UNTIL = 19;
const NOT_LITERAL = 20;
const NEGATE = 21;
const RANGE = 22;
const REPEAT = 23;
const REPEAT_ONE = 24;
const MIN_REPEAT_ONE = 26;
const ATOMIC_GROUP = 27;
const POSSESSIVE_REPEAT = 28;
const POSSESSIVE_REPEAT_ONE = 29;
const GROUPREF_IGNORE = 30;
const IN_IGNORE = 31;
const LITERAL_IGNORE = 32;
const NOT_LITERAL_IGNORE = 33;
const GROUPREF_LOC_IGNORE = 34;
const IN_LOC_IGNORE = 35;
const LITERAL_LOC_IGNORE = 36;
const NOT_LITERAL_LOC_IGNORE = 37;
const GROUPREF_UNI_IGNORE = 38;
const IN_UNI_IGNORE = 39;
const LITERAL_UNI_IGNORE = 40;
const NOT_LITERAL_UNI_IGNORE = 41;
const RANGE_UNI_IGNORE = 42;

const MAXREPEAT = -1;
/** Codes of AT: the beginning of the subject. */
const AT_BEGINNING = 0;
const AT_BEGINNING_STRING = 2;
/** Choices that may be open at once: each is a frame of the JavaScript stack. */
const MAX_DEPTH = 120_000;

const isWordAscii = (c: number): boolean =>
  (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95;
const isWordUnicode = (c: number): boolean =>
  c < 128 ? isWordAscii(c) : isAlpha(c) || isDecimal(c) || isDigit(c) || isNumeric(c);
const isLatin1Alnum = (c: number): boolean => isWordAscii(c);
const isLinebreakUnicode = (c: number): boolean =>
  (c >= 10 && c <= 13) || (c >= 28 && c <= 30) || c === 0x85 || c === 0x2028 || c === 0x2029;

export function lowerAscii(c: number): number {
  return c >= 65 && c <= 90 ? c + 32 : c;
}
const upperAscii = (c: number): number => (c >= 97 && c <= 122 ? c - 32 : c);
export function lowerUnicode(c: number): number {
  return c < 128 ? lowerAscii(c) : simpleLower(c);
}
const upperUnicode = (c: number): number => (c < 128 ? upperAscii(c) : simpleUpper(c));

/** Whether a character has another case at all. */
export function asciiIsCased(c: number): boolean {
  return c < 128 && (lowerAscii(c) !== c || upperAscii(c) !== c);
}
export function unicodeIsCased(c: number): boolean {
  return lowerUnicode(c) !== c || upperUnicode(c) !== c;
}

function category(kind: number, c: number): boolean {
  switch (kind) {
    case 0:
      return c >= 48 && c <= 57;
    case 1:
      return !(c >= 48 && c <= 57);
    case 2:
      return c === 32 || (c >= 9 && c <= 13);
    case 3:
      return !(c === 32 || (c >= 9 && c <= 13));
    case 4:
      return isWordAscii(c);
    case 5:
      return !isWordAscii(c);
    case 6:
      return c === 10;
    case 7:
      return c !== 10;
    case 8:
      return c < 256 && isLatin1Alnum(c);
    case 9:
      return !(c < 256 && isLatin1Alnum(c));
    case 10:
      return isDecimal(c);
    case 11:
      return !isDecimal(c);
    case 12:
      return isSpace(c);
    case 13:
      return !isSpace(c);
    case 14:
      return isWordUnicode(c);
    case 15:
      return !isWordUnicode(c);
    case 16:
      return isLinebreakUnicode(c);
    default:
      return !isLinebreakUnicode(c);
  }
}

/** Whether a set (from `pc` on) contains a character. */
function charset(pc: number, c: number, other = -1): boolean {
  let ok = true;
  for (;;) {
    switch (H32[pc++]) {
      case FAILURE:
        return !ok;
      case LITERAL:
        if (c === H32[pc] || other === H32[pc]) return ok;
        pc++;
        break;
      case CATEGORY:
        if (category(H32[pc], c) || (other >= 0 && category(H32[pc], other))) return ok;
        pc++;
        break;
      case CHARSET:
        if (c < 256 && H32[pc + (c >> 5)] & (1 << (c & 31))) return ok;
        if (other >= 0 && other < 256 && H32[pc + (other >> 5)] & (1 << (other & 31))) return ok;
        pc += 8;
        break;
      case RANGE:
        if ((c >= H32[pc] && c <= H32[pc + 1]) || (other >= H32[pc] && other <= H32[pc + 1])) return ok;
        pc += 2;
        break;
      case RANGE_UNI_IGNORE: {
        if (c >= H32[pc] && c <= H32[pc + 1]) return ok;
        const u = upperUnicode(c);
        if (u >= H32[pc] && u <= H32[pc + 1]) return ok;
        pc += 2;
        break;
      }
      case NEGATE:
        ok = !ok;
        break;
      case BIGCHARSET: {
        const count = H32[pc++];
        const block = c < 65536 ? H8[(pc << 2) + (c >> 8)] : -1;
        pc += 64;
        if (block >= 0 && H32[pc + ((block * 256 + (c & 255)) >> 5)] & (1 << (c & 31))) return ok;
        pc += count * 8;
        break;
      }
      default:
        return false;
    }
  }
}

/** A repeat that is being matched: how often, since where, inside which other. */
interface Repeat {
  count: number;
  readonly pattern: number;
  readonly previous: Repeat | null;
  lastPtr: number;
}

export class TooDeep extends Error {}

/** A subject and how far a match in it has come. */
export class MatchState {
  readonly data: number;
  readonly kind: number;
  /** The bounds of the search; the subject begins at 0. */
  start: number;
  end: number;
  /** Where the last successful match ended. */
  ptr = 0;
  matchAll = false;
  mustAdvance = false;
  lastmark = -1;
  lastindex = -1;
  readonly mark: Int32Array;
  private repeat: Repeat | null = null;
  private depth = 0;

  constructor(data: number, kind: number, start: number, end: number, groups: number) {
    this.data = data;
    this.kind = kind;
    this.start = start;
    this.end = end;
    this.mark = new Int32Array(2 * groups + 2).fill(-1);
  }

  reset(): void {
    this.lastmark = -1;
    this.lastindex = -1;
    this.repeat = null;
    this.depth = 0;
  }

  char(i: number): number {
    if (this.kind === 1) return H8[this.data + i];
    return this.kind === 2 ? H16[(this.data >> 1) + i] : H32[(this.data >> 2) + i];
  }

  private at(ptr: number, where: number): boolean {
    const word = (test: (c: number) => boolean): boolean => {
      if (this.end === 0) return false;
      const that = ptr > 0 && test(this.char(ptr - 1));
      const here = ptr < this.end && test(this.char(ptr));
      return that !== here;
    };
    switch (where) {
      case 0:
      case 2:
        return ptr === 0;
      case 1:
        return ptr === 0 || this.char(ptr - 1) === 10;
      case 5:
        return ptr === this.end || (ptr === this.end - 1 && this.char(ptr) === 10);
      case 6:
        return ptr === this.end || this.char(ptr) === 10;
      case 7:
        return ptr === this.end;
      case 3:
        return word(isWordAscii);
      case 4:
        return !word(isWordAscii);
      case 8:
        return word((c) => c < 256 && isLatin1Alnum(c));
      case 9:
        return !word((c) => c < 256 && isLatin1Alnum(c));
      case 10:
        return word(isWordUnicode);
      default:
        return !word(isWordUnicode);
    }
  }

  /** How often the one-character pattern at `pc` matches from `ptr` on, at most `max` times. */
  private count(pc: number, ptr: number, max: number): number {
    const limit = max === MAXREPEAT || max < 0 || max > this.end - ptr ? this.end : ptr + max;
    let p = ptr;
    switch (H32[pc]) {
      case IN:
        while (p < limit && charset(pc + 2, this.char(p))) p++;
        break;
      case ANY:
        while (p < limit && this.char(p) !== 10) p++;
        break;
      case ANY_ALL:
        p = limit;
        break;
      case LITERAL: {
        const c = H32[pc + 1];
        while (p < limit && this.char(p) === c) p++;
        break;
      }
      case NOT_LITERAL: {
        const c = H32[pc + 1];
        while (p < limit && this.char(p) !== c) p++;
        break;
      }
      default:
        while (p < limit && this.one(pc, this.char(p))) p++;
    }
    return p - ptr;
  }

  /** Whether one character matches a one-character pattern. */
  private one(pc: number, c: number): boolean {
    switch (H32[pc]) {
      case LITERAL:
        return c === H32[pc + 1];
      case NOT_LITERAL:
        return c !== H32[pc + 1];
      case ANY:
        return c !== 10;
      case ANY_ALL:
        return true;
      case CATEGORY:
        return category(H32[pc + 1], c);
      case IN:
        return charset(pc + 2, c);
      case IN_IGNORE:
        return charset(pc + 2, lowerAscii(c));
      case IN_LOC_IGNORE:
        return charset(pc + 2, lowerAscii(c), upperAscii(c));
      case IN_UNI_IGNORE:
        return charset(pc + 2, lowerUnicode(c));
      case LITERAL_IGNORE:
        return lowerAscii(c) === H32[pc + 1];
      case NOT_LITERAL_IGNORE:
        return lowerAscii(c) !== H32[pc + 1];
      case LITERAL_UNI_IGNORE:
        return lowerUnicode(c) === H32[pc + 1];
      case NOT_LITERAL_UNI_IGNORE:
        return lowerUnicode(c) !== H32[pc + 1];
      case LITERAL_LOC_IGNORE:
        return c === H32[pc + 1] || lowerAscii(c) === H32[pc + 1] || upperAscii(c) === H32[pc + 1];
      case NOT_LITERAL_LOC_IGNORE:
        return !(c === H32[pc + 1] || lowerAscii(c) === H32[pc + 1] || upperAscii(c) === H32[pc + 1]);
      default:
        return false;
    }
  }

  private saveMarks(): Int32Array | null {
    return this.lastmark >= 0 ? this.mark.slice(0, this.lastmark + 1) : null;
  }

  private restoreMarks(saved: Int32Array | null): void {
    if (saved !== null) this.mark.set(saved);
  }

  private success(ptr: number, toplevel: boolean): boolean {
    if (toplevel && ((this.matchAll && ptr !== this.end) || (this.mustAdvance && ptr === this.start))) return false;
    this.ptr = ptr;
    return true;
  }

  /** Matches the code at `pc` from `ptr` on; on success `this.ptr` is the end. */
  match(pc: number, ptr: number, toplevel: boolean): boolean {
    if (++this.depth > MAX_DEPTH) throw new TooDeep();
    const r = this.run(pc, ptr, toplevel);
    this.depth--;
    return r;
  }

  private run(pc: number, ptr: number, toplevel: boolean): boolean {
    const end = this.end;
    for (;;) {
      const op = H32[pc++];
      switch (op) {
        case MARK: {
          const i = H32[pc++];
          if (i & 1) this.lastindex = (i >> 1) + 1;
          if (i > this.lastmark) {
            for (let j = this.lastmark + 1; j < i; j++) this.mark[j] = -1;
            this.lastmark = i;
          }
          this.mark[i] = ptr;
          break;
        }
        case LITERAL:
          if (ptr >= end || this.char(ptr) !== H32[pc]) return false;
          pc++;
          ptr++;
          break;
        case NOT_LITERAL:
          if (ptr >= end || this.char(ptr) === H32[pc]) return false;
          pc++;
          ptr++;
          break;
        case SUCCESS:
          return this.success(ptr, toplevel);
        case AT:
          if (!this.at(ptr, H32[pc])) return false;
          pc++;
          break;
        case CATEGORY:
          if (ptr >= end || !category(H32[pc], this.char(ptr))) return false;
          pc++;
          ptr++;
          break;
        case ANY:
          if (ptr >= end || this.char(ptr) === 10) return false;
          ptr++;
          break;
        case ANY_ALL:
          if (ptr >= end) return false;
          ptr++;
          break;
        case IN:
          if (ptr >= end || !charset(pc + 1, this.char(ptr))) return false;
          pc += H32[pc];
          ptr++;
          break;
        case IN_IGNORE:
        case IN_LOC_IGNORE:
        case IN_UNI_IGNORE:
          if (ptr >= end || !this.one(pc - 1, this.char(ptr))) return false;
          pc += H32[pc];
          ptr++;
          break;
        case LITERAL_IGNORE:
        case NOT_LITERAL_IGNORE:
        case LITERAL_UNI_IGNORE:
        case NOT_LITERAL_UNI_IGNORE:
        case LITERAL_LOC_IGNORE:
        case NOT_LITERAL_LOC_IGNORE:
          if (ptr >= end || !this.one(pc - 1, this.char(ptr))) return false;
          pc++;
          ptr++;
          break;
        case GROUPREF:
        case GROUPREF_IGNORE:
        case GROUPREF_UNI_IGNORE:
        case GROUPREF_LOC_IGNORE: {
          const g = 2 * H32[pc++];
          if (g >= this.lastmark) return false;
          let p = this.mark[g];
          const e = this.mark[g + 1];
          if (p < 0 || e < p) return false;
          const fold = op === GROUPREF ? null : op === GROUPREF_UNI_IGNORE ? lowerUnicode : lowerAscii;
          for (; p < e; p++, ptr++) {
            if (ptr >= end) return false;
            const a = this.char(ptr);
            const b = this.char(p);
            if (fold === null ? a !== b : fold(a) !== fold(b)) return false;
          }
          break;
        }
        case GROUPREF_EXISTS: {
          const g = 2 * H32[pc];
          const set = g < this.lastmark && this.mark[g] >= 0 && this.mark[g + 1] >= this.mark[g];
          pc += set ? 2 : H32[pc + 1];
          break;
        }
        case JUMP:
        case INFO:
          pc += H32[pc];
          break;
        case ASSERT:
          if (ptr < H32[pc + 1]) return false;
          if (!this.match(pc + 2, ptr - H32[pc + 1], false)) return false;
          pc += H32[pc];
          break;
        case ASSERT_NOT:
          if (ptr >= H32[pc + 1]) {
            const [lm, li] = [this.lastmark, this.lastindex];
            const saved = this.saveMarks();
            if (this.match(pc + 2, ptr - H32[pc + 1], false)) return false;
            this.restoreMarks(saved);
            this.lastmark = lm;
            this.lastindex = li;
          }
          pc += H32[pc];
          break;
        case BRANCH: {
          const [lm, li] = [this.lastmark, this.lastindex];
          const saved = this.repeat !== null ? this.saveMarks() : null;
          for (; H32[pc] !== 0; pc += H32[pc]) {
            const first = H32[pc + 1];
            if (first === LITERAL && (ptr >= end || this.char(ptr) !== H32[pc + 2])) continue;
            if (first === IN && (ptr >= end || !charset(pc + 3, this.char(ptr)))) continue;
            if (this.match(pc + 1, ptr, toplevel)) return true;
            this.restoreMarks(saved);
            this.lastmark = lm;
            this.lastindex = li;
          }
          return false;
        }
        case REPEAT_ONE:
          return this.repeatOne(pc, ptr, toplevel);
        case MIN_REPEAT_ONE:
          return this.minRepeatOne(pc, ptr, toplevel);
        case POSSESSIVE_REPEAT_ONE: {
          const min = H32[pc + 1] >>> 0;
          if (end - ptr < min) return false;
          const n = this.count(pc + 3, ptr, H32[pc + 2]);
          if (n < min) return false;
          ptr += n;
          pc += H32[pc];
          break;
        }
        case REPEAT: {
          const rep: Repeat = { count: -1, pattern: pc, previous: this.repeat, lastPtr: -1 };
          this.repeat = rep;
          const r = this.match(pc + H32[pc], ptr, toplevel);
          this.repeat = rep.previous;
          return r;
        }
        case MAX_UNTIL:
          return this.maxUntil(pc, ptr, toplevel);
        case MIN_UNTIL:
          return this.minUntil(pc, ptr, toplevel);
        case POSSESSIVE_REPEAT: {
          const p = this.possessiveRepeat(pc, ptr);
          if (p < 0) return false;
          ptr = p;
          pc += H32[pc] + 1;
          break;
        }
        case ATOMIC_GROUP:
          if (!this.match(pc + 1, ptr, false)) return false;
          ptr = this.ptr;
          pc += H32[pc];
          break;
        default:
          return false;
      }
    }
  }

  private repeatOne(pc: number, start: number, toplevel: boolean): boolean {
    const min = H32[pc + 1] >>> 0;
    if (this.end - start < min) return false;
    let n = this.count(pc + 3, start, H32[pc + 2]);
    if (n < min) return false;
    let ptr = start + n;
    const tail = pc + H32[pc];
    if (H32[tail] === SUCCESS && this.success(ptr, toplevel)) return true;
    const [lm, li] = [this.lastmark, this.lastindex];
    const saved = this.repeat !== null ? this.saveMarks() : null;
    const literal = H32[tail] === LITERAL ? H32[tail + 1] : -1;
    for (; n >= min; n--, ptr--) {
      if (literal >= 0 && (ptr >= this.end || this.char(ptr) !== literal)) continue;
      if (this.match(tail, ptr, toplevel)) return true;
      this.restoreMarks(saved);
      this.lastmark = lm;
      this.lastindex = li;
    }
    return false;
  }

  private minRepeatOne(pc: number, start: number, toplevel: boolean): boolean {
    const min = H32[pc + 1] >>> 0;
    const max = H32[pc + 2];
    if (this.end - start < min) return false;
    let n = min === 0 ? 0 : this.count(pc + 3, start, min);
    if (n < min) return false;
    let ptr = start + n;
    const tail = pc + H32[pc];
    const [lm, li] = [this.lastmark, this.lastindex];
    const saved = this.repeat !== null ? this.saveMarks() : null;
    while (max === MAXREPEAT || n <= max >>> 0) {
      if (this.match(tail, ptr, toplevel)) return true;
      if (this.count(pc + 3, ptr, 1) === 0) break;
      ptr++;
      n++;
      this.restoreMarks(saved);
      this.lastmark = lm;
      this.lastindex = li;
    }
    return false;
  }

  private maxUntil(pc: number, ptr: number, toplevel: boolean): boolean {
    const rep = this.repeat;
    if (rep === null) return false;
    const count = rep.count + 1;
    const body = rep.pattern + 3;
    const max = H32[rep.pattern + 2];
    if (count < H32[rep.pattern + 1] >>> 0) {
      rep.count = count;
      if (this.match(body, ptr, toplevel)) return true;
      rep.count = count - 1;
      return false;
    }
    if ((max === MAXREPEAT || count < max >>> 0) && ptr !== rep.lastPtr) {
      rep.count = count;
      const [lm, li] = [this.lastmark, this.lastindex];
      const saved = this.saveMarks();
      const last = rep.lastPtr;
      rep.lastPtr = ptr;
      if (this.match(body, ptr, toplevel)) return true;
      rep.lastPtr = last;
      this.restoreMarks(saved);
      this.lastmark = lm;
      this.lastindex = li;
      rep.count = count - 1;
    }
    // The body has had its turns: what follows is outside of this repeat.
    this.repeat = rep.previous;
    const r = this.match(pc, ptr, toplevel);
    this.repeat = rep;
    return r;
  }

  private minUntil(pc: number, ptr: number, toplevel: boolean): boolean {
    const rep = this.repeat;
    if (rep === null) return false;
    const count = rep.count + 1;
    const body = rep.pattern + 3;
    const max = H32[rep.pattern + 2];
    if (count < H32[rep.pattern + 1] >>> 0) {
      rep.count = count;
      if (this.match(body, ptr, toplevel)) return true;
      rep.count = count - 1;
      return false;
    }
    const [lm, li] = [this.lastmark, this.lastindex];
    const saved = this.saveMarks();
    this.repeat = rep.previous;
    if (this.match(pc, ptr, toplevel)) {
      this.repeat = rep;
      return true;
    }
    this.repeat = rep;
    this.restoreMarks(saved);
    this.lastmark = lm;
    this.lastindex = li;
    if ((max !== MAXREPEAT && count >= max >>> 0) || ptr === rep.lastPtr) return false;
    rep.count = count;
    const last = rep.lastPtr;
    rep.lastPtr = ptr;
    const r = this.match(body, ptr, toplevel);
    rep.lastPtr = last;
    if (!r) rep.count = count - 1;
    return r;
  }

  /** The end of as many repeats as there are, or -1. */
  private possessiveRepeat(pc: number, start: number): number {
    const min = H32[pc + 1] >>> 0;
    const max = H32[pc + 2];
    const outer = this.repeat;
    this.repeat = { count: -1, pattern: pc, previous: null, lastPtr: -1 };
    let ptr = start;
    let n = 0;
    for (; n < min; n++) {
      if (!this.match(pc + 3, ptr, false)) {
        this.repeat = outer;
        return -1;
      }
      ptr = this.ptr;
    }
    let last = -1;
    while ((max === MAXREPEAT || n < max >>> 0) && ptr !== last) {
      const [lm, li] = [this.lastmark, this.lastindex];
      const saved = this.saveMarks();
      last = ptr;
      if (!this.match(pc + 3, ptr, false)) {
        this.restoreMarks(saved);
        this.lastmark = lm;
        this.lastindex = li;
        break;
      }
      ptr = this.ptr;
      n++;
    }
    this.repeat = outer;
    return ptr;
  }

  /** Looks for a match from `start` on; on success start and ptr are its bounds. */
  search(code: number): boolean {
    let pc = code;
    let first = -1;
    let set = -1;
    let minWidth = 0;
    if (H32[pc] === INFO) {
      const flags = H32[pc + 2];
      minWidth = H32[pc + 3];
      if (flags & 1) first = H32[pc + 7];
      else if (flags & 4) set = pc + 5;
      pc += 1 + H32[pc + 1];
    }
    if (first < 0 && H32[pc] === LITERAL) first = H32[pc + 1];
    // What is anchored at the beginning of the subject is there or nowhere.
    const anchored = H32[pc] === AT && (H32[pc + 1] === AT_BEGINNING || H32[pc + 1] === AT_BEGINNING_STRING);
    const last = anchored ? this.start : minWidth > 1 ? this.end - minWidth : this.end;
    for (let p = this.start; p <= last; p++) {
      if (first >= 0) {
        while (p < this.end && this.char(p) !== first) p++;
        if (p >= this.end || p > last) return false;
      } else if (set >= 0) {
        while (p < this.end && !charset(set, this.char(p))) p++;
        if (p >= this.end || p > last) return false;
      }
      this.reset();
      const begin = this.start;
      this.start = p;
      if (this.match(pc, p, true)) return true;
      // Only a match at the place where the last one was empty has to get on.
      if (p === begin) this.mustAdvance = false;
    }
    return false;
  }
}
