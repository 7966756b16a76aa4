// How does the standard library get into a build?  Invariant: it is taken from the `pyodide` package's archive, unmodified, when this package is
// built, and only there: dist/lib/python3.14 holds the archive's files and this package's own modules (lib/) with code compiled by our own compiler beside them (hash-based .pyc files
// that are never checked, so that nothing depends on time stamps), and dist/lib/frozen.bin holds the modules that are needed before
// anything can be imported (src/modules/frozen.ts describes its format).

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Modules for the build platform of Pyodide, which describe another machine than ours. */
const LEFT_OUT = /^(_sysconfigdata_.*\.py|site-packages\/.*)$/;

/** Modules of this package, in its folder lib/. */
const OWN_MODULES = ['vivarium.py', '_vivarium_hunt.py'];

/** Frozen modules: name → file in the library. */
const FROZEN = [
  ['_frozen_importlib', 'importlib/_bootstrap.py', 'importlib._bootstrap'],
  ['_frozen_importlib_external', 'importlib/_bootstrap_external.py', 'importlib._bootstrap_external'],
  ['zipimport', 'zipimport.py'],
  ...[
    'abc',
    'codecs',
    'io',
    '_collections_abc',
    '_sitebuiltins',
    'genericpath',
    'ntpath',
    'posixpath',
    'os',
    'site',
    'stat',
    'runpy',
  ].map((m) => [m, `${m}.py`]),
  ['importlib.util', 'importlib/util.py'],
  ['importlib.machinery', 'importlib/machinery.py'],
  ['__hello__', '__hello__.py'],
  ['__phello__', '__phello__/__init__.py'],
  ['__phello__.spam', '__phello__/spam.py'],
];

/** The compiler, bundled on its own, and what tells it from another version. @param {string} out */
async function loadCompiler(out) {
  const file = join(out, '.compiler.mjs');
  const bundle = await rolldown({
    input: join(root, 'src/compiler/freeze.ts'),
    platform: 'node',
    onLog(level, log, handle) {
      if (log.code !== 'CIRCULAR_DEPENDENCY') handle(level, log);
    },
  });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  const { compileToMarshal } = await import(`${pathToFileURL(file).href}?${Date.now()}`);
  const fingerprint = createHash('sha256').update(readFileSync(file)).digest('hex');
  rmSync(file);
  return { compile: compileToMarshal, fingerprint };
}

/** @param {{ name: string, origin: string, isPackage: boolean, code: Uint8Array }[]} entries */
function packFrozen(entries) {
  const encoder = new TextEncoder();
  const parts = [];
  const u16 = (/** @type {number} */ n) => Uint8Array.of(n & 255, n >> 8);
  const u32 = (/** @type {number} */ n) => Uint8Array.of(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24);
  const text = (/** @type {string} */ s) => {
    const b = encoder.encode(s);
    return [u16(b.length), b];
  };
  parts.push(u32(entries.length));
  for (const e of entries)
    parts.push(Uint8Array.of(e.isPackage ? 1 : 0), ...text(e.name), ...text(e.origin), u32(e.code.length), e.code);
  return Buffer.concat(parts);
}

/** Builds dist/lib; does nothing when the archive and the compiler are the same as last time. @param {string} dist */
export async function buildStdlib(dist) {
  const archive = join(root, 'node_modules/pyodide/python_stdlib.zip');
  const out = join(dist, 'lib');
  mkdirSync(out, { recursive: true });
  const { compile, fingerprint } = await loadCompiler(out);
  const zip = readFileSync(archive);
  const ownModules = Object.fromEntries(OWN_MODULES.map((name) => [name, readFileSync(join(root, 'lib', name))]));
  const stamp = createHash('sha256')
    .update(zip)
    .update(fingerprint)
    .update(Buffer.concat(Object.values(ownModules)))
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest('hex');
  const stampFile = join(out, '.stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;

  const lib = join(out, 'python3.14');
  rmSync(lib, { recursive: true, force: true });
  const files = { ...unzipSync(zip), ...ownModules };
  // Flags word 1: hash-based, not checked against the source.
  const header = Buffer.alloc(16);
  header.writeUInt16LE(compile.magic, 0);
  header.write('\r\n', 2, 'latin1');
  header.writeUInt32LE(1, 4);
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith('/') || LEFT_OUT.test(name)) continue;
    const path = join(lib, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    if (!name.endsWith('.py')) continue;
    const cache = join(dirname(path), '__pycache__');
    mkdirSync(cache, { recursive: true });
    const base = name.slice(name.lastIndexOf('/') + 1, -3);
    // importlib puts the real path in when it loads the code.
    const code = compile(bytes, name);
    writeFileSync(join(cache, `${base}.cpython-314.pyc`), Buffer.concat([header, code]));
  }
  writeFileSync(
    join(out, 'frozen.bin'),
    packFrozen(
      FROZEN.map(([name, file, origin]) => ({
        name,
        origin: origin ?? name,
        isPackage: file.endsWith('/__init__.py'),
        code: compile(files[file], `<frozen ${origin ?? name}>`),
      })),
    ),
  );
  writeFileSync(stampFile, stamp);
}
