"""kill -9 of a service with requests in flight, a hundred times.

Every request in flight is answered with 502 within 100 ms, the next with 503; after a restart the first success comes
within a second; neither descriptors nor memory grow.
"""

import select
import time

from scenario import Client, Failures, Gateway, Service, free_port, request

CYCLES, IN_FLIGHT = 100, 32

failures = Failures()
port = free_port()
gateway = Gateway(port)
lost_times, recovery_times, refused_times, memory, descriptors = [], [], [], [], []

for cycle in range(CYCLES):
    service = Service(port)
    probe = Client(gateway.port)
    clients = [Client(gateway.port) for _ in range(IN_FLIGHT)]
    # Each event loop of the gateway finds out for itself: the time is that of the last client's first success.
    for client in [probe] + clients:
        while (answer := client.ask(request("/echo", cycle))).status != 200:
            failures.check(
                answer.status == 503 and answer.code == "upstream_unavailable", f"while starting: {answer.status}")
            if not failures.check(time.monotonic() - service.started < 5, "no success within 5 s of the start"):
                failures.exit()
            time.sleep(0.002)
    recovery_times.append(time.monotonic() - service.started)
    for client in clients:
        client.send(request("/slow", 1))
    service.await_slow(IN_FLIGHT)
    killed = time.monotonic()
    service.kill()
    waiting = set(clients)
    while waiting:
        readable, _, _ = select.select(list(waiting), [], [], 5)
        if not failures.check(readable, f"{len(waiting)} requests without an answer 5 s after the kill"):
            failures.exit()
        for client in readable:
            answer = client.receive()
            lost_times.append(time.monotonic() - killed)
            waiting.discard(client)
            failures.check(
                answer is not None and answer.status == 502 and answer.code == "upstream_lost",
                f"in flight: {answer and (answer.status, answer.body)}")
    # Each fourth of the hundred ends with a longer break, so that the pause between attempts has grown.
    until = time.monotonic() + (1.5 if cycle % 25 == 24 else 0)
    while True:
        answer = probe.ask(request("/echo", cycle))
        refused_times.append(time.monotonic() - probe.sent_at)
        failures.check(
            answer is not None and answer.status == 503 and answer.code == "upstream_unavailable"
            and int(answer.fields.get("retry-after", 0)) >= 1,
            f"after the kill: {answer and (answer.status, answer.fields, answer.body)}")
        if time.monotonic() >= until:
            break
        time.sleep(0.005)
    for client in clients + [probe]:
        client.close()
    if cycle % 10 == 9:
        time.sleep(0.1)
        memory.append(gateway.memory)
        descriptors.append(gateway.descriptors)

milliseconds = lambda times: f"median {sorted(times)[len(times) // 2] * 1e3:.1f} ms, worst {max(times) * 1e3:.1f} ms"
print(f"{CYCLES} kills, {IN_FLIGHT} requests in flight at each")
print("502 after the kill:      ", milliseconds(lost_times))
print("503 for the next request:", milliseconds(refused_times), f"({len(refused_times)} requests)")
print("200 for all after the start:", milliseconds(recovery_times))
print("memory (MiB) each 10 cycles:     ", " ".join(f"{value:.1f}" for value in memory))
print("descriptors each 10 cycles:      ", *descriptors)
failures.check(max(lost_times) < 0.1, "an answer to a lost request took longer than 100 ms")
failures.check(max(recovery_times) < 1, "the first success after a restart took longer than a second")
failures.check(max(descriptors) <= min(descriptors) + 2, "descriptors grew")
failures.check(memory[-1] < memory[1] + 4, "memory grew")
failures.check(gateway.is_alive(), "the gateway ended")
failures.check(gateway.stop() == 0, "the gateway did not end with 0")
failures.exit()
