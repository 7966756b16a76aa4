// How does bytecode run?
//
// Invariant: there is one loop.  A call from Python to Python, the start of an instance's Python __init__, and resuming a generator
// push a frame and stay in it; only native code that calls Python enters it anew.  At the start of every instruction F_IP and F_SP of
// the frame are exact; each value on the stack is one owned reference (a slot may be NULL).  When an instruction fails (it leaves
// its case with `break`), `sp` tells what is still owned.  Instructions that are rare, or long, are functions of the ops_*.ts files:
// they get the stack pointer, return the new one, or 0 having left the stack as it was (what they consumed is NULL there).
//
// V8 optimizes no function of more than 61,440 bytes of its own bytecode: this one must stay below (scripts/check-eval-size.mjs).

import { SIGNAL_ANY } from '../config/host_interface.js';
import { H16, H32, H8 } from '../memory/linear.js';
import { gc_due } from '../object/gc_head.js';
import { ob_refcnt, ob_type } from '../object/head.js';
import { decref, incref, xdecref } from '../object/header.js';
import { PyObject_IsTrue } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import {
  Py_False,
  Py_None,
  Py_True,
  PyDict_Type,
  PyFloat_Type,
  PyFunction_Type,
  PyGen_Type,
  PyListIter_Type,
  PyList_Type,
  PyLong_Type,
  PyMethod_Type,
  PyRangeIter_Type,
  PyTupleIter_Type,
  PyTuple_Type,
  SMALL_INT_SIZE,
  SMALL_INT_ZERO,
} from '../object/statics.js';
import { list_items } from '../object/list.js';
import { ob_fval, PyFloat_FromDouble } from '../object/float.js';
import { lv_digit, lv_tag, PyLong_FromLong } from '../object/long.js';
import { listiter_next } from '../types/list_iter.js';
import { tupleiter_next } from '../types/tuple.js';
import { rangeiter_len as ri_len, rangeiter_start as ri_start, rangeiter_step as ri_step } from '../types/range.js';
import { tuple_items } from '../object/tuple.js';
import { ob_size, tp_version_tag } from '../object/type_layout.js';
import { cell_ref } from '../object/cell.js';
import { HF64 } from '../memory/linear.js';
import {
  exc_info,
  EXC_VALUE,
  Py_EnterRecursiveCall,
  Py_LeaveRecursiveCall,
  PyErr_SetRaisedException,
} from '../object/errors.js';
import * as O from '../compiler/opcodes.js';
import {
  co_code,
  co_consts,
  co_framesize,
  co_instrumentation,
  co_names,
  co_nlocalsplus,
  co_simpleArgs,
} from '../types/code_layout.js';
import { func_closure, func_code, func_globals, func_builtins, func_vectorcall } from '../types/function_layout.js';
import {
  clearFrameExceptCode,
  cur_frame,
  F_BUILTINS,
  F_EXECUTABLE,
  F_FLAGS,
  F_FUNCOBJ,
  F_GLOBALS,
  F_IP,
  F_LOCALSPLUS,
  F_OWNER,
  F_PREVIOUS,
  F_RETURN_OFFSET,
  FRAME_IS_ENTRY,
  FRAME_IS_INIT,
  FRAME_SPECIALS_WORDS,
  OWNED_BY_GENERATOR,
  popDataStack,
  py_recursion_remaining,
  pushDataStack,
} from '../types/iframe.js';
import { gen_exc_previous, gen_state, GEN_EXECUTING, gen_iframe, genOfFrame } from '../types/generator_layout.js';
import { _PyFunction_VectorcallIndex } from '../types/function_call.js';
import { BREAK_SIGNAL, eval_breaker, handlePending, noted } from './pending.js';
import { instrumentation_version, instrumentCode } from './instrument.js';
import { monitorThrow } from './monitoring_events.js';
import { instrumented, REENTER } from './ops_instrumented.js';
import { leaveFrame, unwind, unwoundFrom, UNWIND_TRACED, UNWIND_SILENT } from './unwind.js';
import { binaryOp, binaryOther, compareOp, containsOp, REUSE } from './ops_binary.js';
import { loadAttrCached, loadAttrSlow, loadSuperAttr, shadowFree, storeAttrCached, storeAttrSlow } from './ops_attr.js';
import { cachedBuiltin, loadGlobal } from './ops_name.js';
import { ma_keys, ma_used, ma_values } from '../object/dict.js';
import { dk_entries, dk_version } from '../object/dict_keys.js';
import * as N from './ops_name.js';
import * as B from './ops_build.js';
import * as X from './ops_exception.js';
import * as G from './ops_generator.js';
import * as M from './ops_misc.js';
import { forIterSlow, unpackSequence } from './ops_iter.js';
import { callNative, callKw, callFunctionEx, pushGeneralCall, leaveInit, CALLED } from './ops_call.js';

/** The result of adding, subtracting or multiplying two compact ints whose references it takes: a new reference, or NULL (it then has taken nothing). */
function intResult(v: number, a: Obj, b: Obj): Obj {
  'use wasm';
  if (REUSE && v > 256 && v < 0x40000000 && H32[(a + ob_refcnt) >> 2] === 1) {
    H32[(a + lv_tag) >> 2] = 8;
    H32[(a + lv_digit) >> 2] = v;
    decref(b);
    return a;
  }
  const r = PyLong_FromLong(v);
  if (r !== 0) {
    decref(a);
    decref(b);
  }
  return r;
}

function floatResult(v: number, a: Obj, b: Obj): Obj {
  'use wasm';
  if (REUSE && H32[(a + ob_refcnt) >> 2] === 1) {
    HF64[(a + ob_fval) >> 3] = v;
    decref(b);
    return a;
  }
  const r = PyFloat_FromDouble(v);
  if (r !== 0) {
    decref(a);
    decref(b);
  }
  return r;
}

/**
 * Runs `entry` (a filled frame that is not yet linked in) until it returns or yields.  Returns what it returned or yielded, a new
 * reference, or NULL with an exception; the frame has then been left (a generator's frame may be only suspended).  With `throwing`, the
 * current exception is raised at the frame's current instruction instead of running it.
 */
export function evalFrame(entry: number, throwing: boolean): Obj {
  H32[(entry + F_PREVIOUS) >> 2] = H32[cur_frame];
  H8[entry + F_FLAGS] |= FRAME_IS_ENTRY;
  H32[cur_frame] = entry;
  if (--H32[py_recursion_remaining] < 0) {
    M.recursionError();
    H32[py_recursion_remaining]--;
    leaveFrame(entry);
    return NULL;
  }
  if (Py_EnterRecursiveCall('') !== 0) {
    leaveFrame(entry);
    return NULL;
  }
  if (throwing && H32[instrumentation_version] !== 0) monitorThrow(entry);
  let result = evalLoop(entry, throwing ? UNWIND_TRACED : 0);
  while (result === PAUSED) {
    if (noted[SIGNAL_ANY] !== 0) H32[eval_breaker] |= BREAK_SIGNAL;
    result = evalLoop(H32[cur_frame], 0);
  }
  Py_LeaveRecursiveCall();
  return result;
}

/** The loop left off in the current frame, at an instruction that it has not begun: it is to be called again. */
const PAUSED = -1 as Obj;
/**
 * After so many back edges and function starts the loop pauses: the signals that the host noted are seen then, and the engine can
 * go over to better code, which it never does inside of a call.
 */
const PAUSE_AFTER = 4096;

function evalLoop(frame: number, how: number): Obj {
  'use wasm always';
  let budget = PAUSE_AFTER;
  // Where the exception that is raised again is raised now, when F_IP shows where it was raised first.
  // An exception that is thrown into a suspended frame is raised by the YIELD_VALUE that it is at, behind which F_IP is.
  let reraisedAt = how === 0 ? 0 : H32[(frame + F_IP) >> 2] - 1;
  let kept = 0;
  enter: for (;;) {
    if (how !== 0) {
      frame = unwind(frame, how, reraisedAt);
      if (frame === 0) return NULL;
      reraisedAt = 0;
      kept = H32[unwoundFrom];
    }
    how = UNWIND_TRACED;
    const fx = (frame + F_IP) >> 2;
    let pc = H32[fx];
    let sp = H32[fx + 1];
    const lp = (frame + F_LOCALSPLUS) >> 2;
    const code = H32[(frame + F_EXECUTABLE) >> 2];
    const cp = (H32[(code + co_consts) >> 2] + tuple_items) >> 2;
    const np = (H32[(code + co_names) >> 2] + tuple_items) >> 2;
    // F_IP tells until the next instruction which one was carried out before it in this frame, as far as it is known.
    H32[fx] = kept;
    kept = 0;
    dispatch: for (;;) {
      const prev = H32[fx];
      H32[fx] = pc;
      H32[fx + 1] = sp;
      let oparg = H16[pc];
      let op = oparg & 255;
      oparg >>= 8;
      redo: for (;;) {
        switch (op) {
          case O.NOP:
          case O.NOT_TAKEN:
          case O.CACHE:
            pc++;
            continue dispatch;

          case O.EXTENDED_ARG: {
            const w = H16[++pc];
            H32[fx] = pc;
            op = w & 255;
            oparg = (oparg << 8) | (w >> 8);
            continue redo;
          }

          // --- locals and constants

          case O.LOAD_FAST:
          case O.LOAD_FAST_BORROW: {
            const v = H32[lp + oparg] as Obj;
            incref(v);
            H32[sp++] = v;
            pc++;
            continue dispatch;
          }
          case O.LOAD_FAST_LOAD_FAST:
          case O.LOAD_FAST_BORROW_LOAD_FAST_BORROW: {
            const v = H32[lp + (oparg >> 4)] as Obj;
            incref(v);
            H32[sp] = v;
            const w = H32[lp + (oparg & 15)] as Obj;
            incref(w);
            H32[sp + 1] = w;
            sp += 2;
            pc++;
            continue dispatch;
          }
          case O.LOAD_FAST_CHECK: {
            const v = H32[lp + oparg] as Obj;
            if (v === 0) {
              N.unboundLocal(frame, oparg);
              break;
            }
            incref(v);
            H32[sp++] = v;
            pc++;
            continue dispatch;
          }
          case O.LOAD_FAST_AND_CLEAR:
            H32[sp++] = H32[lp + oparg];
            H32[lp + oparg] = 0;
            pc++;
            continue dispatch;
          case O.LOAD_CONST:
          case O.LOAD_CONST_MORTAL:
          case O.LOAD_CONST_IMMORTAL: {
            const v = H32[cp + oparg] as Obj;
            incref(v);
            H32[sp++] = v;
            pc++;
            continue dispatch;
          }
          case O.LOAD_SMALL_INT: {
            const v = (SMALL_INT_ZERO + oparg * SMALL_INT_SIZE) as Obj;
            incref(v);
            H32[sp++] = v;
            pc++;
            continue dispatch;
          }
          case O.STORE_FAST: {
            const old = H32[lp + oparg] as Obj;
            H32[lp + oparg] = H32[--sp];
            pc++;
            if (old !== 0) {
              H32[fx + 1] = sp;
              decref(old);
            }
            continue dispatch;
          }
          case O.STORE_FAST_LOAD_FAST: {
            const old = H32[lp + (oparg >> 4)] as Obj;
            H32[lp + (oparg >> 4)] = H32[sp - 1];
            const v = H32[lp + (oparg & 15)] as Obj;
            incref(v);
            H32[sp - 1] = v;
            pc++;
            if (old !== 0) decref(old);
            continue dispatch;
          }
          case O.STORE_FAST_STORE_FAST: {
            const a = H32[lp + (oparg >> 4)] as Obj;
            H32[lp + (oparg >> 4)] = H32[--sp];
            H32[fx + 1] = sp;
            if (a !== 0) decref(a);
            const b = H32[lp + (oparg & 15)] as Obj;
            H32[lp + (oparg & 15)] = H32[--sp];
            H32[fx + 1] = sp;
            if (b !== 0) decref(b);
            pc++;
            continue dispatch;
          }
          case O.DELETE_FAST: {
            const old = H32[lp + oparg] as Obj;
            if (old === 0) {
              N.unboundLocal(frame, oparg);
              break;
            }
            H32[lp + oparg] = 0;
            decref(old);
            pc++;
            continue dispatch;
          }
          case O.POP_TOP:
          case O.END_FOR:
          case O.POP_ITER: {
            const v = H32[--sp] as Obj;
            H32[fx + 1] = sp;
            xdecref(v);
            pc++;
            continue dispatch;
          }
          case O.PUSH_NULL:
            H32[sp++] = 0;
            pc++;
            continue dispatch;
          case O.COPY: {
            const v = H32[sp - oparg] as Obj;
            xincrefAt(v);
            H32[sp++] = v;
            pc++;
            continue dispatch;
          }
          case O.SWAP: {
            const v = H32[sp - 1];
            H32[sp - 1] = H32[sp - oparg];
            H32[sp - oparg] = v;
            pc++;
            continue dispatch;
          }

          // --- cells

          case O.LOAD_DEREF: {
            const v = H32[(H32[lp + oparg] + cell_ref) >> 2] as Obj;
            if (v === 0) {
              N.unboundDeref(frame, oparg);
              break;
            }
            incref(v);
            H32[sp++] = v;
            pc++;
            continue dispatch;
          }
          case O.STORE_DEREF: {
            const at = (H32[lp + oparg] + cell_ref) >> 2;
            const old = H32[at] as Obj;
            H32[at] = H32[--sp];
            H32[fx + 1] = sp;
            xdecref(old);
            pc++;
            continue dispatch;
          }
          case O.MAKE_CELL:
            if (!N.makeCell(lp + oparg)) break;
            pc++;
            continue dispatch;
          case O.COPY_FREE_VARS: {
            const closure = H32[(H32[(frame + F_FUNCOBJ) >> 2] + func_closure) >> 2];
            const at = lp + H32[(code + co_nlocalsplus) >> 2] - oparg;
            for (let i = 0; i < oparg; i++) {
              const v = H32[((closure + tuple_items) >> 2) + i] as Obj;
              incref(v);
              H32[at + i] = v;
            }
            pc++;
            continue dispatch;
          }
          case O.DELETE_DEREF:
            if (!N.deleteDeref(frame, oparg)) break;
            pc++;
            continue dispatch;
          case O.LOAD_FROM_DICT_OR_DEREF:
          case O.LOAD_FROM_DICT_OR_GLOBALS: {
            const v = N.loadFromDictOr(frame, sp, op, oparg);
            if (v === 0) break;
            H32[sp - 1] = v;
            pc++;
            continue dispatch;
          }

          // --- names

          case O.LOAD_GLOBAL_MODULE: {
            const keys = H32[(H32[(frame + F_GLOBALS) >> 2] + ma_keys) >> 2];
            if (H32[(keys + dk_version) >> 2] === H32[(pc + 2) >> 1]) {
              const v = H32[(H32[(keys + dk_entries) >> 2] + 4 + (H16[pc + 4] << 3)) >> 2] as Obj;
              incref(v);
              H32[sp++] = v;
              if (oparg & 1) H32[sp++] = 0;
              pc += 5;
              continue dispatch;
            }
            op = O.LOAD_GLOBAL;
            continue redo;
          }
          case O.LOAD_GLOBAL_BUILTIN: {
            const builtins = H32[(frame + F_BUILTINS) >> 2];
            const keys = H32[(H32[(frame + F_GLOBALS) >> 2] + ma_keys) >> 2];
            if (
              H32[(keys + dk_version) >> 2] === H32[(pc + 2) >> 1] &&
              H32[(builtins + ob_type) >> 2] === PyDict_Type
            ) {
              const v = cachedBuiltin(H32[(builtins + ma_keys) >> 2], H16[pc + 4], H32[np + (oparg >> 1)] as Obj);
              if (v !== 0) {
                H32[sp++] = v;
                if (oparg & 1) H32[sp++] = 0;
                pc += 5;
                continue dispatch;
              }
            }
            op = O.LOAD_GLOBAL;
            continue redo;
          }
          case O.LOAD_GLOBAL: {
            const v = loadGlobal(frame, H32[np + (oparg >> 1)] as Obj, pc);
            if (v === 0) break;
            H32[sp++] = v;
            if (oparg & 1) H32[sp++] = 0;
            pc += 5;
            continue dispatch;
          }
          case O.LOAD_NAME: {
            const v = N.loadName(frame, H32[np + oparg] as Obj);
            if (v === 0) break;
            H32[sp++] = v;
            pc++;
            continue dispatch;
          }
          case O.STORE_NAME:
          case O.STORE_GLOBAL:
          case O.DELETE_NAME:
          case O.DELETE_GLOBAL:
          case O.LOAD_LOCALS:
          case O.LOAD_BUILD_CLASS:
          case O.SETUP_ANNOTATIONS:
          case O.IMPORT_NAME:
          case O.IMPORT_FROM:
          case O.LOAD_COMMON_CONSTANT: {
            const r = N.nameOp(frame, sp, op, oparg);
            if (r === 0) break;
            sp = r;
            pc++;
            continue dispatch;
          }

          // --- attributes

          case O.LOAD_ATTR_INSTANCE_VALUE: {
            const owner = H32[sp - 1] as Obj;
            const c = (pc + 2) >> 1;
            if (H32[(H32[(owner + ob_type) >> 2] + tp_version_tag) >> 2] === H32[c]) {
              const third = H32[c + 2];
              const dict = H32[(owner + (third >> 16)) >> 2];
              if (
                dict !== 0 &&
                H32[(dict + ma_keys) >> 2] === H32[c + 1] &&
                (third & 0xffff) < H32[(dict + ma_used) >> 2]
              ) {
                const v = H32[(H32[(dict + ma_values) >> 2] >> 2) + (third & 0xffff)] as Obj;
                incref(v);
                H32[sp - 1] = v;
                if (oparg & 1) H32[sp++] = 0;
                decref(owner);
                pc += 10;
                continue dispatch;
              }
            }
            op = O.LOAD_ATTR;
            continue redo;
          }
          case O.LOAD_ATTR_METHOD_NO_DICT:
          case O.LOAD_ATTR_METHOD_WITH_VALUES: {
            const owner = H32[sp - 1] as Obj;
            const c = (pc + 2) >> 1;
            if (
              H32[(H32[(owner + ob_type) >> 2] + tp_version_tag) >> 2] === H32[c] &&
              (op === O.LOAD_ATTR_METHOD_NO_DICT || shadowFree(owner, pc))
            ) {
              const v = H32[c + 2] as Obj;
              incref(v);
              H32[sp - 1] = v;
              H32[sp++] = owner;
              pc += 10;
              continue dispatch;
            }
            op = O.LOAD_ATTR;
            continue redo;
          }
          case O.LOAD_ATTR_WITH_HINT:
          case O.LOAD_ATTR_SLOT:
          case O.LOAD_ATTR_MODULE:
          case O.LOAD_ATTR_CLASS:
          case O.LOAD_ATTR_NONDESCRIPTOR_NO_DICT:
          case O.LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES: {
            const owner = H32[sp - 1] as Obj;
            const v = loadAttrCached(owner, H32[np + (oparg >> 1)] as Obj, op, pc);
            if (v !== 0) {
              H32[sp - 1] = v;
              if (oparg & 1) H32[sp++] = 0;
              decref(owner);
              pc += 10;
              continue dispatch;
            }
            op = O.LOAD_ATTR;
            continue redo;
          }
          case O.LOAD_ATTR: {
            const r = loadAttrSlow(sp, H32[np + (oparg >> 1)] as Obj, oparg & 1, pc);
            if (r === 0) break;
            sp = r;
            pc += 10;
            continue dispatch;
          }
          case O.STORE_ATTR_WITH_HINT:
          case O.STORE_ATTR_SLOT: {
            const owner = H32[sp - 1] as Obj;
            if (storeAttrCached(owner, H32[sp - 2] as Obj, H32[np + oparg] as Obj, op, pc)) {
              sp -= 2;
              H32[fx + 1] = sp;
              decref(owner);
              pc += 5;
              continue dispatch;
            }
            op = O.STORE_ATTR;
            continue redo;
          }
          case O.STORE_ATTR: {
            if (storeAttrSlow(sp, H32[np + oparg] as Obj, pc) < 0) break;
            sp -= 2;
            pc += 5;
            continue dispatch;
          }
          case O.DELETE_ATTR:
            if (N.deleteAttr(sp, H32[np + oparg] as Obj) < 0) break;
            sp--;
            pc++;
            continue dispatch;
          case O.LOAD_SUPER_ATTR:
          case O.LOAD_SUPER_ATTR_ATTR:
          case O.LOAD_SUPER_ATTR_METHOD: {
            const r = loadSuperAttr(sp, H32[np + (oparg >> 2)] as Obj, oparg);
            if (r === 0) break;
            sp = r;
            pc += 2;
            continue dispatch;
          }

          // --- operators

          case O.BINARY_OP_ADD_INT:
          case O.BINARY_OP_SUBTRACT_INT:
          case O.BINARY_OP_MULTIPLY_INT: {
            const a = H32[sp - 2] as Obj;
            const b = H32[sp - 1] as Obj;
            const ta = H32[(a + lv_tag) >> 2];
            const tb = H32[(b + lv_tag) >> 2];
            if (
              H32[(a + ob_type) >> 2] === PyLong_Type &&
              H32[(b + ob_type) >> 2] === PyLong_Type &&
              ta < 16 &&
              tb < 16
            ) {
              const va = ((1 - (ta & 3)) * H32[(a + lv_digit) >> 2]) | 0;
              const vb = ((1 - (tb & 3)) * H32[(b + lv_digit) >> 2]) | 0;
              let v = 0;
              let fits = true;
              if (op === O.BINARY_OP_ADD_INT) v = va + vb;
              else if (op === O.BINARY_OP_SUBTRACT_INT) v = va - vb;
              else {
                const product = va * vb;
                fits = product < 0x7fffffff && product > -0x7fffffff;
                v = product | 0;
              }
              if (fits) {
                // `x += n`: the int that only x holds (and the stack) takes the new value.
                const next = H16[pc + 6];
                if (
                  REUSE &&
                  (next & 255) === O.STORE_FAST &&
                  H32[lp + (next >> 8)] === a &&
                  H32[(a + ob_refcnt) >> 2] === 2 &&
                  v > 256 &&
                  v < 0x40000000
                ) {
                  H32[(a + lv_tag) >> 2] = 8;
                  H32[(a + lv_digit) >> 2] = v;
                  decref(a);
                  decref(b);
                  sp -= 2;
                  pc += 7;
                  continue dispatch;
                }
                const r = intResult(v, a, b);
                if (r === 0) break;
                sp--;
                H32[sp - 1] = r;
                pc += 6;
                continue dispatch;
              }
            }
            op = O.BINARY_OP;
            continue redo;
          }
          case O.BINARY_OP_ADD_FLOAT:
          case O.BINARY_OP_SUBTRACT_FLOAT:
          case O.BINARY_OP_MULTIPLY_FLOAT: {
            const a = H32[sp - 2] as Obj;
            const b = H32[sp - 1] as Obj;
            if (H32[(a + ob_type) >> 2] === PyFloat_Type && H32[(b + ob_type) >> 2] === PyFloat_Type) {
              const va = HF64[(a + ob_fval) >> 3];
              const vb = HF64[(b + ob_fval) >> 3];
              const r = floatResult(
                op === O.BINARY_OP_ADD_FLOAT ? va + vb : op === O.BINARY_OP_SUBTRACT_FLOAT ? va - vb : va * vb,
                a,
                b,
              );
              if (r === 0) break;
              sp--;
              H32[sp - 1] = r;
              pc += 6;
              continue dispatch;
            }
            op = O.BINARY_OP;
            continue redo;
          }
          case O.BINARY_OP_SUBSCR_LIST_INT:
          case O.BINARY_OP_SUBSCR_TUPLE_INT: {
            const a = H32[sp - 2] as Obj;
            const b = H32[sp - 1] as Obj;
            if (H32[(b + ob_type) >> 2] === PyLong_Type && H32[(b + lv_tag) >> 2] < 16) {
              const type = H32[(a + ob_type) >> 2];
              let i = ((1 - (H32[(b + lv_tag) >> 2] & 3)) * H32[(b + lv_digit) >> 2]) | 0;
              if (type === PyList_Type || type === PyTuple_Type) {
                const n = H32[(a + ob_size) >> 2];
                if (i < 0) i += n;
                if (i >= 0 && i < n) {
                  const v = H32[
                    ((type === PyList_Type ? H32[(a + list_items) >> 2] : a + tuple_items) >> 2) + i
                  ] as Obj;
                  incref(v);
                  sp--;
                  H32[sp - 1] = v;
                  H32[fx + 1] = sp;
                  decref(b);
                  decref(a);
                  pc += 6;
                  continue dispatch;
                }
              }
            }
            op = O.BINARY_OP;
            continue redo;
          }
          case O.BINARY_OP_EXTEND: {
            // The other operators on compact ints and floats.
            const r = binaryOther(H32[sp - 2] as Obj, H32[sp - 1] as Obj, oparg);
            if (r === 0) {
              op = O.BINARY_OP;
              continue redo;
            }
            sp--;
            H32[sp - 1] = r;
            pc += 6;
            continue dispatch;
          }
          case O.BINARY_OP:
          case O.BINARY_OP_ADD_UNICODE:
          case O.BINARY_OP_INPLACE_ADD_UNICODE:
          case O.BINARY_OP_SUBSCR_DICT:
          case O.BINARY_OP_SUBSCR_GETITEM:
          case O.BINARY_OP_SUBSCR_LIST_SLICE:
          case O.BINARY_OP_SUBSCR_STR_INT: {
            const r = binaryOp(frame, sp, oparg, pc);
            if (r === 0) break;
            sp--;
            H32[sp - 1] = r;
            pc += 6;
            continue dispatch;
          }
          case O.COMPARE_OP_INT: {
            const a = H32[sp - 2] as Obj;
            const b = H32[sp - 1] as Obj;
            const ta = H32[(a + lv_tag) >> 2];
            const tb = H32[(b + lv_tag) >> 2];
            if (
              H32[(a + ob_type) >> 2] === PyLong_Type &&
              H32[(b + ob_type) >> 2] === PyLong_Type &&
              ta < 16 &&
              tb < 16
            ) {
              const va = ((1 - (ta & 3)) * H32[(a + lv_digit) >> 2]) | 0;
              const vb = ((1 - (tb & 3)) * H32[(b + lv_digit) >> 2]) | 0;
              const outcome = (va < vb ? 2 : va > vb ? 4 : 8) & oparg;
              decref(a);
              decref(b);
              sp--;
              pc += 2;
              // The branch that nearly always follows is taken at once, unless somebody watches.
              const next = H16[pc];
              const jump = next & 255;
              if (jump === O.POP_JUMP_IF_FALSE || jump === O.POP_JUMP_IF_TRUE) {
                sp--;
                pc += 2;
                if ((outcome !== 0) === (jump === O.POP_JUMP_IF_TRUE)) pc += next >> 8;
                continue dispatch;
              }
              const r = outcome !== 0 ? Py_True : Py_False;
              incref(r);
              H32[sp - 1] = r;
              continue dispatch;
            }
            op = O.COMPARE_OP;
            continue redo;
          }
          case O.COMPARE_OP:
          case O.COMPARE_OP_FLOAT:
          case O.COMPARE_OP_STR: {
            const r = compareOp(sp, oparg, pc);
            if (r === 0) break;
            sp--;
            H32[sp - 1] = r;
            pc += 2;
            continue dispatch;
          }
          case O.CONTAINS_OP:
          case O.CONTAINS_OP_DICT:
          case O.CONTAINS_OP_SET: {
            const r = containsOp(sp, oparg);
            if (r === 0) break;
            sp--;
            H32[sp - 1] = r;
            pc += 2;
            continue dispatch;
          }
          case O.IS_OP: {
            const a = H32[sp - 2] as Obj;
            const b = H32[sp - 1] as Obj;
            const r = (a === b) !== (oparg === 1) ? Py_True : Py_False;
            incref(r);
            sp--;
            H32[sp - 1] = r;
            H32[fx + 1] = sp;
            decref(b);
            decref(a);
            pc++;
            continue dispatch;
          }
          case O.TO_BOOL:
          case O.TO_BOOL_ALWAYS_TRUE:
          case O.TO_BOOL_BOOL:
          case O.TO_BOOL_INT:
          case O.TO_BOOL_LIST:
          case O.TO_BOOL_NONE:
          case O.TO_BOOL_STR: {
            const v = H32[sp - 1] as Obj;
            if (v !== Py_True && v !== Py_False) {
              const truth = PyObject_IsTrue(v);
              if (truth < 0) break;
              const r = truth !== 0 ? Py_True : Py_False;
              incref(r);
              H32[sp - 1] = r;
              decref(v);
            }
            pc += 4;
            continue dispatch;
          }
          case O.UNARY_NOT: {
            const v = H32[sp - 1] as Obj;
            const r = v === Py_False ? Py_True : Py_False;
            incref(r);
            H32[sp - 1] = r;
            decref(v);
            pc++;
            continue dispatch;
          }
          case O.UNARY_NEGATIVE:
          case O.UNARY_INVERT: {
            const r = M.unary(H32[sp - 1] as Obj, op);
            if (r === 0) break;
            H32[sp - 1] = r;
            pc++;
            continue dispatch;
          }
          case O.STORE_SUBSCR:
          case O.STORE_SUBSCR_DICT:
          case O.STORE_SUBSCR_LIST_INT: {
            const r = M.storeSubscr(sp);
            if (r === 0) break;
            sp = r;
            pc += 2;
            continue dispatch;
          }
          case O.DELETE_SUBSCR:
          case O.BINARY_SLICE:
          case O.STORE_SLICE: {
            const r = M.sliceOp(sp, op);
            if (r === 0) break;
            sp = r;
            pc++;
            continue dispatch;
          }

          // --- jumps

          case O.JUMP_FORWARD:
            pc += 1 + oparg;
            continue dispatch;
          case O.JUMP_BACKWARD:
          case O.JUMP_BACKWARD_JIT:
          case O.JUMP_BACKWARD_NO_JIT:
            if ((H32[eval_breaker] | H32[gc_due]) !== 0 && handlePending(frame) < 0) break;
            pc += 2 - oparg;
            if (--budget < 0) {
              H32[fx] = pc;
              return PAUSED;
            }
            continue dispatch;
          case O.JUMP_BACKWARD_NO_INTERRUPT:
            pc += 1 - oparg;
            continue dispatch;
          case O.POP_JUMP_IF_FALSE: {
            const v = H32[--sp] as Obj;
            pc += 2;
            if (v === Py_False) pc += oparg;
            decref(v);
            continue dispatch;
          }
          case O.POP_JUMP_IF_TRUE: {
            const v = H32[--sp] as Obj;
            pc += 2;
            if (v === Py_True) pc += oparg;
            decref(v);
            continue dispatch;
          }
          case O.POP_JUMP_IF_NONE: {
            const v = H32[--sp] as Obj;
            pc += 2;
            if (v === Py_None) pc += oparg;
            H32[fx + 1] = sp;
            decref(v);
            continue dispatch;
          }
          case O.POP_JUMP_IF_NOT_NONE: {
            const v = H32[--sp] as Obj;
            pc += 2;
            if (v !== Py_None) pc += oparg;
            H32[fx + 1] = sp;
            decref(v);
            continue dispatch;
          }
          case O.RESUME:
          case O.RESUME_CHECK:
            if (H32[(code + co_instrumentation) >> 2] !== H32[instrumentation_version]) {
              if (instrumentCode(code as Obj) < 0) break;
              continue dispatch;
            }
            if (
              (H32[eval_breaker] | H32[gc_due]) !== 0 &&
              (oparg & O.RESUME_OPARG_LOCATION_MASK) < O.RESUME_AFTER_YIELD_FROM &&
              handlePending(frame) < 0
            )
              break;
            pc++;
            if (--budget < 0) {
              H32[fx] = pc;
              return PAUSED;
            }
            continue dispatch;

          // --- iteration

          case O.GET_ITER: {
            const r = G.getIter(H32[sp - 1] as Obj);
            if (r === 0) break;
            H32[sp - 1] = r;
            pc++;
            continue dispatch;
          }
          case O.FOR_ITER_RANGE: {
            const it = H32[sp - 1] as Obj;
            if (H32[(it + ob_type) >> 2] === PyRangeIter_Type) {
              const n = H32[(it + ri_len) >> 2];
              if (n <= 0) {
                pc += 3 + oparg;
                continue dispatch;
              }
              const v = H32[(it + ri_start) >> 2];
              H32[(it + ri_len) >> 2] = n - 1;
              H32[(it + ri_start) >> 2] = v + H32[(it + ri_step) >> 2];
              const next = H16[pc + 2];
              if (REUSE && (next & 255) === O.STORE_FAST && v > 256 && v < 0x40000000) {
                // The loop variable's last int, if nobody else has it, takes the next value.
                const old = H32[lp + (next >> 8)];
                if (
                  old !== 0 &&
                  H32[(old + ob_type) >> 2] === PyLong_Type &&
                  H32[(old + ob_refcnt) >> 2] === 1 &&
                  H32[(old + lv_tag) >> 2] === 8
                ) {
                  H32[(old + lv_digit) >> 2] = v;
                  pc += 3;
                  continue dispatch;
                }
              }
              const r = PyLong_FromLong(v);
              if (r === 0) break;
              H32[sp++] = r;
              pc += 2;
              continue dispatch;
            }
            op = O.FOR_ITER;
            continue redo;
          }
          case O.FOR_ITER_LIST:
          case O.FOR_ITER_TUPLE: {
            const it = H32[sp - 1] as Obj;
            const type = H32[(it + ob_type) >> 2];
            if (type === PyListIter_Type || type === PyTupleIter_Type) {
              const v = type === PyListIter_Type ? listiter_next(it) : tupleiter_next(it);
              if (v !== 0) {
                H32[sp++] = v;
                pc += 2;
                continue dispatch;
              }
              pc += 3 + oparg;
              continue dispatch;
            }
            op = O.FOR_ITER;
            continue redo;
          }
          case O.FOR_ITER:
          case O.FOR_ITER_GEN: {
            const it = H32[sp - 1] as Obj;
            if (H32[(it + ob_type) >> 2] === PyGen_Type && H32[(it + gen_state) >> 2] < GEN_EXECUTING) {
              incref(Py_None);
              G.resumeGenerator(it, Py_None);
              H32[(frame + F_RETURN_OFFSET) >> 2] = 2 + oparg;
              H32[(it + gen_iframe + F_PREVIOUS) >> 2] = frame;
              frame = it + gen_iframe;
              H8[frame + F_FLAGS] &= ~FRAME_IS_ENTRY;
              H32[cur_frame] = frame;
              if (--H32[py_recursion_remaining] < 0) {
                G.recursionErrorInFrame();
                continue enter;
              }
              how = 0;
              continue enter;
            }
            const v = forIterSlow(it, pc);
            if (v > 0) {
              H32[sp++] = v;
              pc += 2;
              continue dispatch;
            }
            if (v < 0) break;
            // Past the END_FOR: the iterator is popped by the POP_ITER that follows it.
            pc += 3 + oparg;
            continue dispatch;
          }
          case O.UNPACK_SEQUENCE:
          case O.UNPACK_SEQUENCE_LIST:
          case O.UNPACK_SEQUENCE_TUPLE:
          case O.UNPACK_SEQUENCE_TWO_TUPLE: {
            const v = H32[sp - 1] as Obj;
            if (H32[(v + ob_type) >> 2] === PyTuple_Type && H32[(v + ob_size) >> 2] === oparg) {
              const items = (v + tuple_items) >> 2;
              sp--;
              for (let i = oparg - 1; i >= 0; i--) {
                const item = H32[items + i] as Obj;
                incref(item);
                H32[sp++] = item;
              }
              decref(v);
              pc += 2;
              continue dispatch;
            }
            const r = unpackSequence(sp, oparg);
            if (r === 0) break;
            sp = r;
            pc += 2;
            continue dispatch;
          }

          // --- calls

          case O.CALL:
          case O.CALL_PY_EXACT_ARGS:
          case O.CALL_PY_GENERAL:
          case O.CALL_BOUND_METHOD_EXACT_ARGS:
          case O.CALL_BOUND_METHOD_GENERAL:
          case O.CALL_NON_PY_GENERAL: {
            const base = sp - oparg - 2;
            let callable = H32[base] as Obj;
            let type = H32[(callable + ob_type) >> 2];
            if (type === PyMethod_Type && H32[base + 1] === 0) {
              M.unpackMethod(base);
              callable = H32[base] as Obj;
              type = H32[(callable + ob_type) >> 2];
            }
            if (type === PyFunction_Type) {
              const callee = H32[(callable + func_code) >> 2] as Obj;
              const args = H32[base + 1] === 0 ? base + 2 : base + 1;
              const n = sp - args;
              if (
                H32[(callee + co_simpleArgs) >> 2] === n &&
                H32[(callable + func_vectorcall) >> 2] === _PyFunction_VectorcallIndex
              ) {
                const next = pushDataStack(H32[(callee + co_framesize) >> 2]);
                if (next === 0) break;
                if (--H32[py_recursion_remaining] < 0) {
                  popDataStack(next);
                  M.recursionError();
                  break;
                }
                // The function's reference goes from the stack to the new frame; so do the arguments'.
                incref(callee);
                const f = next >> 2;
                H32[f] = callee;
                H32[f + 1] = frame;
                H32[f + 2] = callable;
                H32[f + 3] = H32[(callable + func_globals) >> 2];
                H32[f + 4] = H32[(callable + func_builtins) >> 2];
                H32[f + 5] = 0;
                H32[f + 6] = 0;
                H32[f + 7] = (callee + co_code) >> 1;
                let to = f + FRAME_SPECIALS_WORDS;
                const end = to + H32[(callee + co_nlocalsplus) >> 2];
                H32[f + 8] = end;
                H32[f + 9] = 0;
                H32[f + 10] = 0;
                for (let i = args; i < sp; i++) H32[to++] = H32[i];
                while (to < end) H32[to++] = 0;
                H32[fx + 1] = base;
                H32[(frame + F_RETURN_OFFSET) >> 2] = 4;
                H32[cur_frame] = next;
                frame = next;
                how = 0;
                continue enter;
              }
              const next = pushGeneralCall(frame, sp, base, NULL);
              if (next === 0) {
                sp = base;
                break;
              }
              if (next !== CALLED) {
                H32[(frame + F_RETURN_OFFSET) >> 2] = 4;
                H32[fx + 1] = base;
                frame = next;
                how = 0;
                continue enter;
              }
              // A function that was given a vectorcall of its own.
            }
            op = O.CALL_BUILTIN_FAST;
            continue redo;
          }
          case O.CALL_BUILTIN_FAST:
          case O.CALL_BUILTIN_CLASS:
          case O.CALL_BUILTIN_FAST_WITH_KEYWORDS:
          case O.CALL_BUILTIN_O:
          case O.CALL_ISINSTANCE:
          case O.CALL_LEN:
          case O.CALL_LIST_APPEND:
          case O.CALL_METHOD_DESCRIPTOR_FAST:
          case O.CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS:
          case O.CALL_METHOD_DESCRIPTOR_NOARGS:
          case O.CALL_METHOD_DESCRIPTOR_O:
          case O.CALL_STR_1:
          case O.CALL_TUPLE_1:
          case O.CALL_TYPE_1:
          case O.CALL_ALLOC_AND_ENTER_INIT: {
            const base = sp - oparg - 2;
            const r = callNative(frame, sp, base);
            sp = base;
            if (r > 0) {
              H32[sp++] = r;
              pc += 4;
              if ((H32[eval_breaker] | H32[gc_due]) !== 0) {
                H32[fx + 1] = sp;
                if (handlePending(frame) < 0) break;
              }
              continue dispatch;
            }
            if (r === 0) break;
            // An instance whose Python __init__ is to run stands in the callable's place.
            H32[(frame + F_RETURN_OFFSET) >> 2] = 4;
            H32[fx + 1] = sp + 1;
            frame = -r;
            how = 0;
            continue enter;
          }
          case O.CALL_KW:
          case O.CALL_KW_BOUND_METHOD:
          case O.CALL_KW_NON_PY:
          case O.CALL_KW_PY: {
            const base = sp - oparg - 3;
            const r = callKw(frame, sp, base);
            sp = base;
            if (r > 0) {
              H32[sp++] = r;
              pc += 4;
              continue dispatch;
            }
            if (r === 0) break;
            H32[(frame + F_RETURN_OFFSET) >> 2] = 4;
            // An instance whose Python __init__ is to run stands in the callable's place.
            H32[fx + 1] = H8[F_FLAGS - r] & FRAME_IS_INIT ? sp + 1 : sp;
            frame = -r;
            how = 0;
            continue enter;
          }
          case O.CALL_FUNCTION_EX: {
            const r = callFunctionEx(frame, sp);
            sp -= 4;
            if (r > 0) {
              H32[sp++] = r;
              pc++;
              continue dispatch;
            }
            if (r === 0) break;
            H32[(frame + F_RETURN_OFFSET) >> 2] = 1;
            H32[fx + 1] = sp;
            frame = -r;
            how = 0;
            continue enter;
          }
          case O.RETURN_VALUE: {
            const value = H32[--sp] as Obj;
            H32[fx + 1] = sp;
            const flags = H32[(frame + F_OWNER) >> 2];
            const previous = H32[(frame + F_PREVIOUS) >> 2];
            H32[cur_frame] = previous;
            if ((flags & 255) === OWNED_BY_GENERATOR) G.leaveGenerator(frame);
            else {
              clearFrameExceptCode(frame);
              decref(code as Obj);
              popDataStack(frame);
            }
            H32[py_recursion_remaining]++;
            if (flags & (FRAME_IS_ENTRY << 8)) return value;
            frame = previous;
            if (flags >> 9) {
              if (!leaveInit(frame, value)) continue enter;
            } else {
              const px = (frame + F_IP) >> 2;
              H32[H32[px + 1]++] = value;
              H32[px] += H32[px + 2];
            }
            how = 0;
            continue enter;
          }

          // --- generators and coroutines

          case O.RETURN_GENERATOR: {
            const gen = G.makeGenerator(frame);
            if (gen === 0) break;
            const flags = H8[frame + F_FLAGS];
            const previous = H32[(frame + F_PREVIOUS) >> 2];
            H32[cur_frame] = previous;
            popDataStack(frame);
            H32[py_recursion_remaining]++;
            if (flags & FRAME_IS_ENTRY) return gen;
            frame = previous;
            const px = (frame + F_IP) >> 2;
            H32[H32[px + 1]++] = gen;
            H32[px] += H32[px + 2];
            how = 0;
            continue enter;
          }
          case O.YIELD_VALUE: {
            const value = H32[--sp] as Obj;
            H32[fx] = pc + 1;
            H32[fx + 1] = sp;
            const gen = genOfFrame(frame);
            H32[(gen + gen_state) >> 2] = oparg - 2;
            H32[exc_info] = H32[(gen + gen_exc_previous) >> 2];
            H32[(gen + gen_exc_previous) >> 2] = 0;
            const previous = H32[(frame + F_PREVIOUS) >> 2];
            H32[(frame + F_PREVIOUS) >> 2] = 0;
            H32[cur_frame] = previous;
            H32[py_recursion_remaining]++;
            if (H8[frame + F_FLAGS] & FRAME_IS_ENTRY) return value;
            frame = previous;
            // SEND and FOR_ITER have one cache entry each.
            const px = (frame + F_IP) >> 2;
            H32[H32[px + 1]++] = value;
            H32[px] += 2;
            how = 0;
            continue enter;
          }
          case O.SEND:
          case O.SEND_GEN: {
            const receiver = H32[sp - 2] as Obj;
            if (G.canResume(receiver)) {
              G.resumeGenerator(receiver, H32[sp - 1] as Obj);
              H32[fx + 1] = sp - 1;
              H32[(frame + F_RETURN_OFFSET) >> 2] = 2 + oparg;
              H32[(receiver + gen_iframe + F_PREVIOUS) >> 2] = frame;
              frame = receiver + gen_iframe;
              H8[frame + F_FLAGS] &= ~FRAME_IS_ENTRY;
              H32[cur_frame] = frame;
              if (--H32[py_recursion_remaining] < 0) {
                G.recursionErrorInFrame();
                continue enter;
              }
              how = 0;
              continue enter;
            }
            const r = G.send(sp);
            if (r === 0) break;
            pc += r > 0 ? 2 : 2 + oparg;
            continue dispatch;
          }
          case O.END_SEND: {
            const receiver = H32[sp - 2] as Obj;
            H32[sp - 2] = H32[sp - 1];
            sp--;
            H32[fx + 1] = sp;
            decref(receiver);
            pc++;
            continue dispatch;
          }
          case O.GET_YIELD_FROM_ITER:
          case O.GET_AWAITABLE:
          case O.GET_AITER:
          case O.GET_ANEXT: {
            const r = G.asyncOp(frame, sp, op, oparg);
            if (r === 0) break;
            sp = r;
            pc++;
            continue dispatch;
          }

          // --- exceptions

          case O.PUSH_EXC_INFO: {
            const item = H32[exc_info] + EXC_VALUE;
            const e = H32[sp - 1] as Obj;
            let previous = H32[item >> 2] as Obj;
            if (previous === 0) {
              previous = Py_None;
              incref(Py_None);
            }
            H32[sp - 1] = previous;
            incref(e);
            H32[item >> 2] = e;
            H32[sp++] = e;
            pc++;
            continue dispatch;
          }
          case O.POP_EXCEPT: {
            const item = H32[exc_info] + EXC_VALUE;
            let value = H32[--sp] as Obj;
            H32[fx + 1] = sp;
            const old = H32[item >> 2] as Obj;
            if (value === Py_None) {
              decref(value);
              value = NULL;
            }
            H32[item >> 2] = value;
            xdecref(old);
            pc++;
            continue dispatch;
          }
          case O.CHECK_EXC_MATCH:
          case O.CHECK_EG_MATCH:
          case O.WITH_EXCEPT_START:
          case O.LOAD_SPECIAL: {
            const r = X.matchOp(sp, op, oparg);
            if (r === 0) break;
            sp = r;
            pc++;
            continue dispatch;
          }
          case O.RAISE_VARARGS:
            // Both operands are taken, whatever happens.
            sp -= oparg;
            H32[fx + 1] = sp;
            if (X.raiseVarargs(sp, oparg)) how = UNWIND_SILENT;
            break;
          case O.RERAISE:
            reraisedAt = pc;
            if (oparg !== 0) H32[fx] = X.lastiOf(code as Obj, H32[sp - 1 - oparg] as Obj);
            sp--;
            H32[fx + 1] = sp;
            X.reraise(H32[sp] as Obj);
            how = UNWIND_SILENT;
            continue enter;
          case O.END_ASYNC_FOR:
          case O.CLEANUP_THROW: {
            const r = X.asyncCleanup(sp, op);
            if (r === 0) {
              sp--;
              H32[fx + 1] = sp;
              PyErr_SetRaisedException(H32[sp] as Obj);
              how = UNWIND_SILENT;
              continue enter;
            }
            sp = r;
            pc++;
            continue dispatch;
          }

          // --- building

          case O.BUILD_TUPLE: {
            const r = B.buildTuple(sp, oparg);
            // The items are taken also when it fails.
            sp -= oparg;
            if (r === 0) break;
            H32[sp++] = r;
            pc++;
            continue dispatch;
          }
          case O.BUILD_LIST: {
            const r = B.buildList(sp, oparg);
            // The items are taken also when it fails.
            sp -= oparg;
            if (r === 0) break;
            H32[sp++] = r;
            pc++;
            continue dispatch;
          }
          case O.LIST_APPEND: {
            // The item is the list's, or gone.
            const r = B.listAppend(sp--, oparg);
            if (r < 0) break;
            pc++;
            continue dispatch;
          }
          case O.BUILD_MAP:
          case O.BUILD_SET:
          case O.BUILD_SLICE:
          case O.BUILD_STRING:
          case O.BUILD_TEMPLATE:
          case O.BUILD_INTERPOLATION:
          case O.LIST_EXTEND:
          case O.SET_ADD:
          case O.SET_UPDATE:
          case O.MAP_ADD:
          case O.DICT_UPDATE:
          case O.DICT_MERGE:
          case O.FORMAT_SIMPLE:
          case O.FORMAT_WITH_SPEC:
          case O.CONVERT_VALUE: {
            const r = B.buildOp(frame, sp, op, oparg);
            if (r === 0) break;
            sp = r;
            pc++;
            continue dispatch;
          }
          case O.MAKE_FUNCTION: {
            const r = M.makeFunction(frame, H32[sp - 1] as Obj);
            if (r === 0) break;
            H32[sp - 1] = r;
            pc++;
            continue dispatch;
          }
          case O.SET_FUNCTION_ATTRIBUTE:
            M.setFunctionAttribute(sp, oparg);
            sp--;
            pc++;
            continue dispatch;

          case O.UNPACK_EX:
          case O.GET_LEN:
          case O.MATCH_CLASS:
          case O.MATCH_KEYS:
          case O.MATCH_MAPPING:
          case O.MATCH_SEQUENCE:
          case O.CALL_INTRINSIC_1:
          case O.CALL_INTRINSIC_2:
          case O.EXIT_INIT_CHECK: {
            const r = M.rareOp(frame, sp, op, oparg);
            if (r === 0) break;
            sp = r;
            pc++;
            continue dispatch;
          }

          default: {
            // Somebody watches, or the opcode does not exist.
            const r = instrumented(frame, op, oparg, prev);
            if (r < 0) {
              sp = H32[fx + 1];
              break;
            }
            if (r === REENTER) {
              how = 0;
              if (frame === H32[cur_frame]) kept = pc;
              frame = H32[cur_frame];
              continue enter;
            }
            op = r;
            continue redo;
          }
        }
        // The instruction failed.
        H32[fx + 1] = sp;
        continue enter;
      }
    }
  }
}

function xincrefAt(o: Obj): void {
  'use wasm';
  if (o !== 0) incref(o);
}
