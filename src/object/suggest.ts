// Which known name was meant by a misspelled one?  Invariant: the costs, limits and tie-breaking are those of CPython's suggestions, so that
// the same name is suggested.

const MAX_CANDIDATES = 750;
const MAX_SIZE = 40;
const MOVE = 2;
const CASE = 1;

function substitution(a: number, b: number): number {
  if ((a & 31) !== (b & 31)) return MOVE;
  if (a === b) return 0;
  const lower = (c: number): number => (c >= 65 && c <= 90 ? c + 32 : c);
  return lower(a) === lower(b) ? CASE : MOVE;
}

/** The edit distance (2 for a move, 1 for a change of case), or something greater than `max`. */
function distance(a: Uint8Array, b: Uint8Array, max: number): number {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  a = a.subarray(start, endA);
  b = b.subarray(start, endB);
  if (a.length === 0 || b.length === 0) return (a.length + b.length) * MOVE;
  if (a.length > MAX_SIZE || b.length > MAX_SIZE) return max + 1;
  if (b.length < a.length) [a, b] = [b, a];
  if ((b.length - a.length) * MOVE > max) return max + 1;
  const row = new Array<number>(a.length);
  for (let i = 0; i < a.length; i++) row[i] = (i + 1) * MOVE;
  let result = 0;
  for (let bi = 0; bi < b.length; bi++) {
    let dist = bi * MOVE;
    result = dist;
    let minimum = Number.MAX_SAFE_INTEGER;
    for (let i = 0; i < a.length; i++) {
      const sub = dist + substitution(b[bi], a[i]);
      dist = row[i];
      const move = Math.min(result, dist) + MOVE;
      result = Math.min(move, sub);
      row[i] = result;
      if (result < minimum) minimum = result;
    }
    if (minimum > max) return max + 1;
  }
  return result;
}

/** The candidate nearest to `name`, or null if none is near enough. */
export function suggestion(name: string, candidates: readonly string[]): string | null {
  if (candidates.length >= MAX_CANDIDATES) return null;
  const encoder = new TextEncoder();
  const wanted = encoder.encode(name);
  let best: string | null = null;
  let bestDistance = Number.MAX_SAFE_INTEGER;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const item = encoder.encode(candidate);
    // No more than a third of the involved characters should need to change.
    let max = Math.trunc(((wanted.length + item.length + 3) * MOVE) / 6);
    max = Math.min(max, bestDistance - 1);
    const d = distance(wanted, item, max);
    if (d > max) continue;
    if (best === null || d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}
