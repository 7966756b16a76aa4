// What must be known before the heap exists?  Invariant: whoever starts a runtime sets `globalThis.vivariumConfig` before the
// bundle is evaluated; without it the defaults below hold.

export const DEFAULT_HEAP_SIZE = 512 * 1024 * 1024;
export const MIN_HEAP_SIZE = 16 * 1024 * 1024;
/** The largest heap: an address must fit a positive 32-bit integer. */
export const MAX_HEAP_SIZE = 2 ** 31;

export interface RuntimeConfig {
  /** Bytes of linear memory; rounded up to 64 KiB. */
  readonly heapSize: number;
}

declare global {
  var vivariumConfig: RuntimeConfig | undefined;
}

export const config: RuntimeConfig = globalThis.vivariumConfig ?? { heapSize: DEFAULT_HEAP_SIZE };
