"""Drives a headless Chromium through its debugging pipe. Python's standard library only."""

import atexit
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time


class Page:
    """One tab: what it said, what it asked for, and what its scripts answer."""

    def __init__(self, width=1280, height=900):
        program = shutil.which("chromium") or sys.exit("no chromium: apt-get install -y --no-install-recommends chromium")
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self.commands = os.pipe()
        self.answers, from_browser = os.pipe()

        def place():
            # Chromium reads commands from 3 and writes answers to 4.
            saved = os.dup(to_browser), os.dup(from_browser)
            high = [fd + 50 for fd in (0, 1)]
            for source, target in zip(saved, high):
                os.dup2(source, target)
            for source, target in zip(high, (3, 4)):
                os.dup2(source, target)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
             f"--user-data-dir={self.folder.name}", "--remote-debugging-pipe", "about:blank"],
            preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        atexit.register(self.close)
        self.buffer, self.number, self.results = b"", 0, {}
        self.console, self.requests, self.session = [], [], None
        deadline = time.monotonic() + 60
        while True:
            targets = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"]
            if targets or time.monotonic() > deadline:
                break
        self.session = self.call(
            "Target.attachToTarget", targetId=targets[0]["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.resize(width, height)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def call(self, method, **parameters):
        self.number += 1
        number = self.number
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + 60
        while number not in self.results:
            if not self.read(max(0, end - time.monotonic())):
                sys.exit(f"the browser does not answer to {method}")
        result = self.results.pop(number)
        if "error" in result:
            sys.exit(f"{method}: {result['error']}")
        return result.get("result", {})

    def read(self, seconds):
        """Takes what the browser has said; false when it said nothing for so long."""
        if not select.select([self.answers], [], [], seconds)[0]:
            return False
        piece = os.read(self.answers, 1 << 20)
        if not piece:
            sys.exit("the browser ended")
        self.buffer += piece
        while (end := self.buffer.find(b"\0")) >= 0:
            self.take(json.loads(self.buffer[:end]))
            self.buffer = self.buffer[end + 1:]
        return True

    def take(self, message):
        if "id" in message:
            self.results[message["id"]] = message
            return
        method, parameters = message["method"], message["params"]
        if method == "Runtime.exceptionThrown":
            self.console.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.console.append(json.dumps([argument.get("value") for argument in parameters["args"]]))
        elif method == "Log.entryAdded":
            self.console.append(parameters["entry"]["text"] + " " + parameters["entry"].get("url", ""))
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def open(self, address):
        self.call("Page.navigate", url=address)

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            sys.exit(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, script, seconds=20):
        """Seconds until a script's value is true; nothing when it never is."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            # A page that is not there yet has not what the script looks for.
            if self.run(f"(() => {{ try {{ return {script} }} catch {{ return false }} }})()"):
                return time.monotonic() - start
            time.sleep(0.02)
        return None

    def press(self, key, text=None):
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **more)

    def resize(self, width, height, phone=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=phone)

    def prefer(self, **features):
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def picture(self, path, whole=False):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
