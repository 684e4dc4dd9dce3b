"""A visit to the live page of the admin listener with a headless Chromium.

The page loads with nothing said on the console and nothing asked of anybody but the gateway; shows routes, services and
endpoints; shows a killed endpoint within two seconds; works with the keyboard; fits a phone; finds the gateway again after a
restart; asks for the token where there is one. PICTURES names a folder for screenshots.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from chromium import Page
from scenario import MARTLET, Failures, Service, free_port

PICTURES = os.environ.get("PICTURES")
TOKEN = "a-token-for-the-scenario"
failures = Failures()


class Gateway:
    """A gateway process with an admin listener."""

    def __init__(self, folder, ports, admin="", port=None, admin_port=None):
        self.port, self.admin_port = port or free_port(), admin_port or free_port()
        self.path = os.path.join(folder, f"routes-{self.admin_port}.yaml")
        with open(self.path, "w") as file:
            file.write(f"""
version: 1
gateway:
  listen: ["127.0.0.1:{self.port}"]
  admin: {{ address: "127.0.0.1:{self.admin_port}", {admin} }}
services:
  orders: {{ endpoints: ["127.0.0.1:{ports[0]}", "127.0.0.1:{ports[1]}"], timeout: 2s }}
  users: {{ endpoints: ["127.0.0.1:{ports[2]}"], timeout: 400ms }}
routes:
  - {{ id: create-order, match: POST /orders, send: {{ service: orders, pattern: echo }} }}
  - {{ id: get-order, match: GET /orders/:id, send: {{ service: orders, pattern: echo }}, payload: {{ id: $path.id }} }}
  - {{ id: search-orders, match: GET /orders, send: {{ service: orders, pattern: echo }}, payload: {{ q: $query.q }} }}
  - {{ id: get-user, match: GET /users/:id, send: {{ service: users, pattern: echo }}, payload: {{ id: $path.id }} }}
  - {{ id: user-report, match: GET /users/:id/report, send: {{ service: users, pattern: slow }}, payload: {{ id: $path.id }} }}
  - {{ id: user-seen, match: POST /users/:id/seen, emit: {{ service: users, pattern: seen }} }}
""")
        self.start()

    def start(self):
        self.log = open(self.path + ".log", "a+")
        self.process = subprocess.Popen(
            [MARTLET, "serve", "--routes", self.path, "--access-log", "off"], stdout=self.log, stderr=self.log)
        # Also when a check ends the scenario.
        atexit.register(self.process.kill)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/readyz", timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        self.log.seek(0)
        sys.exit(f"the gateway did not start:\n{self.log.read()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Load:
    """A client that asks for a bit of everything, until it is told to stop."""

    def __init__(self, port):
        self.port, self.is_over = port, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        number = 0
        while not self.is_over.is_set():
            number += 1
            paths = [f"/orders/{number}", f"/users/{number}", f"/orders/{number}", "/orders?q=x"]
            if number % 7 == 0:
                paths.append("/nowhere")
            if number % 11 == 0:
                paths.append(f"/users/{number}/report")
            for path in paths:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=3):
                        pass
                except OSError:
                    pass
            time.sleep(0.02)

    def stop(self):
        self.is_over.set()
        self.thread.join()


def picture(page, name, whole=False):
    if PICTURES:
        os.makedirs(PICTURES, exist_ok=True)
        page.picture(os.path.join(PICTURES, name + ".png"), whole)


def state_of(port):
    return (f"[...document.querySelectorAll('.service li')].find(li => li.textContent.includes(':{port}'))"
            "?.querySelector('.state').textContent")


def check_silence(page, gateway, what):
    failures.check(not page.console, f"{what}: the console says {page.console}")
    own = f"http://127.0.0.1:{gateway.admin_port}/"
    others = [url for url in page.requests if not url.startswith(own) and not url.startswith("data:")]
    failures.check(not others, f"{what}: asked of others: {others}")


def visit(folder):
    ports = [free_port() for _ in range(3)]
    services = [Service(port, slow_after=5) for port in ports]
    gateway = Gateway(folder, ports)
    load = Load(gateway.port)
    page = Page()
    page.open(f"http://127.0.0.1:{gateway.admin_port}/")
    failures.check(page.wait("document.querySelector('#routes tr') !== null") is not None, "no routes are shown")
    text = page.run("document.body.innerText")
    for wanted in ("create-order", "GET /orders/:id", "orders", "users", f"127.0.0.1:{ports[1]}", "serving"):
        failures.check(wanted in text, f"the page does not show {wanted}")
    failures.check(
        page.wait("[...document.querySelectorAll('#routes tr')].some(tr => parseFloat(tr.cells[2].textContent) > 0)", 30)
        is not None, "no rate is ever above nothing")
    failures.check(
        page.wait("document.querySelector('#reasons').textContent.includes('upstream_timeout')", 30) is not None,
        "the reason upstream_timeout is not shown")
    failures.check(page.wait(f"{state_of(ports[1])} === '● up'") is not None, "the second endpoint is not up")
    time.sleep(8)
    check_silence(page, gateway, "first visit")
    picture(page, "light")

    # The keyboard: a skip link first, `/` to the filter, Escape out of it.
    page.press("Tab")
    failures.check(page.run("document.activeElement.className") == "skip", "the first stop of Tab is not the skip link")
    outline = page.run("getComputedStyle(document.activeElement).outlineStyle")
    failures.check(outline not in ("none", ""), "what has the focus cannot be seen")
    page.press("/", "/")
    failures.check(page.run("document.activeElement.id") == "filter", "/ does not lead to the filter")
    page.call("Input.insertText", text="report")
    failures.check(page.run("document.querySelectorAll('#routes tr').length") == 1, "the filter does not filter")
    page.press("Escape")
    failures.check(page.run("document.querySelectorAll('#routes tr').length") >= 6, "Escape does not end the filter")
    page.run("[...document.querySelectorAll('th button')].find(b => b.textContent.startsWith('Rate')).click()")
    failures.check(
        page.run("document.querySelector('th[aria-sort]').textContent.startsWith('Rate')"), "the order is not told")
    page.run("document.querySelector('th[aria-sort] button').click()")

    # A killed endpoint.
    services[1].kill()
    seconds = page.wait(f"{state_of(ports[1])} === '✖ down'", 10)
    print(f"a killed endpoint is shown after {seconds if seconds is None else round(seconds, 2)} s")
    failures.check(seconds is not None and seconds < 2, "a killed endpoint is not shown within two seconds")
    failures.check(
        page.wait("document.querySelector('#announce').textContent.includes('is down')", 5) is not None,
        "that it is down is not announced")

    # Dark, and a phone.
    page.prefer(prefers_color_scheme="dark")
    time.sleep(1)
    failures.check(page.run("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 26)", "dark is not dark")
    picture(page, "dark")
    page.prefer(prefers_color_scheme="light", prefers_reduced_motion="reduce")
    failures.check(
        page.run("getComputedStyle(document.querySelector('main')).transitionDuration") == "0s", "motion is not reduced")
    page.resize(390, 844, phone=True)
    time.sleep(1)
    width = page.run("document.documentElement.scrollWidth")
    failures.check(width <= 390, f"on a phone the page is {width} px wide")
    picture(page, "phone", whole=True)
    page.prefer(prefers_color_scheme="dark")
    picture(page, "phone-dark")
    page.resize(320, 640, phone=True)
    width = page.run("document.documentElement.scrollWidth")
    failures.check(width <= 320, f"at 320 px the page is {width} px wide")
    page.resize(1280, 900)
    page.prefer(prefers_color_scheme="light")

    # A service that is back, and a gateway that was away.
    services[1] = Service(ports[1])
    seconds = page.wait(f"{state_of(ports[1])} === '● up'", 10)
    failures.check(seconds is not None, "a service that is back is not shown")
    check_silence(page, gateway, "second visit")
    load.stop()
    gateway.stop()
    failures.check(
        page.wait("document.querySelector('#phase').textContent.includes('does not answer')", 15) is not None,
        "a gateway that is away is not told")
    picture(page, "away")
    gateway.start()
    failures.check(
        page.wait("document.querySelector('#link').textContent === 'live'", 20) is not None,
        "a gateway that is back is not found")
    page.close()
    gateway.stop()
    for service in services:
        service.kill()


def visit_with_token(folder):
    ports = [free_port() for _ in range(3)]
    path = os.path.join(folder, "token")
    with open(path, "w") as file:
        file.write(TOKEN + "\n")
    gateway = Gateway(folder, ports, admin=f"token: {{ file: {path} }}")
    page = Page()
    page.open(f"http://127.0.0.1:{gateway.admin_port}/")
    failures.check(page.wait("!document.querySelector('#token-form').hidden") is not None, "no token is asked for")
    failures.check(page.run("document.querySelector('#main').hidden"), "something is shown without a token")
    failures.check(page.run("document.activeElement.id") == "token", "the token's field has not the focus")
    page.call("Input.insertText", text="wrong")
    page.run("document.querySelector('#token-form').requestSubmit()")
    failures.check(
        page.wait("document.querySelector('#token-error').textContent.includes('not the gateway')") is not None,
        "a wrong token is not told")
    picture(page, "token")
    page.call("Input.insertText", text=TOKEN)
    page.run("document.querySelector('#token-form').requestSubmit()")
    failures.check(page.wait("!document.querySelector('#main').hidden") is not None, "the right token shows nothing")
    failures.check(page.run("sessionStorage.length") == 1 and page.run("localStorage.length") == 0,
                   "the token is kept for longer than the tab")
    failures.check(page.wait(f"{state_of(ports[0])} === '✖ down'", 10) is not None, "a dead endpoint is not down")
    failures.check(TOKEN not in page.run("document.documentElement.outerHTML"), "the token stands in the page")
    page.close()
    gateway.stop()


with tempfile.TemporaryDirectory() as folder:
    visit(folder)
    visit_with_token(folder)
failures.exit()
