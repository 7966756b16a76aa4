// What do the functions of cmath answer where an argument is infinite or NaN?
//
// Invariant: one table a function, with a row for each class of the real part and a column for each class of the imaginary part (-inf,
// negative, -0, 0, positive, inf, NaN), as C99's Annex G has them.  An entry is two letters, the real and the imaginary part: 0 o: zeros,
// 1 -: ones, I i: infinities, P p: pi, H h: half of it, Q q: a quarter, T t: three quarters (small letters are negative), N: NaN; EE: a
// domain error; '..': both parts are finite, so the table is not asked.

const TABLES = {
  acos: 'TI PI PI Pi Pi Ti NI HI .. .. .. .. Hi NN HI .. .. .. .. Hi HN HI .. .. .. .. Hi HN HI .. .. .. .. Hi NN QI 0I 0I 0i 0i Qi NI NI NN NN NN NN Ni NN',
  acosh:
    'It Ip Ip IP IP IT IN Ih .. .. .. .. IH NN Ih .. .. .. .. IH NH Ih .. .. .. .. IH NH Ih .. .. .. .. IH NN Iq Io Io I0 I0 IQ IN IN NN NN NN NN IN NN',
  asinh:
    'iq io io i0 i0 iQ iN ih .. .. .. .. iH NN ih .. .. .. .. iH NN Ih .. .. .. .. IH NN Ih .. .. .. .. IH NN Iq Io Io I0 I0 IQ IN IN NN No N0 NN IN NN',
  atanh:
    'oh oh oh oH oH oH oN oh .. .. .. .. oH NN oh .. .. .. .. oH oN 0h .. .. .. .. 0H 0N 0h .. .. .. .. 0H NN 0h 0h 0h 0H 0H 0H 0N 0h NN NN NN NN 0H NN',
  cosh: 'EE iI I0 Io ii EE IN EE .. .. .. .. EE NN EE .. .. .. .. EE N0 EE .. .. .. .. EE N0 EE .. .. .. .. EE NN EE ii Io I0 iI EE IN NN NN N0 N0 NN NN NN',
  exp: '00 oo 0o 00 o0 00 00 EE .. .. .. .. EE NN EE .. .. .. .. EE NN EE .. .. .. .. EE NN EE .. .. .. .. EE NN EE ii Io I0 iI EE IN NN NN No N0 NN NN NN',
  log: 'It Ip Ip IP IP IT IN Ih .. .. .. .. IH NN Ih .. .. .. .. IH NN Ih .. .. .. .. IH NN Ih .. .. .. .. IH NN Iq Io Io I0 I0 IQ IN IN NN NN NN NN IN NN',
  sinh: 'EE Ii io i0 II EE IN EE .. .. .. .. EE NN EE .. .. .. .. EE 0N EE .. .. .. .. EE 0N EE .. .. .. .. EE NN EE ii Io I0 iI EE IN NN NN No N0 NN NN NN',
  sqrt: 'Ii 0i 0i 0I 0I II NI Ii .. .. .. .. II NN Ii .. .. .. .. II NN Ii .. .. .. .. II NN Ii .. .. .. .. II NN Ii Io Io I0 I0 II IN Ii NN NN NN NN II NN',
  tanh: '-0 -0 -o -0 -o -0 -0 EE .. .. .. .. EE NN EE .. .. .. .. EE oN EE .. .. .. .. EE 0N EE .. .. .. .. EE NN 10 10 1o 10 1o 10 10 NN NN No N0 NN NN NN',
  rect: 'EE II i0 io Ii EE IN EE .. .. .. .. EE NN 00 .. .. .. .. 00 00 00 .. .. .. .. 00 00 EE .. .. .. .. EE NN EE ii Io I0 iI EE IN NN NN N0 N0 NN NN NN',
} as const;

export type SpecialFunction = keyof typeof TABLES;

const VALUES: Record<string, number> = {
  '0': 0,
  o: -0,
  '1': 1,
  '-': -1,
  I: Infinity,
  i: -Infinity,
  N: NaN,
  P: Math.PI,
  p: -Math.PI,
  H: Math.PI / 2,
  h: -Math.PI / 2,
  Q: Math.PI / 4,
  q: -Math.PI / 4,
  T: 0.75 * Math.PI,
  t: -0.75 * Math.PI,
};

const parsed = new Map<SpecialFunction, string[]>();
for (const name of Object.keys(TABLES) as SpecialFunction[]) parsed.set(name, TABLES[name].split(' '));

function classOf(x: number): number {
  if (x !== x) return 6;
  if (x === Infinity) return 5;
  if (x === -Infinity) return 0;
  if (x === 0) return Object.is(x, -0) ? 2 : 3;
  return x < 0 ? 1 : 4;
}

export let specialReal = 0;
export let specialImag = 0;

/** Leaves the answer for parts of which one is not finite; false for a domain error. */
export function specialValue(name: SpecialFunction, a: number, b: number): boolean {
  // Where a real part is infinite and the imaginary part finite, only signs depend on the latter: it is a direction.
  if ((a === Infinity || a === -Infinity) && Number.isFinite(b) && b !== 0) {
    const c = Math.cos(b);
    const s = Math.sin(b);
    const set = (x: number, y: number): true => {
      specialReal = x;
      specialImag = y;
      return true;
    };
    const signed = (x: number, by: number): number => (by < 0 ? -x : x);
    if (name === 'exp') return set(signed(a > 0 ? Infinity : 0, c), signed(a > 0 ? Infinity : 0, s));
    if (name === 'cosh') return set(signed(Infinity, c), signed(a, s));
    if (name === 'sinh' || name === 'rect')
      return set(signed(a, c), name === 'rect' ? signed(a, s) : signed(Infinity, s));
    if (name === 'tanh') return set(a > 0 ? 1 : -1, signed(0, 2 * s * c));
  }
  const entry = (parsed.get(name) as string[])[classOf(a) * 7 + classOf(b)];
  if (entry === 'EE') return false;
  specialReal = VALUES[entry[0]];
  specialImag = VALUES[entry[1]];
  return true;
}
