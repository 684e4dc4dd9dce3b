"""What the scenarios share: a gateway process, a NestJS-TCP service process, and plain HTTP connections.

Python's standard library only. Linux only (/proc, epoll).
"""

import atexit
import collections
import json
import os
import random
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

MARTLET = os.environ.get("MARTLET", ".build/release/martlet")


def raise_descriptor_limit(wanted=65536):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, limit), hard))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Failures:
    """Collects what was wrong; the program's exit code says whether anything was."""

    def __init__(self):
        self.texts = []

    def check(self, is_so, text):
        if not is_so:
            self.texts.append(text)
            if len(self.texts) <= 20:
                print("FAILED:", text)
        return is_so

    def exit(self):
        print("failed" if self.texts else "passed")
        sys.exit(1 if self.texts else 0)


class Gateway:
    """A gateway process in front of one service."""

    def __init__(self, service_port, service="timeout: 30s", limits="", shutdown="notReadyFor: 0s, drain: 20s"):
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "routes.yaml")
        with open(path, "w") as file:
            file.write(f"""
version: 1
gateway:
  listen: ["127.0.0.1:{self.port}"]
  limits: {{ {limits} }}
  shutdown: {{ {shutdown} }}
services:
  s: {{ transport: tcp, endpoints: ["127.0.0.1:{service_port}"], {service} }}
routes:
  - {{ id: echo, match: POST /echo, send: {{ service: s, pattern: echo }} }}
  - {{ id: slow, match: POST /slow, send: {{ service: s, pattern: slow }} }}
  - {{ id: big, match: POST /big, send: {{ service: s, pattern: big }} }}
""")
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        self.process = subprocess.Popen(
            [MARTLET, "serve", "--routes", path, "--access-log", "off"], stdout=self.log, stderr=self.log)
        atexit.register(self.stop)
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.log.seek(0)
                    sys.exit(f"the gateway did not start:\n{self.log.read()}")
                time.sleep(0.02)

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def memory(self):
        """Resident set in MiB."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024

    def is_alive(self):
        return self.process.poll() is None

    def stop(self):
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                return self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                return "killed"
        return self.process.returncode


class Service:
    """A NestJS-TCP service in a process of its own, forked, so that it is there within a millisecond.

    `echo` is answered with its payload, `big` with a text of so many KiB, `slow` never (or after `slow_after` seconds).
    """

    def __init__(self, port, slow_after=None, unruly=False):
        self.notes, notes = os.pipe()
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                os.close(self.notes)
                Server(listener, notes, slow_after, unruly).run()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        listener.close()
        os.close(notes)

    def await_slow(self, count):
        """Waits until so many `slow` requests have arrived."""
        while count > 0:
            arrived = len(os.read(self.notes, count))
            if arrived == 0:
                sys.exit("the service process ended")
            count -= arrived

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.notes)


class Server:
    """The loop of the service process."""

    def __init__(self, listener, notes, slow_after, unruly):
        self.listener, self.notes, self.slow_after, self.unruly = listener, notes, slow_after, unruly
        self.epoll = select.epoll()
        self.epoll.register(listener.fileno(), select.EPOLLIN)
        self.connections, self.received, self.unsent = {}, {}, {}
        self.due = []  # (time, descriptor, frame)

    def run(self):
        parent = os.getppid()
        while os.getppid() == parent:
            for descriptor, _ in self.epoll.poll(0.01 if self.due or self.unsent else 0.5):
                if descriptor == self.listener.fileno():
                    connection, _ = self.listener.accept()
                    connection.setblocking(False)
                    self.connections[connection.fileno()] = connection
                    self.received[connection.fileno()] = b""
                    self.epoll.register(connection.fileno(), select.EPOLLIN)
                else:
                    self.read(descriptor)
            now = time.monotonic()
            ready = [entry for entry in self.due if entry[0] <= now]
            self.due = [entry for entry in self.due if entry[0] > now]
            if self.unruly:
                random.shuffle(ready)
            for _, descriptor, frame in ready:
                self.unsent.setdefault(descriptor, collections.deque()).append(frame)
            for descriptor in list(self.unsent):
                self.write(descriptor)

    def read(self, descriptor):
        try:
            piece = self.connections[descriptor].recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.epoll.unregister(descriptor)
            self.connections.pop(descriptor).close()
            self.received.pop(descriptor)
            self.unsent.pop(descriptor, None)
            self.due = [entry for entry in self.due if entry[1] != descriptor]
            return
        text = self.received[descriptor] + piece
        start = 0
        while (mark := text.find(b"#", start)) >= 0 and len(text) > mark + int(text[start:mark]):
            end = mark + 1 + int(text[start:mark])
            self.answer(descriptor, json.loads(text[mark + 1:end]))
            start = end
        self.received[descriptor] = text[start:]

    def answer(self, descriptor, packet):
        now = time.monotonic()
        value = packet["data"]
        if packet["pattern"] == "big":
            value = "x" * (value * 1024)
        frame = json.dumps({"response": value, "isDisposed": True, "id": packet["id"]}).encode()
        frame = str(len(frame)).encode() + b"#" + frame
        if packet["pattern"] == "slow":
            os.write(self.notes, b".")
            if self.slow_after is not None:
                self.due.append((now + self.slow_after, descriptor, frame))
        elif not self.unruly:
            self.due.append((now, descriptor, frame))
        else:
            # Most in any order within 0.3 s, some twice, some long after the gateway gave up.
            delay = random.choice([0, 0.05, 0.1, 0.3, 0.3, 1.3]) * random.random() ** 0.1
            self.due.append((now + delay, descriptor, frame))
            if random.random() < 0.1:
                self.due.append((now + delay + random.random(), descriptor, frame))

    def write(self, descriptor):
        if descriptor not in self.connections:
            self.unsent.pop(descriptor)
            return
        frames = self.unsent[descriptor]
        try:
            while frames:
                batch = frames.popleft()
                # Small frames leave together.
                while frames and len(batch) < 1 << 16:
                    batch += frames.popleft()
                sent = self.connections[descriptor].send(batch)
                if sent < len(batch):
                    frames.appendleft(batch[sent:])
        except BlockingIOError:
            frames.appendleft(batch)
            return
        except OSError:
            pass
        self.unsent.pop(descriptor)


def request(path, value, close=False):
    body = json.dumps(value).encode()
    end = b"connection: close\r\n\r\n" if close else b"\r\n"
    return (f"POST {path} HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n").encode() + end + body


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def code(self):
        return json.loads(self.body).get("code") if self.status >= 400 else None

    @property
    def is_last(self):
        return self.fields.get("connection") == "close"


class Client:
    """A keep-alive connection with answers taken apart as they come."""

    def __init__(self, port, blocking=True):
        self.socket = socket.socket()
        self.socket.setblocking(blocking)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        if self.socket.connect_ex(("127.0.0.1", port)) not in (0, 115):
            raise ConnectionRefusedError
        self.sent_at = 0.0

    def fileno(self):
        return self.socket.fileno()

    def send(self, data):
        self.sent_at = time.monotonic()
        self.socket.sendall(data)

    def take(self):
        """The next answer that is whole, or nothing."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self.buffer[:end].decode().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        length = int(fields.get("content-length", 0))
        if len(self.buffer) < end + 4 + length:
            return None
        body = self.buffer[end + 4:end + 4 + length]
        self.buffer = self.buffer[end + 4 + length:]
        return Answer(int(lines[0].split()[1]), fields, body)

    def receive(self):
        """Waits for the next answer; `None` when the connection ended before it."""
        while (answer := self.take()) is None:
            try:
                piece = self.socket.recv(1 << 16)
            except ConnectionError:
                return None
            if not piece:
                return None
            self.buffer += piece
        return answer

    def ask(self, data):
        self.send(data)
        return self.receive()

    def close(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def await_true(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
