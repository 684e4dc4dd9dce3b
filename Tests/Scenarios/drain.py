"""SIGTERM under load: no request that was accepted fails, and the process ends with 0 within the drain deadline.

Clients with keep-alive connections that ask without pause, requests in flight that take a second, idle connections.
"""

import select
import time

from scenario import Client, Failures, Gateway, Service, free_port, request

ROUNDS, BUSY, SLOW, IDLE, DRAIN = 5, 64, 32, 16, 10

failures = Failures()
for round in range(ROUNDS):
    port = free_port()
    service = Service(port, slow_after=1.0)
    gateway = Gateway(port, shutdown=f"notReadyFor: {'0s' if round % 2 == 0 else '300ms'}, drain: {DRAIN}s")
    busy = [Client(gateway.port) for _ in range(BUSY)]
    slow = [Client(gateway.port) for _ in range(SLOW)]
    idle = [Client(gateway.port) for _ in range(IDLE)]
    for client in idle:
        failures.check(client.ask(request("/echo", 1)).status == 200, "an idle connection's first request")
    for client in slow:
        client.asked = time.monotonic()
        client.send(request("/slow", "slow"))
    service.await_slow(SLOW)
    for number, client in enumerate(busy):
        client.value = number
        client.asked = time.monotonic()
        client.send(request("/echo", client.value))
    open_clients = {client.fileno(): client for client in busy + slow + idle}
    waiting = {client.fileno() for client in busy + slow}
    epoll = select.epoll()
    for descriptor in open_clients:
        epoll.register(descriptor, select.EPOLLIN)
    start = time.monotonic()
    signalled = None
    served = failed = 0
    while open_clients:
        if signalled is None and time.monotonic() - start > 0.3:
            gateway.process.terminate()
            signalled = time.monotonic()
        if time.monotonic() - start > DRAIN + 10:
            failures.check(False, f"{len(open_clients)} connections are still open")
            break
        for descriptor, _ in epoll.poll(0.05):
            client = open_clients[descriptor]
            how = "ended"
            try:
                piece = client.socket.recv(1 << 16)
            except ConnectionError as error:
                piece, how = b"", str(error)
            if piece:
                client.buffer += piece
            answer = client.take()
            is_over = not piece
            if answer is not None:
                served += 1
                waiting.discard(descriptor)
                failures.check(answer.status == 200, f"status {answer.status}: {answer.body}")
                is_over = is_over or answer.is_last
                if not is_over and client in busy:
                    client.asked = time.monotonic()
                    waiting.add(descriptor)
                    try:
                        client.send(request("/echo", client.value))
                    except ConnectionError as error:
                        how = str(error)
                        is_over = True
            if is_over:
                if descriptor in waiting:
                    failed += 1
                    waiting.discard(descriptor)
                    now = time.monotonic()
                    print(
                        f"a {'busy' if client in busy else 'slow'} client's connection: {how}"
                        f" {now - client.asked:.3f} s after the request, {now - (signalled or now):.3f} s after SIGTERM;"
                        f" got {client.buffer[:200]!r}"
                    )
                epoll.unregister(descriptor)
                open_clients.pop(descriptor).close()
    try:
        code = gateway.process.wait(DRAIN + 5)
    except Exception:
        code = None
        gateway.process.kill()
    took = time.monotonic() - signalled
    print(f"round {round + 1}: {served} answers, {failed} failed, exit code {code} {took:.2f} s after SIGTERM")
    failures.check(failed == 0, f"{failed} requests failed")
    failures.check(code == 0, f"exit code {code}")
    failures.check(took < DRAIN, f"it took {took:.1f} s to end")
    service.kill()
failures.exit()
