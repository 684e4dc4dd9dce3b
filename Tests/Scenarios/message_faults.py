"""Peers that break the message protocol, against the demo service's TCP server: half frames that stall, lengths of every wrong
kind, invalid UTF-8, deep JSON, ten thousand connections, readers that never read. Each must end with a logged reason and bounded
memory, while a well-behaved client is answered all the time.

usage: message_faults.py [--connections N] [--stalled-seconds N]
"""

import argparse
import re
import subprocess
import tempfile
import threading
import time

from scenario import MARTLET, Failures, free_port, raise_descriptor_limit
import socket


def frame(text):
    return b"%d#%s" % (len(text.encode("utf-16-le")) // 2, text.encode())


ASK = frame('{"pattern":{"cmd":"sum"},"data":[1,2,3],"id":"ask"}')
ANSWER = frame('{"response":6,"isDisposed":true,"id":"ask"}')


class Service:
    def __init__(self):
        self.port = free_port()
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [MARTLET, "demo", "--port", "0", "--service-port", str(self.port), "--access-log", "off"],
            stdout=self.log, stderr=subprocess.STDOUT)
        for _ in range(400):
            try:
                self.connect().close()
                return
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise SystemExit("the service does not listen")

    def connect(self, receive_buffer=None):
        peer = socket.socket()
        if receive_buffer: peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        peer.settimeout(60)
        peer.connect(("127.0.0.1", self.port))
        return peer

    def memory(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            return int(re.search(r"Rss:\s+(\d+)", file.read())[1]) / 1024

    def logged(self):
        self.log.flush()
        with open(f"/proc/self/fd/{self.log.fileno()}") as file: return file.read()


class Bystander(threading.Thread):
    """Asks all the time on a connection of its own, and notes the slowest answer."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.peer, self.asked, self.slowest, self.error, self.done = service.connect(), 0, 0, None, False

    def run(self):
        try:
            while not self.done:
                begin = time.monotonic()
                self.peer.sendall(ASK)
                got = b""
                while len(got) < len(ANSWER):
                    piece = self.peer.recv(4096)
                    if not piece: raise OSError("the connection was ended")
                    got += piece
                if got != ANSWER: raise OSError(f"answered {got!r}")
                self.slowest = max(self.slowest, time.monotonic() - begin)
                self.asked += 1
                time.sleep(0.002)
        except OSError as error:
            self.error = error


def ended(peer, seconds):
    """Whether the other side ends the connection within some time; what it sent before."""
    peer.settimeout(seconds)
    got = b""
    try:
        while True:
            piece = peer.recv(65536)
            if not piece: return True, got
            got += piece
    except TimeoutError:
        return False, got
    except ConnectionError:
        return True, got


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--connections", type=int, default=10_000)
    options.add_argument("--stalled-seconds", type=float, default=40)
    options = options.parse_args()
    raise_descriptor_limit()
    failures = Failures()
    service = Service()
    bystander = Bystander(service)
    bystander.start()
    begin = service.memory()

    def expect(name, reason, memory=64):
        text = service.logged()
        failures.check(reason in text, f"{name}: the log does not say {reason!r}")
        failures.check(bystander.error is None, f"{name}: others are not served: {bystander.error}")
        used = service.memory()
        failures.check(used < begin + memory, f"{name}: {used:.1f} MB, {begin:.1f} at the start")
        print(f"  {name}: {used:.1f} MB, others: {bystander.asked} answers, slowest {bystander.slowest * 1000:.0f} ms")

    # Frames that are none: ended at once.
    bad = {
        "a length that is no number": b"abc#{}", "no length": b"#{}", "a negative length": b"-5#{}", "zero": b"0#",
        "a length that cuts a character": b'3#"\xf0\x9f\x98\x80x"', "no JSON": b"7#{\"a\":1", "garbage": b"11#not json at",
        "a length text without end": b"1" * 100_000, "NaN": b"NaN#{}", "hexadecimal": b"0x#{}",
    }
    for name, data in bad.items():
        peer = service.connect()
        # More bytes, so that a frame which waits for some gets them.
        peer.sendall(data + b" " * 16)
        over, _ = ended(peer, 5)
        failures.check(over, f"{name}: the connection lives on")
        peer.close()
    expect("lengths of every wrong kind", "malformed message")

    # Invalid UTF-8 within a string is replaced, as NestJS does; the answer comes.
    peer = service.connect()
    peer.sendall(b'47#{"pattern":{"cmd":"echo"},"data":"\xff\xfe","id":"1"}')
    got = peer.recv(4096)
    failures.check("\ufffd\ufffd".encode() in got, f"invalid UTF-8: answered {got!r}")
    peer.close()
    expect("invalid UTF-8", "")

    # Deep JSON: refused without a recursion that ends the process.
    depth = 200_000
    peer = service.connect()
    peer.sendall(frame('{"pattern":{"cmd":"echo"},"data":' + "[" * depth + "]" * depth + ',"id":"1"}'))
    over, got = ended(peer, 10)
    failures.check(over or b"err" in got, f"deep JSON: answered {got[:80]!r}")
    peer.close()
    expect("JSON of depth 200,000", "malformed message")

    # Half a frame, then silence: given up after incompleteMessageTimeout; 200 peers with 64 KiB each.
    stalled = [service.connect() for _ in range(200)]
    for peer in stalled: peer.sendall(b"100000000#{" + b" " * 65536)
    # A huge announced length reserves nothing.
    expect("stalled halves, at once", "")
    for peer in stalled:
        over, _ = ended(peer, options.stalled_seconds)
        failures.check(over, "half a frame: the connection lives on")
        peer.close()
    expect("stalled halves, after their time", "not finished in time")

    # A reader that never reads: asks for 64 KiB a thousand times over and takes none of it.
    readers = [service.connect(receive_buffer=4096) for _ in range(20)]
    big = frame('{"pattern":{"cmd":"big"},"data":0,"id":"1"}') * 1000
    for peer in readers:
        peer.setblocking(False)
        try: peer.send(big)
        except BlockingIOError: pass
    time.sleep(3)
    expect("20 readers that never read", "", memory=20 * 4 + 64)
    lived = 0
    for peer in readers:
        peer.setblocking(True)
        lived += not ended_without_reading(peer, options.stalled_seconds)
    failures.check(lived == 0, f"readers that never read: {lived} connections live on")
    for peer in readers: peer.close()
    expect("the same, after their time", "does not read its answers", memory=20 * 4 + 64)

    # Ten thousand connections: those above the limit are ended, the others stay usable.
    peers, refused = [], 0
    for _ in range(options.connections):
        try: peers.append(service.connect())
        except OSError: refused += 1
    sample = peers[:: max(len(peers) // 200, 1)]
    served = 0
    for peer in sample:
        try:
            peer.sendall(ASK)
            served += peer.recv(4096) == ANSWER
        except OSError:
            pass
    failures.check(served >= len(sample) - 3, f"{options.connections} connections: {served} of {len(sample)} asked were served")
    expect(f"{len(peers)} connections", "", memory=256)
    for peer in peers: peer.close()

    bystander.done = True
    bystander.join()
    service.process.terminate()
    failures.check(service.process.wait(30) == 0, f"the service ended with {service.process.returncode}")
    reasons = sorted(set(re.findall(r"(?:reason|message)=(?:\"[^\"]*\"|\S+)", service.logged())))
    print("  reasons in the log:", *reasons[:20], sep="\n    ")
    failures.exit()


def ended_without_reading(peer, seconds):
    """Whether the other side has ended the connection, found out without taking anything from it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            peer.send(b" ", socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass
        except ConnectionError:
            return True
        time.sleep(0.2)
    return False


main()
