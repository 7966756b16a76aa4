// What is the memory, and where does what stand in it?
//
// Invariant: everything that a Python program can observe is in this one fixed-size linear memory; its views are module-level
// constants (V8 folds them), made once per realm and never replaced.
//
//   0          4096                STATIC_END                                         HEAP_END
//   +----------+-------------------+--------------------------------------------------+
//   | never    | static area:      | the raw allocator's ground                       |
//   | used     | words, singletons,| (src/memory/raw.ts)                              |
//   | (NULL)   | types, small ints |                                                  |
//   +----------+-------------------+--------------------------------------------------+
//
// The static area is handed out while modules are evaluated, so the same build gives the same address to the same thing at every
// start (images and the function table rely on that).

import { config } from '../config/runtime_config.js';

const PAGE = 65536;
const pages = Math.ceil(config.heapSize / PAGE);

export const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });

/** Signed and unsigned views of the heap; index a byte offset shifted by the element size: `H32[p >> 2]`. */
export const H8 = new Uint8Array(memory.buffer);
export const HS8 = new Int8Array(memory.buffer);
export const H16 = new Uint16Array(memory.buffer);
export const HS16 = new Int16Array(memory.buffer);
export const H32 = new Int32Array(memory.buffer);
export const HU32 = new Uint32Array(memory.buffer);
export const HF32 = new Float32Array(memory.buffer);
export const HF64 = new Float64Array(memory.buffer);
export const HDV = new DataView(memory.buffer);

export const HEAP_END = pages * PAGE;
export const STATIC_START = 4096;
export const STATIC_END = STATIC_START + 2 * 1024 * 1024;
/** The first bytes of the static area are for type objects, the next for singletons (src/object/statics.ts, which places them itself). */
export const STATIC_TYPES_MAX = 512 * 1024;
export const STATIC_SINGLETONS_MAX = 64 * 1024;

let staticTop = STATIC_START + STATIC_TYPES_MAX + STATIC_SINGLETONS_MAX;

/**
 * Reserves `size` bytes of the static area, zeroed, aligned to `align` (8 if not given).  Only to be called while modules are
 * evaluated: the order of evaluation fixes the address.
 */
export function staticAlloc(size: number, align = 8): number {
  const p = (staticTop + align - 1) & -align;
  staticTop = p + size;
  if (staticTop > STATIC_END) throw new Error('the static area is full: raise STATIC_END');
  return p;
}

/** Reserves one 32-bit word of the static area and returns its index into H32. */
export function staticWord(): number {
  return staticAlloc(4, 4) >> 2;
}
