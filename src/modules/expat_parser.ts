// How is an XML document parsed as it arrives?
//
// Invariant: what stands before `pos` has been reported; a token is taken only when all of it is there, and the line, column and byte of the
// current event are those at which its token begins (for what comes out of an entity: at which the reference begins).  Handlers are
// called through `events.call`; whatever stops the parse is thrown as a Stop, which never leaves this file: no Python object is held here.

import { builtinDecoder, type Decoder, detect } from './expat_input.js';
import {
  type Attribute,
  type Dtd,
  EXTERNAL,
  type Entity,
  type Model,
  LITERAL,
  NAME,
  newDtd,
  publicId,
  readAttributes,
  readElement,
  readEntity,
  readNotation,
  S,
  unquote,
} from './expat_dtd.js';

// XML_ERROR_*.
export const SYNTAX = 2;
export const NO_ELEMENTS = 3;
export const INVALID_TOKEN = 4;
export const UNCLOSED_TOKEN = 5;
export const TAG_MISMATCH = 7;
export const DUPLICATE_ATTRIBUTE = 8;
export const JUNK_AFTER_DOC_ELEMENT = 9;
export const UNDEFINED_ENTITY = 11;
export const RECURSIVE_ENTITY_REF = 12;
export const ASYNC_ENTITY = 13;
export const BAD_CHAR_REF = 14;
export const BINARY_ENTITY_REF = 15;
export const ATTRIBUTE_EXTERNAL_ENTITY_REF = 16;
export const MISPLACED_XML_PI = 17;
export const UNKNOWN_ENCODING = 18;
export const UNCLOSED_CDATA_SECTION = 20;
export const EXTERNAL_ENTITY_HANDLING = 21;
export const NOT_STANDALONE = 22;
export const UNBOUND_PREFIX = 27;
export const UNDECLARING_PREFIX = 28;
export const XML_DECL = 30;
export const TEXT_DECL = 31;
export const FINISHED = 36;
export const RESERVED_PREFIX_XML = 38;
export const RESERVED_PREFIX_XMLNS = 39;
export const RESERVED_NAMESPACE_URI = 40;
export const AMPLIFICATION_LIMIT_BREACH = 43;

/** What a handler is called with. */
export type EventValue = string | number | null | readonly string[] | Model;

/** What the parser calls. */
export interface Events {
  /** Whether there is a handler of this name. */
  has(name: string): boolean;
  /** Calls it: what it answered as an int (for those that are asked), or null after an exception. */
  call(name: string, ...values: EventValue[]): number | null;
  /** Raises RecursionError for a content model. */
  tooDeep(): void;
  /** The decoder of an encoding that expat does not know; null after an exception, undefined if there is none. */
  decoder(name: string): Decoder | null | undefined;
}

export interface Options {
  /** What stands between namespace and local name; null: names are left as they are. */
  readonly separator: string | null;
  /** The encoding that the caller said, or null. */
  encoding: string | null;
}

/** An error code; 0 after an exception. */
class Stop {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

interface Element {
  readonly raw: string;
  readonly name: string;
  /** The prefixes that it declared, with what they meant before. */
  readonly scopes: readonly (readonly [string, string | undefined])[];
}

const XML_NS = 'http://www.w3.org/XML/1998/namespace';
const XMLNS_NS = 'http://www.w3.org/2000/xmlns/';

const sticky = (source: string): RegExp => new RegExp(source, 'y');
const SPACE = sticky(`${S}+`);
const TEXT = /[^<&\r\n\]\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]+/y;
const NMTOKEN = new RegExp(`^(?:${NAME})`);
const START_TAG = sticky(`<(${NAME})((?:${S}+${NAME}${S}*=${S}*(?:"[^"<]*"|'[^'<]*'))*)${S}*(/?)>`);
const ATTRIBUTE = new RegExp(`${S}+(${NAME})${S}*=${S}*("[^"<]*"|'[^'<]*')`, 'g');
const END_TAG = sticky(`</(${NAME})${S}*>`);
const REFERENCE = sticky(`&(?:#([0-9]+)|#x([0-9a-fA-F]+)|(${NAME}));`);
const REFERENCE_START = /^&(?:#(?:[0-9]*|x[0-9a-fA-F]*)|[^\s;<&"'=>#]*)$/;
const PARAMETER = sticky(`%(${NAME});`);
const XML_DECLARATION = sticky(
  `<\\?xml(?:${S}+version${S}*=${S}*("[-a-zA-Z0-9_.:]+"|'[-a-zA-Z0-9_.:]+'))?(?:${S}+encoding${S}*=${S}*("[A-Za-z][-.\\w]*"|'[A-Za-z][-.\\w]*'))?(?:${S}+standalone${S}*=${S}*("yes"|"no"|'yes'|'no'))?${S}*\\?>`,
);
const INSTRUCTION = sticky(`<\\?(${NAME})(?:${S}+([^]*?))?\\?>`);
const DOCTYPE = sticky(`<!DOCTYPE${S}+(${NAME})(?:${S}+${EXTERNAL})?${S}*(\\[|>)`);
const DOCTYPE_PARTS = new RegExp(`<!DOCTYPE|${S}+|${LITERAL}|\\[|>|[^\\s"'[>]+`, 'g');
const DECLARATION_END = sticky(`<!(?:[^"'>]|${LITERAL})*>`);
const SUBSET_END = sticky(`\\]${S}*>`);

/** The size of expat's buffer for converted text. */
const PIECE = 1024;

const isChar = (c: number): boolean =>
  c === 9 ||
  c === 10 ||
  c === 13 ||
  (c >= 0x20 && c < 0xd800) ||
  (c >= 0xe000 && c < 0xfffe) ||
  (c >= 0x10000 && c < 0x110000);

/** Whether text has a character that no document may have. */
const BAD_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

const normalizeLines = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

const PREDEFINED = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

type State = 'start' | 'prolog' | 'subset' | 'content' | 'epilog' | 'entity' | 'dtd';

export class ExpatParser {
  readonly events: Events;
  readonly options: Options;
  readonly dtd: Dtd;
  base: string | null = null;
  namespacePrefixes = false;
  /** DefaultHandlerExpand: references to internal entities are expanded although there is a default handler. */
  expandInternal = true;
  /** XML_PARAM_ENTITY_PARSING_*. */
  parameterParsing = 0;
  useForeignDtd = false;
  amplification = 100;
  activation = 8 * 1024 * 1024;

  private state: State;
  private src = '';
  private pos = 0;
  private pending: Uint8Array = new Uint8Array(0);
  private decoder: Decoder | null = null;
  private readonly stack: Element[] = [];
  private readonly namespaces = new Map<string, string>([['xml', XML_NS]]);
  /** How deep in the texts of internal entities. */
  private inside = 0;
  private finished = false;
  private doctype: { hasSubset: boolean; system: string | null; public: string | null } | null = null;
  private fresh: boolean;
  private inCdata = false;
  private direct = 0;
  private indirect = 0;

  // Where the current event began.
  line = 1;
  column = 0;
  byte = 0;
  // And how far the input before `pos` goes.
  private nextLine = 1;
  private nextColumn = 0;
  private nextByte = 0;
  private afterReturn = false;

  /** How many of the attributes of the current start tag were written there: names and values counted. */
  specified = 0;
  errorCode = 0;

  constructor(events: Events, options: Options, parent: ExpatParser | null, context: string | null) {
    this.events = events;
    this.options = options;
    this.dtd = parent === null ? newDtd() : parent.dtd;
    this.state = parent === null ? 'start' : context === null ? 'dtd' : 'entity';
    this.fresh = parent !== null;
    if (parent === null) return;
    for (const [prefix, uri] of parent.namespaces) this.namespaces.set(prefix, uri);
    this.base = parent.base;
    this.namespacePrefixes = parent.namespacePrefixes;
    this.expandInternal = parent.expandInternal;
    this.parameterParsing = parent.parameterParsing;
  }

  get started(): boolean {
    return this.nextByte > 0 || this.pending.length > 0 || this.src.length > 0;
  }

  /** Parses more of the document: 0, an error code, or -1 after an exception. */
  parse(bytes: Uint8Array, final: boolean): number {
    if (this.finished) return this.fail(FINISHED);
    try {
      this.direct += bytes.length;
      this.receive(bytes, final);
      this.run(final);
      if (final) this.finished = true;
      return 0;
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      return this.fail(stop.code);
    }
  }

  /** The input from the current event on, as UTF-8. */
  inputContext(): string {
    return this.src.slice(this.pos);
  }

  private fail(code: number): number {
    this.finished = true;
    this.errorCode = code;
    return code === 0 ? -1 : code;
  }

  // --- input ------------------------------------------------------------------------------------------------------------------

  private receive(bytes: Uint8Array, final: boolean): void {
    let more = bytes;
    if (this.decoder === null) {
      const all = new Uint8Array(this.pending.length + bytes.length);
      all.set(this.pending);
      all.set(bytes, this.pending.length);
      this.pending = all;
      const found = detect(all, final);
      if (found === null) return;
      const said = this.options.encoding;
      // The first bytes know better which UTF-16 it is.
      const keep = said === null || (/^utf-16$/i.test(said) && typeof found.encoding !== 'string');
      const encoding = keep ? found.encoding : (builtinDecoder(said) ?? said);
      this.decoder = typeof encoding === 'string' ? this.unknown(encoding) : encoding;
      more = all.subarray(found.skip);
      this.nextByte = this.byte = found.skip;
      this.pending = new Uint8Array(0);
    }
    const text = this.decoder.decode(more, final);
    this.src = this.pos > 0 ? this.src.slice(this.pos) + text : this.src + text;
    this.pos = 0;
  }

  private unknown(name: string): Decoder {
    const d = this.events.decoder(name);
    if (d === null || d === undefined) throw new Stop(d === null ? 0 : UNKNOWN_ENCODING);
    return d;
  }

  /** Notes where the current event begins. */
  private mark(): void {
    if (this.inside > 0) return;
    this.line = this.nextLine;
    this.column = this.nextColumn;
    this.byte = this.nextByte;
  }

  /** Takes `n` units of the input. */
  private advance(n: number): void {
    const text = this.src.slice(this.pos, this.pos + n);
    this.pos += n;
    if (this.decoder !== null) this.nextByte += this.decoder.bytesOf(text);
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 10 && this.afterReturn) this.afterReturn = false;
      else if (c === 10 || c === 13) {
        this.nextLine++;
        this.nextColumn = 0;
        this.afterReturn = c === 13;
      } else {
        this.afterReturn = false;
        // The second half of a surrogate pair is no character of its own.
        if (c < 0xdc00 || c > 0xdfff) this.nextColumn++;
      }
    }
  }

  private stop(code: number, skip = 0): never {
    if (skip > 0 && this.inside === 0) {
      this.advance(skip);
      this.mark();
    }
    throw new Stop(code);
  }

  private emit(name: string, ...values: EventValue[]): number {
    if (!this.events.has(name)) return 1;
    const r = this.events.call(name, ...values);
    if (r === null) throw new Stop(0);
    return r;
  }

  /** Reports a token to the default handler if there is no handler of its own. */
  private emitOr(name: string, token: string, ...values: EventValue[]): void {
    if (this.events.has(name)) this.emit(name, ...values);
    else this.default(token);
  }

  private default(token: string): void {
    if (token !== '') this.emit('Default', token);
  }

  // --- the document ---------------------------------------------------------------------------------------------------------

  private run(final: boolean): void {
    while (this.pos < this.src.length) {
      this.mark();
      if (!this.step(final)) break;
    }
    if (this.pos < this.src.length) {
      if (!final) return;
      this.mark();
      this.stop(this.inCdata ? UNCLOSED_CDATA_SECTION : BAD_CHARACTER.test(this.src) ? INVALID_TOKEN : UNCLOSED_TOKEN);
    }
    if (!final) return;
    this.mark();
    if (this.inCdata) this.stop(UNCLOSED_CDATA_SECTION);
    if (this.state === 'entity') {
      if (this.stack.length > 0) this.stop(ASYNC_ENTITY);
    } else if (this.state !== 'epilog' && this.state !== 'dtd') this.stop(NO_ELEMENTS);
  }

  /** One token of the main input; false if all of it is not there yet. */
  private step(final: boolean): boolean {
    if (this.fresh || this.state === 'start') {
      const r = this.declaration(final);
      if (r !== null) return r;
    }
    switch (this.state) {
      case 'content':
      case 'entity':
        return this.content(final);
      case 'subset':
      case 'dtd':
        return this.subset(final);
      default:
        return this.outside(final);
    }
  }

  /** The XML or text declaration, if there is one: whether it was taken; null if there is none. */
  private declaration(final: boolean): boolean | null {
    const head = this.src.slice(this.pos, this.pos + 6);
    if ('<?xml'.startsWith(head) && !final) return false;
    const text = this.fresh;
    this.fresh = false;
    if (this.state === 'start') this.state = 'prolog';
    if (!/^<\?xml[ \t\r\n]/.test(head)) return null;
    if (!this.src.includes('?>', this.pos)) {
      this.fresh = text;
      if (!text) this.state = 'start';
      return false;
    }
    XML_DECLARATION.lastIndex = this.pos;
    const m = XML_DECLARATION.exec(this.src);
    if (m === null || (text ? m[2] === undefined : m[1] === undefined)) {
      this.stop(text ? TEXT_DECL : XML_DECL, this.badDeclaration());
    }
    const standalone = m[3] === undefined ? -1 : unquote(m[3]) === 'yes' ? 1 : 0;
    if (standalone === 1) this.dtd.standalone = true;
    const version = m[1] === undefined ? null : unquote(m[1]);
    this.emitOr('XmlDecl', m[0], version, m[2] === undefined ? null : unquote(m[2]), standalone);
    this.advance(m[0].length);
    return true;
  }

  /** How far into a bad declaration the fault is. */
  private badDeclaration(): number {
    const m =
      /^<\?xml(?:[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"[-\w.:]+"|'[-\w.:]+'))?(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z][-.\w]*"|'[A-Za-z][-.\w]*'))?[ \t\r\n]*/.exec(
        this.src.slice(this.pos),
      );
    return m === null ? 0 : m[0].length;
  }

  /** Matches a token here and takes it, after `found` has reported it. */
  private take(pattern: RegExp, found: (m: RegExpExecArray) => void): boolean {
    pattern.lastIndex = this.pos;
    const m = pattern.exec(this.src);
    if (m === null) return false;
    const at = this.pos;
    found(m);
    if (this.pos === at) this.advance(m[0].length);
    return true;
  }

  /** Comments and processing instructions: whether one was taken; null: here is none; undefined: it is not complete. */
  private misc(final: boolean): boolean | null {
    if (this.src.startsWith('<!--', this.pos)) {
      const end = this.src.indexOf('--', this.pos + 4);
      if (end < 0 || end + 2 >= this.src.length) {
        this.check(this.src.slice(this.pos), 0);
        return this.incomplete(final);
      }
      if (this.src[end + 2] !== '>') this.stop(INVALID_TOKEN, end + 2 - this.pos);
      const token = this.src.slice(this.pos, end + 3);
      this.check(token, 0);
      this.emitOr('Comment', token, normalizeLines(token.slice(4, -3)));
      this.advance(token.length);
      return true;
    }
    if (!this.src.startsWith('<?', this.pos)) return null;
    const end = this.src.indexOf('?>', this.pos + 2);
    if (end < 0) return this.incomplete(final);
    INSTRUCTION.lastIndex = this.pos;
    const m = INSTRUCTION.exec(this.src);
    if (m === null) return this.stop(INVALID_TOKEN, 2);
    this.check(m[0], 0);
    if (m[1].toLowerCase() === 'xml')
      this.stop(m[1] === 'xml' ? MISPLACED_XML_PI : INVALID_TOKEN, m[1] === 'xml' ? 0 : 2);
    this.emitOr('ProcessingInstruction', m[0], m[1], normalizeLines(m[2] ?? ''));
    this.advance(m[0].length);
    return true;
  }

  /** A token that is not all there: false, or an error at the end of the document. */
  private incomplete(final: boolean): boolean {
    if (!final) return false;
    return this.stop(UNCLOSED_TOKEN);
  }

  /** Characters that no document may have are an error at their place. */
  private check(token: string, from: number): void {
    const m = BAD_CHARACTER.exec(token);
    if (m !== null) this.stop(INVALID_TOKEN, from + m.index);
  }

  /** Before and after the document's element. */
  private outside(final: boolean): boolean {
    if (this.take(SPACE, (m) => this.default(m[0]))) return true;
    const other = this.misc(final);
    if (other !== null) return other;
    const epilog = this.state === 'epilog';
    if (this.src[this.pos] !== '<') {
      const c = this.src[this.pos];
      if (epilog && !BAD_CHARACTER.test(c)) return this.stop(JUNK_AFTER_DOC_ELEMENT);
      const word = NMTOKEN.exec(this.src.slice(this.pos))?.[0].length ?? 0;
      const after = this.src[this.pos + word];
      if (word > 0 && after === undefined && !final) return false;
      if (word > 0 && after !== undefined && !/[\s>),|[%+*?]/.test(after)) return this.stop(INVALID_TOKEN, word);
      return this.stop(/[\w:&\]\u0080-\ufffd]/.test(c) && !/[&]/.test(c) ? SYNTAX : INVALID_TOKEN);
    }
    if (this.src.length - this.pos < 2) return this.incomplete(final);
    if (this.src[this.pos + 1] === '!') {
      const head = this.src.slice(this.pos, this.pos + 9);
      if (head.length < 9 && '<!DOCTYPE'.startsWith(head)) return this.incomplete(final);
      if (head.startsWith('<!-') && head.length < 4) return this.incomplete(final);
      if (head !== '<!DOCTYPE')
        return this.stop(
          epilog ? JUNK_AFTER_DOC_ELEMENT : /^<![A-Z]/.test(head) ? SYNTAX : INVALID_TOKEN,
          /^<![A-Z[]/.test(head) ? 0 : 2,
        );
      if (epilog || this.doctype !== null) return this.stop(epilog ? JUNK_AFTER_DOC_ELEMENT : SYNTAX);
      return this.startDoctype(final);
    }
    if (epilog) return this.stop(JUNK_AFTER_DOC_ELEMENT);
    if (this.doctype === null && this.useForeignDtd) this.externalSubset(null, null);
    this.state = 'content';
    return this.content(final);
  }

  private startDoctype(final: boolean): boolean {
    DOCTYPE.lastIndex = this.pos;
    const m = DOCTYPE.exec(this.src);
    if (m === null) {
      const rest = this.src.slice(this.pos);
      const end = new RegExp(`^<!DOCTYPE(?:[^"'>[]|${LITERAL})*[>[]`).exec(rest);
      if (end === null) return this.incomplete(final);
      return this.stop(SYNTAX, end[0].length - 1);
    }
    const system = m[3] ?? m[4];
    const hasSubset = m[5] === '[';
    this.doctype = {
      hasSubset,
      system: system === undefined ? null : unquote(system),
      public: m[2] === undefined ? null : publicId(m[2]),
    };
    if (system !== undefined) {
      this.dtd.incomplete = true;
      if (this.parameterParsing === 0) this.askStandalone();
    }
    if (this.events.has('StartDoctypeDecl')) {
      this.emit('StartDoctypeDecl', m[1], this.doctype.system, this.doctype.public, hasSubset ? 1 : 0);
    } else for (const part of m[0].match(DOCTYPE_PARTS) ?? []) this.default(part);
    this.advance(m[0].length);
    if (hasSubset) this.state = 'subset';
    else this.endDoctype('');
    return true;
  }

  private endDoctype(token: string): void {
    const d = this.doctype;
    if (d !== null && (d.system !== null || this.useForeignDtd)) this.externalSubset(d.system, d.public);
    if (this.events.has('EndDoctypeDecl')) this.emit('EndDoctypeDecl');
    else this.default(token);
    this.state = 'prolog';
  }

  /** Lets the handler read the external part of the document type. */
  private externalSubset(system: string | null, publicText: string | null): void {
    if (this.parameterParsing !== 0 && !(this.parameterParsing === 1 && this.dtd.standalone)) {
      if (this.events.has('ExternalEntityRef')) {
        if (this.emit('ExternalEntityRef', null, this.base, system, publicText) === 0) {
          throw new Stop(EXTERNAL_ENTITY_HANDLING);
        }
        this.askStandalone();
      }
    }
  }

  /** Asks whether a document that is not standalone may go on. */
  private askStandalone(): void {
    if (!this.dtd.standalone && this.events.has('NotStandalone') && this.emit('NotStandalone') === 0) {
      throw new Stop(NOT_STANDALONE);
    }
  }

  // --- declarations -----------------------------------------------------------------------------------------------------------

  private subset(final: boolean): boolean {
    if (this.take(SPACE, (m) => this.default(m[0]))) return true;
    const c = this.src[this.pos];
    if (c === ']' && this.state === 'subset') {
      SUBSET_END.lastIndex = this.pos;
      const m = SUBSET_END.exec(this.src);
      if (m === null) {
        if (/^\][ \t\r\n]*$/.test(this.src.slice(this.pos))) return this.incomplete(final);
        return this.stop(SYNTAX, 1);
      }
      this.advance(m[0].length);
      this.endDoctype(m[0]);
      return true;
    }
    if (c === '%') {
      PARAMETER.lastIndex = this.pos;
      const m = PARAMETER.exec(this.src);
      if (m === null) {
        if (!/[;\s<>]/.test(this.src.slice(this.pos))) return this.incomplete(final);
        return this.stop(INVALID_TOKEN);
      }
      this.advance(m[0].length);
      this.parameterReference(m[1]);
      return true;
    }
    if (c !== '<') return this.stop(c === '&' || BAD_CHARACTER.test(c) ? INVALID_TOKEN : SYNTAX);
    const other = this.misc(final);
    if (other !== null) return other;
    if (this.src.length - this.pos < 4) return this.incomplete(final);
    if (this.src.startsWith('<![', this.pos)) return this.conditional(final);
    DECLARATION_END.lastIndex = this.pos;
    const m = DECLARATION_END.exec(this.src);
    if (m === null) return this.src.startsWith('<!', this.pos) ? this.incomplete(final) : this.stop(SYNTAX);
    this.declare(m[0]);
    this.advance(m[0].length);
    return true;
  }

  /** INCLUDE and IGNORE sections of an external subset. */
  private conditional(final: boolean): boolean {
    const m = /^<!\[[ \t\r\n]*(INCLUDE|IGNORE|%[^;]*;)[ \t\r\n]*\[/.exec(this.src.slice(this.pos));
    const end = this.src.indexOf(']]>', this.pos);
    if (m === null || end < 0) return this.incomplete(final);
    let word = m[1];
    if (word.startsWith('%')) word = (this.dtd.parameters.get(word.slice(1, -1))?.text ?? '').trim();
    const inner = this.src.slice(this.pos + m[0].length, end);
    this.advance(end + 3 - this.pos);
    if (word === 'INCLUDE') this.declarations(inner);
    return true;
  }

  /** Reads complete declarations from a text: a parameter entity's. */
  private declarations(text: string): void {
    const [src, pos, state] = [this.src, this.pos, this.state];
    this.src = text;
    this.pos = 0;
    this.state = 'dtd';
    this.inside++;
    const decoder = this.decoder;
    this.decoder = null;
    const saved = [this.nextLine, this.nextColumn, this.nextByte];
    try {
      while (this.pos < this.src.length) this.subset(true);
    } finally {
      this.inside--;
      this.src = src;
      this.pos = pos;
      this.state = state;
      this.decoder = decoder;
      [this.nextLine, this.nextColumn, this.nextByte] = saved;
    }
  }

  private parameterReference(name: string): void {
    const e = this.dtd.parameters.get(name);
    if (e === undefined) {
      if (this.dtd.standalone || !this.dtd.incomplete) throw new Stop(UNDEFINED_ENTITY);
      this.emit('SkippedEntity', name, 1);
      return;
    }
    if (e.open) throw new Stop(RECURSIVE_ENTITY_REF);
    e.open = true;
    try {
      if (e.text !== null) {
        this.account(e.text.length);
        this.declarations(e.text);
      } else {
        this.dtd.incomplete = true;
        if (this.parameterParsing !== 0 && this.events.has('ExternalEntityRef')) {
          if (this.emit('ExternalEntityRef', null, e.base, e.system, e.public) === 0) {
            throw new Stop(EXTERNAL_ENTITY_HANDLING);
          }
        } else this.emit('SkippedEntity', name, 1);
      }
    } finally {
      e.open = false;
    }
  }

  private declare(whole: string): void {
    this.check(whole, 0);
    // References to parameter entities within declarations are for external subsets.
    const text = this.state === 'dtd' ? this.expandParameters(whole) : whole;
    if (text.startsWith('<!ENTITY')) this.declareEntity(text);
    else if (text.startsWith('<!ATTLIST')) this.declareAttributes(text);
    else if (text.startsWith('<!ELEMENT')) {
      const e = readElement(text);
      if (e === null) this.stop(SYNTAX, this.faultIn(text));
      if (e.model === null && this.events.has('ElementDecl')) {
        this.events.tooDeep();
        throw new Stop(0);
      }
      this.emitOr('ElementDecl', text, e.name, e.model);
    } else if (text.startsWith('<!NOTATION')) {
      const n = readNotation(text);
      if (n === null) this.stop(SYNTAX, this.faultIn(text));
      this.emitOr('NotationDecl', text, n.name, this.base, n.system, n.public);
    } else this.stop(SYNTAX);
  }

  /** Where a bad declaration is said to be bad: at its end. */
  private faultIn(text: string): number {
    return text.length - 1;
  }

  private expandParameters(text: string): string {
    return text.replace(/("[^"]*"|'[^']*')|%([^\s;%]+);/g, (all, literal: string | undefined, name: string) => {
      if (literal !== undefined) return literal;
      const e = this.dtd.parameters.get(name);
      return e === undefined || e.text === null ? all : ` ${e.text} `;
    });
  }

  private declareEntity(text: string): void {
    const d = readEntity(text);
    if (d === null) this.stop(SYNTAX, this.faultIn(text));
    const value = d.literal === null ? null : this.entityValue(d.literal);
    const table = d.parameter ? this.dtd.parameters : this.dtd.entities;
    const e: Entity = { ...d, text: value, base: this.base, open: false };
    if (!table.has(d.name)) table.set(d.name, e);
    if (d.notation !== null && this.events.has('UnparsedEntityDecl')) {
      this.emit('UnparsedEntityDecl', d.name, this.base, d.system, d.public, d.notation);
    } else {
      this.emitOr('EntityDecl', text, d.name, d.parameter ? 1 : 0, value, this.base, d.system, d.public, d.notation);
    }
  }

  /** The replacement text of an entity's literal: character and parameter references are replaced. */
  private entityValue(literal: string): string {
    return normalizeLines(literal).replace(
      /&#(?:x([0-9a-fA-F]+)|([0-9]+));|%([^\s;%]+);/g,
      (_all, hex, decimal, name) => {
        if (name !== undefined) {
          if (this.state !== 'dtd') throw new Stop(10);
          const e = this.dtd.parameters.get(name as string);
          return e === undefined || e.text === null ? '' : e.text;
        }
        return this.character(hex as string | undefined, decimal as string | undefined);
      },
    );
  }

  private character(hex: string | undefined, decimal: string | undefined): string {
    const c = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (!isChar(c)) throw new Stop(BAD_CHAR_REF);
    return String.fromCodePoint(c);
  }

  private declareAttributes(text: string): void {
    const d = readAttributes(text);
    if (d === null) this.stop(SYNTAX, this.faultIn(text));
    let known = this.dtd.attributes.get(d.element);
    if (known === undefined) {
      known = [];
      this.dtd.attributes.set(d.element, known);
    }
    let reported = false;
    for (const a of d.attributes) {
      const value = a.value === null ? null : this.attributeValue(a.value, a.type);
      const settled: Attribute = { ...a, value };
      if (!known.some((k) => k.name === a.name)) known.push(settled);
      if (this.events.has('AttlistDecl')) {
        this.emit('AttlistDecl', d.element, a.name, a.type, value, a.required ? 1 : 0);
        reported = true;
      }
    }
    if (!reported) this.default(text);
  }

  // --- content ------------------------------------------------------------------------------------------------------------------

  private content(final: boolean): boolean {
    if (this.inCdata) return this.cdata(final);
    const c = this.src.charCodeAt(this.pos);
    if (c === 0x3c) return this.markup(final);
    if (c === 0x26) return this.reference(final);
    if (c === 10 || c === 13) {
      if (c === 13 && this.pos + 1 >= this.src.length && !final) return false;
      const n = c === 13 && this.src.charCodeAt(this.pos + 1) === 10 ? 2 : 1;
      this.characters('\n', this.src.slice(this.pos, this.pos + n));
      this.advance(n);
      return true;
    }
    if (c === 0x5d) {
      // "]]>" may not stand in text.
      const three = this.src.slice(this.pos, this.pos + 3);
      if (three === ']]>') return this.stop(INVALID_TOKEN, 2);
      if (three.length < 3 && ']]>'.startsWith(three) && !final) return false;
      this.characters(']', ']');
      this.advance(1);
      return true;
    }
    TEXT.lastIndex = this.pos;
    const m = TEXT.exec(this.src);
    if (m === null) return this.stop(INVALID_TOKEN);
    // One bracket does not end a piece of text.
    let text = m[0];
    let at = this.pos + text.length;
    while (this.src[at] === ']' && this.src[at + 1] !== undefined && !this.src.startsWith(']]', at)) {
      TEXT.lastIndex = at + 1;
      const more = TEXT.exec(this.src)?.[0] ?? '';
      text += `]${more}`;
      at += 1 + more.length;
    }
    this.characters(text, text);
    this.advance(text.length);
    return true;
  }

  private characters(text: string, token: string): void {
    // Where expat converts from another encoding, it does so in pieces.
    if (text.length > PIECE && this.decoder?.converts) {
      for (let i = 0; i < text.length; i += PIECE) {
        const piece = text.slice(i, i + PIECE);
        this.emitOr('CharacterData', piece, piece);
      }
    } else this.emitOr('CharacterData', token, text);
  }

  private cdata(final: boolean): boolean {
    if (this.src.startsWith(']]>', this.pos)) {
      this.inCdata = false;
      this.emitOr('EndCdataSection', ']]>');
      this.advance(3);
      return true;
    }
    const rest = this.src.length - this.pos;
    const c = this.src.charCodeAt(this.pos);
    if (c === 10 || c === 13) {
      if (c === 13 && rest === 1 && !final) return false;
      const n = c === 13 && this.src.charCodeAt(this.pos + 1) === 10 ? 2 : 1;
      this.characters('\n', this.src.slice(this.pos, this.pos + n));
      this.advance(n);
      return true;
    }
    if (c === 0x5d && rest < 3) {
      if (final) return this.stop(UNCLOSED_CDATA_SECTION);
      return false;
    }
    const m = /^[^\r\n\]\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]+/.exec(this.src.slice(this.pos));
    const text = m === null ? (c === 0x5d ? ']' : '') : m[0];
    if (text === '') return this.stop(INVALID_TOKEN);
    this.characters(text, text);
    this.advance(text.length);
    return true;
  }

  private markup(final: boolean): boolean {
    const second = this.src[this.pos + 1];
    if (second === undefined) return this.incomplete(final);
    if (second === '/') return this.endTag(final);
    if (second === '!' || second === '?') {
      const head = this.src.slice(this.pos, this.pos + 9);
      if (head === '<![CDATA[') {
        this.emitOr('StartCdataSection', head);
        this.inCdata = true;
        this.advance(9);
        return true;
      }
      if (second === '!' && ('<![CDATA['.startsWith(head) || '<!--'.startsWith(head))) return this.incomplete(final);
      const other = this.misc(final);
      return other ?? this.stop(INVALID_TOKEN, 2);
    }
    START_TAG.lastIndex = this.pos;
    const m = START_TAG.exec(this.src);
    if (m === null) return this.badStartTag(final);
    this.check(m[0], 0);
    const at = this.pos;
    this.startTag(m[1], m[2], m[0], m[3] === '/');
    if (this.pos === at) this.advance(m[0].length);
    if (this.stack.length === 0 && this.inside === 0 && this.state === 'content') this.state = 'epilog';
    return true;
  }

  /** A start tag that is not complete, or not well-formed. */
  private badStartTag(final: boolean): boolean {
    const rest = this.src.slice(this.pos);
    const m = new RegExp(
      `^<(?:${NAME}(?:${S}+${NAME}${S}*=${S}*(?:"[^"<]*"|'[^'<]*'))*(?:${S}+(?:${NAME}(?:${S}*(?:=${S}*(?:"[^"<]*|'[^'<]*)?)?)?)?|/)?)?`,
    ).exec(rest);
    const good = m === null ? 0 : m[0].length;
    if (good >= rest.length) return this.incomplete(final);
    return this.stop(INVALID_TOKEN, good);
  }

  private endTag(final: boolean): boolean {
    END_TAG.lastIndex = this.pos;
    const m = END_TAG.exec(this.src);
    if (m === null) {
      const rest = this.src.slice(this.pos);
      const good = new RegExp(`^</(?:${NAME}${S}*)?`).exec(rest)?.[0].length ?? 0;
      return good >= rest.length ? this.incomplete(final) : this.stop(INVALID_TOKEN, good);
    }
    const open = this.stack.length === 0 ? undefined : this.stack[this.stack.length - 1];
    if (open === undefined) {
      return this.inside > 0 || this.state === 'entity' ? this.stop(ASYNC_ENTITY) : this.stop(INVALID_TOKEN, 1);
    }
    if (open.raw !== m[1]) return this.stop(TAG_MISMATCH, 2);
    this.stack.pop();
    this.emitOr('EndElement', m[0], open.name);
    this.leaveScopes(open);
    this.advance(m[0].length);
    if (this.stack.length === 0 && this.inside === 0 && this.state === 'content') this.state = 'epilog';
    return true;
  }

  private leaveScopes(e: Element): void {
    for (let i = e.scopes.length - 1; i >= 0; i--) {
      const [prefix, before] = e.scopes[i];
      if (before === undefined) this.namespaces.delete(prefix);
      else this.namespaces.set(prefix, before);
      this.emit('EndNamespaceDecl', prefix === '' ? null : prefix);
    }
  }

  private startTag(raw: string, text: string, token: string, empty: boolean): void {
    const given: [string, string][] = [];
    const types = this.dtd.attributes.get(raw);
    let at = 1 + raw.length;
    for (const m of text.matchAll(ATTRIBUTE)) {
      if (given.some((g) => g[0] === m[1])) this.stop(DUPLICATE_ATTRIBUTE, at + m[0].length - m[0].trimStart().length);
      const type = types?.find((t) => t.name === m[1])?.type ?? 'CDATA';
      given.push([m[1], this.attributeValue(unquote(m[2]), type)]);
      at += m[0].length;
    }
    const all = [...given];
    for (const t of types ?? []) {
      if (t.value !== null && !given.some((g) => g[0] === t.name)) all.push([t.name, t.value]);
    }
    let element: Element;
    let attributes = all;
    let written = given.length;
    if (this.options.separator === null) element = { raw, name: raw, scopes: [] };
    else {
      const scopes: (readonly [string, string | undefined])[] = [];
      for (const [name, value] of all) {
        if (name === 'xmlns') this.declareNamespace('', value, scopes);
        else if (name.startsWith('xmlns:')) this.declareNamespace(name.slice(6), value, scopes);
      }
      const isDeclaration = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:');
      written = given.filter((g) => !isDeclaration(g[0])).length;
      attributes = all
        .filter((a) => !isDeclaration(a[0]))
        .map(([name, value]) => [name.includes(':') ? this.expand(name, false) : name, value]);
      if (new Set(attributes.map((a) => a[0])).size < attributes.length) this.stop(DUPLICATE_ATTRIBUTE);
      element = { raw, name: this.expand(raw, true), scopes };
    }
    this.specified = 2 * written;
    this.emitOr('StartElement', token, element.name, attributes.flat());
    if (!empty) {
      this.stack.push(element);
      return;
    }
    if (this.events.has('StartElement')) {
      this.advance(token.length);
      this.mark();
    }
    this.emit('EndElement', element.name);
    this.leaveScopes(element);
  }

  private declareNamespace(prefix: string, uri: string, scopes: (readonly [string, string | undefined])[]): void {
    if (prefix === 'xmlns') this.stop(RESERVED_PREFIX_XMLNS);
    if (prefix === 'xml' ? uri !== XML_NS : false) this.stop(RESERVED_PREFIX_XML);
    if (prefix !== 'xml' && (uri === XML_NS || uri === XMLNS_NS)) this.stop(RESERVED_NAMESPACE_URI);
    if (uri === '' && prefix !== '') this.stop(UNDECLARING_PREFIX);
    scopes.push([prefix, this.namespaces.get(prefix)]);
    if (uri === '') this.namespaces.delete(prefix);
    else this.namespaces.set(prefix, uri);
    this.emit('StartNamespaceDecl', prefix === '' ? null : prefix, uri === '' ? null : uri);
  }

  /** A name with its namespace in place of its prefix. */
  private expand(name: string, isElement: boolean): string {
    const separator = this.options.separator as string;
    const colon = name.indexOf(':');
    const prefix = colon < 0 ? '' : name.slice(0, colon);
    const uri = this.namespaces.get(prefix);
    if (uri === undefined) {
      if (prefix !== '') this.stop(UNBOUND_PREFIX);
      return name;
    }
    if (!isElement && prefix === '') return name;
    const triplet = this.namespacePrefixes && prefix !== '' ? separator + prefix : '';
    return uri + separator + name.slice(colon + 1) + triplet;
  }

  /** An attribute's value with its references replaced and its white space normalized. */
  private attributeValue(text: string, type: string): string {
    const value = this.expandAttribute(text);
    return type === 'CDATA' ? value : value.replace(/ +/g, ' ').replace(/^ | $/g, '');
  }

  private expandAttribute(text: string): string {
    let out = '';
    let at = 0;
    const plain = (part: string) => part.replace(/\r\n|[\r\n\t]/g, ' ');
    for (let amp = text.indexOf('&'); amp >= 0; amp = text.indexOf('&', at)) {
      out += plain(text.slice(at, amp));
      REFERENCE.lastIndex = amp;
      const m = REFERENCE.exec(text);
      if (m === null) this.stop(INVALID_TOKEN);
      at = REFERENCE.lastIndex;
      if (m[3] === undefined) out += this.character(m[2], m[1]);
      else if (PREDEFINED.has(m[3])) out += PREDEFINED.get(m[3]);
      else {
        const e = this.dtd.entities.get(m[3]);
        if (e === undefined) {
          if (this.dtd.standalone || !this.dtd.incomplete) throw new Stop(UNDEFINED_ENTITY);
          continue;
        }
        if (e.notation !== null) throw new Stop(BINARY_ENTITY_REF);
        if (e.text === null) throw new Stop(ATTRIBUTE_EXTERNAL_ENTITY_REF);
        if (e.open) throw new Stop(RECURSIVE_ENTITY_REF);
        if (e.text.includes('<')) throw new Stop(INVALID_TOKEN);
        this.account(e.text.length);
        e.open = true;
        out += this.expandAttribute(e.text);
        e.open = false;
      }
    }
    return out + plain(text.slice(at));
  }

  private reference(final: boolean): boolean {
    REFERENCE.lastIndex = this.pos;
    const m = REFERENCE.exec(this.src);
    if (m === null) {
      const rest = this.src.slice(this.pos);
      if (REFERENCE_START.test(rest)) return this.incomplete(final);
      const good = /^&(?:#(?:x[0-9a-fA-F]*|[0-9]*)|[^\s;<&"'=>#]*)/.exec(rest)?.[0].length ?? 1;
      return this.stop(INVALID_TOKEN, good);
    }
    const name = m[3];
    if (name === undefined) this.characters(this.character(m[2], m[1]), m[0]);
    else if (PREDEFINED.has(name)) this.characters(PREDEFINED.get(name) as string, m[0]);
    else this.entityReference(name, m[0]);
    this.advance(m[0].length);
    return true;
  }

  private entityReference(name: string, token: string): void {
    const e = this.dtd.entities.get(name);
    if (e === undefined) {
      if (this.dtd.standalone || !this.dtd.incomplete) throw new Stop(UNDEFINED_ENTITY);
      this.emitOr('SkippedEntity', token, name, 0);
      return;
    }
    if (e.open) throw new Stop(RECURSIVE_ENTITY_REF);
    if (e.notation !== null) throw new Stop(BINARY_ENTITY_REF);
    if (e.text === null) {
      if (!this.events.has('ExternalEntityRef')) {
        this.default(token);
        return;
      }
      e.open = true;
      const r = this.emit('ExternalEntityRef', name, e.base, e.system, e.public);
      e.open = false;
      if (r === 0) throw new Stop(EXTERNAL_ENTITY_HANDLING);
      return;
    }
    if (!this.expandInternal) {
      this.emitOr('SkippedEntity', token, name, 0);
      return;
    }
    this.account(e.text.length);
    e.open = true;
    this.expandContent(e.text);
    e.open = false;
  }

  /** Parses an internal entity's text as content. */
  private expandContent(text: string): void {
    const depth = this.stack.length;
    const [src, pos, decoder] = [this.src, this.pos, this.decoder];
    const saved = [this.nextLine, this.nextColumn, this.nextByte] as const;
    this.src = text;
    this.pos = 0;
    this.decoder = null;
    this.inside++;
    while (this.pos < this.src.length) {
      this.content(true);
      if (this.stack.length < depth) throw new Stop(ASYNC_ENTITY);
    }
    this.inside--;
    this.src = src;
    this.pos = pos;
    this.decoder = decoder;
    [this.nextLine, this.nextColumn, this.nextByte] = saved;
    if (this.stack.length !== depth || this.inCdata) throw new Stop(ASYNC_ENTITY);
  }

  /** Counts what entities add; too much against what was written is an attack. */
  private account(n: number): void {
    this.indirect += n;
    const total = this.direct + this.indirect;
    if (total > this.activation && total > this.amplification * Math.max(1, this.direct)) {
      throw new Stop(AMPLIFICATION_LIMIT_BREACH);
    }
  }
}
