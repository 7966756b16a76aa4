// What is the module _statistics?  Invariant: the inverse of the normal distribution's cumulative function, by Wichura's rational
// approximation (Algorithm AS 241, Applied Statistics 37), accurate to about 16 digits.

import { defineModule, method } from '../object/declare.js';
import { PyErr_SetString } from '../object/errors.js';
import { PyFloat_FromDouble } from '../object/float.js';
import type { Obj } from '../object/ptr.js';
import { PyExc_ValueError } from '../object/statics.js';

// Coefficients from the highest power down, numerator and denominator: for the centre, the near and the far tail.
const CENTRE = [
  [
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
    1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
  ],
  [
    5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
    687.1870074920579083, 42.313330701600911252, 1,
  ],
];
const NEAR = [
  [
    7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
  ],
  [
    1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
    0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
  ],
];
const FAR = [
  [
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
    0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
  ],
  [
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
    0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1,
  ],
];

function ratio([num, den]: number[][], r: number): number {
  const horner = (c: number[]) => c.reduce((sum, x) => sum * r + x, 0);
  return horner(num) / horner(den);
}

function inverse(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return ratio(CENTRE, 0.180625 - q * q) * q;
  const r = Math.sqrt(-Math.log(q <= 0 ? p : 1 - p));
  const x = r <= 5 ? ratio(NEAR, r - 1.6) : ratio(FAR, r - 5);
  return q < 0 ? -x : x;
}

defineModule({
  name: '_statistics',
  doc: 'Accelerators for the statistics module.\n',
  functions: [
    method(
      '_normal_dist_inv_cdf',
      '($module, p: double, mu: double, sigma: double, /)',
      (_module: Obj, p: number, mu: number, sigma: number) => {
        if (p <= 0 || p >= 1 || sigma <= 0) {
          return PyErr_SetString(
            PyExc_ValueError,
            'inverse normal cumulative distribution function argument out of range',
          );
        }
        return PyFloat_FromDouble(mu + inverse(p) * sigma);
      },
    ),
  ],
});
