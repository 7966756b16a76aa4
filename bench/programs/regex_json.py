import json
import re
text = "alpha=1, beta=22, gamma=333; " * 300
data = {"k%d" % i: [i, str(i), None, i / 2] for i in range(500)}
def run():
    n = len(re.findall(r"(\w+)=(\d+)", text))
    return n, len(json.loads(json.dumps(data)))
