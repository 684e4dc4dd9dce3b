"""Restarts under load: the listening sockets go from process to process, and nobody notices.

Clients without pause on HTTP/1.1 (keep-alive, and a connection for each request, the same over TLS) and on HTTP/2 without TLS, with
streams of events open all the time. As root the gateway drops its rights (`--user nobody`). It is replaced several times by `martlet serve --handover`, with other numbers of event loops;
in between, successors that fail. No connection is refused, no request fails, no stream is cut. At the end SIGTERM: whatever was accepted is
answered, and every stream ends as the service ends it.
"""

import asyncio
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time

import scenario
from scenario import Failures, MARTLET, free_port

KEEPALIVE, CONNECTING, SECURE, H2, STREAMS = 24, 12, 6, 8, 12
LOOPS = [2, 1, 3, 2, 2, 4]
EVENTS, EVENT_SECONDS = 15, 0.1
failures = Failures()


class Server(scenario.Server):
    """As the others' service, and `events`: values at a distance, the last of which ends the answer."""

    def answer(self, descriptor, packet):
        if packet["pattern"] != "events":
            return super().answer(descriptor, packet)
        now = time.monotonic()
        for number in range(1, EVENTS + 1):
            frame = scenario.json.dumps(
                {"response": number, "isDisposed": number == EVENTS, "id": packet["id"]}).encode()
            self.due.append((now + number * EVENT_SECONDS, descriptor, str(len(frame)).encode() + b"#" + frame))


scenario.Server = Server
service_port, port, secure_port = free_port(), free_port(), free_port()
service = scenario.Service(service_port, slow_after=0.3)
folder = tempfile.TemporaryDirectory()
handover = os.path.join(folder.name, "handover.sock")
certificate, key = os.path.join(folder.name, "cert.pem"), os.path.join(folder.name, "key.pem")
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
trust = ssl.create_default_context(cafile=certificate)
trust.check_hostname = False
# The key is read once the rights are dropped, by the user's group.
user = ["--user", "nobody"] if os.geteuid() == 0 else []
if user:
    os.chmod(folder.name, 0o755)
    shutil.chown(folder.name, "nobody")
    shutil.chown(key, "root", "nogroup")
    os.chmod(key, 0o640)


def write_routes(name, listen):
    path = os.path.join(folder.name, name)
    with open(path, "w") as file:
        file.write(f"""
version: 1
gateway:
  listen: [{listen}]
  shutdown: {{ drain: 20s }}
services:
  s: {{ transport: tcp, endpoints: ["127.0.0.1:{service_port}"], timeout: 30s, pool: {{ queueTimeout: 30s, connectTimeout: 30s }} }}
routes:
  - {{ id: echo, match: POST /echo, send: {{ service: s, pattern: echo }} }}
  - {{ id: events, match: POST /events, send: {{ service: s, pattern: events }}, response: {{ stream: sse }} }}
""")
    return path


routes = write_routes("routes.yaml", f'''"127.0.0.1:{port}",
    {{ address: "127.0.0.1:{secure_port}", protocols: [http1], tls: {{ cert: cert.pem, key: key.pem }} }}''')
without_certificate = write_routes(
    "tls.yaml", f'{{ address: "127.0.0.1:{port}", tls: {{ cert: nowhere.pem, key: nowhere.key }} }}')


class Process:
    number = 0

    def __init__(self, loops, routes=routes):
        Process.number += 1
        self.log = os.path.join(folder.name, f"log{Process.number}")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [MARTLET, "serve", "--routes", routes, "--access-log", "off", "--loops", str(loops), "--handover", handover,
                 *user],
                stdout=log, stderr=log)

    def says(self, text):
        with open(self.log) as log:
            return text in log.read()

    async def until(self, text, seconds=30):
        end = time.monotonic() + seconds
        while not self.says(text):
            if time.monotonic() > end:
                failures.check(False, f"process {Process.number} does not say \"{text}\"")
                return
            await asyncio.sleep(0.02)

    async def ends(self, code, seconds=40):
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            await asyncio.sleep(0.02)
        failures.check(self.process.poll() == code, f"exit code {self.process.poll()}, not {code}: {open(self.log).read()}")


class Load:
    """What all clients count together."""

    def __init__(self):
        self.answered = self.refused = self.failed = self.cut = self.streams = self.connections = 0
        self.goes_on = True
        # From SIGTERM on nobody listens for new connections.
        self.may_be_refused = False

    def fail(self, what, why):
        self.failed += 1
        print(f"  {what}: {why}")

    async def connect(self, is_secure=False):
        try:
            self.connections += 1
            if is_secure:
                return await asyncio.open_connection("127.0.0.1", secure_port, ssl=trust)
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError as error:
            if not self.may_be_refused:
                self.refused += 1
                print(f"  refused: {error}")
            self.goes_on = self.goes_on and not self.may_be_refused
            return None


BODY = b'"hello"'
HEAD = (b"host: t\r\ncontent-type: application/json\r\ncontent-length: " + str(len(BODY)).encode() + b"\r\n")


async def read_answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    body = await reader.readexactly(int(fields[b"content-length"]))
    return int(head.split(b" ", 2)[1]), fields.get(b"connection") == b"close", body


async def http1(load, keeps_alive, is_secure=False):
    what = ("TLS, " if is_secure else "") + ("keep-alive" if keeps_alive else "new connection")
    while load.goes_on:
        pair = await load.connect(is_secure)
        if pair is None:
            continue
        reader, writer = pair
        is_last = False
        fresh = True
        try:
            while load.goes_on and not is_last:
                end = b"\r\n" if keeps_alive else b"connection: close\r\n\r\n"
                writer.write(b"POST /echo HTTP/1.1\r\n" + HEAD + end + BODY)
                status, is_last, body = await read_answer(reader)
                if status != 200 or body != BODY:
                    load.fail(what, f"{status} {body}")
                load.answered += 1
                fresh = False
        except (OSError, asyncio.IncompleteReadError) as error:
            if load.may_be_refused and fresh:
                # In the system's queue when the socket was closed: never accepted.
                load.cut += 1
            else:
                load.fail(what, repr(error))
        writer.close()


async def events(load):
    while load.goes_on:
        pair = await load.connect()
        if pair is None:
            continue
        reader, writer = pair
        try:
            writer.write(b"POST /events HTTP/1.1\r\n" + HEAD + b"connection: close\r\n\r\n" + BODY)
            answer = await reader.read(-1)
            count = answer.count(b"data: ")
            if not answer.startswith(b"HTTP/1.1 200") or count != EVENTS or not answer.endswith(b"0\r\n\r\n"):
                if load.may_be_refused and not answer:
                    load.cut += 1
                else:
                    load.fail("stream", f"{count} of {EVENTS} events, {answer[-60:]!r}")
            load.streams += 1
        except OSError as error:
            if load.may_be_refused:
                load.cut += 1
            else:
                load.fail("stream", repr(error))
        writer.close()


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def literal(name, value):
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


# :method POST, :scheme http by index, the rest as literals without Huffman coding.
H2_HEAD = (b"\x83\x86" + literal(b":path", b"/echo") + literal(b":authority", b"t")
           + literal(b"content-type", b"application/json"))


async def http2(load):
    while load.goes_on:
        pair = await load.connect()
        if pair is None:
            continue
        reader, writer = pair
        stream, is_ending, answered = 1, False, 0
        try:
            # No window of ours is ever used up: 2^31 - 1 for the connection.
            writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)
                         + frame(8, 0, 0, ((1 << 31) - 1 - 65535).to_bytes(4, "big")))
            while load.goes_on and not is_ending:
                writer.write(frame(1, 4, stream, H2_HEAD) + frame(0, 1, stream, BODY))
                status = None
                while True:
                    head = await reader.readexactly(9)
                    payload = await reader.readexactly(int.from_bytes(head[:3], "big"))
                    kind, flags, on = head[3], head[4], int.from_bytes(head[5:], "big")
                    if kind == 4 and not flags & 1:
                        writer.write(frame(4, 1, 0))
                    elif kind == 6 and not flags & 1:
                        writer.write(frame(6, 1, 0, payload))
                    elif kind == 7:
                        is_ending = True
                        last, code = int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:8], "big")
                        if code != 0:
                            load.fail("h2c", f"GOAWAY {code}")
                        if last < stream:
                            # Not taken, and we know: asked again elsewhere.
                            break
                    elif kind == 3 and on == stream:
                        load.fail("h2c", f"RST_STREAM {payload!r}")
                        break
                    elif on == stream and kind == 1:
                        status = payload[0]
                    if on == stream and kind in (0, 1) and flags & 1:
                        if status != 0x88:
                            load.fail("h2c", f"status {status}")
                        load.answered += 1
                        answered += 1
                        break
                stream += 2
        except (OSError, asyncio.IncompleteReadError) as error:
            if load.may_be_refused and answered == 0:
                load.cut += 1
            else:
                load.fail("h2c", repr(error))
        writer.close()


async def main():
    load = Load()
    current = Process(LOOPS[0])
    await current.until("serving")
    if current.process.poll() is not None:
        raise SystemExit(open(current.log).read())
    clients = [asyncio.create_task(http1(load, True)) for _ in range(KEEPALIVE)]
    clients += [asyncio.create_task(http1(load, False)) for _ in range(CONNECTING)]
    clients += [asyncio.create_task(http1(load, number % 2 == 0, True)) for number in range(SECURE)]
    clients += [asyncio.create_task(http2(load)) for _ in range(H2)]
    clients += [asyncio.create_task(events(load)) for _ in range(STREAMS)]
    await asyncio.sleep(1)
    for loops in LOOPS[1:]:
        before = load.answered
        # A successor that has the sockets already, and cannot start.
        broken = Process(2, without_certificate)
        await broken.ends(2)
        await current.until("not handed over, serving on")
        # One that is killed on its way.
        killed = Process(2)
        await asyncio.sleep(0.03)
        killed.process.kill()
        killed.process.wait()
        if current.process.poll() is None and not current.says("handed over, another process"):
            former, current = current, Process(loops)
            await current.until("took the listening sockets over")
            await former.ends(0)
        else:
            failures.check(False, "a process that was killed at once has taken over")
        if user:
            with open(f"/proc/{current.process.pid}/status") as status:
                failures.check("\nUid:\t65534\t65534\t65534\t65534\n" in status.read(), "the successor is not nobody")
        print(f"{loops} loops took over: {load.answered - before} answers meanwhile, {load.failed} failed, {load.refused} refused")
    await asyncio.sleep(0.5)
    streams = load.streams
    load.may_be_refused = True
    current.process.send_signal(signal.SIGTERM)
    await current.ends(0)
    load.goes_on = False
    await asyncio.wait_for(asyncio.gather(*clients), 30)
    print(f"SIGTERM: {load.streams - streams} streams went on to their end, {load.cut} connections were never accepted")
    print(f"{load.answered} answers, {load.streams} streams, {load.connections} connections;"
          f" {load.failed} failed, {load.refused} refused")
    failures.check(load.failed == 0, f"{load.failed} requests failed")
    failures.check(load.refused == 0, f"{load.refused} connections were refused")
    failures.check(load.streams - streams >= STREAMS, "streams did not end as they should")
    failures.check(not os.path.exists(handover), "the socket for the hand-over is still there")


try:
    asyncio.run(main())
finally:
    service.kill()
failures.exit()
