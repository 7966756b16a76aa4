// How is a list sorted?
//
// Invariant: timsort (natural runs, extended by binary insertion, merged with galloping, in the order of the powersort policy): stable, and
// only `<` is asked.  While the sort runs, the list is empty and the sort owns the items in their buffer; at any moment that buffer
// (with the temporary one, while a merge runs) holds a permutation of them, so that an exception loses nothing.
// Places are word indices into H32; `values`, if there are keys of their own, is permuted in step with `keys`.

import { PyMem_Free, PyMem_Malloc } from '../memory/alloc.js';
import { H32, HF64 } from '../memory/linear.js';
import { PyObject_CallOneArg } from './call.js';
import { errMinus1, PyErr_Occurred } from './errors.js';
import { ob_fval } from './float.js';
import { F } from './functable.js';
import { decref, Py_TYPE, xdecref } from './header.js';
import { list_allocated, list_items } from './list.js';
import { compactValue, isCompact } from './long.js';
import { PyErr_NoMemory } from './no_memory.js';
import { Py_EQ, Py_LT, PyObject_IsTrue, PyObject_RichCompareBool } from './object.js';
import type { Obj } from './ptr.js';
import {
  Py_False,
  Py_NotImplemented,
  Py_True,
  PyExc_ValueError,
  PyFloat_Type,
  PyLong_Type,
  PyTuple_Type,
  PyUnicode_Type,
} from './statics.js';
import { tuple_items } from './tuple.js';
import { ob_size, tp_richcompare } from './type_layout.js';
import { PyUnicode_Compare } from './unicode.js';

const MIN_GALLOP = 7;
const MAX_MINRUN = 64;

// What is known about all keys, found by a look at each before the sort: how two of them may be compared.
const ANY = 0;
const STRINGS = 1;
const SMALL_INTS = 2;
const FLOATS = 3;
/** The same type: its tp_richcompare can be called directly. */
const SAME_TYPE = 4;
/** Non-empty tuples. */
const TUPLES = 5;

class Sort {
  readonly keys: number;
  readonly values: number;
  readonly n: number;
  mode = ANY;
  /** How the first elements of tuples are compared. */
  elementMode = ANY;
  richcompare = 0;
  minGallop = MIN_GALLOP;
  temp = 0;
  tempRoom = 0;
  readonly runBase: number[] = [];
  readonly runLength: number[] = [];
  readonly runPower: number[] = [];

  constructor(keys: number, values: number, n: number) {
    this.keys = keys;
    this.values = values;
    this.n = n;
    this.chooseComparison();
  }

  private chooseComparison(): void {
    const { keys, n } = this;
    let allTuples = true;
    for (let i = 0; i < n; i++) {
      const key = H32[keys + i] as Obj;
      if (Py_TYPE(key) !== PyTuple_Type || H32[(key + ob_size) >> 2] === 0) {
        allTuples = false;
        break;
      }
    }
    const at = (i: number) => (allTuples ? H32[(H32[keys + i] + tuple_items) >> 2] : H32[keys + i]) as Obj;
    const type = Py_TYPE(at(0));
    let sameType = true;
    let compact = type === PyLong_Type;
    for (let i = 0; i < n && sameType; i++) {
      const key = at(i);
      if (Py_TYPE(key) !== type) sameType = false;
      else if (compact && !isCompact(key)) compact = false;
    }
    let mode = ANY;
    if (sameType) {
      if (type === PyUnicode_Type) mode = STRINGS;
      else if (compact) mode = SMALL_INTS;
      else if (type === PyFloat_Type) mode = FLOATS;
      else {
        this.richcompare = H32[(type + tp_richcompare) >> 2];
        if (this.richcompare !== 0) mode = SAME_TYPE;
      }
    }
    if (allTuples) {
      this.mode = TUPLES;
      // A tuple of tuples in first place is compared as any object.
      this.elementMode = type === PyTuple_Type ? ANY : mode;
    } else this.mode = mode;
  }

  /** a < b: 1, 0, or -1 with an exception. */
  less(a: Obj, b: Obj): number {
    switch (this.mode) {
      case SMALL_INTS:
        return compactValue(a) < compactValue(b) ? 1 : 0;
      case STRINGS:
        return PyUnicode_Compare(a, b) < 0 ? 1 : 0;
      case FLOATS:
        return HF64[(a + ob_fval) >> 3] < HF64[(b + ob_fval) >> 3] ? 1 : 0;
      case TUPLES:
        return this.lessTuples(a, b);
      case SAME_TYPE:
        return this.lessSameType(a, b);
      default:
        return PyObject_RichCompareBool(a, b, Py_LT);
    }
  }

  private lessSameType(a: Obj, b: Obj): number {
    // Earlier comparisons may have changed the type.
    if (H32[(Py_TYPE(a) + tp_richcompare) >> 2] !== this.richcompare) return PyObject_RichCompareBool(a, b, Py_LT);
    const r = F[this.richcompare](a, b, Py_LT) as Obj;
    if (r === 0) return -1;
    if (r === Py_NotImplemented) {
      decref(r);
      return PyObject_RichCompareBool(a, b, Py_LT);
    }
    const truth = r === Py_True ? 1 : r === Py_False ? 0 : PyObject_IsTrue(r);
    decref(r);
    return truth;
  }

  private lessTuples(a: Obj, b: Obj): number {
    const na = H32[(a + ob_size) >> 2];
    const nb = H32[(b + ob_size) >> 2];
    let i = 0;
    for (; i < na && i < nb; i++) {
      const eq = PyObject_RichCompareBool(
        H32[(a + tuple_items + 4 * i) >> 2] as Obj,
        H32[(b + tuple_items + 4 * i) >> 2] as Obj,
        Py_EQ,
      );
      if (eq < 0) return -1;
      if (eq === 0) break;
    }
    if (i >= na || i >= nb) return na < nb ? 1 : 0;
    const x = H32[(a + tuple_items + 4 * i) >> 2] as Obj;
    const y = H32[(b + tuple_items + 4 * i) >> 2] as Obj;
    if (i > 0) return PyObject_RichCompareBool(x, y, Py_LT);
    switch (this.elementMode) {
      case SMALL_INTS:
        return compactValue(x) < compactValue(y) ? 1 : 0;
      case STRINGS:
        return PyUnicode_Compare(x, y) < 0 ? 1 : 0;
      case FLOATS:
        return HF64[(x + ob_fval) >> 3] < HF64[(y + ob_fval) >> 3] ? 1 : 0;
      case SAME_TYPE:
        return this.lessSameType(x, y);
      default:
        return PyObject_RichCompareBool(x, y, Py_LT);
    }
  }

  private lessAt(i: number, j: number): number {
    return this.less(H32[i] as Obj, H32[j] as Obj);
  }

  /** Reverses n places from `lo` (relative to keys) on. */
  reverse(lo: number, n: number): void {
    reverseWords(this.keys + lo, n);
    if (this.values !== 0) reverseWords(this.values + lo, n);
  }

  /** Moves n places within the buffers. */
  private move(to: number, from: number, n: number): void {
    H32.copyWithin(this.keys + to, this.keys + from, this.keys + from + n);
    if (this.values !== 0) H32.copyWithin(this.values + to, this.values + from, this.values + from + n);
  }

  private copyOne(to: number, from: number): void {
    H32[this.keys + to] = H32[this.keys + from];
    if (this.values !== 0) H32[this.values + to] = H32[this.values + from];
  }

  /** Copies n places from the temporary buffer (index t) into place. */
  private fromTemp(to: number, t: number, n: number): void {
    H32.copyWithin(this.keys + to, this.temp + t, this.temp + t + n);
    if (this.values !== 0)
      H32.copyWithin(this.values + to, this.temp + this.tempRoom + t, this.temp + this.tempRoom + t + n);
  }

  private oneFromTemp(to: number, t: number): void {
    H32[this.keys + to] = H32[this.temp + t];
    if (this.values !== 0) H32[this.values + to] = H32[this.temp + this.tempRoom + t];
  }

  private toTemp(from: number, n: number): boolean {
    if (n > this.tempRoom) {
      if (this.temp !== 0) PyMem_Free(this.temp << 2);
      this.temp = PyMem_Malloc((this.values !== 0 ? 8 : 4) * n) >> 2;
      this.tempRoom = n;
      if (this.temp === 0) {
        this.tempRoom = 0;
        PyErr_NoMemory();
        return false;
      }
    }
    H32.copyWithin(this.temp, this.keys + from, this.keys + from + n);
    if (this.values !== 0) H32.copyWithin(this.temp + this.tempRoom, this.values + from, this.values + from + n);
    return true;
  }

  /** Sorts the n places from `lo` on, of which the first `ok` are sorted already, by binary insertion; false with an exception. */
  private binarySort(lo: number, n: number, ok: number): boolean {
    const { values } = this;
    const a = this.keys + lo;
    for (; ok < n; ok++) {
      const pivot = H32[a + ok];
      let l = 0;
      let r = ok;
      while (l < r) {
        const m = (l + r) >> 1;
        const k = this.less(pivot as Obj, H32[a + m] as Obj);
        if (k < 0) return false;
        if (k > 0) r = m;
        else l = m + 1;
      }
      for (let m = ok; m > l; m--) H32[a + m] = H32[a + m - 1];
      H32[a + l] = pivot;
      if (values !== 0) {
        const v = values + lo;
        const value = H32[v + ok];
        for (let m = ok; m > l; m--) H32[v + m] = H32[v + m - 1];
        H32[v + l] = value;
      }
    }
    return true;
  }

  /** The length of the run that begins at `lo`, which is made ascending; -1 with an exception. */
  private countRun(lo: number, remaining: number): number {
    const a = this.keys + lo;
    let n = 1;
    for (; n < remaining; n++) {
      const k = this.lessAt(a + n, a + n - 1);
      if (k < 0) return -1;
      if (k > 0) break;
    }
    if (n === remaining) return n;
    if (n > 1) {
      // Ascending unless everything so far is equal: then it begins a descending run.
      const k = this.lessAt(a, a + n - 1);
      if (k < 0) return -1;
      if (k > 0) return n;
      this.reverse(lo, n);
    }
    n++;
    // Equal stretches in a descending run are reversed at once, so that the reversal of the whole keeps their order.
    let equal = 0;
    for (; n < remaining; n++) {
      let k = this.lessAt(a + n, a + n - 1);
      if (k < 0) return -1;
      if (k > 0) {
        if (equal > 0) this.reverse(lo + n - equal - 1, equal + 1);
        equal = 0;
      } else {
        k = this.lessAt(a + n - 1, a + n);
        if (k < 0) return -1;
        if (k > 0) break;
        equal++;
      }
    }
    if (equal > 0) this.reverse(lo + n - equal - 1, equal + 1);
    this.reverse(lo, n);
    for (; n < remaining; n++) {
      const k = this.lessAt(a + n, a + n - 1);
      if (k < 0) return -1;
      if (k > 0) break;
    }
    return n;
  }

  /**
   * Where `key` belongs among the n sorted words at `a`: to the left of equal ones if `left`, else to their right; the search begins
   * at `hint` and gallops.  -1 with an exception.
   */
  private gallop(key: Obj, a: number, n: number, hint: number, left: boolean): number {
    // Whether the place is to the right of item i.
    const after = (i: number): number => {
      if (left) return this.less(H32[a + i] as Obj, key);
      const k = this.less(key, H32[a + i] as Obj);
      return k < 0 ? -1 : 1 - k;
    };
    let last = 0;
    let ofs = 1;
    const first = after(hint);
    if (first < 0) return -1;
    if (first > 0) {
      const max = n - hint;
      while (ofs < max) {
        const k = after(hint + ofs);
        if (k < 0) return -1;
        if (k === 0) break;
        last = ofs;
        ofs = 2 * ofs + 1;
      }
      if (ofs > max) ofs = max;
      last += hint;
      ofs += hint;
    } else {
      const max = hint + 1;
      while (ofs < max) {
        const k = after(hint - ofs);
        if (k < 0) return -1;
        if (k > 0) break;
        last = ofs;
        ofs = 2 * ofs + 1;
      }
      if (ofs > max) ofs = max;
      const t = last;
      last = hint - ofs;
      ofs = hint - t;
    }
    last++;
    while (last < ofs) {
      const m = last + ((ofs - last) >> 1);
      const k = after(m);
      if (k < 0) return -1;
      if (k > 0) last = m + 1;
      else ofs = m;
    }
    return ofs;
  }

  /** Merges the adjacent runs at a (na long) and b, na <= nb, in place; false with an exception. */
  private mergeLow(a: number, na: number, b: number, nb: number): boolean {
    if (!this.toTemp(a, na)) return false;
    let dest = a;
    // t: the next of run a in the temporary buffer.
    let t = 0;
    let ok = true;
    this.copyOne(dest++, b++);
    nb--;
    merging: {
      if (nb === 0) break merging;
      if (na === 1) {
        // The last of a goes behind all of b.
        this.move(dest, b, nb);
        this.oneFromTemp(dest + nb, t);
        return true;
      }
      let minGallop = this.minGallop;
      for (;;) {
        let wonA = 0;
        let wonB = 0;
        for (;;) {
          const k = this.less(H32[this.keys + b] as Obj, H32[this.temp + t] as Obj);
          if (k < 0) {
            ok = false;
            break merging;
          }
          if (k > 0) {
            this.copyOne(dest++, b++);
            wonB++;
            wonA = 0;
            if (--nb === 0) break merging;
            if (wonB >= minGallop) break;
          } else {
            this.oneFromTemp(dest++, t++);
            wonA++;
            wonB = 0;
            if (--na === 1) {
              this.move(dest, b, nb);
              this.oneFromTemp(dest + nb, t);
              return true;
            }
            if (wonA >= minGallop) break;
          }
        }
        minGallop++;
        do {
          minGallop -= minGallop > 1 ? 1 : 0;
          this.minGallop = minGallop;
          let k = this.gallop(H32[this.keys + b] as Obj, this.temp + t, na, 0, false);
          wonA = k;
          if (k !== 0) {
            if (k < 0) {
              ok = false;
              break merging;
            }
            this.fromTemp(dest, t, k);
            dest += k;
            t += k;
            na -= k;
            if (na === 1) {
              this.move(dest, b, nb);
              this.oneFromTemp(dest + nb, t);
              return true;
            }
            // Only an inconsistent comparison can bring this about.
            if (na === 0) break merging;
          }
          this.copyOne(dest++, b++);
          if (--nb === 0) break merging;
          k = this.gallop(H32[this.temp + t] as Obj, this.keys + b, nb, 0, true);
          wonB = k;
          if (k !== 0) {
            if (k < 0) {
              ok = false;
              break merging;
            }
            this.move(dest, b, k);
            dest += k;
            b += k;
            nb -= k;
            if (nb === 0) break merging;
          }
          this.oneFromTemp(dest++, t++);
          if (--na === 1) {
            this.move(dest, b, nb);
            this.oneFromTemp(dest + nb, t);
            return true;
          }
        } while (wonA >= MIN_GALLOP || wonB >= MIN_GALLOP);
        minGallop++;
        this.minGallop = minGallop;
      }
    }
    if (na > 0) this.fromTemp(dest, t, na);
    return ok;
  }

  /** As mergeLow for na >= nb, from the right. */
  private mergeHigh(a: number, na: number, b: number, nb: number): boolean {
    if (!this.toTemp(b, nb)) return false;
    const baseA = a;
    let dest = b + nb - 1;
    let t = nb - 1;
    a += na - 1;
    let ok = true;
    this.copyOne(dest--, a--);
    na--;
    merging: {
      if (na === 0) break merging;
      if (nb === 1) return this.finishHigh(dest, a, na, t);
      let minGallop = this.minGallop;
      for (;;) {
        let wonA = 0;
        let wonB = 0;
        for (;;) {
          const k = this.less(H32[this.temp + t] as Obj, H32[this.keys + a] as Obj);
          if (k < 0) {
            ok = false;
            break merging;
          }
          if (k > 0) {
            this.copyOne(dest--, a--);
            wonA++;
            wonB = 0;
            if (--na === 0) break merging;
            if (wonA >= minGallop) break;
          } else {
            this.oneFromTemp(dest--, t--);
            wonB++;
            wonA = 0;
            if (--nb === 1) return this.finishHigh(dest, a, na, t);
            if (wonB >= minGallop) break;
          }
        }
        minGallop++;
        do {
          minGallop -= minGallop > 1 ? 1 : 0;
          this.minGallop = minGallop;
          let k = this.gallop(H32[this.temp + t] as Obj, this.keys + baseA, na, na - 1, false);
          if (k < 0) {
            ok = false;
            break merging;
          }
          k = na - k;
          wonA = k;
          if (k !== 0) {
            dest -= k;
            a -= k;
            this.move(dest + 1, a + 1, k);
            na -= k;
            if (na === 0) break merging;
          }
          this.oneFromTemp(dest--, t--);
          if (--nb === 1) return this.finishHigh(dest, a, na, t);
          k = this.gallop(H32[this.keys + a] as Obj, this.temp, nb, nb - 1, true);
          if (k < 0) {
            ok = false;
            break merging;
          }
          k = nb - k;
          wonB = k;
          if (k !== 0) {
            dest -= k;
            t -= k;
            this.fromTemp(dest + 1, t + 1, k);
            nb -= k;
            if (nb === 1) return this.finishHigh(dest, a, na, t);
            if (nb === 0) break merging;
          }
          this.copyOne(dest--, a--);
          if (--na === 0) break merging;
        } while (wonA >= MIN_GALLOP || wonB >= MIN_GALLOP);
        minGallop++;
        this.minGallop = minGallop;
      }
    }
    if (nb > 0) this.fromTemp(dest - (nb - 1), t - (nb - 1), nb);
    return ok;
  }

  /** The first of run b goes in front of all that is left of run a. */
  private finishHigh(dest: number, a: number, na: number, t: number): boolean {
    this.move(dest + 1 - na, a + 1 - na, na);
    this.oneFromTemp(dest - na, t);
    return true;
  }

  /** Merges pending runs i and i + 1. */
  private mergeAt(i: number): boolean {
    const { runBase, runLength, runPower } = this;
    let a = runBase[i];
    let na = runLength[i];
    const b = runBase[i + 1];
    let nb = runLength[i + 1];
    runLength[i] = na + nb;
    runBase.splice(i + 1, 1);
    runLength.splice(i + 1, 1);
    runPower.splice(i + 1, 1);
    const k = this.gallop(H32[this.keys + b] as Obj, this.keys + a, na, 0, false);
    if (k < 0) return false;
    a += k;
    na -= k;
    if (na === 0) return true;
    nb = this.gallop(H32[this.keys + a + na - 1] as Obj, this.keys + b, nb, nb - 1, true);
    if (nb <= 0) return nb === 0;
    return na <= nb ? this.mergeLow(a, na, b, nb) : this.mergeHigh(a, na, b, nb);
  }

  /** The power of the boundary between the run at s1 (n1 long) and the one after it (n2 long). */
  private power(s1: number, n1: number, n2: number): number {
    const { n } = this;
    let result = 0;
    let a = 2 * s1 + n1;
    let b = a + n1 + n2;
    for (;;) {
      result++;
      if (a >= n) {
        a -= n;
        b -= n;
      } else if (b >= n) return result;
      a *= 2;
      b *= 2;
    }
  }

  run(): boolean {
    const { n, runBase, runLength, runPower } = this;
    if (n < 2) return true;
    // Runs are made about n / 2**e long, so that their number is near a power of two.
    let e = 0;
    while (n >> e >= MAX_MINRUN) e++;
    const mask = (1 << e) - 1;
    let current = 0;
    let lo = 0;
    let remaining = n;
    do {
      let length = this.countRun(lo, remaining);
      if (length < 0) return false;
      current += n;
      const minrun = Math.floor(current / 2 ** e);
      current &= mask;
      if (length < minrun) {
        const force = Math.min(remaining, minrun);
        if (!this.binarySort(lo, force, length)) return false;
        length = force;
      }
      if (runBase.length > 0) {
        const top = runBase.length - 1;
        const power = this.power(runBase[top], runLength[top], length);
        while (runBase.length > 1 && runPower[runBase.length - 2] > power) {
          if (!this.mergeAt(runBase.length - 2)) return false;
        }
        runPower[runBase.length - 1] = power;
      }
      runBase.push(lo);
      runLength.push(length);
      runPower.push(0);
      lo += length;
      remaining -= length;
    } while (remaining !== 0);
    while (runBase.length > 1) {
      let i = runBase.length - 2;
      if (i > 0 && runLength[i - 1] < runLength[i + 1]) i--;
      if (!this.mergeAt(i)) return false;
    }
    return true;
  }

  free(): void {
    if (this.temp !== 0) PyMem_Free(this.temp << 2);
  }
}

function reverseWords(at: number, n: number): void {
  for (let i = at, j = at + n - 1; i < j; i++, j--) {
    const w = H32[i];
    H32[i] = H32[j];
    H32[j] = w;
  }
}

/** list.sort(key=keyfunc, reverse=reverse), keyfunc NULL for none: 0, or -1 with an exception (the list then holds some permutation). */
export function sortList(list: Obj, keyfunc: Obj, reverse: boolean): number {
  const n = H32[(list + ob_size) >> 2];
  const items = H32[(list + list_items) >> 2];
  const allocated = H32[(list + list_allocated) >> 2];
  // Nobody sees a half-sorted list: it is empty meanwhile, and -1 stays in `allocated` unless it is touched.
  H32[(list + ob_size) >> 2] = 0;
  H32[(list + list_items) >> 2] = 0;
  H32[(list + list_allocated) >> 2] = -1;
  let ok = true;
  let keys = 0;
  let made = 0;
  if (keyfunc !== 0 && n > 0) {
    keys = PyMem_Malloc(4 * n);
    if (keys === 0) {
      PyErr_NoMemory();
      ok = false;
    }
    for (; ok && made < n; made++) {
      const key = PyObject_CallOneArg(keyfunc, H32[(items >> 2) + made] as Obj);
      if (key === 0) {
        ok = false;
        break;
      }
      H32[(keys >> 2) + made] = key;
    }
  }
  if (ok && n > 1) {
    const sort = keys !== 0 ? new Sort(keys >> 2, items >> 2, n) : new Sort(items >> 2, 0, n);
    // A stable sort in reverse order is a reversal before and after.
    if (reverse) sort.reverse(0, n);
    ok = sort.run();
    if (reverse) sort.reverse(0, n);
    sort.free();
  }
  if (keys !== 0) {
    for (let i = 0; i < made; i++) decref(H32[(keys >> 2) + i] as Obj);
    PyMem_Free(keys);
  }
  if (H32[(list + list_allocated) >> 2] !== -1 && ok && PyErr_Occurred() === 0) {
    errMinus1(PyExc_ValueError, 'list modified during sort');
    ok = false;
  }
  const strayItems = H32[(list + list_items) >> 2];
  const strays = H32[(list + ob_size) >> 2];
  H32[(list + ob_size) >> 2] = n;
  H32[(list + list_items) >> 2] = items;
  H32[(list + list_allocated) >> 2] = allocated;
  if (strayItems !== 0) {
    for (let i = strays - 1; i >= 0; i--) xdecref(H32[(strayItems >> 2) + i] as Obj);
    PyMem_Free(strayItems);
  }
  return ok ? 0 : -1;
}
