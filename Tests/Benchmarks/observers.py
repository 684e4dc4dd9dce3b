#!/usr/bin/env python3
"""Those who watch the gateway of a benchmark: a receiver of spans that throws them away, and a Prometheus that asks every second.

usage: observers.py OTLP-PORT ADMIN-PORT
"""
import os
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        left = int(self.headers.get("content-length", 0))
        while left > 0 and (piece := self.rfile.read(min(left, 1 << 20))): left -= len(piece)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_): pass


def scrape(port):
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read()
        except OSError:
            pass
        time.sleep(1)


# Beside the load generator, away from the gateway.
os.sched_setaffinity(0, {0})
threading.Thread(target=scrape, args=(int(sys.argv[2]),), daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
