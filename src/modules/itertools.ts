// What does the module itertools export?  Invariant: it only names; each type is declared where it is implemented.

import { defineModule, method } from '../object/declare.js';
import { combinations, combinations_with_replacement, permutations, product } from './itertools_combinatoric.js';
import { groupby, grouper, tee, teedataobject, teeType } from './itertools_shared.js';
import {
  accumulate,
  batched,
  chain,
  compress,
  count,
  cycle,
  dropwhile,
  filterfalse,
  islice,
  pairwise,
  repeat,
  starmap,
  takewhile,
  zip_longest,
} from './itertools_streams.js';

defineModule({
  name: 'itertools',
  doc: 'Functional tools for creating and using iterators.',
  types: [
    accumulate,
    batched,
    chain,
    combinations,
    compress,
    count,
    combinations_with_replacement,
    cycle,
    dropwhile,
    filterfalse,
    groupby,
    grouper,
    islice,
    pairwise,
    permutations,
    product,
    repeat,
    starmap,
    takewhile,
    teeType,
    teedataobject,
    zip_longest,
  ],
  functions: [
    method('tee', '($module, iterable, n: ssize = 2, /)', tee, 'Returns a tuple of n independent iterators.'),
  ],
});
