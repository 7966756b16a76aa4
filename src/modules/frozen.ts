// Which modules are compiled in?
//
// Invariant: the frozen modules are those without which nothing can be imported, or that every start needs; they were compiled by this
// compiler from the standard library's own archive when the package was built (scripts/freeze.mjs), and are read from one file:
//
//   u32 number, then for each: u8 flags (1: package), u16 length + UTF-8 name, u16 length + UTF-8 original name, u32 length + marshalled code

export interface Frozen {
  readonly isPackage: boolean;
  /** The module that it was compiled from, or '' for one that has no file. */
  readonly origin: string;
  readonly data: Uint8Array;
}

const table = new Map<string, Frozen>();

/** Reads the file's content; throws on a malformed one (a broken installation). */
export function loadFrozenTable(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder();
  let at = 4;
  const text = (): string => {
    const n = view.getUint16(at, true);
    at += 2 + n;
    return utf8.decode(bytes.subarray(at - n, at));
  };
  for (let left = view.getUint32(0, true); left > 0; left--) {
    const flags = bytes[at++];
    const name = text();
    const origin = text();
    const n = view.getUint32(at, true);
    at += 4 + n;
    table.set(name, { isPackage: (flags & 1) !== 0, origin, data: bytes.subarray(at - n, at) });
  }
}

/** The frozen module `name`, or undefined. */
export function frozenModule(name: string): Frozen | undefined {
  return table.get(name);
}

export function frozenNames(): string[] {
  return [...table.keys()];
}
