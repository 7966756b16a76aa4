// What do the allocators hold?
//
// Invariant: the figures are counted from the arenas and chunks themselves, and every line adds up: blocks in use, available blocks,
// unused pools, headers, quantization and alignment make exactly the arenas' bytes (CPython's _PyObject_DebugMallocStats).

import { debugSerial } from './debug_alloc.js';
import {
  ALIGNMENT,
  ARENA_OVERHEAD,
  ARENA_SIZE,
  NUM_CLASSES,
  POOL_OVERHEAD,
  POOL_SIZE,
  pymallocFigures,
  SMALL_REQUEST_THRESHOLD,
  setNewArenaHook,
} from './pymalloc.js';
import { rawStats } from './raw.js';

export { _Py_GetGlobalAllocatedBlocks } from './pymalloc.js';
export { rawStats } from './raw.js';

/** CPython's line: a label of 35 columns, `=`, the number with commas right-aligned. */
function line(label: string, value: number): string {
  return `${label.padEnd(35)}=${value.toLocaleString('en-US').padStart(21)}\n`;
}

/** One line about a free list or the like, as _PyDebugAllocatorStats prints it. */
export function _PyDebugAllocatorStats(blockName: string, count: number, blockSize: number): string {
  return line(`${`${count} ${blockName}s * ${blockSize} bytes each`.padStart(48)} `, count * blockSize);
}

/** The text of sys._debugmallocstats() about pymalloc: '' if the build has none. */
export function _PyObject_DebugMallocStats(): string {
  if (!WITH_PYMALLOC) return '';
  const f = pymallocFigures();
  let text = `Small block threshold = ${SMALL_REQUEST_THRESHOLD}, in ${NUM_CLASSES} size classes.\n`;
  text += '\nclass   size   num pools   blocks in use  avail blocks\n';
  text += '-----   ----   ---------   -------------  ------------\n';
  let allocated = 0;
  let available = 0;
  let headers = 0;
  let quantization = 0;
  for (let c = 0; c < NUM_CLASSES; c++) {
    const pools = f.pools[c];
    if (pools === 0) continue;
    const size = (c + 1) * ALIGNMENT;
    const cells: [number, number][] = [
      [c, 5],
      [size, 6],
      [pools, 11],
      [f.blocksInUse[c], 15],
      [f.blocksAvailable[c], 13],
    ];
    text += `${cells.map(([value, width]) => String(value).padStart(width)).join(' ')}\n`;
    allocated += f.blocksInUse[c] * size;
    available += f.blocksAvailable[c] * size;
    headers += pools * POOL_OVERHEAD;
    quantization += pools * ((POOL_SIZE - POOL_OVERHEAD) % size);
  }
  text += '\n';
  if (PYMALLOC_DEBUG) text += line('# times object malloc called', debugSerial());
  text += line('# arenas allocated total', f.arenasEver);
  text += line('# arenas reclaimed', f.arenasEver - f.arenas);
  text += line('# arenas highwater mark', f.arenasHighWater);
  text += line('# arenas allocated current', f.arenas);
  text += line(`${f.arenas} arenas * ${ARENA_SIZE} bytes/arena`, f.arenas * ARENA_SIZE);
  text += '\n';
  text += line('# bytes in allocated blocks', allocated);
  text += line('# bytes in available blocks', available);
  text += line(`${f.freePools} unused pools * ${POOL_SIZE} bytes`, f.freePools * POOL_SIZE);
  text += line('# bytes lost to pool headers', headers);
  text += line('# bytes lost to quantization', quantization);
  text += line('# bytes lost to arena alignment', f.arenas * ARENA_OVERHEAD);
  const total = allocated + available + f.freePools * POOL_SIZE + headers + quantization + f.arenas * ARENA_OVERHEAD;
  text += line('Total', total);
  return text;
}

/** The raw allocator's figures in the same form (arenas are blocks of it). */
export function rawAllocatorStats(): string {
  const s = rawStats();
  let text = '\nRaw allocator\n';
  text += line(`# bytes in ${s.usedBlocks} used blocks`, s.usedBytes);
  text += line(`# bytes in ${s.freeBlocks} free blocks`, s.freeBytes);
  text += line('# bytes above the last block', s.topBytes);
  text += line('Total', s.usedBytes + s.freeBytes + s.topBytes);
  text += line('# bytes highwater mark', s.highWater);
  text += line('# bytes in largest free block', s.largestFree);
  return text;
}

/** PYTHONMALLOCSTATS: writes the statistics each time a new arena is allocated. */
export function printStatsOnNewArena(write: (text: string) => void): void {
  setNewArenaHook(() => write(_PyObject_DebugMallocStats()));
}
