class P:
    def __init__(self, x):
        self.x = x
    def step(self, d):
        self.x += d
        return self.x
def run():
    p = P(0)
    for i in range(100000):
        p.step(i)
