"""10,000 requests at the same time that say who they are, clients that hang up in every way, a service that answers late,
twice and in any order: no answer goes to the wrong request, and nothing is left behind.
"""

import collections
import random
import select
import sys
import time

from scenario import Client, Failures, Gateway, Service, await_true, free_port, raise_descriptor_limit, request

CONNECTIONS, ROUNDS = 10_000, 3

raise_descriptor_limit()
random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
failures = Failures()
port = free_port()
service = Service(port, unruly=True)
gateway = Gateway(
    port, limits="connections: 20000",
    service="timeout: 1s, pool: { maxInFlightPerConnection: 8192, queue: 20000, queueTimeout: 5s }")
probe = Client(gateway.port)
probe.ask(request("/echo", 0))
probe.close()
time.sleep(0.2)
base = gateway.descriptors
counts = collections.Counter()

epoll = select.epoll()
clients, expected = {}, {}
for number in range(CONNECTIONS):
    client = Client(gateway.port)
    clients[client.fileno()] = client
    expected[client.fileno()] = []
    epoll.register(client.fileno(), select.EPOLLIN)
peak = gateway.descriptors
begun = time.monotonic()


def begin(descriptor):
    """Sends the connection's next request (or a few in one write), or hangs up in the middle of it."""
    client = clients[descriptor]
    values = [f"{descriptor}-{client.round}-{part}-{random.random()}" for part in range(random.choice([1, 1, 1, 3]))]
    data = b"".join(request("/echo", value) for value in values)
    dice = random.random()
    if dice < 0.04:
        client.send(data[:random.randrange(1, len(data))])
        drop(descriptor, "in the middle of a request", reset=dice < 0.02)
    elif dice < 0.10:
        client.send(data)
        drop(descriptor, "before the answer", reset=dice < 0.07)
    else:
        client.send(data)
        expected[descriptor] = values
        counts["requests"] += len(values)


def drop(descriptor, where, reset):
    epoll.unregister(descriptor)
    clients.pop(descriptor).close(reset)
    expected.pop(descriptor)
    counts[f"hung up {where} ({'RST' if reset else 'FIN'})"] += 1


for client in clients.values():
    client.round = 0
for descriptor in list(clients):
    begin(descriptor)
while clients and time.monotonic() - begun < 120:
    for descriptor, _ in epoll.poll(1):
        client = clients[descriptor]
        try:
            piece = client.socket.recv(1 << 16)
        except ConnectionError:
            piece = b""
        if not failures.check(piece, "a connection was ended by the gateway"):
            drop(descriptor, "the gateway", reset=False)
            continue
        client.buffer += piece
        while (answer := client.take()) is not None:
            value = expected[descriptor].pop(0)
            counts[f"status {answer.status}"] += 1
            if answer.status == 200:
                failures.check(answer.body == f'"{value}"'.encode(), f"wrong answer: {answer.body} instead of {value}")
            else:
                failures.check(answer.status == 504, f"status {answer.status}: {answer.body}")
        if not expected[descriptor]:
            client.round += 1
            if client.round < ROUNDS:
                begin(descriptor)
            else:
                drop(descriptor, "after the last answer", reset=random.random() < 0.5)
failures.check(not clients, f"{len(clients)} connections without an answer")
print(f"{CONNECTIONS} connections, peak {peak - base} descriptors, {time.monotonic() - begun:.1f} s")
for name, count in sorted(counts.items()):
    print(f"  {name}: {count}")
is_clean = await_true(lambda: gateway.descriptors <= base + 4, 10)
print(f"descriptors before {base}, after {gateway.descriptors}; memory {gateway.memory:.0f} MiB")
failures.check(is_clean, "descriptors were left open")
probe = Client(gateway.port)
failures.check(any(probe.ask(request("/echo", "x")).status == 200 for _ in range(10)), "the gateway does not serve")
failures.check(gateway.stop() == 0, "the gateway did not end with 0")
service.kill()
failures.exit()
