# Syntax trees as objects: made, changed, compiled, shown and taken apart.
import ast
import copy
import pickle
import warnings
import _symtable


def outcome(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return f'{type(e).__name__}: {e}'


SOURCE = '''
import a.b as c
def f[T](x: int, /, *y, z=1, **k) -> "r":
    """doc"""
    async def g():
        async with x as w:
            return [i async for i in w if i]
    match x:
        case [1, *rest] | {"k": -1, **rest} if y: pass
        case C(1, a=None) as whole: del x[1:2]
    try: return f"{x!r:>{y}}" + t"{z}"
    except* (A, B) as e: raise X from e
    finally: lambda *a: (a := b) and not c < d is e
'''
tree = ast.parse(SOURCE)
code = compile(SOURCE, 'f', 'exec')
again = compile(tree, 'f', 'exec')
print(code.co_code == again.co_code, code.co_consts[3].co_code == again.co_consts[3].co_code)
for copied in copy.deepcopy(tree), pickle.loads(pickle.dumps(tree)), ast.parse(ast.unparse(tree)):
    print(ast.dump(copied) == ast.dump(tree), end=' ')
print(ast.unparse(ast.parse('a<b')))
print(repr(tree.body[1]))
print(ast.dump(compile(ast.parse('1 + 1; __debug__'), '', 'exec', ast.PyCF_OPTIMIZED_AST, optimize=1)))
print(eval(compile(ast.Expression(ast.Constant('\ud800\udc00', lineno=1, col_offset=0)), '', 'eval')) == '\ud800\udc00')

here = {'lineno': 1, 'col_offset': 0}
for node in (
    ast.Expression(ast.Name('x')),
    ast.Expression(ast.Name('x', ast.Store(), **here)),
    ast.Expression(ast.Name(3, **here)),
    ast.Expression(ast.Name(None, **here)),
    ast.Expression(ast.Name('True', **here)),
    ast.Expression(ast.Name('x', None, **here)),
    ast.Expression(ast.Constant([1], **here)),
    ast.Expression(ast.BinOp(ast.Name('x', **here), ast.Add(), None, **here)),
    ast.Expression(ast.Call(ast.Name('x', **here), args=(), **here)),
    ast.Expression(ast.Dict([None], [], **here)),
    ast.Expression(3),
    ast.Expression(None),
    ast.Module([ast.Pass(lineno='1', col_offset=0)]),
    ast.Module([None]),
    ast.Module([ast.If(ast.Name('x', **here), [], [], **here)]),
    ast.Name('x'),
):
    print(outcome(compile, node, '', 'exec' if isinstance(node, ast.Module) else 'eval'))
loop = ast.UnaryOp(ast.Not(), None, **here)
loop.operand = loop
print(outcome(compile, ast.Expression(loop), '', 'eval').split(':')[0])

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    ast.Name('x', spam=1)
    ast.FunctionDef('f')
    name = ast.Name('x', lineno=3)
print(*(w.message for w in caught), sep='\n')
print(copy.replace(name, id='y'), name.__reduce__(), ast.Name._field_types, ast.With.__match_args__, ast.expr._attributes)
print(outcome(copy.replace, name, ident='y'), outcome(ast.Name, 'x', id='y'), outcome(ast.Add, 1), sep='\n')


def table(t, indent=''):
    print(f'{indent}{t.name} {t.symbols} {t.varnames} {t.nested} {t.type} {t.lineno}')
    for child in t.children:
        table(child, indent + '  ')


table(_symtable.symtable('class C[T]:\n  __p = 1\n  def m(self, *a): return [x for x in super().m]\n', 'f', 'exec'))
print(outcome(_symtable.symtable, 'nonlocal x', 'f', 'exec'))
