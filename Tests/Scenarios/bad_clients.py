"""Clients that misbehave, against a real process: half-closed (as `nc -N` does), ones that never read, slow ones.

Each gets what it is owed and costs a bounded amount of memory for a bounded time.
"""

import shutil
import socket
import subprocess
import time

from scenario import Client, Failures, Gateway, Service, await_true, free_port, request

failures = Failures()
port = free_port()
service = Service(port)
gateway = Gateway(port, limits="idleTimeout: 2s, headerTimeout: 1s, bodyTimeout: 1s")
failures.check(Client(gateway.port).ask(request("/echo", 1)).status == 200, "the first request")

if shutil.which("nc"):
    text = b"".join(request("/echo", number) for number in range(100))
    begun = time.monotonic()
    nc = subprocess.run(["nc", "-N", "127.0.0.1", str(gateway.port)], input=text, capture_output=True, timeout=30)
    answers = nc.stdout.count(b"HTTP/1.1 200 OK")
    print(f"nc -N with 100 requests in one write: {answers} answers in {(time.monotonic() - begun) * 1e3:.0f} ms")
    failures.check(answers == 100, "nc -N did not get all answers")
else:
    print("nc is not installed: skipped")

time.sleep(0.2)
base, memory = gateway.descriptors, gateway.memory
deaf = []
for _ in range(20):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", gateway.port))
    client.setblocking(False)
    client.send(request("/big", 256) * 100)
    deaf.append(client)
time.sleep(1)
peak = gateway.memory
is_clean = await_true(lambda: gateway.descriptors <= base + 2, 15)
print(f"20 clients that ask for 25 MiB each and never read: {memory:.0f} MiB before, {peak:.0f} MiB with them, "
      f"{gateway.memory:.0f} MiB after; descriptors {base} before, {gateway.descriptors} after")
failures.check(peak - memory < 20 * 12, "memory for clients that do not read is not bounded")
failures.check(is_clean, "clients that do not read are not closed")
for client in deaf:
    client.close()

deaf = []
for _ in range(20):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", gateway.port))
    client.sendall(request("/big", 8192, close=True))
    deaf.append(client)
time.sleep(1)
is_clean = await_true(lambda: gateway.descriptors <= base + 2, 15)
print(f"20 clients that do not read their last answer: descriptors {gateway.descriptors} after")
failures.check(is_clean, "clients that do not read their last answer are not closed")
for client in deaf:
    client.close()

for what, start in [("head", b"GET / HTTP/1.1\r\nhost: t\r\nx: "), ("body", request("/echo", 1)[:-1] )]:
    if what == "body":
        start = start.replace(b"content-length: 1", b"content-length: 100")
    begun = time.monotonic()
    client = Client(gateway.port)
    client.socket.settimeout(0.1)
    client.send(start)
    text = b""
    while time.monotonic() - begun < 15:
        try:
            client.socket.send(b"1")
            piece = client.socket.recv(4096)
            if not piece:
                break
            text += piece
        except TimeoutError:
            continue
        except OSError:
            break
    took = time.monotonic() - begun
    status = text.split(b"\r\n")[0].decode()
    print(f"a {what} of ten bytes a second: {status} and the end after {took:.1f} s")
    failures.check(" 408 " in status and took < 6, f"a trickling {what} is not given up")

failures.check(gateway.stop() == 0, "the gateway did not end with 0")
service.kill()
failures.exit()
