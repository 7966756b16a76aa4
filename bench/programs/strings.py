def run():
    parts = []
    for i in range(20000):
        parts.append(f"{i}:{i * 2}")
    s = ",".join(parts)
    return len(s.split(",")), s.count("1"), s.replace("1", "one").find("one2")
