// What is `_locale` where there is no C library?
//
// Invariant: every category is in the C locale, save that LC_CTYPE may be called by any of the names that mean UTF-8; text is always UTF-8.  What
// each category was last called is kept in words of the static area.

import { H32 } from '../memory/linear.js';
import { PyObject_CallFunctionObjArgs } from '../object/call.js';
import { defineModule, method } from '../object/declare.js';
import { PyDict_New, PyDict_SetItemString } from '../object/dict.js';
import { PyErr_SetString, typeName } from '../object/errors.js';
import { newref, xdecref } from '../object/header.js';
import { PyLong_FromLong } from '../object/long.js';
import { PyModule_AddObjectRef } from '../object/module_storage.js';
import { NULL, type Obj } from '../object/ptr.js';
import { ownedWord } from '../object/root_words.js';
import { Py_None, PyExc_Exception, PyExc_TypeError, PyExc_ValueError, PyType_Type } from '../object/statics.js';
import { PyTuple_Pack } from '../object/tuple.js';
import { asString, PyUnicode_Check, PyUnicode_Compare, PyUnicode_FromString } from '../object/unicode.js';
import { host } from '../config/host_interface.js';
import { config, setOwned } from '../vm/sys_state.js';
import { none } from './io_common.js';
import { addConstants } from './posix.js';
import { dictOf, listOf, toPython } from './values.js';
import { DAYS, MONTHS } from './strftime.js';

const CATEGORIES = ['LC_CTYPE', 'LC_NUMERIC', 'LC_TIME', 'LC_COLLATE', 'LC_MONETARY', 'LC_MESSAGES'];
const LC_ALL = 6;

/** locale.Error (owned). */
const localeError = ownedWord();
/** The name of each category's locale (a str); NULL: C. */
const names = CATEGORIES.map(ownedWord);

/** The name that the environment gives to a category. */
function environmentName(category: number): string {
  return host.getenv('LC_ALL') || host.getenv(CATEGORIES[category]) || host.getenv('LANG') || 'C';
}

/** Whether there is a locale of this name. */
function known(name: string): boolean {
  return /^(C|POSIX|C\.UTF-?8|C\.utf8|en_US\.UTF-?8|en_US\.utf8)$/.test(name);
}

function nameOf(category: number): string {
  const o = H32[names[category]] as Obj;
  return o === 0 ? 'C' : asString(o);
}

/** What setlocale answers for a category: all of them are listed if they differ. */
function current(category: number): string {
  if (category !== LC_ALL) return nameOf(category);
  const all = CATEGORIES.map((_, i) => nameOf(i));
  if (all.every((n) => n === all[0])) return all[0];
  const order = [0, 1, 2, 3, 4, 5];
  return [
    ...order.map((i) => `${CATEGORIES[i]}=${all[i]}`),
    'LC_PAPER=C',
    'LC_NAME=C',
    'LC_ADDRESS=C',
    'LC_TELEPHONE=C',
    'LC_MEASUREMENT=C',
    'LC_IDENTIFICATION=C',
  ].join(';');
}

function fail(): Obj {
  return PyErr_SetString(H32[localeError] as Obj, 'unsupported locale setting');
}

function locale_setlocale(_m: Obj, category: number, value: Obj): Obj {
  if (category < 0 || category > 12) return fail();
  if (value !== Py_None) {
    if (!PyUnicode_Check(value))
      return PyErr_SetString(PyExc_TypeError, `setlocale() argument 2 must be str or None, not ${typeName(value)}`);
    const text = asString(value);
    if (text.includes('\0')) return PyErr_SetString(PyExc_ValueError, 'embedded null character');
    const wanted = new Map<number, string>();
    const targets = category === LC_ALL ? CATEGORIES.map((_, i) => i) : [category];
    if (category === LC_ALL && text.includes('=')) {
      for (const part of text.split(';')) {
        const [key, name] = part.split('=');
        const i = CATEGORIES.indexOf(key);
        if (i >= 0) wanted.set(i, name);
      }
    } else
      for (const i of targets) wanted.set(i, text === '' ? (i < CATEGORIES.length ? environmentName(i) : 'C') : text);
    for (const name of wanted.values()) if (!known(name)) return fail();
    for (const [i, name] of wanted)
      if (i < CATEGORIES.length) setOwned(names[i], PyUnicode_FromString(name === 'POSIX' ? 'C' : name));
  }
  return PyUnicode_FromString(category < CATEGORIES.length || category === LC_ALL ? current(category) : 'C');
}

/** CHAR_MAX: a number that the C locale does not say. */
const UNKNOWN = 127;

function locale_localeconv(): Obj {
  const text = (s: string) => PyUnicode_FromString(s);
  const number = () => PyLong_FromLong(UNKNOWN);
  return dictOf([
    ['decimal_point', text('.')],
    ['thousands_sep', text('')],
    ['grouping', listOf([])],
    ['int_curr_symbol', text('')],
    ['currency_symbol', text('')],
    ['mon_decimal_point', text('')],
    ['mon_thousands_sep', text('')],
    ['mon_grouping', listOf([])],
    ['positive_sign', text('')],
    ['negative_sign', text('')],
    ...[
      'int_frac_digits',
      'frac_digits',
      'p_cs_precedes',
      'p_sep_by_space',
      'n_cs_precedes',
      'n_sep_by_space',
      'p_sign_posn',
      'n_sign_posn',
    ].map((name) => [name, number()] as const),
  ]);
}

function locale_strcoll(_m: Obj, a: Obj, b: Obj): Obj {
  return PyLong_FromLong(PyUnicode_Compare(a, b));
}

// nl_langinfo: number → text, in the C locale.
const D_FMT = 0x20029;
const LANGINFO = new Map<number, string>([
  [14, 'UTF-8'],
  [0x10000, '.'],
  [0x10001, ''],
  [0x50000, '^[yY]'],
  [0x50001, '^[nN]'],
  [0x4000f, '-'],
  [0x20026, 'AM'],
  [0x20027, 'PM'],
  [0x20028, '%a %b %e %H:%M:%S %Y'],
  [D_FMT, '%m/%d/%y'],
  [0x2002a, '%H:%M:%S'],
  [0x2002b, '%I:%M:%S %p'],
  [0x2002c, ''],
  [0x2002e, ''],
  [0x2002f, ''],
  [0x20030, ''],
  [0x20031, ''],
]);
DAYS.forEach((d, i) => {
  LANGINFO.set(0x20000 + i, d.slice(0, 3));
  LANGINFO.set(0x20007 + i, d);
});
MONTHS.forEach((m, i) => {
  LANGINFO.set(0x2000e + i, m.slice(0, 3));
  LANGINFO.set(0x2001a + i, m);
});

const LANGINFO_NAMES = [
  'CODESET 14 RADIXCHAR 65536 THOUSEP 65537 YESEXPR 327680 NOEXPR 327681 CRNCYSTR 262159 AM_STR 131110 PM_STR 131111 D_T_FMT 131112 D_FMT 131113 T_FMT 131114 T_FMT_AMPM 131115 ERA 131116 ERA_D_FMT 131118 ALT_DIGITS 131119 ERA_D_T_FMT 131120 ERA_T_FMT 131121',
  ...DAYS.map((_, i) => `ABDAY_${i + 1} ${0x20000 + i} DAY_${i + 1} ${0x20007 + i}`),
  ...MONTHS.map((_, i) => `ABMON_${i + 1} ${0x2000e + i} MON_${i + 1} ${0x2001a + i}`),
].join(' ');

function locale_nl_langinfo(_m: Obj, item: number): Obj {
  const text = LANGINFO.get(item);
  return text === undefined
    ? PyErr_SetString(PyExc_ValueError, 'unsupported langinfo constant')
    : PyUnicode_FromString(text);
}

function locale_exec(m: Obj): number {
  if (
    addConstants(
      m,
      `LC_CTYPE 0 LC_NUMERIC 1 LC_TIME 2 LC_COLLATE 3 LC_MONETARY 4 LC_MESSAGES 5 LC_ALL 6 CHAR_MAX 127 ${LANGINFO_NAMES}`,
    ) < 0
  )
    return -1;
  const name = PyUnicode_FromString('Error');
  const bases = PyTuple_Pack(PyExc_Exception);
  const dict = PyDict_New();
  const module = toPython('locale');
  const ready =
    name !== 0 && bases !== 0 && dict !== 0 && module !== 0 && PyDict_SetItemString(dict, '__module__', module) === 0;
  const type = ready ? PyObject_CallFunctionObjArgs(PyType_Type, name, bases, dict) : NULL;
  for (const o of [name, bases, dict, module]) xdecref(o);
  if (type === 0) return -1;
  setOwned(localeError, type);
  // As the C library does at start-up, only the characters follow the environment.
  if (H32[names[0]] === 0 && known(environmentName(0))) {
    const ctype = environmentName(0);
    setOwned(names[0], PyUnicode_FromString(ctype === 'C' || ctype === 'POSIX' ? 'C.UTF-8' : ctype));
  }
  return PyModule_AddObjectRef(m, 'Error', type);
}

defineModule({
  name: '_locale',
  doc: 'Support for POSIX locales.',
  functions: [
    method(
      'setlocale',
      '($module, category: int, locale=None, /)',
      locale_setlocale,
      'Activates/queries locale processing.',
    ),
    method('localeconv', '($module, /)', locale_localeconv, 'Returns numeric and monetary locale-specific parameters.'),
    method(
      'strcoll',
      '($module, os1: str, os2: str, /)',
      locale_strcoll,
      'Compares two strings according to the locale.',
    ),
    method(
      'strxfrm',
      '($module, string: str, /)',
      (_m: Obj, s: Obj) => newref(s),
      'Return a string that can be used as a key for locale-aware comparisons.',
    ),
    method(
      'nl_langinfo',
      '($module, key: int, /)',
      locale_nl_langinfo,
      'Return the value for the locale information associated with key.',
    ),
    method(
      'getencoding',
      '($module, /)',
      () => PyUnicode_FromString(config.utf8_mode ? 'utf-8' : 'UTF-8'),
      'Get the current locale encoding.',
    ),
    method(
      'gettext',
      '($module, msg: str, /)',
      (_m: Obj, s: Obj) => newref(s),
      'gettext(msg) -> string\nReturn translation of msg.',
    ),
    method(
      'dgettext',
      '($module, domain, msg: str, /)',
      (_m: Obj, _d: Obj, s: Obj) => newref(s),
      'dgettext(domain, msg) -> string\nReturn translation of msg in domain.',
    ),
    method(
      'dcgettext',
      '($module, domain, msg: str, category: int, /)',
      (_m: Obj, _d: Obj, s: Obj) => newref(s),
      'Return translation of msg in domain and category.',
    ),
    method(
      'textdomain',
      '($module, domain, /)',
      (_m: Obj, d: Obj) => (d === Py_None ? PyUnicode_FromString('messages') : newref(d)),
      "Set the C library's textdmain to domain, returning the new domain.",
    ),
    method(
      'bindtextdomain',
      '($module, domain: str, dir, /)',
      (_m: Obj, _d: Obj, dir: Obj) => newref(dir),
      "Bind the C library's domain to dir.",
    ),
    method(
      'bind_textdomain_codeset',
      '($module, domain: str, codeset, /)',
      () => none(),
      "Bind the C library's domain to codeset.",
    ),
  ],
  exec: locale_exec,
});
