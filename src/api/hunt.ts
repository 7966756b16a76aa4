// How is a leak hunted?
//
// Invariant: the report goes to the descriptor that was standard output when the command began; while the target runs, descriptor 1 is standard error
// (in the first run) or nothing, so a target that prints, replaces sys.stdout or closes it changes nothing in the report.  What the hunt holds between
// runs stands in the heap, in words of its own, or in JavaScript's memory: it never counts itself.

import { failed, host } from '../config/host_interface.js';
import type { PyConfig } from '../config/pyconfig.js';
import { strerror } from '../config/strerror.js';
import type { HuntTool } from '../config/tool.js';
import { H32 } from '../memory/linear.js';
import { PyObject_Call, PyObject_CallNoArgs, PyObject_CallOneArg } from '../object/call.js';
import {
  PyErr_Clear,
  PyErr_ExceptionMatches,
  PyErr_GetRaisedException,
  PyErr_Occurred,
  PyErr_SetRaisedException,
} from '../object/errors.js';
import { decref, Py_TYPE, xdecref } from '../object/header.js';
import { PyDict_GetItemString } from '../object/dict.js';
import { ID, idObj } from '../object/identifiers.js';
import { PyType_Check } from '../object/isinstance.js';
import { PyList_GET_ITEM, PyList_GET_SIZE } from '../object/list.js';
import { PyObject_GetAttr, PyObject_Str } from '../object/object.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { PyExc_KeyboardInterrupt } from '../object/statics.js';
import { PyTuple_GET_ITEM } from '../object/tuple.js';
import { tp_dict, tp_name } from '../object/type_layout.js';
import { asString, PyUnicode_Check } from '../object/unicode.js';
import { displayException, flushFile } from '../modules/sys.js';
import { toPython } from '../modules/values.js';
import { PyImport_ImportModule } from '../vm/import.js';
import { audit, discrepancyText, type Discrepancy } from '../ledger/audit.js';
import { historyOf, historyText, track, untrackAll } from '../ledger/history.js';
import { EXPLAINED_RUNS, Explanation } from '../ledger/hunt_explain.js';
import { htmlText } from '../ledger/hunt_html.js';
import { difference, type Figures, judge, measure } from '../ledger/hunt_measure.js';
import {
  findingsText,
  jsonText,
  type Leak,
  type Report,
  runLine,
  runName,
  summaryText,
  tableHead,
  type TargetReport,
  verdictText,
} from '../ledger/hunt_report.js';
import { forEachListed, forEachStaticType } from '../ledger/objects.js';
import { INTERRUPTED } from './exit_status.js';

const O_WRONLY = 0o1;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;

const USAGE = 2;
const TARGET_FAILED = 3;
/** Leaked references are shown for so many objects. */
const MOST_LEAKS = 20;

const s_prepare = ID('prepare');
const s_show = ID('show');
const s_NotFound = ID('NotFound');

const helper = ownedWord('the hunt: its module');
const targets = ownedWord('the hunt: its targets');

/** The file in what the command line names: `FILE` or `FILE::function`. */
export function targetFile(c: PyConfig): string | null {
  return c.run_filename === null ? null : c.run_filename.replace(/::.*$/s, '');
}

/** How a run ended. */
type End = 'done' | 'raised' | 'interrupted';

class Hunt {
  private readonly c: PyConfig;
  private readonly tool: HuntTool;
  private readonly report: Report;
  /** The report's own descriptor. */
  private readonly out: number;
  private readonly nothing: number;
  private readonly deadline: number;
  private readonly cwd: string;
  private silent = false;

  constructor(c: PyConfig, tool: HuntTool) {
    this.c = c;
    this.tool = tool;
    this.report = { build: VIVARIUM_BUILD, warmup: tool.warmup, measured: tool.runs, targets: [], ended: 'complete' };
    this.deadline = tool.timeout > 0 ? Date.now() + tool.timeout * 1000 : Number.POSITIVE_INFINITY;
    if (tool.timeout > 0) host.interruptAfter(tool.timeout, TARGET_FAILED);
    const cwd = host.getcwd();
    this.cwd = typeof cwd === 'string' ? cwd : '';
    this.out = host.dup(1);
    this.nothing = host.open('/dev/null', O_WRONLY, 0);
    host.dup2(2, 1);
  }

  /** Writes to the report. */
  private print(text: string): void {
    this.writeAll(this.out, this.shorten(text));
  }

  private writeAll(fd: number, text: string): number {
    const bytes = new TextEncoder().encode(text);
    let done = 0;
    while (done < bytes.length) {
      const n = host.write(fd, bytes, done, bytes.length - done);
      if (n < 0) return n;
      done += n;
    }
    return 0;
  }

  /** Files below the working directory lose its name. */
  private shorten(text: string): string {
    return this.cwd.length > 1 ? text.replaceAll(`${this.cwd}/`, '') : text;
  }

  private progress(text: string): void {
    if (host.isatty(2)) host.writeError(`\r\x1b[K${text}`);
  }

  /** Reports the exception that is set: it is cleared. */
  private showException(): void {
    const e = PyErr_GetRaisedException();
    if (e === 0) return;
    const show = H32[helper] === 0 ? NULL : PyObject_GetAttr(H32[helper] as Obj, idObj(s_show));
    const r = show === 0 ? NULL : PyObject_CallOneArg(show, e);
    xdecref(show);
    if (r !== 0) decref(r);
    else {
      PyErr_Clear();
      displayException(e);
      PyErr_Clear();
    }
    decref(e);
  }

  /** Puts the targets into their word: 0, or the status that ends the command. */
  prepare(): number {
    const { run_command, run_module } = this.c;
    const kind = run_command !== null ? 'text' : run_module !== null ? 'module' : 'file';
    const what = run_command ?? run_module ?? this.c.run_filename ?? '';
    H32[helper] = PyImport_ImportModule('_vivarium_hunt');
    const prepare = H32[helper] === 0 ? NULL : PyObject_GetAttr(H32[helper] as Obj, idObj(s_prepare));
    const args = prepare === 0 ? NULL : toPython([kind, what, this.c.argv.slice(1)]);
    H32[targets] = args === 0 ? NULL : PyObject_Call(prepare, args, NULL);
    xdecref(prepare);
    xdecref(args);
    if (H32[targets] !== 0) return 0;
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
      PyErr_Clear();
      return this.stopped();
    }
    const e = PyErr_GetRaisedException();
    const notFound = H32[helper] === 0 ? NULL : PyObject_GetAttr(H32[helper] as Obj, idObj(s_NotFound));
    let status = TARGET_FAILED;
    if (notFound !== 0 && Py_TYPE(e) === notFound) {
      status = USAGE;
      const text = PyObject_Str(e);
      host.writeError(`vivarium: hunt: ${text === 0 ? 'no target' : asString(text)}\n`);
      xdecref(text);
      decref(e);
    } else {
      PyErr_SetRaisedException(e);
      this.showException();
    }
    xdecref(notFound);
    PyErr_Clear();
    return status;
  }

  /** Ctrl-C, or the time is up: the status that says so. */
  private stopped(): number {
    this.report.ended = Date.now() >= this.deadline ? 'timeout' : 'interrupted';
    return this.report.ended === 'timeout' ? TARGET_FAILED : INTERRUPTED;
  }

  /** Runs a target once. */
  private runOnce(f: Obj): End {
    const r = PyObject_CallNoArgs(f);
    let end: End = 'done';
    if (r !== 0) decref(r);
    else if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
      PyErr_Clear();
      end = 'interrupted';
    } else {
      end = 'raised';
      this.progress('');
      this.showException();
    }
    // What waits in a stream's buffer is no growth.
    for (const name of ['stdout', '__stdout__', 'stderr']) if (flushFile(name) < 0) PyErr_Clear();
    if (!this.silent && this.nothing >= 0) {
      this.silent = true;
      host.dup2(this.nothing, 1);
    }
    if (end === 'done' && Date.now() >= this.deadline) end = 'interrupted';
    return end;
  }

  /** Hunts one target: whether the hunt goes on. */
  private huntOne(f: Obj, t: TargetReport, verbose: boolean): boolean {
    const { warmup, runs } = this.tool;
    let before: Figures = measure();
    let end: End = 'done';
    for (let i = 0; i < warmup + runs && end === 'done'; i++) {
      this.progress(`${t.name}: run ${i + 1} of ${warmup + runs}`);
      end = this.runOnce(f);
      if (end !== 'done') break;
      const after = measure();
      t.runs.push({ warmup: i < warmup, deltas: difference(after, before) });
      before = after;
      this.progress('');
      if (verbose) this.print(`${runLine(runName(t.runs, i), t.runs[i].deltas)}\n`);
    }
    t.failed = end === 'raised';
    if (t.runs.some((r) => !r.warmup)) t.verdict = judge(t.runs);
    if (end === 'done' && t.verdict?.trend === 'grows') end = this.explain(f, t);
    if (end === 'done' && this.tool.track.length > 0) end = this.record(f, t);
    if (!verbose && (t.verdict?.trend === 'grows' || t.tracked.length > 0)) {
      this.print(`\n${t.name}\n${tableHead()}\n`);
      t.runs.forEach((r, i) => this.print(`${runLine(runName(t.runs, i), r.deltas)}\n`));
    }
    if (verbose || t.verdict?.trend === 'grows' || t.tracked.length > 0) this.print(findingsText(t));
    else this.print(`${t.name}: ${verdictText(t)}\n`);
    return end !== 'interrupted' || this.stopped() === 0;
  }

  /** Finds out what grew. */
  private explain(f: Obj, t: TargetReport): End {
    const explanation = new Explanation(this.c.stdlib.at(-1) ?? '');
    // The first run fills what the tracing itself remembers.
    let end = this.runOnce(f);
    measure();
    explanation.mark();
    for (let i = 0; i < EXPLAINED_RUNS && end === 'done'; i++) {
      this.progress(`${t.name}: looking, ${i + 1} of ${EXPLAINED_RUNS}`);
      end = this.runOnce(f);
      measure();
      if (end === 'done') explanation.mark();
    }
    this.progress('');
    t.grew = explanation.table().map((g) => ({
      ...g,
      line: this.shorten(g.line),
      from: this.shorten(g.from),
      path: g.path === null ? null : this.shorten(g.path),
    }));
    explanation.end();
    if (end === 'done') end = this.findLeaks(f, t);
    return end;
  }

  /** Finds references that nobody owns, and which lines took them. */
  private findLeaks(f: Obj, t: TargetReport): End {
    const faults = (): Discrepancy[] => audit().discrepancies.filter((d) => d.kind === 'leaked');
    const old = new Set(faults().map((d) => d.address));
    if (old.size === 0) return 'done';
    const leaking = new Set<Obj>();
    for (const address of old) leaking.add(Py_TYPE(address as Obj));
    for (const type of leaking) if (track(type) < 0) PyErr_Clear();
    const end = this.runOnce(f);
    measure();
    const now = faults();
    // An object that the run has made tells its whole life; one that was there, what was added.
    const told = now.filter((d) => !old.has(d.address));
    t.leaked = (told.length > 0 ? told : now).slice(0, MOST_LEAKS).map((d): Leak => {
      const history = historyOf(d.address as Obj);
      const { type, address, value, counted, found } = d;
      const text = history === null || history.taken === 0 ? '' : historyText(history, '    ');
      return { type, address, value, counted, found, text: discrepancyText(d), history: this.shorten(text) };
    });
    untrackAll();
    return end;
  }

  /** --track: one run with the references to the named types recorded. */
  private record(f: Obj, t: TargetReport): End {
    const wanted = this.tool.track;
    const types: Obj[] = [];
    const look = (o: Obj): void => {
      if (isNamed(o, wanted)) types.push(o);
    };
    forEachListed(look);
    forEachStaticType(look);
    const missing = wanted.filter((name) => !types.some((o) => isNamed(o, [name])));
    t.tracked = missing.map((name) => `no living type is called ${name}`);
    for (const type of types) if (track(type) < 0) PyErr_Clear();
    const end = this.runOnce(f);
    measure();
    for (const type of types) {
      const history = historyOf(type);
      if (history !== null) t.tracked = [...t.tracked, this.shorten(historyText(history))];
    }
    untrackAll();
    return end;
  }

  /** Hunts everything: the status of the command. */
  run(): number {
    let status = this.prepare();
    if (status === 0) {
      const list = H32[targets] as Obj;
      const n = PyList_GET_SIZE(list);
      const verbose = n === 1;
      for (let i = 0; i < n; i++) {
        const pair = PyList_GET_ITEM(list, i);
        const t: TargetReport = {
          name: asString(PyTuple_GET_ITEM(pair, 0)),
          runs: [],
          verdict: null,
          grew: [],
          leaked: [],
          tracked: [],
          failed: false,
        };
        this.report.targets.push(t);
        if (i === 0) {
          const what = verbose ? t.name : `${n} tests`;
          const { warmup, runs } = this.tool;
          this.print(`vivarium hunt: ${what} (build ${VIVARIUM_BUILD}, ${warmup} warm-up runs, ${runs} measured)\n`);
          if (verbose) this.print(`${tableHead()}\n`);
        }
        if (!this.huntOne(PyTuple_GET_ITEM(pair, 1), t, verbose)) {
          status = this.stopped();
          break;
        }
      }
      this.print(summaryText(this.report));
      if (status === 0) status = this.judgement();
      status = this.writeFiles() || status;
    } else if (this.report.ended !== 'complete') this.print(summaryText(this.report));
    if (this.tool.timeout > 0) host.interruptAfter(0, 0);
    for (const word of [targets, helper]) {
      const o = H32[word] as Obj;
      H32[word] = NULL;
      xdecref(o);
    }
    host.dup2(this.out, 1);
    host.close(this.out);
    if (this.nothing >= 0) host.close(this.nothing);
    return status;
  }

  /** What the status says of a complete hunt. */
  private judgement(): number {
    if (this.report.targets.some((t) => t.failed)) return TARGET_FAILED;
    const grown = this.tool.failOn.some((m) => this.report.targets.some((t) => (t.verdict?.rates[m] ?? 0) > 0));
    return grown ? 1 : 0;
  }

  /** Writes the files that were asked for: 0, or the status when that failed. */
  private writeFiles(): number {
    let status = 0;
    for (const [path, text] of [
      [this.tool.json, jsonText],
      [this.tool.html, htmlText],
    ] as const) {
      if (path === null) continue;
      // The target may have gone elsewhere.
      const where = path.startsWith('/') ? path : `${this.cwd}/${path}`;
      const fd = host.open(where, O_WRONLY | O_CREAT | O_TRUNC, 0o666);
      const r = failed(fd) ? fd : this.writeAll(fd, text(this.report));
      if (!failed(fd)) host.close(fd);
      if (r < 0) {
        host.writeError(`vivarium: hunt: cannot write '${path}': ${strerror(-r)}\n`);
        status = USAGE;
      }
    }
    return status;
  }
}

/** Whether `o` is a type that is called by one of the names, with or without its module. */
function isNamed(o: Obj, names: readonly string[]): boolean {
  if (!PyType_Check(o)) return false;
  const name = asString(H32[(o + tp_name) >> 2] as Obj);
  if (names.includes(name)) return true;
  const dict = H32[(o + tp_dict) >> 2] as Obj;
  const module = dict === 0 ? NULL : PyDict_GetItemString(dict, '__module__');
  return module !== 0 && PyUnicode_Check(module) && names.includes(`${asString(module)}.${name}`);
}

/** Runs the hunt that the command line asks for: the exit status. */
export function hunt(c: PyConfig, tool: HuntTool): number {
  const status = new Hunt(c, tool).run();
  if (PyErr_Occurred() !== 0) PyErr_Clear();
  return status;
}
