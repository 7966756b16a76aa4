// How does the heap name a function?  Invariant: a function pointer in the heap is an index into F; index 0 is NULL; the numbering
// follows the order in which modules are evaluated and is therefore the same for every start of the same build.

/** A native function: heap numbers in, a heap number (an object, an int, an index) out. */
export type NativeFn = (...args: number[]) => number;

/** Anything that may be entered in the table: parameters may be branded numbers. */
export type TableFn = (...args: never[]) => number | undefined | void;

export const F: NativeFn[] = [
  () => {
    throw new Error('call through a NULL slot');
  },
];

const indices = new Map<TableFn, number>();

/** The index of `f`, entered on first sight.  Only to be called while modules are evaluated. */
export function fn(f: TableFn): number {
  let index = indices.get(f);
  if (index === undefined) {
    index = F.length;
    F.push(f as unknown as NativeFn);
    indices.set(f, index);
  }
  return index;
}
