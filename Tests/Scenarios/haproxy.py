"""A real HAProxy before the gateway: PROXY protocol 1 and 2, with checksums, with health checks, before TLS; HAProxy on the path or
in /usr/sbin.
"""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from scenario import Failures, MARTLET, Service, await_true, free_port

HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures/tls")
failures = Failures()
folder = tempfile.TemporaryDirectory()
service_port, plain, secure, fronts = free_port(), free_port(), free_port(), [free_port() for _ in range(6)]
service = Service(service_port)

routes = os.path.join(folder.name, "routes.yaml")
with open(routes, "w") as file:
    file.write(f"""
version: 1
gateway:
  listen:
    - {{ address: "127.0.0.1:{plain}", proxyProtocol: {{ from: [127.0.0.0/8] }} }}
    - address: "127.0.0.1:{secure}"
      proxyProtocol: {{ from: [127.0.0.0/8] }}
      tls: {{ cert: {FIXTURES}/rsa.pem, key: {FIXTURES}/rsa.key }}
services:
  s: {{ transport: tcp, endpoints: ["127.0.0.1:{service_port}"] }}
routes:
  - {{ id: ip, match: GET /ip, payload: {{ ip: $request.ip }}, send: {{ service: s, pattern: echo }} }}
  - id: allowed
    match: GET /allowed
    use: {{ guards: [ {{ IpAllow: {{ ranges: [192.0.2.0/24] }} }} ] }}
    payload: {{ ip: $request.ip }}
    send: {{ service: s, pattern: echo }}
""")

stats = os.path.join(folder.name, "stats.sock")
config = os.path.join(folder.name, "haproxy.cfg")
servers = [
    ("http", f"127.0.0.1:{plain} check inter 200ms check-send-proxy send-proxy"),
    ("http", f"127.0.0.1:{plain} check inter 200ms check-send-proxy send-proxy-v2"),
    ("http", f"127.0.0.1:{plain} check inter 200ms check-send-proxy send-proxy-v2 proxy-v2-options crc32c,unique-id,ssl,cert-cn"),
    ("tcp", f"127.0.0.1:{secure} check inter 200ms check-send-proxy send-proxy"),
    ("tcp", f"127.0.0.1:{secure} check inter 200ms check-ssl verify none check-send-proxy send-proxy-v2"),
    ("http", f"127.0.0.1:{plain} check inter 200ms"),
]
with open(config, "w") as file:
    file.write(f"""
global
    stats socket {stats} mode 600 level admin
    maxconn 200
defaults
    timeout connect 2s
    timeout client 10s
    timeout server 10s
""")
    for index, (mode, server) in enumerate(servers):
        # The address that a client is said to have.
        source = f"ipv4(192.0.2.{index + 1})"
        rule = ("http-request" if mode == "http" else "tcp-request connection") + f" set-src {source}"
        file.write(f"""
frontend f{index}
    mode {mode}
    bind 127.0.0.1:{fronts[index]}
    {rule}
    default_backend b{index}
backend b{index}
    mode {mode}
    server s {server}
""")

log = open(os.path.join(folder.name, "log"), "w+")
gateway = subprocess.Popen(
    [MARTLET, "serve", "--routes", routes, "--access-log", "text", "--log-level", "info"], stdout=log, stderr=log)
await_true(lambda: "serving" in open(log.name).read(), 30)
print(subprocess.run([HAPROXY, "-v"], capture_output=True, text=True).stdout.split("\n")[0])
haproxy = subprocess.Popen([HAPROXY, "-db", "-f", config], stderr=subprocess.DEVNULL)
await_true(lambda: os.path.exists(stats), 10)


def ask(index, path):
    is_secure = servers[index][0] == "tcp"
    context = ssl._create_unverified_context()
    end = time.monotonic() + 10
    while True:
        try:
            connection = (http.client.HTTPSConnection("127.0.0.1", fronts[index], timeout=10, context=context) if is_secure
                          else http.client.HTTPConnection("127.0.0.1", fronts[index], timeout=10))
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError as error:
            if time.monotonic() > end:
                return 0, str(error)
            time.sleep(0.05)


def states():
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(stats)
        control.sendall(b"show stat\n")
        text = b""
        while piece := control.recv(65536):
            text += piece
    lines = [line.split(",") for line in text.decode().strip().split("\n")]
    status = lines[0].index("status")
    return {line[0]: line[status] for line in lines[1:] if line[1] == "s"}


try:
    for index in range(5):
        status, body = ask(index, "/ip")
        print(f"{servers[index][1].split(' ', 1)[1]}: {status} {body}")
        failures.check(status == 200 and json.loads(body) == {"ip": f"192.0.2.{index + 1}"}, f"{index}: {status} {body}")
        failures.check(ask(index, "/allowed")[0] == 200, f"{index}: the address is not allowed")
    # Without a header nothing is answered: HAProxy says 502, and the check sees a connection at least.
    failures.check(ask(5, "/ip")[0] == 502, "a connection without a header was served")
    time.sleep(1.5)
    print(states())
    failures.check(all(states()[f"b{index}"] == "UP" for index in range(5)), "a health check fails")
    lines = open(log.name).read()
    for index in range(5):
        failures.check(f"192.0.2.{index + 1}" in lines, f"192.0.2.{index + 1} is not in the access log")
finally:
    haproxy.terminate()
    haproxy.wait()
    gateway.terminate()
    failures.check(gateway.wait(40) == 0, "exit code")
    service.kill()
if failures.texts:
    print("\n".join(failures.texts), open(log.name).read()[-3000:])
failures.exit()
