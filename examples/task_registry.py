"""A registry of background tasks that forgets to forget the finished ones.

    vivarium hunt examples/task_registry.py::handle_upload

Tasks are registered so that nobody collects them while they run (as asyncio's
documentation advises), but the entry is never taken out again: `done` is called
with another key than `start` used.
"""

from itertools import count


class Task:
    def __init__(self, name, steps):
        self.name = name
        self.steps = steps
        self.result = None

    def run(self):
        try:
            while True:
                next(self.steps)
        except StopIteration as stop:
            self.result = stop.value


class Registry:
    def __init__(self):
        self.numbers = count(1)
        self.running = {}

    def start(self, name, steps):
        task = Task(name, steps)
        self.running[next(self.numbers), name] = task
        task.run()
        self.done(task)
        return task.result

    def done(self, task):
        self.running.pop(task.name, None)


registry = Registry()


def compress(data):
    packed = []
    for byte in data:
        if packed and packed[-1][0] == byte:
            packed[-1][1] += 1
        else:
            packed.append([byte, 1])
        yield
    return packed


def handle_upload():
    """Compress a file in the background and tell how long it has become."""
    return len(registry.start("compress", compress(b"aaaabbbcc" * 20)))


if __name__ == "__main__":
    print(handle_upload(), "runs;", len(registry.running), "task still registered")
