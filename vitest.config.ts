// How are the tests run?  Invariant: the tests import the sources directly, with the defines of a shipped build; each project below is
// one such build, so `vitest run --project debug` tests that build alone.  VIVARIUM_TEST_BUILD replaces the pair by any other build.

import { defineConfig } from 'vitest/config';
import { BUILDS, resolveDefines } from './src/config/builds.mjs';

function project(build: string) {
  const given = BUILDS[build];
  if (given === undefined) throw new Error(`no such build: ${build}`);
  const defines = Object.entries(resolveDefines(given)).map(([name, on]) => [name, String(on)]);
  return {
    define: { ...Object.fromEntries(defines), VIVARIUM_BUILD: JSON.stringify(build) },
    test: {
      name: build,
      include: ['tests/**/*.test.ts'],
      setupFiles: ['tests/setup.ts'],
      pool: 'forks' as const,
      testTimeout: 300_000,
    },
  };
}

const chosen = process.env.VIVARIUM_TEST_BUILD;

export default defineConfig({
  test: { maxWorkers: 2, projects: chosen ? [project(chosen)] : [project('release'), project('debug')] },
});
