// What does every test need?  Invariant: data files are read from dist/lib, as the built command does; they are there after `npm ci`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setResourceReader } from '../src/config/resources.js';

setResourceReader((name) => readFileSync(join(import.meta.dirname, '../dist/lib', name)));
