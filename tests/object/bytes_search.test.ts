// Do the searches that are compiled to WebAssembly see all of a word?  Invariant: runs in the built command, where the compiled form is.

import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const command = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'bin', 'vivarium.js');

test('ASCII is told from Latin-1 at every length and place', () => {
  const program = `
for n in range(1, 40):
    assert (b'x' * n).decode('latin-1').isascii(), n
    for at in range(n):
        data = b'x' * at + b'\\xe9' + b'x' * (n - at - 1)
        assert not data.decode('latin-1').isascii(), (n, at)
        assert data.find(0xe9) == at and data.find(0x80) == -1, (n, at)
print('ok')`;
  const r = spawnSync(process.execPath, [command, '--build', VIVARIUM_BUILD, '-c', program], { encoding: 'utf8' });
  expect([r.stdout, r.stderr]).toEqual(['ok\n', '']);
});
