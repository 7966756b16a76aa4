// What kinds of token are there? The numbers of Lib/token.py, and one further kind for each keyword.
//
// Invariant: kinds below 100 are Python's own token numbers. A keyword is kind KW + its index in KEYWORDS, so that the parser can switch on
// one number; outside the parser it is a NAME.

export const ENDMARKER = 0;
export const NAME = 1;
export const NUMBER = 2;
export const STRING = 3;
export const NEWLINE = 4;
export const INDENT = 5;
export const DEDENT = 6;
export const LPAR = 7;
export const RPAR = 8;
export const LSQB = 9;
export const RSQB = 10;
export const COLON = 11;
export const COMMA = 12;
export const SEMI = 13;
export const PLUS = 14;
export const MINUS = 15;
export const STAR = 16;
export const SLASH = 17;
export const VBAR = 18;
export const AMPER = 19;
export const LESS = 20;
export const GREATER = 21;
export const EQUAL = 22;
export const DOT = 23;
export const PERCENT = 24;
export const LBRACE = 25;
export const RBRACE = 26;
export const EQEQUAL = 27;
export const NOTEQUAL = 28;
export const LESSEQUAL = 29;
export const GREATEREQUAL = 30;
export const TILDE = 31;
export const CIRCUMFLEX = 32;
export const LEFTSHIFT = 33;
export const RIGHTSHIFT = 34;
export const DOUBLESTAR = 35;
export const PLUSEQUAL = 36;
export const MINEQUAL = 37;
export const STAREQUAL = 38;
export const SLASHEQUAL = 39;
export const PERCENTEQUAL = 40;
export const AMPEREQUAL = 41;
export const VBAREQUAL = 42;
export const CIRCUMFLEXEQUAL = 43;
export const LEFTSHIFTEQUAL = 44;
export const RIGHTSHIFTEQUAL = 45;
export const DOUBLESTAREQUAL = 46;
export const DOUBLESLASH = 47;
export const DOUBLESLASHEQUAL = 48;
export const AT = 49;
export const ATEQUAL = 50;
export const RARROW = 51;
export const ELLIPSIS = 52;
export const COLONEQUAL = 53;
export const EXCLAMATION = 54;
export const OP = 55;
export const TYPE_IGNORE = 56;
export const TYPE_COMMENT = 57;
export const SOFT_KEYWORD = 58;
export const FSTRING_START = 59;
export const FSTRING_MIDDLE = 60;
export const FSTRING_END = 61;
export const TSTRING_START = 62;
export const TSTRING_MIDDLE = 63;
export const TSTRING_END = 64;
export const COMMENT = 65;
export const NL = 66;
export const ERRORTOKEN = 67;

/** The first keyword's kind. */
export const KW = 100;

/** The hard keywords; the kind of each is KW + its index. */
export const KEYWORDS = [
  'False',
  'None',
  'True',
  'and',
  'as',
  'assert',
  'async',
  'await',
  'break',
  'class',
  'continue',
  'def',
  'del',
  'elif',
  'else',
  'except',
  'finally',
  'for',
  'from',
  'global',
  'if',
  'import',
  'in',
  'is',
  'lambda',
  'nonlocal',
  'not',
  'or',
  'pass',
  'raise',
  'return',
  'try',
  'while',
  'with',
  'yield',
] as const;

export const KW_FALSE = 100;
export const KW_NONE = 101;
export const KW_TRUE = 102;
export const KW_AND = 103;
export const KW_AS = 104;
export const KW_ASSERT = 105;
export const KW_ASYNC = 106;
export const KW_AWAIT = 107;
export const KW_BREAK = 108;
export const KW_CLASS = 109;
export const KW_CONTINUE = 110;
export const KW_DEF = 111;
export const KW_DEL = 112;
export const KW_ELIF = 113;
export const KW_ELSE = 114;
export const KW_EXCEPT = 115;
export const KW_FINALLY = 116;
export const KW_FOR = 117;
export const KW_FROM = 118;
export const KW_GLOBAL = 119;
export const KW_IF = 120;
export const KW_IMPORT = 121;
export const KW_IN = 122;
export const KW_IS = 123;
export const KW_LAMBDA = 124;
export const KW_NONLOCAL = 125;
export const KW_NOT = 126;
export const KW_OR = 127;
export const KW_PASS = 128;
export const KW_RAISE = 129;
export const KW_RETURN = 130;
export const KW_TRY = 131;
export const KW_WHILE = 132;
export const KW_WITH = 133;
export const KW_YIELD = 134;

/** The soft keywords; like the hard ones they are interned first, so a NAME token's name index tells them. */
export const SOFT_KEYWORDS = ['_', 'case', 'match', 'type'] as const;
export const NAME_UNDERSCORE = 35;
export const NAME_CASE = 36;
export const NAME_MATCH = 37;
export const NAME_TYPE = 38;

/** Operator text -> token kind. */
export const OPERATORS: Readonly<Record<string, number>> = {
  '(': LPAR,
  ')': RPAR,
  '[': LSQB,
  ']': RSQB,
  ':': COLON,
  ',': COMMA,
  ';': SEMI,
  '+': PLUS,
  '-': MINUS,
  '*': STAR,
  '/': SLASH,
  '|': VBAR,
  '&': AMPER,
  '<': LESS,
  '>': GREATER,
  '=': EQUAL,
  '.': DOT,
  '%': PERCENT,
  '{': LBRACE,
  '}': RBRACE,
  '==': EQEQUAL,
  '!=': NOTEQUAL,
  '<=': LESSEQUAL,
  '>=': GREATEREQUAL,
  '~': TILDE,
  '^': CIRCUMFLEX,
  '<<': LEFTSHIFT,
  '>>': RIGHTSHIFT,
  '**': DOUBLESTAR,
  '+=': PLUSEQUAL,
  '-=': MINEQUAL,
  '*=': STAREQUAL,
  '/=': SLASHEQUAL,
  '%=': PERCENTEQUAL,
  '&=': AMPEREQUAL,
  '|=': VBAREQUAL,
  '^=': CIRCUMFLEXEQUAL,
  '<<=': LEFTSHIFTEQUAL,
  '>>=': RIGHTSHIFTEQUAL,
  '**=': DOUBLESTAREQUAL,
  '//': DOUBLESLASH,
  '//=': DOUBLESLASHEQUAL,
  '@': AT,
  '@=': ATEQUAL,
  '->': RARROW,
  '...': ELLIPSIS,
  ':=': COLONEQUAL,
  '!': EXCLAMATION,
};
