// What has a document type declared, and how are its declarations read?
//
// Invariant: of several declarations of an entity or an attribute the first counts.  The texts that come in are complete declarations, from `<!` to
// `>`; what is not well-formed answers null.

export interface Entity {
  readonly name: string;
  /** The replacement text, or null if the entity is external. */
  readonly text: string | null;
  readonly system: string | null;
  readonly public: string | null;
  readonly notation: string | null;
  readonly base: string | null;
  /** Being expanded: a reference to it is recursive. */
  open: boolean;
}

export interface Attribute {
  readonly name: string;
  readonly type: string;
  /** The default value, or null. */
  readonly value: string | null;
  readonly required: boolean;
}

/** What a parser and the parsers of its external entities share. */
export interface Dtd {
  readonly entities: Map<string, Entity>;
  readonly parameters: Map<string, Entity>;
  readonly attributes: Map<string, Attribute[]>;
  standalone: boolean;
  /** There are declarations that may not have been read. */
  incomplete: boolean;
}

export const newDtd = (): Dtd => ({
  entities: new Map(),
  parameters: new Map(),
  attributes: new Map(),
  standalone: false,
  incomplete: false,
});

const START =
  ':A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd';
/** A name, as the source of a regular expression. */
export const NAME = `(?:[${START}]|[\\ud800-\\udb7f][\\udc00-\\udfff])(?:[-.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040${START}]|[\\ud800-\\udb7f][\\udc00-\\udfff])*`;
const NMTOKEN = `(?:[-.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040${START}]|[\\ud800-\\udb7f][\\udc00-\\udfff])+`;
export const S = '[ \\t\\r\\n]';
export const LITERAL = `"[^"]*"|'[^']*'`;
/** PUBLIC or SYSTEM with their literals: groups public, system and only system. */
export const EXTERNAL = `(?:PUBLIC${S}+(${LITERAL})${S}+(${LITERAL})|SYSTEM${S}+(${LITERAL}))`;

export const unquote = (literal: string): string => literal.slice(1, -1);
/** A public identifier with its white space normalized. */
export const publicId = (literal: string): string =>
  unquote(literal)
    .replace(/[ \t\r\n]+/g, ' ')
    .trim();

const ENTITY = new RegExp(
  `^<!ENTITY${S}+(%${S}+)?(${NAME})${S}+(?:(${LITERAL})|${EXTERNAL}(?:${S}+NDATA${S}+(${NAME}))?)${S}*>$`,
);

export interface EntityDeclaration {
  readonly parameter: boolean;
  readonly name: string;
  readonly literal: string | null;
  readonly system: string | null;
  readonly public: string | null;
  readonly notation: string | null;
}

export function readEntity(text: string): EntityDeclaration | null {
  const m = ENTITY.exec(text);
  if (m === null || (m[1] !== undefined && m[7] !== undefined)) return null;
  const system = m[5] ?? m[6];
  return {
    parameter: m[1] !== undefined,
    name: m[2],
    literal: m[3] === undefined ? null : unquote(m[3]),
    system: system === undefined ? null : unquote(system),
    public: m[4] === undefined ? null : publicId(m[4]),
    notation: m[7] ?? null,
  };
}

const NOTATION = new RegExp(
  `^<!NOTATION${S}+(${NAME})${S}+(?:PUBLIC${S}+(${LITERAL})(?:${S}+(${LITERAL}))?|SYSTEM${S}+(${LITERAL}))${S}*>$`,
);

export function readNotation(text: string): { name: string; system: string | null; public: string | null } | null {
  const m = NOTATION.exec(text);
  if (m === null) return null;
  const system = m[3] ?? m[4];
  return {
    name: m[1],
    system: system === undefined ? null : unquote(system),
    public: m[2] === undefined ? null : publicId(m[2]),
  };
}

const ATTLIST = new RegExp(`^<!ATTLIST${S}+(${NAME})((?:[^"'>]|${LITERAL})*)>$`);
const ATTRIBUTE = new RegExp(
  `${S}+(${NAME})${S}+(CDATA|ID|IDREFS?|ENTITY|ENTITIES|NMTOKENS?|(?:NOTATION${S}+)?\\(${S}*${NMTOKEN}(?:${S}*\\|${S}*${NMTOKEN})*${S}*\\))${S}+(?:(#REQUIRED|#IMPLIED)|(?:(#FIXED)${S}+)?(${LITERAL}))`,
  'y',
);

export function readAttributes(text: string): { element: string; attributes: Attribute[] } | null {
  const m = ATTLIST.exec(text);
  if (m === null) return null;
  const attributes: Attribute[] = [];
  const rest = m[2];
  let at = 0;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const a = ATTRIBUTE.exec(rest);
    if (a === null) break;
    at = ATTRIBUTE.lastIndex;
    attributes.push({
      name: a[1],
      // As expat reports types: without white space but for one space after NOTATION.
      type: a[2].replace(/[ \t\r\n]+/g, '').replace(/^NOTATION\(/, 'NOTATION('),
      value: a[5] === undefined ? null : unquote(a[5]),
      required: a[3] === '#REQUIRED' || a[4] === '#FIXED',
    });
  }
  return /^[ \t\r\n]*$/.test(rest.slice(at)) ? { element: m[1], attributes } : null;
}

/** A content model as pyexpat shows it: type, quantifier, name, children. */
export type Model = readonly [number, number, string | null, readonly Model[]];

const EMPTY = 1;
const ANY = 2;
const MIXED = 3;
const LEAF = 4;
const CHOICE = 5;
const SEQUENCE = 6;

const ELEMENT = new RegExp(`^<!ELEMENT${S}+(${NAME})${S}+([^]*?)${S}*>$`);
const PART = new RegExp(`${S}*(#PCDATA|${NAME}|[()|,?*+])`, 'y');

/** Groups nested deeper than this are not followed. */
const MAX_DEPTH = 1000;

/** The declaration; its model is null if it is nested too deeply to be shown. */
export function readElement(text: string): { name: string; model: Model | null } | null {
  const m = ELEMENT.exec(text);
  if (m === null) return null;
  const content = m[2];
  if (content === 'EMPTY') return { name: m[1], model: [EMPTY, 0, null, []] };
  if (content === 'ANY') return { name: m[1], model: [ANY, 0, null, []] };
  const tokens: string[] = [];
  let at = 0;
  while (at < content.length) {
    PART.lastIndex = at;
    const t = PART.exec(content);
    if (t === null) return null;
    tokens.push(t[1]);
    at = PART.lastIndex;
  }
  let i = 0;
  const quantifier = (): number => {
    const q = ['?', '*', '+'].indexOf(tokens[i] ?? '') + 1;
    if (q > 0) i++;
    return q;
  };
  let depth = 0;
  for (const t of tokens) {
    depth += t === '(' ? 1 : t === ')' ? -1 : 0;
    if (depth > MAX_DEPTH) return { name: m[1], model: null };
  }
  const group = (): Model | null => {
    if (tokens[i++] !== '(') return null;
    const children: Model[] = [];
    let separator = '';
    let mixed = false;
    for (;;) {
      if (tokens[i] === '(') {
        const g = group();
        if (g === null) return null;
        children.push(g);
      } else if (tokens[i] === '#PCDATA' && children.length === 0 && !mixed) {
        i++;
        mixed = true;
      } else if (tokens[i] !== undefined && !'()|,?*+'.includes(tokens[i])) {
        const name = tokens[i++];
        children.push([LEAF, mixed ? 0 : quantifier(), name, []]);
      } else return null;
      const t = tokens[i++];
      if (t === ')') break;
      if ((t !== '|' && t !== ',') || (separator !== '' && t !== separator)) return null;
      separator = t;
    }
    const q = quantifier();
    if (mixed) return q === 2 || (q === 0 && children.length === 0) ? [MIXED, q, null, children] : null;
    return [separator === '|' ? CHOICE : SEQUENCE, q, null, children];
  };
  const model = group();
  return model === null || i !== tokens.length ? null : { name: m[1], model };
}
