// How do the bytes of a document become text?
//
// Invariant: until the encoding is known nothing is decoded; a byte that does not decode becomes U+FFFF, which no document may hold, so that the
// parser stops at its place.

export interface Decoder {
  /** Whether expat would have to convert the text (it works in UTF-8). */
  readonly converts: boolean;
  /** How many bytes a piece of decoded text was. */
  bytesOf(text: string): number;
  decode(bytes: Uint8Array, final: boolean): string;
}

const INVALID = '\uffff';

function utf8Length(text: string): number {
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    // Each half of a surrogate pair counts for two bytes.
    n += c < 0x80 ? 1 : c < 0x800 || (c >= 0xd800 && c < 0xe000) ? 2 : 3;
  }
  return n;
}

/** How many bytes at the end begin a character that is not complete. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const b = bytes[bytes.length - back];
    if (b >= 0xc0) return back < (b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2) ? back : 0;
    if (b < 0x80) return 0;
  }
  return 0;
}

class Utf8 implements Decoder {
  readonly converts = false;
  private rest: Uint8Array = new Uint8Array(0);
  bytesOf(text: string): number {
    return utf8Length(text);
  }
  decode(more: Uint8Array, final: boolean): string {
    let bytes = more;
    if (this.rest.length > 0) {
      bytes = new Uint8Array(this.rest.length + more.length);
      bytes.set(this.rest);
      bytes.set(more, this.rest.length);
    }
    const keep = final ? 0 : unfinished(bytes);
    this.rest = bytes.slice(bytes.length - keep);
    const whole = bytes.subarray(0, bytes.length - keep);
    const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    try {
      return fatal.decode(whole);
    } catch {
      // Something in it is not UTF-8: as far as it goes, halving the part in which the fault is.
      let good = 0;
      for (let size = whole.length; size > 0; size >>= 1) {
        while (good + size <= whole.length && decodes(whole.subarray(0, good + size))) good += size;
      }
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(whole.subarray(0, good)) + INVALID;
    }
  }
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

class Utf16 implements Decoder {
  readonly converts = true;
  private readonly label: string;
  private rest: number[] = [];
  constructor(label: string) {
    this.label = label;
  }
  bytesOf(text: string): number {
    return 2 * text.length;
  }
  decode(more: Uint8Array, final: boolean): string {
    const bytes = [...this.rest, ...more];
    const n = bytes.length & ~1;
    this.rest = bytes.slice(n);
    let text = '';
    for (let i = 0; i < n; i += 2) {
      text += String.fromCharCode(
        this.label === 'le' ? bytes[i] | (bytes[i + 1] << 8) : (bytes[i] << 8) | bytes[i + 1],
      );
    }
    return final && this.rest.length > 0 ? text + INVALID : text;
  }
}

/** An encoding in which each byte is a character: `table[b]` is its code, or -1. */
class SingleByte implements Decoder {
  readonly converts = true;
  private readonly table: (b: number) => number;
  constructor(table: (b: number) => number) {
    this.table = table;
  }
  bytesOf(text: string): number {
    return text.length;
  }
  decode(bytes: Uint8Array): string {
    let text = '';
    for (const b of bytes) {
      const c = this.table(b);
      if (c < 0) return text + INVALID;
      text += String.fromCharCode(c);
    }
    return text;
  }
}

/** The decoder of an encoding that expat knows itself, or null. */
export function builtinDecoder(name: string): Decoder | null {
  switch (name.toUpperCase()) {
    case 'UTF-8':
      return new Utf8();
    case 'UTF-16':
    case 'UTF-16BE':
      return new Utf16('be');
    case 'UTF-16LE':
      return new Utf16('le');
    case 'ISO-8859-1':
      return new SingleByte((b) => b);
    case 'US-ASCII':
      return new SingleByte((b) => (b < 0x80 ? b : -1));
  }
  return null;
}

export const tableDecoder = (table: readonly number[]): Decoder => new SingleByte((b) => table[b]);

const DECLARATION = /^<\?xml[ \t\r\n][^>]*?\bencoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][-.\w]*)["']/;

export interface Detected {
  /** The decoder, or the name of an encoding that expat does not know. */
  readonly encoding: Decoder | string;
  /** Bytes of a mark to be left out. */
  readonly skip: number;
}

/** What the first bytes say about the encoding; null: more are needed. */
export function detect(bytes: Uint8Array, final: boolean): Detected | null {
  if (bytes.length < 4 && !final) return null;
  const [a, b, c] = bytes;
  if (a === 0xfe && b === 0xff) return { encoding: new Utf16('be'), skip: 2 };
  if (a === 0xff && b === 0xfe) return { encoding: new Utf16('le'), skip: 2 };
  if (a === 0x3c && b === 0) return { encoding: new Utf16('le'), skip: 0 };
  if (a === 0 && b === 0x3c) return { encoding: new Utf16('be'), skip: 0 };
  const skip = a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
  const head = String.fromCharCode(...bytes.subarray(skip, skip + 400));
  if (!head.startsWith('<?xml') || head.includes('?>') || head.length >= 400 || final) {
    const name = head.startsWith('<?xml') ? (DECLARATION.exec(head)?.[1] ?? 'utf-8') : 'utf-8';
    // A declaration in bytes is no UTF-16.
    if (/^utf-?16/i.test(name)) return { encoding: new Utf8(), skip };
    return { encoding: builtinDecoder(name) ?? name, skip };
  }
  return null;
}
