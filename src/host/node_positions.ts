// Which line of which source is a position in the bundle?  Invariant: only asked when the runtime dies; without a source map, or on any
// fault, the text stays as it is.

import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** Replaces `…/runtime.cjs:LINE:COLUMN` in a text by the position in the source. */
export function mapPositions(text: string): string {
  const maps = new Map<string, SourceMap | undefined>();
  return text.replace(
    /(\/[^\s():]*\/runtime\.cjs):(\d+):(\d+)/g,
    (whole, file: string, line: string, column: string) => {
      if (!maps.has(file)) {
        try {
          maps.set(file, new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8'))));
        } catch {
          maps.set(file, undefined);
        }
      }
      const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (entry === undefined || !('originalSource' in entry)) return whole;
      const source = entry.originalSource.replace(/^.*?(?=src\/)/, '');
      return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    },
  );
}
