"""A shop whose event bus keeps the listeners of visits that are over.

    vivarium hunt examples/event_bus.py::visit

Each visit opens a cart that listens to price changes.  The visit ends and the
cart goes out of scope, but the bus still has its method `on_price` in a list:
a bound method holds its object, so no cart ever dies.
"""


class EventBus:
    def __init__(self):
        self.handlers = []

    def subscribe(self, handler):
        self.handlers.append(handler)

    def publish(self, *event):
        for handler in self.handlers:
            handler(*event)


bus = EventBus()


class Cart:
    def __init__(self, customer):
        self.customer = customer
        self.items = {}
        bus.subscribe(self.on_price)

    def add(self, item, price):
        self.items[item] = price

    def on_price(self, item, price):
        if item in self.items:
            self.items[item] = price

    def total(self):
        return sum(self.items.values())


def visit():
    """One customer comes, fills a cart, pays and leaves."""
    cart = Cart("Ada")
    cart.add("tea", 4)
    cart.add("cup", 9)
    bus.publish("tea", 5)
    return cart.total()


if __name__ == "__main__":
    for _ in range(3):
        visit()
    print(f"{len(bus.handlers)} carts listen, and every customer has left")
