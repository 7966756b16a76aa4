def run():
    s = 0
    for i in range(300000):
        s += i * 2 % 7
    x = 0.0
    for i in range(150000):
        x = x * 0.5 + i
