// Where do the data files come from that the build makes from npm packages (dist/lib)?  Invariant: a file is asked for by its name, when
// it is first needed, and never written; whoever assembles a runtime says how (src/cli/runtime.ts, the tests' setup, an embedder).

let reader: (name: string) => Uint8Array = (name) => {
  throw new Error(`no way to read ${name}: call setResourceReader() first`);
};

/** Says how data files are read. */
export function setResourceReader(read: (name: string) => Uint8Array): void {
  reader = read;
}

/** The content of a data file; its bytes start at a multiple of 8. */
export function readResource(name: string): Uint8Array {
  const bytes = reader(name);
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
