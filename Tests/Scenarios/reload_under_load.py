"""A thousand reloads under load: good files, files with errors, empty ones, half-written ones, and links that are switched. No request
may fail, and neither memory nor descriptors may grow.

usage: reload_under_load.py [--reloads N]
"""

import argparse
import multiprocessing
import os
import re
import select
import shutil
import signal
import subprocess
import threading
import time

from scenario import Client, Failures, Gateway, Service, await_true, free_port, raise_descriptor_limit, request

KINDS = ["good", "error", "empty", "half", "link"]


def routes(gateway, service_port, number):
    """A good file; every one is another. Half of it is either none, or has the routes that are asked for."""
    listen = f'"127.0.0.1:{gateway.port}"'
    if number % 3 == 0: listen += f', "127.0.0.1:{gateway.second}"'
    return f"""version: 1
gateway:
  listen: [{listen}]
  limits: {{ body: {1024 + number}KiB }}
  shutdown: {{ notReadyFor: 0s, drain: 20s }}
services:
  s: {{ transport: tcp, endpoints: ["127.0.0.1:{service_port}"], timeout: 30s }}
  t{number % 5}: {{ transport: tcp, endpoints: ["127.0.0.1:{service_port}"], timeout: 30s }}
routes:
  - {{ id: echo, match: POST /echo, send: {{ service: s, pattern: echo }}, use: {{ guards: [ {{ RateLimit: {{ limit: 1000000000, per: 1h }} }} ] }} }}
  - {{ id: slow, match: POST /slow, send: {{ service: s, pattern: slow }} }}
  - {{ id: extra-{number}, match: GET /extra/{number}, send: {{ service: t{number % 5}, pattern: echo }} }}
"""


def load(port, done, results):
    """Keep-alive connections that ask without pause, slow requests, and connections for one request each."""
    steady = {client.fileno(): client for client in (Client(port) for _ in range(24))}
    slow = {client.fileno(): client for client in (Client(port) for _ in range(8))}
    epoll = select.epoll()
    for descriptor, client in {**steady, **slow}.items():
        client.send(request("/slow" if descriptor in slow else "/echo", descriptor))
        epoll.register(descriptor, select.EPOLLIN)
    answered = failed = 0
    reasons = {}

    def judge(answer, wanted, what):
        nonlocal answered, failed
        if answer is not None and answer.status == 200 and answer.body == str(wanted).encode():
            answered += 1
            return
        failed += 1
        reason = f"{what}: " + ("the connection ended" if answer is None else f"{answer.status} {answer.body!r}")
        reasons[reason] = reasons.get(reason, 0) + 1

    while not done.is_set():
        for descriptor, _ in epoll.poll(0.05):
            client = steady.get(descriptor) or slow[descriptor]
            try:
                piece = client.socket.recv(1 << 16)
            except ConnectionError:
                piece = b""
            client.buffer += piece
            while (answer := client.take()) is not None:
                judge(answer, descriptor, "keep-alive")
                client.send(request("/slow" if descriptor in slow else "/echo", descriptor))
            if not piece:
                judge(None, None, "keep-alive")
                epoll.unregister(descriptor)
        try:
            client = Client(port)
            judge(client.ask(request("/echo", 7, close=True)), 7, "new connection")
            client.close()
        except ConnectionError:
            judge(None, None, "new connection")
    results.put((answered, failed, reasons))


class HTTP2Load(threading.Thread):
    """One h2load after the other, new connections each, as long as it lasts; nothing where there is no h2load."""

    def __init__(self, port, body):
        super().__init__()
        self.command = ["h2load", "-n20000", "-c4", "-m8", "-d", body, "-H", "content-type: application/json",
                        f"http://127.0.0.1:{port}/echo"]
        self.done, self.answered, self.failures = threading.Event(), 0, []

    def run(self):
        while shutil.which("h2load") and not self.done.is_set():
            text = subprocess.run(self.command, capture_output=True, text=True).stdout
            line = next((line for line in text.splitlines() if line.startswith("requests:")), text)
            good = re.search(r"(\d+) succeeded, 0 failed, 0 errored, 0 timeout", line)
            if good and f"{good[1]} 2xx, 0 3xx, 0 4xx, 0 5xx" in text: self.answered += int(good[1])
            else: self.failures.append(line)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--reloads", type=int, default=1000)
    options = options.parse_args()
    raise_descriptor_limit()
    failures = Failures()
    port = free_port()
    service = Service(port, slow_after=0.7)
    gateway = Gateway(port)
    gateway.second = free_port()
    folder = gateway.folder.name
    path = os.path.join(folder, "routes.yaml")

    def outcomes():
        with open(os.path.join(folder, "log")) as log:
            text = log.read()
        return len(re.findall("configuration (reloaded|not reloaded|is unchanged)", text))

    def put(text):
        with open(path + ".new", "w") as file: file.write(text)
        os.replace(path + ".new", path)

    context = multiprocessing.get_context("fork")
    done, results = context.Event(), context.Queue()
    worker = context.Process(target=load, args=(gateway.port, done, results))
    worker.start()
    with open(os.path.join(folder, "body"), "w") as file: file.write("7")
    http2 = HTTP2Load(gateway.port, os.path.join(folder, "body"))
    http2.start()
    settled = None
    for number in range(options.reloads):
        kind, text = KINDS[number % len(KINDS)], routes(gateway, port, number)
        before = outcomes()
        if kind == "good": put(text)
        elif kind == "error": put(text.replace("pattern: echo", "patern: echo"))
        elif kind == "empty": put("")
        elif kind == "half":
            # In place, and in pieces.
            with open(path, "w") as file: file.write(text[:number % len(text)])
        else:
            target = os.path.join(folder, f"release-{number}.yaml")
            with open(target, "w") as file: file.write(text)
            os.symlink(target, path + ".link")
            os.replace(path + ".link", path)
        gateway.process.send_signal(signal.SIGHUP)
        failures.check(await_true(lambda: outcomes() > before, 30), f"reload {number} ({kind}) has no outcome")
        if kind == "link":
            # The next one writes in place of the link, not through it.
            os.unlink(path)
            os.rename(target, path)
        if not gateway.is_alive(): break
        if number == options.reloads // 5: settled = (gateway.memory, gateway.descriptors)
    failures.check(gateway.is_alive(), "the gateway has ended")
    put(routes(gateway, port, 1))
    before = outcomes()
    gateway.process.send_signal(signal.SIGHUP)
    await_true(lambda: outcomes() > before, 30)
    memory, descriptors = gateway.memory, gateway.descriptors
    done.set()
    answered, failed, reasons = results.get(timeout=30)
    worker.join()
    failures.check(answered > 0 and failed == 0, f"{failed} of {answered + failed} requests failed: {reasons}")
    print(f"  HTTP/1.1: {answered} answered, {failed} failed")
    http2.done.set()
    http2.join()
    print(f"  HTTP/2: {http2.answered} answered, {len(http2.failures)} runs of h2load with failures")
    failures.check(not http2.failures, f"h2load: {http2.failures[:3]}")
    with open(os.path.join(folder, "log")) as log: text = log.read()
    good, bad = text.count("configuration reloaded"), text.count("configuration not reloaded")
    print(f"  {good} reloads taken, {bad} refused; after a fifth of them {settled[0]:.1f} MB and {settled[1]} descriptors, "
          f"at the end {memory:.1f} MB and {descriptors}")
    failures.check(good >= options.reloads * 2 // 5 and bad >= options.reloads * 2 // 5, "too few outcomes")
    failures.check(memory < settled[0] + 8, f"memory has grown from {settled[0]:.1f} to {memory:.1f} MB")
    failures.check(descriptors <= settled[1] + 8, f"descriptors: {settled[1]}, then {descriptors}")
    failures.check(gateway.stop() == 0, "the gateway does not end with 0")
    others = [line for line in text.splitlines() if " error " in line and "configuration not reloaded" not in line]
    failures.check(not others, f"other errors in the log: {others[:5]}")
    service.kill()
    failures.exit()


main()
