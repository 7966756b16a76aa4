// Which fields has each kind of node? Python.asdl for Python 3.14, as a table.
//
// Invariant: one row for each constructor, in the ASDL's order; a row gives the sum type it belongs to ('AST' for a product type)
// and its fields as the ASDL writes them. The `_ast` module, tree conversion, walking and validation are driven by it.

/** Kind -> [sum type, fields in the ASDL's notation]. */
export const ASDL = {
  Module: ['mod', 'stmt* body, type_ignore* type_ignores'],
  Interactive: ['mod', 'stmt* body'],
  Expression: ['mod', 'expr body'],
  FunctionType: ['mod', 'expr* argtypes, expr returns'],
  FunctionDef: [
    'stmt',
    'identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params',
  ],
  AsyncFunctionDef: [
    'stmt',
    'identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params',
  ],
  ClassDef: [
    'stmt',
    'identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params',
  ],
  Return: ['stmt', 'expr? value'],
  Delete: ['stmt', 'expr* targets'],
  Assign: ['stmt', 'expr* targets, expr value, string? type_comment'],
  TypeAlias: ['stmt', 'expr name, type_param* type_params, expr value'],
  AugAssign: ['stmt', 'expr target, operator op, expr value'],
  AnnAssign: ['stmt', 'expr target, expr annotation, expr? value, int simple'],
  For: ['stmt', 'expr target, expr iter, stmt* body, stmt* orelse, string? type_comment'],
  AsyncFor: ['stmt', 'expr target, expr iter, stmt* body, stmt* orelse, string? type_comment'],
  While: ['stmt', 'expr test, stmt* body, stmt* orelse'],
  If: ['stmt', 'expr test, stmt* body, stmt* orelse'],
  With: ['stmt', 'withitem* items, stmt* body, string? type_comment'],
  AsyncWith: ['stmt', 'withitem* items, stmt* body, string? type_comment'],
  Match: ['stmt', 'expr subject, match_case* cases'],
  Raise: ['stmt', 'expr? exc, expr? cause'],
  Try: ['stmt', 'stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody'],
  TryStar: ['stmt', 'stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody'],
  Assert: ['stmt', 'expr test, expr? msg'],
  Import: ['stmt', 'alias* names'],
  ImportFrom: ['stmt', 'identifier? module, alias* names, int? level'],
  Global: ['stmt', 'identifier* names'],
  Nonlocal: ['stmt', 'identifier* names'],
  Expr: ['stmt', 'expr value'],
  Pass: ['stmt', ''],
  Break: ['stmt', ''],
  Continue: ['stmt', ''],
  BoolOp: ['expr', 'boolop op, expr* values'],
  NamedExpr: ['expr', 'expr target, expr value'],
  BinOp: ['expr', 'expr left, operator op, expr right'],
  UnaryOp: ['expr', 'unaryop op, expr operand'],
  Lambda: ['expr', 'arguments args, expr body'],
  IfExp: ['expr', 'expr test, expr body, expr orelse'],
  Dict: ['expr', 'expr?* keys, expr* values'],
  Set: ['expr', 'expr* elts'],
  ListComp: ['expr', 'expr elt, comprehension* generators'],
  SetComp: ['expr', 'expr elt, comprehension* generators'],
  DictComp: ['expr', 'expr key, expr value, comprehension* generators'],
  GeneratorExp: ['expr', 'expr elt, comprehension* generators'],
  Await: ['expr', 'expr value'],
  Yield: ['expr', 'expr? value'],
  YieldFrom: ['expr', 'expr value'],
  Compare: ['expr', 'expr left, cmpop* ops, expr* comparators'],
  Call: ['expr', 'expr func, expr* args, keyword* keywords'],
  FormattedValue: ['expr', 'expr value, int conversion, expr? format_spec'],
  Interpolation: ['expr', 'expr value, constant str, int conversion, expr? format_spec'],
  JoinedStr: ['expr', 'expr* values'],
  TemplateStr: ['expr', 'expr* values'],
  Constant: ['expr', 'constant value, string? kind'],
  Attribute: ['expr', 'expr value, identifier attr, expr_context ctx'],
  Subscript: ['expr', 'expr value, expr slice, expr_context ctx'],
  Starred: ['expr', 'expr value, expr_context ctx'],
  Name: ['expr', 'identifier id, expr_context ctx'],
  List: ['expr', 'expr* elts, expr_context ctx'],
  Tuple: ['expr', 'expr* elts, expr_context ctx'],
  Slice: ['expr', 'expr? lower, expr? upper, expr? step'],
  comprehension: ['AST', 'expr target, expr iter, expr* ifs, int is_async'],
  ExceptHandler: ['excepthandler', 'expr? type, identifier? name, stmt* body'],
  arguments: [
    'AST',
    'arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults',
  ],
  arg: ['AST', 'identifier arg, expr? annotation, string? type_comment'],
  keyword: ['AST', 'identifier? arg, expr value'],
  alias: ['AST', 'identifier name, identifier? asname'],
  withitem: ['AST', 'expr context_expr, expr? optional_vars'],
  match_case: ['AST', 'pattern pattern, expr? guard, stmt* body'],
  MatchValue: ['pattern', 'expr value'],
  MatchSingleton: ['pattern', 'constant value'],
  MatchSequence: ['pattern', 'pattern* patterns'],
  MatchMapping: ['pattern', 'expr* keys, pattern* patterns, identifier? rest'],
  MatchClass: ['pattern', 'expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns'],
  MatchStar: ['pattern', 'identifier? name'],
  MatchAs: ['pattern', 'pattern? pattern, identifier? name'],
  MatchOr: ['pattern', 'pattern* patterns'],
  TypeIgnore: ['type_ignore', 'int lineno, string tag'],
  TypeVar: ['type_param', 'identifier name, expr? bound, expr? default_value'],
  ParamSpec: ['type_param', 'identifier name, expr? default_value'],
  TypeVarTuple: ['type_param', 'identifier name, expr? default_value'],
} as const satisfies Record<string, readonly [string, string]>;

export type FieldQuantifier = '' | '?' | '*' | '?*';
export interface FieldInfo {
  /** The ASDL's name of the field. */
  name: string;
  /** The property that holds it in our nodes. */
  prop: string;
  type: string;
  quantifier: FieldQuantifier;
}

/** The sum types (and product types) whose nodes carry lineno, col_offset, end_lineno and end_col_offset. */
export const LOCATED_TYPES: ReadonlySet<string> = new Set([
  'stmt',
  'expr',
  'excepthandler',
  'pattern',
  'type_param',
  'arg',
  'keyword',
  'alias',
]);

/** Those of them that must say where they end (the others end where they begin, if they do not say). */
export const END_REQUIRED: ReadonlySet<string> = new Set(['pattern', 'type_param']);

/** The simple enumerations: no fields, one shared instance each. */
export const ENUM_TYPES: Readonly<Record<string, readonly string[]>> = {
  expr_context: ['Load', 'Store', 'Del'],
  boolop: ['And', 'Or'],
  operator: [
    'Add',
    'Sub',
    'Mult',
    'MatMult',
    'Div',
    'Mod',
    'Pow',
    'LShift',
    'RShift',
    'BitOr',
    'BitXor',
    'BitAnd',
    'FloorDiv',
  ],
  unaryop: ['Invert', 'Not', 'UAdd', 'USub'],
  cmpop: ['Eq', 'NotEq', 'Lt', 'LtE', 'Gt', 'GtE', 'Is', 'IsNot', 'In', 'NotIn'],
};

function readFields(kind: string, text: string): readonly FieldInfo[] {
  if (text === '') return [];
  return text.split(', ').map((item) => {
    const m = /^(\w+)([?*]*) (\w+)$/.exec(item);
    if (m === null) throw new Error(`bad field '${item}' of ${kind}`);
    const name = m[3] ?? '';
    const prop = kind === 'Constant' && name === 'kind' ? 'constKind' : name;
    return { name, prop, type: m[1] ?? '', quantifier: m[2] as FieldQuantifier };
  });
}

/** Kind -> its fields, in order. */
export const AST_FIELDS: ReadonlyMap<string, readonly FieldInfo[]> = new Map(
  Object.entries(ASDL).map(([kind, row]) => [kind, readFields(kind, row[1])]),
);

/** Does a node of this kind carry a source location? */
export function isLocated(kind: string): boolean {
  const row = (ASDL as Record<string, readonly [string, string]>)[kind];
  return row !== undefined && LOCATED_TYPES.has(row[0] === 'AST' ? kind : row[0]);
}
