"""The gateway under the system call filter of Deploy/systemd: it starts, serves, reloads and ends in order.

The filter is made of systemd's own lists with libseccomp; what is not allowed fails with EPERM, as with SystemCallErrorNumber=EPERM, and
is counted by the answers that are missing then.
"""

import ctypes
import os
import signal
import subprocess
import sys

from scenario import Client, Failures, Gateway, Service, free_port, request
import scenario

ALLOWED, REFUSED = "@system-service", ["@privileged", "@resources"]
ALSO = ["prlimit64", "setrlimit"]


def system_calls(group):
    """The names in a group of systemd's."""
    found = []
    lines = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout.split("\n")
    for line in lines[1:]:
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        found += system_calls(name) if name.startswith("@") else [name]
    return found


def confine():
    """Loads the filter into this process, for whatever it executes."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    context = library.seccomp_init(ctypes.c_uint32(0x00050000 | 1))  # SCMP_ACT_ERRNO(EPERM)
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            library.seccomp_rule_add(context, 0x7FFF0000, number, 0)  # SCMP_ACT_ALLOW
    if library.seccomp_load(context) != 0:
        os._exit(99)


refused = {name for group in REFUSED for name in system_calls(group)}
names = sorted((set(system_calls(ALLOWED)) - refused) | set(ALSO))
print(f"{len(names)} system calls are allowed")
failures = Failures()
start = subprocess.Popen


def confined(*arguments, **more):
    return start(*arguments, preexec_fn=confine, **more)


port = free_port()
service = Service(port)
scenario.subprocess.Popen = confined
gateway = Gateway(port)
with open(f"/proc/{gateway.process.pid}/status") as file:
    failures.check("Seccomp:\t2" in file.read(), "the filter is not in force")
for round in range(3):
    client = Client(gateway.port)
    for value in range(100):
        answer = client.ask(request("/echo", value))
        failures.check(answer is not None and answer.status == 200, f"answer {answer and answer.status}")
    answer = client.ask(request("/big", 100))
    failures.check(answer is not None and answer.status == 200, "a large answer")
    client.close()
    gateway.process.send_signal(signal.SIGHUP)
code = gateway.stop()
failures.check(code == 0, f"exit code {code}")
gateway.log.seek(0)
text = gateway.log.read()
print(text)
failures.check("not permitted" not in text.lower(), "something was not permitted")
service.kill()
failures.exit()
