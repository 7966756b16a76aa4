"""What `vivarium hunt` runs: targets as functions that can be called again and again.

prepare() answers pairs (name, function); a function raises what the target
raises.  SystemExit without a failing status is no failure.  NotFound says that
the command line names something that is not there."""

import os
import sys

__all__ = ["NotFound", "prepare", "show"]


class NotFound(Exception):
    """The command line names no target."""


class TestFailed(Exception):
    """A test method failed; the text is its tracebacks."""


_cwd = os.getcwd()


def _restore(argv):
    """What each run finds as the first found it."""
    os.chdir(_cwd)
    sys.argv = list(argv)


def _exit_is_success(e):
    return e.code is None or e.code == 0


def _main_runner(execute, argv):
    """A function that runs `execute(module)` with a fresh module as __main__."""
    module_type = type(sys)
    original = sys.modules["__main__"]

    def run():
        _restore(argv)
        main = module_type("__main__")
        main.__builtins__ = __builtins__
        sys.modules["__main__"] = main
        try:
            execute(main)
        except SystemExit as e:
            if not _exit_is_success(e):
                raise
        finally:
            sys.modules["__main__"] = original

    return run


def _function_runner(function, argv):
    import inspect
    is_coroutine = inspect.iscoroutinefunction(function)
    if is_coroutine:
        import asyncio

    def run():
        _restore(argv)
        try:
            result = function()
            if is_coroutine:
                asyncio.run(result)
        except SystemExit as e:
            if not _exit_is_success(e):
                raise

    return run


def _script(path, argv):
    if os.path.isdir(path) or not _is_source(path):
        import runpy
        path = os.path.abspath(path)

        def execute(main):
            runpy.run_path(path, run_name="__main__")
    else:
        with open(path, "rb") as f:
            code = compile(f.read(), path, "exec", dont_inherit=True)
        path = os.path.abspath(path)

        def execute(main):
            main.__file__ = path
            exec(code, main.__dict__)

    return _main_runner(execute, argv)


def _is_source(path):
    try:
        with open(path, "rb") as f:
            start = f.read(4)
    except OSError as e:
        raise NotFound(f"can't open file '{os.path.abspath(path)}': [Errno {e.errno}] {e.strerror}") from None
    return start != b"PK\3\4" and not path.endswith(".pyc")


def _nearest(name, names):
    import difflib
    close = difflib.get_close_matches(name, names, 5, 0.5)
    if not close:
        close = sorted(names)[:10]
    return ", ".join(close)


def _find(module, where, dotted):
    """The function that `dotted` names in the module."""
    found = module
    done = []
    for name in dotted.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            names = [n for n, v in vars(found).items() if callable(v) and not n.startswith("__")]
            if found is module:
                names = [n for n in names if getattr(vars(module)[n], "__module__", None) == module.__name__] or names
            hint = f"; it has: {_nearest(name, names)}" if names else ""
            raise NotFound(f"{'.'.join([where, *done])} has no function '{name}'{hint}") from None
        done.append(name)
    if not callable(found):
        raise NotFound(f"'{dotted}' in {where} is a {type(found).__name__}, not a function")
    return found


def _function_in_file(path, dotted, argv):
    from importlib.util import module_from_spec, spec_from_file_location
    _is_source(path)
    name = os.path.splitext(os.path.basename(path))[0]
    spec = spec_from_file_location(name, os.path.abspath(path))
    if spec is None:
        raise NotFound(f"'{path}' is not a Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    sys.argv = list(argv)
    spec.loader.exec_module(module)
    return _function_runner(_find(module, path, dotted), argv)


def _function_in_module(name, dotted, argv):
    from importlib import import_module
    sys.argv = list(argv)
    return _function_runner(_find(import_module(name), name, dotted), argv)


def _module(name, args):
    import runpy
    try:
        mod_name, spec, code = runpy._get_module_details(name)
    except (ImportError, runpy._Error) as e:
        raise NotFound(str(e)) from None
    argv = [spec.origin, *args]

    def execute(main):
        runpy._run_code(code, main.__dict__, None, "__main__", spec)

    return _main_runner(execute, argv)


def _text(code, args):
    compiled = compile(code, "<string>", "exec", dont_inherit=True)

    def execute(main):
        exec(compiled, main.__dict__)

    return _main_runner(execute, ["-c", *args])


def _flatten(suite):
    import unittest
    if isinstance(suite, unittest.BaseTestSuite):
        for test in suite:
            if test is not None:
                yield from _flatten(test)
    else:
        yield suite


def _test_runner(test, argv):
    import unittest
    fresh = type(test).run is unittest.TestCase.run and hasattr(type(test), test._testMethodName)

    def run():
        _restore(argv)
        suite = unittest.TestSuite([type(test)(test._testMethodName) if fresh else test])
        suite._cleanup = fresh
        result = unittest.TestResult()
        suite.run(result)
        if not result.wasSuccessful():
            texts = [text for _, text in result.errors + result.failures]
            texts += [f"{t.id()}: unexpected success" for t in result.unexpectedSuccesses]
            raise TestFailed("\n".join(texts))

    return run


def _unittest(args):
    import unittest

    class Collector:
        def run(self, suite):
            self.suite = suite
            return unittest.TestResult()

    argv = ["python -m unittest", *args]
    collector = Collector()
    try:
        unittest.TestProgram(module=None, argv=argv, testRunner=collector, exit=False)
    except SystemExit as e:
        # 5: no tests were found, which is said below.
        if e.code != 5:
            raise
    tests = list(_flatten(collector.suite)) if hasattr(collector, "suite") else []
    if not tests:
        raise NotFound("unittest finds no tests")
    return [(test.id(), _test_runner(test, argv)) for test in tests]


def prepare(kind, target, args):
    """The functions to run for FILE ('file'), -m ('module') or -c ('text')."""
    if kind == "text":
        return [("-c", _text(target, args))]
    what, found, dotted = target.partition("::")
    if found:
        argv = [what, *args]
        if kind == "file":
            return [(target, _function_in_file(what, dotted, argv))]
        return [(target, _function_in_module(what, dotted, argv))]
    if kind == "file":
        return [(target, _script(target, [target, *args]))]
    if target == "unittest":
        return _unittest(args)
    return [(f"-m {target}", _module(target, args))]


def show(e):
    """Print an exception of the target on standard error, without what stands around it here."""
    stream = sys.__stderr__
    if isinstance(e, TestFailed):
        print(e, file=stream, flush=True)
        return
    import traceback
    tb = e.__traceback__
    here = (__file__, "<frozen runpy>")
    while tb is not None and tb.tb_frame.f_code.co_filename in here:
        tb = tb.tb_next
    traceback.print_exception(type(e), e, tb, file=stream)
    stream.flush()
