// Runs time_program.py on Pyodide: node pyodide.mjs PROGRAM.  Prints what it prints.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPyodide } from 'pyodide';

const here = dirname(fileURLToPath(import.meta.url));
const py = await loadPyodide({ stdout: (line) => console.log(line) });
py.FS.writeFile('/program.py', readFileSync(process.argv[2] ?? '', 'utf8'));
py.runPython("import sys; sys.argv = ['x', '/program.py']");
py.runPython(readFileSync(join(here, 'time_program.py'), 'utf8'));
