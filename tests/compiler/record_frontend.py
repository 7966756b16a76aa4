"""What does CPython make of the sources in frontend_sources.json?  Run with the Python 3.14 that is the authority:

    python3.14 tests/compiler/record_frontend.py

writes frontend_expected.json beside this file.  Invariant: everything in it comes from CPython; the test compares our front end with it.
"""

import ast
import io
import json
import pathlib
import struct
import warnings
import _tokenize

HERE = pathlib.Path(__file__).parent
ENUMS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)


def constant(value):
    """The text for a constant; floats and strings exactly."""
    match value:
        case None | True | False:
            return str(value)
        case int():
            return str(value)
        case float():
            return "float " + struct.pack(">d", value).hex()
        case complex():
            return "complex " + struct.pack(">dd", value.real, value.imag).hex()
        case str():
            return json.dumps(value)
        case bytes():
            return "bytes " + value.hex()
    return "Ellipsis"


def dump(node):
    """The text for a tree: kind(field=…, …)@lineno:col-end_lineno:end_col"""
    if node is None:
        return "None"
    if isinstance(node, str):
        return json.dumps(node)
    if isinstance(node, int):
        return str(node)
    if isinstance(node, list):
        return "[" + ", ".join(map(dump, node)) + "]"
    kind = type(node).__name__
    if isinstance(node, ENUMS):
        return kind
    parts = []
    for field in node._fields:
        value = getattr(node, field)
        is_constant = (kind, field) in {("Constant", "value"), ("MatchSingleton", "value"), ("Interpolation", "str")}
        parts.append(f"{field}={constant(value) if is_constant else dump(value)}")
    place = f"@{node.lineno}:{node.col_offset}-{node.end_lineno}:{node.end_col_offset}" if node._attributes else ""
    return f"{kind}({', '.join(parts)}){place}"


def failure(error):
    if isinstance(error, SyntaxError):
        return [type(error).__name__, error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset, error.text]
    return [type(error).__name__, str(error), None, None, None, None, None]


def outcome(source, mode, flags):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<test>", mode, ast.PyCF_ONLY_AST | flags, dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError) as error:
            return failure(error)
    return None


def prepared(source, optimize):
    """The tree that code would be made from, and the warnings on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tree = compile(source, "<test>", "exec", ast.PyCF_OPTIMIZED_AST, dont_inherit=True, optimize=optimize)
    return {"tree": dump(tree), "warnings": [[w.category.__name__, str(w.message), w.lineno] for w in caught]}


def raw_tokens(source, extra_tokens):
    found = []
    try:
        for type, string, start, end, line in _tokenize.TokenizerIter(
            io.StringIO(source, newline="").readline, extra_tokens=extra_tokens
        ):
            found.append([type, string, *start, *end, line])
    except SyntaxError as error:
        return {"tokens": found, "error": failure(error)}
    return {"tokens": found, "error": None}


def build(spec):
    """The ast object for a tree written as JSON."""
    if isinstance(spec, list):
        return [build(item) for item in spec]
    if not isinstance(spec, dict):
        return spec
    if "t" in spec:
        match spec["t"]:
            case "none":
                return None
            case "true" | "false":
                return spec["t"] == "true"
            case "ellipsis":
                return ...
            case "complex":
                return complex(0, spec["im"])
            case "object":
                return object()
        return spec["v"]
    cls = getattr(ast, spec["kind"])
    fields = {}
    for name, value in spec.items():
        if name not in {"kind", "constKind"}:
            enum = name in {"op", "ctx"} and isinstance(value, str)
            fields[name] = getattr(ast, value)() if enum else build(value)
    if "ops" in fields:
        fields["ops"] = [getattr(ast, op)() for op in spec["ops"]]
    if cls._attributes:
        place = dict(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
        fields = place | fields
    return cls(**fields)


def validation(spec):
    try:
        compile(build(spec), "<test>", "exec", dont_inherit=True)
    except (ValueError, TypeError) as error:
        return [type(error).__name__, str(error)]
    return None


sources = json.loads((HERE / "frontend_sources.json").read_text(encoding="utf-8"))
expected = {
    "trees": [dump(ast.parse(source, feature_version=(3, 14))) for source in sources["trees"]],
    "typeComments": [dump(ast.parse(source, type_comments=True)) for source in sources["typeComments"]],
    "errors": [outcome(source, mode, flags) for source, mode, flags in sources["errors"]],
    "prepared": [prepared(source, optimize) for source, optimize in sources["prepared"]],
    "tokens": [raw_tokens(source, extra) for source, extra in sources["tokens"]],
    "invalidTrees": [validation(spec) for spec in sources["invalidTrees"]],
}
(HERE / "frontend_expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
