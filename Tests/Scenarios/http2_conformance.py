"""Is a server's HTTP/2 what RFC 9113 and RFC 7541 say it has to be? 146 cases, each on a connection of its own.

    http2_conformance.py --port N [--host 127.0.0.1] [--tls] [--path /] [--timeout 2] [--strict] [--verbose] [CASE...]

A CASE is the beginning of a name: `http2`, `http2/6.5` (6.5.2 and 6.5.3 too), `hpack/2.3.3/1`; the group may be left
out. The groups: `generic` is what a server has to accept, `http2` and `hpack` mostly what it has to refuse, by section.
Sections of `http2` are numbered as in RFC 7540; where RFC 9113 has them elsewhere, that is said beside. Two things are
asked for that RFC 9113 no longer demands: that no stream depends on itself (5.3.1), and errors for frames on closed
streams (5.1), which it allows.

The server has to answer GET, HEAD and POST of the path, GET with a body: cases about flow control need one of up to
five bytes and are skipped without. A case fails when what it waits for has not come within the timeout after the frame
before, and when the connection is reset (RST) while it waits: a server that closes with unread input loses its GOAWAY
that way. Where an error is expected, an orderly end of the connection will do in nearly all cases.

Each failure is a line with what was sent, expected and seen; the last line is the count. Standard library only.
"""

import argparse
import collections.abc
import dataclasses
import enum
import itertools
import socket
import ssl
import struct
import sys
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DEFAULT_WINDOW, DEFAULT_FRAME_SIZE, DEFAULT_TABLE_SIZE = 65535, 16384, 4096
LARGEST_WINDOW = 2 ** 31 - 1
NOTE = b"martlet\0"  # the payload of a PING


class Type(enum.IntEnum):
    DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)


class Code(enum.IntEnum):
    NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, \
        REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY, \
        HTTP_1_1_REQUIRED = range(14)


class Setting(enum.IntEnum):
    HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, \
        MAX_HEADER_LIST_SIZE = range(1, 7)


END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 0x1, 0x1, 0x4, 0x8, 0x20


def name_of(kind, number):
    try:
        return kind(number).name
    except ValueError:
        return f"{kind.__name__.lower()} {number:#x}"


# ----------------------------------------------------------------------------------------------- HPACK (RFC 7541)

# The Huffman code is canonical: the characters of each length in order are enough to know it. These are the codes up to
# the last printable character.
CODE_LENGTHS = {
    5: "012aceiost", 6: " %-./3456789=A_bdfghlmnpru", 7: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz", 8: "&*,;XZ", 10: '!"()?',
    11: "'+|", 12: "#>", 13: "\0$@[]~", 14: "^}", 15: "<`{", 19: "\\"}

# What the cases need of the static table. A name alone stands for its last entry.
STATIC = {
    (":authority", ""): 1, (":method", "GET"): 2, (":method", "POST"): 3, (":path", "/"): 4,
    (":path", "/index.html"): 5, (":scheme", "http"): 6, (":scheme", "https"): 7, (":status", "200"): 8,
    ("content-length", ""): 28, ("user-agent", ""): 58}
STATIC_NAMES = {name: index for (name, _), index in STATIC.items()}
STATIC_COUNT = 61


def huffman_codes():
    codes, code, length = {}, 0, 0
    for bits, characters in CODE_LENGTHS.items():
        code <<= bits - length
        length = bits
        for character in characters:
            codes[character] = (code, bits)
            code += 1
    return codes


HUFFMAN = huffman_codes()


def integer(pattern, bits, value):
    """An integer with a prefix of so many bits, below the pattern's."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([pattern | value])
    octets = [pattern | limit]
    value -= limit
    while value >= 128:
        octets.append(0x80 | value & 0x7f)
        value >>= 7
    return bytes(octets + [value])


def huffman(text):
    bits = "".join(f"{code:0{length}b}" for code, length in map(HUFFMAN.get, text))
    bits += "1" * (-len(bits) % 8)
    return int("0" + bits, 2).to_bytes(len(bits) // 8, "big")


def string(text, with_huffman=None):
    """A string literal; when not told, in whichever way is shorter."""
    plain = text.encode()
    coded = huffman(text)
    if with_huffman or with_huffman is None and len(coded) < len(plain):
        return integer(0x80, 7, len(coded)) + coded
    return integer(0, 7, len(plain)) + plain


def literal(pattern, bits, name, value, with_huffman=None):
    """A literal field; the name is text or an index."""
    if isinstance(name, int):
        return integer(pattern, bits, name) + string(value, with_huffman)
    return bytes([pattern]) + string(name, with_huffman) + string(value, with_huffman)


INCREMENTAL, WITHOUT_INDEXING, NEVER_INDEXED = (0x40, 6), (0x00, 4), (0x10, 4)


def table_size_update(size):
    return integer(0x20, 5, size)


class Encoder:
    """Uses the tables wherever it can, as clients do."""

    def __init__(self):
        self.limit, self.entries, self.update = DEFAULT_TABLE_SIZE, [], b""

    def set_limit(self, size):
        self.limit, self.update = size, table_size_update(size)
        self.evict()

    def evict(self):
        while sum(map(self.size, self.entries)) > self.limit:
            self.entries.pop()

    @staticmethod
    def size(field):
        return len(field[0]) + len(field[1]) + 32

    def encode(self, fields):
        block, self.update = self.update, b""
        for field in fields:
            name, value = field
            if field in STATIC:
                block += integer(0x80, 7, STATIC[field])
                continue
            if field in self.entries:
                block += integer(0x80, 7, STATIC_COUNT + 1 + self.entries.index(field))
                continue
            names = [entry[0] for entry in self.entries]
            if name in STATIC_NAMES:
                name = STATIC_NAMES[name]
            elif name in names:
                name = STATIC_COUNT + 1 + names.index(name)
            if self.size(field) <= self.limit:
                block += literal(*INCREMENTAL, name, value)
                self.entries.insert(0, field)
                self.evict()
            else:
                block += literal(*WITHOUT_INDEXING, name, value)
        return block


# ----------------------------------------------------------------------------------------------- a client


class Frame:
    def __init__(self, type, flags, stream, payload):
        self.type, self.flags, self.stream, self.payload = type, flags, stream, payload

    @property
    def code(self):
        return struct.unpack_from(">I", self.payload, 4 if self.type == Type.GOAWAY else 0)[0]

    @property
    def is_ack(self):
        return self.flags & ACK != 0

    @property
    def ends_stream(self):
        return self.type in (Type.DATA, Type.HEADERS) and self.flags & END_STREAM != 0

    @property
    def fault(self):
        """Why no client would take this from a server."""
        length = len(self.payload)
        is_of_connection = self.type in (Type.SETTINGS, Type.PING, Type.GOAWAY)
        if is_of_connection and self.stream:
            return "on a stream"
        is_of_either = self.type == Type.WINDOW_UPDATE or self.type > Type.CONTINUATION
        if not is_of_connection and not is_of_either and not self.stream:
            return "on no stream"
        fixed = {Type.PRIORITY: 5, Type.RST_STREAM: 4, Type.PING: 8, Type.WINDOW_UPDATE: 4}.get(self.type, length)
        if length != fixed or self.type == Type.GOAWAY and length < 8:
            return "of a wrong length"
        if self.type == Type.SETTINGS and (length % 6 or self.is_ack and length):
            return "of a wrong length"
        if self.type == Type.WINDOW_UPDATE and struct.unpack(">I", self.payload)[0] & LARGEST_WINDOW == 0:
            return "with an increment of 0"
        is_padded = self.type in (Type.DATA, Type.HEADERS) and self.flags & PADDED
        if is_padded and (not length or self.payload[0] >= length):
            return "with too much padding"
        return None

    def __str__(self):
        marks = []
        if self.type in (Type.SETTINGS, Type.PING):
            marks = ["ACK"] if self.is_ack else []
        else:
            if self.ends_stream:
                marks.append("END_STREAM")
            if self.type in (Type.HEADERS, Type.CONTINUATION) and self.flags & END_HEADERS:
                marks.append("END_HEADERS")
        if len(self.payload) >= {Type.RST_STREAM: 4, Type.GOAWAY: 8}.get(self.type, float("inf")):
            marks.append(name_of(Code, self.code))
        notes = ([f"stream {self.stream}"] if self.stream else []) + [f"{len(self.payload)} bytes"] + marks
        return f"{name_of(Type, self.type)} ({', '.join(notes)})"


class End:
    """Why there are no more frames."""

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


CLOSED = End("the end of the connection")
RESET = End("a reset of the connection (RST)")
SILENCE = End("no more in time")


class Failed(Exception):
    """What was expected; the connection's log tells the rest."""


class Skipped(Exception):
    pass


class Plain:
    """Bytes to and from a TCP connection."""

    def __init__(self, target):
        self.socket = socket.create_connection((target.host, target.port), target.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, timeout):
        """The next bytes; none at the end of the connection."""
        self.socket.settimeout(timeout)
        return self.socket.recv(1 << 16)

    def close(self):
        self.socket.close()


class Secure(Plain):
    """The same with TLS, apart from the socket: a write that fails does not keep what came before from being read."""

    def __init__(self, target):
        super().__init__(target)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=target.host)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                self.fill(target.timeout)
        self.flush()
        if self.tls.selected_alpn_protocol() != "h2":
            raise OSError("the server did not agree on h2 (ALPN)")

    def flush(self):
        if self.outgoing.pending:
            super().send(self.outgoing.read())

    def fill(self, timeout):
        data = super().receive(timeout)
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()
        return bool(data)

    def send(self, data):
        self.tls.write(data)
        self.flush()

    def receive(self, timeout):
        while True:
            try:
                return self.tls.read(1 << 16)
            except ssl.SSLWantReadError:
                if not self.fill(timeout):
                    return b""
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""


class Connection:
    """An HTTP/2 connection that sends whatever a case wants, right or wrong, each frame in a write of its own."""

    def __init__(self, target):
        self.target, self.timeout = target, target.timeout
        self.transport = (Secure if target.tls else Plain)(target)
        self.encoder, self.settings, self.windows = Encoder(), {}, {}
        self.buffer, self.sent, self.seen = b"", [], []
        # A server that never stops sending does not keep a case going.
        self.deadline = time.monotonic() + 10 * self.timeout

    # Sending

    def send(self, text, *pieces):
        """Each piece is a write. What became of it is seen when reading."""
        self.sent.append(text)
        if self.target.verbose:
            print(f"    -> {text}")
        for piece in pieces:
            try:
                self.transport.send(piece)
            except OSError:
                pass

    def frame(self, type, flags, stream, *pieces, is_split=False):
        payload = b"".join(pieces)
        if len(payload) >= 1 << 24:
            self.sent.append(f"no frame, since {len(payload)} bytes are too many for one")
            return
        head = struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", type, flags, stream)
        self.send(Frame(type, flags, stream & LARGEST_WINDOW, payload),
                  *((head, *pieces) if is_split else (head + payload,)))

    def settings_frame(self, *pairs):
        self.frame(Type.SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))

    def headers(self, block, stream=1, end_stream=True, end_headers=True, padding=0, priority=None):
        """Of a list of fields, or of a block that is encoded."""
        if isinstance(block, list):
            block = self.encode(block)
        flags = end_stream * END_STREAM | end_headers * END_HEADERS
        if padding:
            flags, block = flags | PADDED, block + bytes(padding)
        if priority:
            flags, block = flags | PRIORITIZED, priority + block
        if padding:
            block = bytes([padding]) + block
        self.frame(Type.HEADERS, flags, stream, block)

    def continuation(self, block, stream=1, end_headers=True):
        if isinstance(block, list):
            block = self.encode(block)
        self.frame(Type.CONTINUATION, end_headers * END_HEADERS, stream, block)

    def data(self, data=b"test", stream=1, end_stream=True, padding=None):
        flags = end_stream * END_STREAM
        if padding is not None:
            flags, data = flags | PADDED, bytes([padding]) + data + bytes(padding)
        self.frame(Type.DATA, flags, stream, data)

    def priority(self, stream, on=0, is_exclusive=False, weight=255):
        self.frame(Type.PRIORITY, 0, stream, priority(on, is_exclusive, weight))

    def reset(self, stream, code=Code.CANCEL):
        self.frame(Type.RST_STREAM, 0, stream, struct.pack(">I", code))

    def ping(self, data=NOTE, is_ack=False):
        self.frame(Type.PING, is_ack * ACK, 0, data)

    def goaway(self, code, data=b""):
        self.frame(Type.GOAWAY, 0, 0, struct.pack(">II", 0, code), data)

    def window_update(self, stream, increment):
        self.frame(Type.WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))

    def request(self, method="GET", path=None):
        target = self.target
        is_standard = target.port == (443 if target.tls else 80)
        return [(":method", method), (":scheme", "https" if target.tls else "http"),
                (":path", target.path if path is None else path),
                (":authority", target.host if is_standard else f"{target.host}:{target.port}")]

    def encode(self, fields):
        return self.encoder.encode(fields)

    # Receiving

    def read(self, count, until):
        while len(self.buffer) < count:
            left = min(until, self.deadline) - time.monotonic()
            if left <= 0:
                raise TimeoutError
            piece = self.transport.receive(left)
            if not piece:
                return None
            self.buffer += piece
        piece, self.buffer = self.buffer[:count], self.buffer[count:]
        return piece

    def receive(self):
        until = time.monotonic() + self.timeout
        try:
            head = self.read(9, until)
            if head is None:
                return CLOSED if not self.buffer else End(f"an end within a frame, after {self.buffer!r}")
            length, type, flags, stream = struct.unpack(">IBBI", b"\0" + head)
            payload = self.read(length, until)
            if payload is None:
                return End(f"an end within a frame, after {head + self.buffer[:40]!r}")
        except TimeoutError:
            return SILENCE
        except ConnectionResetError:
            return RESET
        except OSError as error:
            return End(f"an error: {error}")
        frame = Frame(type, flags, stream & LARGEST_WINDOW, payload)
        return frame if frame.fault is None else End(f"a {frame} {frame.fault}")

    def next(self):
        event = self.receive()
        self.seen.append(event)
        if self.target.verbose:
            print(f"    <- {event}")
        if isinstance(event, Frame) and event.type == Type.DATA:
            for stream in (event.stream, 0):
                left = self.windows.get(stream, DEFAULT_WINDOW) - len(event.payload)
                if left <= 0:
                    self.window_update(stream, DEFAULT_WINDOW - left)
                    left = DEFAULT_WINDOW
                self.windows[stream] = left
        return event

    def handshake(self):
        """Both SETTINGS have come and are acknowledged."""
        self.send("preface", PREFACE)
        self.settings_frame((Setting.INITIAL_WINDOW_SIZE, DEFAULT_WINDOW))
        self.deadline, deadline = time.monotonic() + self.timeout, self.deadline
        is_acked = is_told = False
        while not (is_acked and is_told):
            event = self.next()
            if isinstance(event, End):
                raise Failed("a handshake")
            if event.type == Type.SETTINGS and event.is_ack:
                is_acked = True
            elif event.type == Type.SETTINGS:
                is_told = True
                self.settings.update(struct.iter_unpack(">HI", event.payload))
                self.frame(Type.SETTINGS, ACK, 0)
        self.deadline, self.sent, self.seen = deadline, [], []

    # What comes at some time, whatever comes before

    def expect(self, expected, *tests):
        while True:
            event = self.next()
            if any(test(event) for test in tests):
                return
            if isinstance(event, End):
                raise Failed(expected)

    def expect_connection_error(self, *codes):
        self.expect(f"GOAWAY with {names(codes)}, or {CLOSED}", is_closed, is_error(codes, Type.GOAWAY))

    def expect_stream_error(self, *codes):
        self.expect(f"RST_STREAM or GOAWAY with {names(codes)}, or {CLOSED}",
                    is_closed, is_error(codes, Type.GOAWAY, Type.RST_STREAM))

    def expect_closed(self):
        self.expect(f"{CLOSED}", is_closed)

    def expect_stream_end(self):
        self.expect("an answer with END_STREAM, or RST_STREAM with NO_ERROR",
                    lambda event: isinstance(event, Frame) and event.ends_stream,
                    is_error([Code.NO_ERROR], Type.RST_STREAM))

    def expect_pong_or_closed(self, data=NOTE):
        self.expect(f"PING (ACK) with {data!r}, or {CLOSED}", is_closed, lambda event: is_pong(event, data))

    # The first frame of a type has to be the right one

    def expect_first(self, expected, type, test):
        while not isinstance(event := self.next(), End):
            if event.type == type:
                if not test(event):
                    break
                return
        raise Failed(expected)

    def expect_headers(self):
        self.expect_first("HEADERS on stream 1", Type.HEADERS, lambda frame: frame.stream == 1)

    def expect_data(self, length=None):
        self.expect_first("DATA" if length is None else f"DATA of {length} byte", Type.DATA,
                          lambda frame: length is None or len(frame.payload) == length)

    def expect_settings_ack(self):
        self.expect_first("SETTINGS (ACK)", Type.SETTINGS, lambda frame: frame.is_ack)

    def expect_pong(self, data=NOTE):
        self.expect_first(f"PING (ACK) with {data!r}", Type.PING, lambda frame: is_pong(frame, data))


def priority(on=0, is_exclusive=False, weight=255):
    return struct.pack(">IB", on | is_exclusive << 31, weight)


def names(codes):
    return " or ".join(code.name for code in codes)


def is_closed(event):
    return event is CLOSED


def is_error(codes, *types):
    return lambda event: isinstance(event, Frame) and event.type in types and event.code in codes


def is_pong(event, data):
    return isinstance(event, Frame) and event.type == Type.PING and event.is_ack and event.payload == data


def dummy(count=1):
    """Fields of 4 KB that just fit into the dynamic table, and are 3.5 KB with Huffman coding."""
    return [(f"x-dummy{number}", "x" * 4000) for number in range(count)]


def body_length(target):
    """How many bytes of body the answer to a GET has."""
    connection = Connection(target)
    try:
        connection.handshake()
        connection.headers(connection.request())
        length, is_over = 0, False
        while not is_over:
            event = connection.next()
            if isinstance(event, End):
                raise Failed("a whole answer to a GET, on another connection")
            is_over = event.ends_stream
            if event.type == Type.DATA:
                length += len(event.payload)
        return length
    finally:
        connection.transport.close()


# ----------------------------------------------------------------------------------------------- the cases

@dataclasses.dataclass
class Case:
    section: str
    number: int
    title: str
    run: collections.abc.Callable
    handshake: bool
    body: int
    strict: bool

    @property
    def name(self):
        return f"{self.section}/{self.number}"

    @property
    def source(self):
        group, section = self.section.split("/")
        return SECTIONS.get(self.section, f"RFC {7541 if group == 'hpack' else 9113}, {section}")


CASES = []

SECTIONS = {
    "generic/1": "RFC 9113, 3.4", "generic/2": "RFC 9113, 5.1", "generic/3.1": "RFC 9113, 6.1",
    "generic/3.2": "RFC 9113, 6.2", "generic/3.3": "RFC 9113, 6.3", "generic/3.4": "RFC 9113, 6.4",
    "generic/3.5": "RFC 9113, 6.5", "generic/3.7": "RFC 9113, 6.7", "generic/3.8": "RFC 9113, 6.8",
    "generic/3.9": "RFC 9113, 6.9", "generic/3.10": "RFC 9113, 6.10", "generic/4": "RFC 9113, 8.1",
    "generic/5": "RFC 7541, 6", "http2/3.5": "RFC 9113, 3.4", "http2/5.3.1": "RFC 7540, 5.3.1",
    "http2/8.1.2": "RFC 9113, 8.2.1", "http2/8.1.2.1": "RFC 9113, 8.3", "http2/8.1.2.2": "RFC 9113, 8.2.2",
    "http2/8.1.2.3": "RFC 9113, 8.3.1", "http2/8.1.2.6": "RFC 9113, 8.1.1", "http2/8.2": "RFC 9113, 8.4"}


def case(section, title, handshake=True, body=0, strict=False):
    """A case of that section. `body` is the length that an answer has to have, without which the case is skipped."""
    def register(run):
        number = 1 + sum(1 for other in CASES if other.section == section)
        CASES.append(Case(section, number, title, run, handshake, body, strict))
        return run
    return register


# What has to be accepted

@case("generic/1", "the preface is answered with SETTINGS", handshake=False)
def begins_with_settings(c):
    c.send("preface", PREFACE)
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, DEFAULT_WINDOW))
    event = c.next()
    if not isinstance(event, Frame) or event.type != Type.SETTINGS or event.is_ack:
        raise Failed("SETTINGS as the first frame")


@case("generic/2", "PRIORITY on an idle stream")
def _(c):
    c.priority(1)
    c.ping()
    c.expect_pong()


@case("generic/2", "WINDOW_UPDATE on a half-closed (remote) stream")
def _(c):
    # Without a window the server cannot end the stream before.
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, 0))
    c.headers(c.request())
    c.window_update(1, 1)
    c.expect_data()


@case("generic/2", "PRIORITY on a half-closed (remote) stream")
def _(c):
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, 0))
    c.headers(c.request())
    c.priority(1)
    c.window_update(1, 1)
    c.expect_data()


@case("generic/2", "RST_STREAM on a half-closed (remote) stream")
def _(c):
    c.headers(c.request())
    c.reset(1)
    c.ping()
    c.expect_pong()


@case("generic/2", "PRIORITY on a closed stream")
def _(c):
    c.headers(c.request())
    c.expect_stream_end()
    c.priority(1)
    c.ping()
    c.expect_pong()


@case("generic/3.1", "DATA")
def _(c):
    c.headers(c.request("POST"), end_stream=False)
    c.data()
    c.expect_headers()


@case("generic/3.1", "two DATA frames")
def _(c):
    c.headers(c.request("POST"), end_stream=False)
    c.data(end_stream=False)
    c.data()
    c.expect_headers()


@case("generic/3.1", "DATA with padding")
def _(c):
    c.headers(c.request("POST"), end_stream=False)
    c.data(padding=5)
    c.expect_headers()


@case("generic/3.2", "HEADERS")
def _(c):
    c.headers(c.request())
    c.expect_headers()


@case("generic/3.2", "HEADERS with padding")
def _(c):
    c.headers(c.request(), padding=8)
    c.expect_headers()


@case("generic/3.2", "HEADERS with a priority")
def _(c):
    c.headers(c.request(), priority=priority())
    c.expect_headers()


@case("generic/3.3", "PRIORITY of weight 1")
def _(c):
    c.priority(1, weight=0)
    c.headers(c.request())
    c.expect_headers()


@case("generic/3.3", "PRIORITY of weight 256")
def _(c):
    c.priority(1, weight=255)
    c.headers(c.request())
    c.expect_headers()


@case("generic/3.3", "PRIORITY that depends on a stream")
def _(c):
    c.priority(3, on=1, weight=0)
    c.headers(c.request())
    c.expect_headers()


@case("generic/3.3", "PRIORITY that is exclusive")
def _(c):
    c.priority(1, is_exclusive=True, weight=0)
    c.headers(c.request())
    c.expect_headers()


@case("generic/3.3", "PRIORITY on an idle stream, then HEADERS on a lower one")
def _(c):
    c.priority(3)
    c.headers(c.request())
    c.expect_headers()


@case("generic/3.4", "RST_STREAM")
def _(c):
    c.headers(c.request(), end_stream=False)
    c.reset(1)
    c.ping()
    c.expect_pong()


@case("generic/3.5", "SETTINGS with all parameters")
def _(c):
    c.settings_frame(
        (Setting.HEADER_TABLE_SIZE, DEFAULT_TABLE_SIZE), (Setting.ENABLE_PUSH, 1),
        (Setting.MAX_CONCURRENT_STREAMS, 100), (Setting.INITIAL_WINDOW_SIZE, DEFAULT_WINDOW),
        (Setting.MAX_FRAME_SIZE, DEFAULT_FRAME_SIZE), (Setting.MAX_HEADER_LIST_SIZE, 100))
    c.expect_settings_ack()


@case("generic/3.7", "PING")
def _(c):
    c.ping()
    c.expect_pong()


@case("generic/3.8", "GOAWAY")
def _(c):
    c.goaway(Code.NO_ERROR, b"martlet")
    c.ping()
    c.expect_pong_or_closed()


@case("generic/3.9", "WINDOW_UPDATE of the connection")
def _(c):
    c.window_update(0, 1)
    c.ping()
    c.expect_pong()


@case("generic/3.9", "WINDOW_UPDATE of a stream")
def _(c):
    c.headers(c.request())
    c.window_update(1, 1)
    c.expect_headers()


@case("generic/3.10", "CONTINUATION")
def _(c):
    block = c.encode(c.request())
    c.headers(block[:5], end_headers=False)
    c.continuation(block[5:])
    c.expect_headers()


@case("generic/3.10", "two CONTINUATION frames")
def _(c):
    block = c.encode(c.request())
    c.headers(block[:5], end_headers=False)
    c.continuation(block[5:10], end_headers=False)
    c.continuation(block[10:])
    c.expect_headers()


@case("generic/4", "GET")
def _(c):
    c.headers(c.request())
    c.expect_headers()


@case("generic/4", "HEAD")
def _(c):
    c.headers(c.request("HEAD"))
    c.expect_headers()


@case("generic/4", "POST")
def _(c):
    c.headers(c.request("POST"), end_stream=False)
    c.data()
    c.expect_headers()


@case("generic/4", "POST with trailers")
def _(c):
    c.headers(c.request("POST") + [("trailer", "x-test")], end_stream=False)
    c.data(end_stream=False)
    c.headers([("x-test", "ok")])
    c.expect_headers()


@case("generic/5", "an indexed field")
def _(c):
    c.headers(c.encode(c.request()) + integer(0x80, 7, STATIC_NAMES["user-agent"]))
    c.expect_headers()


def accepts_literal(text, form, name, coding):
    @case("generic/5", f"a literal field {text}, {'indexed' if isinstance(name, int) else 'new'} name{coding}")
    def _(c):
        c.headers(c.encode(c.request()) + literal(*form, name, "martlet", bool(coding)))
        c.expect_headers()


for (text, form), name, coding in itertools.product(
        [("with incremental indexing", INCREMENTAL), ("without indexing", WITHOUT_INDEXING),
         ("never indexed", NEVER_INDEXED)],
        [STATIC_NAMES["user-agent"], "x-test"], ["", ", with Huffman coding"]):
    accepts_literal(text, form, name, coding)


@case("generic/5", "a dynamic table size update")
def _(c):
    c.encoder.set_limit(128)
    c.headers(c.request())
    c.expect_headers()


@case("generic/5", "two dynamic table size updates")
def _(c):
    c.headers(table_size_update(128) + table_size_update(DEFAULT_TABLE_SIZE) + c.encode(c.request()))
    c.expect_headers()


# RFC 9113

case("http2/3.5", "the first frame of the server is SETTINGS", handshake=False)(begins_with_settings)


@case("http2/3.5", "something else than the preface ends the connection", handshake=False)
def _(c):
    c.send("no preface", b"INVALID CONNECTION PREFACE\r\n\r\n")
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/4.1", "a frame of an unknown type is ignored")
def _(c):
    c.frame(0x16, 0, 0, bytes(8), is_split=True)
    c.ping()
    c.expect_pong()


@case("http2/4.1", "flags that are not defined are ignored")
def _(c):
    c.frame(Type.PING, 0x16, 0, bytes(8), is_split=True)
    c.expect_first("PING", Type.PING, lambda frame: True)


@case("http2/4.1", "the reserved bit is ignored")
def _(c):
    c.frame(Type.PING, 0x16, 1 << 31, bytes(8), is_split=True)
    c.expect_first("PING", Type.PING, lambda frame: True)


@case("http2/4.2", "DATA as long as SETTINGS_MAX_FRAME_SIZE allows")
def _(c):
    c.headers(c.request("POST"), end_stream=False)
    c.data(b"x" * c.settings.get(Setting.MAX_FRAME_SIZE, DEFAULT_FRAME_SIZE))
    c.expect_headers()


@case("http2/4.2", "DATA that is longer is a FRAME_SIZE_ERROR")
def _(c):
    # A server that allows the longest frame there is fails: nothing longer can be sent.
    c.headers(c.request("POST"), end_stream=False)
    c.data(b"x" * (c.settings.get(Setting.MAX_FRAME_SIZE, DEFAULT_FRAME_SIZE) + 1))
    c.expect_stream_error(Code.FRAME_SIZE_ERROR)


@case("http2/4.2", "HEADERS that are longer are a connection error FRAME_SIZE_ERROR")
def _(c):
    # 17.5 KB: a server with a larger SETTINGS_MAX_FRAME_SIZE does not find them long.
    c.headers(c.request() + dummy(5))
    c.expect_connection_error(Code.FRAME_SIZE_ERROR)


@case("http2/4.3", "a field block that cannot be decoded is a connection error COMPRESSION_ERROR")
def _(c):
    c.headers(b"\x40")
    c.expect_connection_error(Code.COMPRESSION_ERROR)


def interrupts(section, title, interrupt):
    @case(section, title)
    def _(c):
        c.headers(c.request(), end_stream=False, end_headers=False)
        interrupt(c)
        c.continuation(dummy())
        c.expect_connection_error(Code.PROTOCOL_ERROR)


interrupts("http2/4.3", "PRIORITY within a field block is a connection error PROTOCOL_ERROR", lambda c: c.priority(1))
interrupts("http2/4.3", "HEADERS of another stream within a field block are a connection error PROTOCOL_ERROR",
           lambda c: c.headers(c.request(), stream=3))


@case("http2/5.1", "idle: DATA is a connection error PROTOCOL_ERROR")
def _(c):
    c.data()
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/5.1", "idle: RST_STREAM is a connection error PROTOCOL_ERROR")
def _(c):
    c.reset(1)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/5.1", "idle: WINDOW_UPDATE is a connection error PROTOCOL_ERROR")
def _(c):
    c.window_update(1, 100)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/5.1", "idle: CONTINUATION is a connection error PROTOCOL_ERROR")
def _(c):
    c.continuation(c.request())
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/5.1", "half-closed (remote): DATA is a STREAM_CLOSED error")
def _(c):
    c.headers(c.request())
    c.data()
    c.expect_stream_error(Code.STREAM_CLOSED)


@case("http2/5.1", "half-closed (remote): HEADERS are a STREAM_CLOSED error")
def _(c):
    c.headers(c.request())
    c.headers(c.request())
    c.expect_stream_error(Code.STREAM_CLOSED)


@case("http2/5.1", "half-closed (remote): CONTINUATION is a STREAM_CLOSED or PROTOCOL_ERROR error")
def _(c):
    block = c.encode(c.request())
    c.headers(block)
    c.continuation(block)
    c.expect_stream_error(Code.STREAM_CLOSED, Code.PROTOCOL_ERROR)


@case("http2/5.1", "closed by RST_STREAM: DATA is a STREAM_CLOSED error")
def _(c):
    c.headers(c.request(), end_stream=False)
    c.reset(1)
    c.data()
    c.expect_stream_error(Code.STREAM_CLOSED)


@case("http2/5.1", "closed by RST_STREAM: HEADERS are a STREAM_CLOSED error")
def _(c):
    c.headers(c.request(), end_stream=False)
    c.reset(1)
    c.headers(c.request())
    c.expect_stream_error(Code.STREAM_CLOSED)


@case("http2/5.1", "closed by RST_STREAM: CONTINUATION is a STREAM_CLOSED or PROTOCOL_ERROR error")
def _(c):
    c.headers(c.request(), end_stream=False)
    c.reset(1)
    c.continuation(dummy())
    c.expect_stream_error(Code.STREAM_CLOSED, Code.PROTOCOL_ERROR)


@case("http2/5.1", "closed: DATA is a STREAM_CLOSED error")
def _(c):
    c.headers(c.request())
    c.expect_stream_end()
    c.data()
    c.expect_stream_error(Code.STREAM_CLOSED)


@case("http2/5.1", "closed: HEADERS are a connection error STREAM_CLOSED")
def _(c):
    block = c.encode(c.request())
    c.headers(block)
    c.expect_stream_end()
    c.headers(block)
    c.expect_connection_error(Code.STREAM_CLOSED)


@case("http2/5.1", "closed: CONTINUATION is a connection error STREAM_CLOSED or PROTOCOL_ERROR")
def _(c):
    c.headers(c.request())
    c.expect_stream_end()
    c.continuation(dummy())
    c.expect_connection_error(Code.STREAM_CLOSED, Code.PROTOCOL_ERROR)


@case("http2/5.1.1", "an even stream identifier is a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request(), stream=2)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/5.1.1", "a stream identifier lower than the one before is a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request(), stream=5)
    c.headers(c.request(), stream=3)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/5.1.2", "a stream more than SETTINGS_MAX_CONCURRENT_STREAMS is a PROTOCOL_ERROR or REFUSED_STREAM error")
def _(c):
    if c.settings.get(Setting.MAX_CONCURRENT_STREAMS, 1 << 32) > 100_000:
        raise Skipped("the server does not limit its streams, or not to a number that can be tried")
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, 0))
    block = c.encode(c.request())
    for number in range(c.settings[Setting.MAX_CONCURRENT_STREAMS] + 1):
        c.headers(block, stream=1 + 2 * number)
    c.expect_stream_error(Code.PROTOCOL_ERROR, Code.REFUSED_STREAM)


@case("http2/5.3.1", "HEADERS of a stream that depends on itself are a PROTOCOL_ERROR error")
def _(c):
    c.headers(c.request(), priority=priority(on=1))
    c.expect_stream_error(Code.PROTOCOL_ERROR)


@case("http2/5.3.1", "PRIORITY of a stream that depends on itself is a PROTOCOL_ERROR error")
def _(c):
    c.priority(1, on=1)
    c.expect_stream_error(Code.PROTOCOL_ERROR)


@case("http2/5.4.1", "after a connection error the connection ends")
def _(c):
    c.frame(Type.PING, 0, 3, bytes(8), is_split=True)
    c.expect_closed()


@case("http2/5.4.1", "a connection error is told with GOAWAY", strict=True)
def _(c):
    c.frame(Type.PING, 0, 3, bytes(8), is_split=True)
    c.expect_first("GOAWAY", Type.GOAWAY, lambda frame: True)


@case("http2/5.5", "an extension frame is ignored")
def _(c):
    c.frame(0x16, 0, 0, bytes(8), is_split=True)
    c.ping()
    c.expect_pong()


@case("http2/5.5", "an extension frame within a field block is a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request(), end_headers=False)
    c.frame(0x16, 0, 0, bytes(8), is_split=True)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.1", "DATA on stream 0 is a connection error PROTOCOL_ERROR")
def _(c):
    c.data(stream=0)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.1", "DATA after the end of a request is a STREAM_CLOSED error")
def _(c):
    c.headers(c.request("POST"))
    c.data()
    c.expect_stream_error(Code.STREAM_CLOSED)


@case("http2/6.1", "DATA with more padding than payload is a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request("POST") + [("content-length", "4")], end_stream=False)
    c.frame(Type.DATA, PADDED | END_STREAM, 1, b"\x06Test", is_split=True)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


interrupts("http2/6.2", "HEADERS without END_HEADERS, then PRIORITY is a connection error PROTOCOL_ERROR",
           lambda c: c.priority(1))
interrupts("http2/6.2", "HEADERS without END_HEADERS, then of another stream are a connection error PROTOCOL_ERROR",
           lambda c: c.headers(c.request(), stream=3))


@case("http2/6.2", "HEADERS on stream 0 are a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request(), stream=0)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.2", "HEADERS with more padding than payload are a PROTOCOL_ERROR error")
def _(c):
    block = c.encode(c.request())
    c.frame(Type.HEADERS, PADDED | END_HEADERS | END_STREAM, 1, bytes([len(block) + 2]), block, is_split=True)
    c.expect_stream_error(Code.PROTOCOL_ERROR)


@case("http2/6.3", "PRIORITY on stream 0 is a connection error PROTOCOL_ERROR")
def _(c):
    c.priority(0)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.3", "PRIORITY of another length than 5 is a FRAME_SIZE_ERROR error")
def _(c):
    c.headers(c.request())
    c.frame(Type.PRIORITY, 0, 1, b"\x80\0\0\x01", is_split=True)
    c.expect_stream_error(Code.FRAME_SIZE_ERROR)


@case("http2/6.4", "RST_STREAM on stream 0 is a connection error PROTOCOL_ERROR")
def _(c):
    c.reset(0)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.4", "RST_STREAM on an idle stream is a connection error PROTOCOL_ERROR")
def _(c):
    c.reset(1)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.4", "RST_STREAM of another length than 4 is a FRAME_SIZE_ERROR error")
def _(c):
    c.headers(c.request())
    c.frame(Type.RST_STREAM, 0, 1, bytes(3), is_split=True)
    c.expect_stream_error(Code.FRAME_SIZE_ERROR)


@case("http2/6.5", "SETTINGS with ACK and a payload are a connection error FRAME_SIZE_ERROR")
def _(c):
    c.frame(Type.SETTINGS, ACK, 0, bytes(1), is_split=True)
    c.expect_connection_error(Code.FRAME_SIZE_ERROR)


@case("http2/6.5", "SETTINGS on a stream are a connection error PROTOCOL_ERROR")
def _(c):
    c.frame(Type.SETTINGS, 0, 1, struct.pack(">HI", Setting.MAX_CONCURRENT_STREAMS, 100), is_split=True)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.5", "SETTINGS of a length that is no multiple of 6 are a FRAME_SIZE_ERROR or PROTOCOL_ERROR error")
def _(c):
    c.frame(Type.SETTINGS, 0, 0, b"\0\x03\0", is_split=True)
    c.expect_stream_error(Code.FRAME_SIZE_ERROR, Code.PROTOCOL_ERROR)


@case("http2/6.5.2", "SETTINGS_ENABLE_PUSH other than 0 and 1 is a connection error PROTOCOL_ERROR")
def _(c):
    c.settings_frame((Setting.ENABLE_PUSH, 2))
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.5.2", "SETTINGS_INITIAL_WINDOW_SIZE above 2^31-1 is a connection error FLOW_CONTROL_ERROR")
def _(c):
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW + 1))
    c.expect_connection_error(Code.FLOW_CONTROL_ERROR)


@case("http2/6.5.2", "SETTINGS_MAX_FRAME_SIZE below 2^14 is a connection error PROTOCOL_ERROR")
def _(c):
    c.settings_frame((Setting.MAX_FRAME_SIZE, DEFAULT_FRAME_SIZE - 1))
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.5.2", "SETTINGS_MAX_FRAME_SIZE above 2^24-1 is a connection error PROTOCOL_ERROR")
def _(c):
    c.settings_frame((Setting.MAX_FRAME_SIZE, 1 << 24))
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.5.2", "an unknown parameter is ignored")
def _(c):
    c.settings_frame((0xff, 1))
    c.ping()
    c.expect_pong()


@case("http2/6.5.3", "the last of two values of SETTINGS_INITIAL_WINDOW_SIZE counts", body=1)
def _(c):
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, 100), (Setting.INITIAL_WINDOW_SIZE, 1))
    c.expect_settings_ack()
    c.headers(c.request())
    c.expect_data(length=1)


@case("http2/6.5.3", "SETTINGS are acknowledged")
def _(c):
    c.settings_frame((Setting.ENABLE_PUSH, 0))
    c.expect_settings_ack()


@case("http2/6.7", "PING is answered with its payload")
def _(c):
    c.ping()
    c.expect_pong()


@case("http2/6.7", "PING with ACK is not answered")
def _(c):
    c.ping(b"unasked\0", is_ack=True)
    c.ping()
    c.expect_pong()


@case("http2/6.7", "PING on a stream is a connection error PROTOCOL_ERROR")
def _(c):
    c.frame(Type.PING, 0, 1, bytes(8), is_split=True)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.7", "PING of another length than 8 is a connection error FRAME_SIZE_ERROR")
def _(c):
    c.frame(Type.PING, 0, 0, bytes(6), is_split=True)
    c.expect_connection_error(Code.FRAME_SIZE_ERROR)


@case("http2/6.8", "GOAWAY on a stream is a connection error PROTOCOL_ERROR")
def _(c):
    c.frame(Type.GOAWAY, 0, 1, bytes(8), is_split=True)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.9", "WINDOW_UPDATE of 0 is a connection error PROTOCOL_ERROR")
def _(c):
    c.window_update(0, 0)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.9", "WINDOW_UPDATE of 0 on a stream is a PROTOCOL_ERROR error")
def _(c):
    c.headers(c.request(), end_stream=False)
    c.window_update(1, 0)
    c.expect_stream_error(Code.PROTOCOL_ERROR)


@case("http2/6.9", "WINDOW_UPDATE of another length than 4 is a connection error FRAME_SIZE_ERROR")
def _(c):
    c.frame(Type.WINDOW_UPDATE, 0, 0, b"\0\0\x01", is_split=True)
    c.expect_connection_error(Code.FRAME_SIZE_ERROR)


@case("http2/6.9.1", "a window of 1 is kept to", body=1)
def _(c):
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, 1))
    c.expect_settings_ack()
    c.headers(c.request())
    c.expect_data(length=1)


@case("http2/6.9.1", "a window of the connection above 2^31-1 is a connection error FLOW_CONTROL_ERROR")
def _(c):
    c.window_update(0, LARGEST_WINDOW)
    c.window_update(0, LARGEST_WINDOW)
    c.expect_first("GOAWAY with FLOW_CONTROL_ERROR", Type.GOAWAY, lambda frame: frame.code == Code.FLOW_CONTROL_ERROR)


@case("http2/6.9.1", "a window of a stream above 2^31-1 is a stream error FLOW_CONTROL_ERROR")
def _(c):
    c.headers(c.request(), end_stream=False)
    c.window_update(1, LARGEST_WINDOW)
    c.window_update(1, LARGEST_WINDOW)
    c.expect_first("RST_STREAM with FLOW_CONTROL_ERROR", Type.RST_STREAM,
                   lambda frame: frame.stream == 1 and frame.code == Code.FLOW_CONTROL_ERROR)


@case("http2/6.9.2", "a change of SETTINGS_INITIAL_WINDOW_SIZE changes the windows of streams", body=1)
def _(c):
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, 0))
    c.expect_settings_ack()
    c.headers(c.request())
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, 1))
    c.expect_data(length=1)


@case("http2/6.9.2", "a window can become negative", body=5)
def _(c):
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, 3))
    c.expect_settings_ack()
    c.headers(c.request())
    c.expect_data()
    c.settings_frame((Setting.INITIAL_WINDOW_SIZE, 2))
    c.expect_settings_ack()
    c.window_update(1, 2)
    c.expect_data(length=1)


@case("http2/6.9.2", "SETTINGS_INITIAL_WINDOW_SIZE above 2^31-1 is a connection error FLOW_CONTROL_ERROR")
def _(c):
    c.frame(Type.SETTINGS, 0, 0, struct.pack(">HI", Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW + 1), is_split=True)
    c.expect_connection_error(Code.FLOW_CONTROL_ERROR)


@case("http2/6.10", "two CONTINUATION frames after HEADERS")
def _(c):
    c.headers(c.request(), end_headers=False)
    c.continuation(dummy(), end_headers=False)
    c.continuation(dummy())
    c.expect_headers()


@case("http2/6.10", "CONTINUATION without END_HEADERS, then DATA is a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request("POST"), end_stream=False, end_headers=False)
    c.continuation(dummy(), end_headers=False)
    c.data()
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.10", "CONTINUATION on stream 0 is a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request(), end_headers=False)
    c.continuation(dummy(), stream=0)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.10", "CONTINUATION after HEADERS with END_HEADERS is a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request())
    c.continuation(dummy())
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.10", "CONTINUATION after CONTINUATION with END_HEADERS is a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request(), end_headers=False)
    c.continuation(dummy())
    c.continuation(dummy())
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/6.10", "CONTINUATION after DATA is a connection error PROTOCOL_ERROR")
def _(c):
    c.headers(c.request("POST"), end_stream=False, end_headers=False)
    c.data()
    c.continuation(dummy(), end_headers=False)
    c.continuation(dummy(), stream=0)
    c.expect_connection_error(Code.PROTOCOL_ERROR)


@case("http2/7", "GOAWAY with an unknown code is nothing special")
def _(c):
    c.goaway(0xff)
    c.ping()
    c.expect_pong_or_closed()


@case("http2/7", "RST_STREAM with an unknown code is nothing special")
def _(c):
    c.headers(c.request("POST"), end_stream=False)
    c.reset(1, 0xff)
    c.ping()
    c.expect_pong()


@case("http2/8.1", "second HEADERS without END_STREAM are a PROTOCOL_ERROR error")
def _(c):
    c.headers(c.request("POST"), end_stream=False)
    c.data(end_stream=False)
    c.headers([("x-test", "ok")], end_stream=False)
    c.expect_stream_error(Code.PROTOCOL_ERROR)


def refuses(section, title, fields):
    """A request with these fields is malformed."""
    @case(section, title + " is a PROTOCOL_ERROR error")
    def _(c):
        c.headers(fields(c))
        c.expect_stream_error(Code.PROTOCOL_ERROR)


refuses("http2/8.1.2", "an upper case letter in a name", lambda c: c.request() + [("X-TEST", "ok")])
refuses("http2/8.1.2.1", "an unknown pseudo-header", lambda c: c.request() + [(":test", "ok")])
refuses("http2/8.1.2.1", "a pseudo-header of answers", lambda c: c.request() + [(":status", "200")])


@case("http2/8.1.2.1", "a pseudo-header in trailers is a PROTOCOL_ERROR error")
def _(c):
    c.headers(c.request("POST"), end_stream=False)
    c.data(end_stream=False)
    c.headers([(":method", "POST")], end_stream=False)
    c.expect_stream_error(Code.PROTOCOL_ERROR)


refuses("http2/8.1.2.1", "a pseudo-header after a field", lambda c: [("x-test", "ok")] + c.request())
refuses("http2/8.1.2.2", "a field that is specific to a connection",
        lambda c: c.request() + [("connection", "keep-alive")])
refuses("http2/8.1.2.2", "TE with something else than trailers",
        lambda c: c.request() + [("trailers", "test"), ("te", "trailers, deflate")])
refuses("http2/8.1.2.3", "an empty :path", lambda c: c.request(path=""))
for omitted in (":method", ":scheme", ":path"):
    refuses("http2/8.1.2.3", f"a request without {omitted}",
            lambda c, omitted=omitted: [field for field in c.request() if field[0] != omitted])
for doubled in (":method", ":scheme", ":path"):
    refuses("http2/8.1.2.3", f"{doubled} twice",
            lambda c, doubled=doubled: c.request() + [field for field in c.request() if field[0] == doubled])


@case("http2/8.1.2.6", "a content-length that is not that of DATA is a PROTOCOL_ERROR error")
def _(c):
    c.headers(c.request("POST") + [("content-length", "1")], end_stream=False)
    c.data()
    c.expect_stream_error(Code.PROTOCOL_ERROR)


@case("http2/8.1.2.6", "a content-length that is not that of two DATA frames is a PROTOCOL_ERROR error")
def _(c):
    c.headers(c.request("POST") + [("content-length", "1")], end_stream=False)
    c.data(end_stream=False)
    c.data()
    c.expect_stream_error(Code.PROTOCOL_ERROR)


@case("http2/8.2", "PUSH_PROMISE of a client is a connection error PROTOCOL_ERROR")
def _(c):
    c.frame(Type.PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 3), c.encode(c.request()))
    c.expect_connection_error(Code.PROTOCOL_ERROR)


# RFC 7541

def cannot_decode(section, title, octets):
    """A field block that ends with these octets cannot be decoded."""
    @case(section, title + " is a connection error COMPRESSION_ERROR")
    def _(c):
        c.headers(c.encode(c.request()) + octets)
        c.expect_connection_error(Code.COMPRESSION_ERROR)


def huffman_value(octets):
    return bytes([WITHOUT_INDEXING[0]]) + string("x-test", True) + integer(0x80, 7, len(octets)) + octets


cannot_decode("hpack/2.3.3", "an indexed field beyond both tables", integer(0x80, 7, 70))
cannot_decode("hpack/2.3.3", "a literal field with a name beyond both tables", literal(*INCREMENTAL, 70, ""))
cannot_decode("hpack/4.2", "a dynamic table size update at the end of a block", table_size_update(1))
# "test" is 49 50 9f: the last three bits are padding.
cannot_decode("hpack/5.2", "Huffman padding of more than 7 bits", huffman_value(huffman("test") + b"\xff"))
cannot_decode("hpack/5.2", "Huffman padding with zeros", huffman_value(b"\x49\x50\x90"))
cannot_decode("hpack/5.2", "Huffman coding with an EOS symbol", huffman_value(b"\x49\x51\xff\xff\xff\xfa\x7f"))
cannot_decode("hpack/6.1", "an indexed field with the index 0", b"\x80")


@case("hpack/6.3", "a dynamic table size above SETTINGS_HEADER_TABLE_SIZE is a connection error COMPRESSION_ERROR")
def _(c):
    size = c.settings.get(Setting.HEADER_TABLE_SIZE, DEFAULT_TABLE_SIZE)
    c.headers(table_size_update(size + 1) + c.encode(c.request()))
    c.expect_connection_error(Code.COMPRESSION_ERROR)


# ----------------------------------------------------------------------------------------------- running them


def listed(events):
    """As text, with repetitions counted."""
    def kind(event):
        return (event.type, event.flags, len(event.payload)) if isinstance(event, Frame) else event
    texts = []
    for _, group in itertools.groupby(events, kind):
        first, *others = group
        texts.append(f"{first} and {len(others)} more such" if others else str(first))
    return ", ".join(texts) or "nothing"


def run(case, target):
    """Nothing when it passes; otherwise says why not."""
    try:
        connection = Connection(target)
    except OSError as error:
        raise Failed(f"no connection: {error}") from None
    try:
        if case.body and body_length(target) < case.body:
            raise Skipped(f"the answer has a body of less than {case.body} bytes")
        if case.handshake:
            connection.handshake()
        case.run(connection)
    except Failed as failure:
        raise Failed(f"sent {listed(connection.sent)}; expected {failure}; saw {listed(connection.seen)}") from None
    finally:
        connection.transport.close()


def main():
    parser = argparse.ArgumentParser(description="Is a server's HTTP/2 what RFC 9113 and RFC 7541 say it has to be?")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int)
    parser.add_argument("--tls", action="store_true", help="h2 over TLS; the certificate is not verified")
    parser.add_argument("--path", default="/", help="is answered to GET, HEAD and POST")
    parser.add_argument("--timeout", type=float, default=2, help="seconds to wait for a frame")
    parser.add_argument("--strict", action="store_true", help="what a server only SHOULD do as well")
    parser.add_argument("--verbose", action="store_true", help="each case, with each frame")
    parser.add_argument("--list", action="store_true", help="the names of the cases, without running them")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="beginnings of names: http2/6.5, hpack")
    target = parser.parse_args()

    def is_wanted(case):
        return (target.strict or not case.strict) and (not target.cases or any(
            name.startswith((wanted + "/", wanted + ".")) for wanted in target.cases
            for name in (f"{case.name}/", f"{case.section.split('/')[1]}/{case.number}/")))

    cases = [case for case in CASES if is_wanted(case)]
    if not cases:
        parser.error("there is no such case")
    if target.list:
        for case in cases:
            print(f"{case.name}  {case.title} ({case.source})")
        return 0
    if not target.port:
        parser.error("--port is missing")
    passed = failed = skipped = 0
    for case in cases:
        if target.verbose:
            print(f"{case.name}  {case.title} ({case.source})")
        try:
            run(case, target)
            passed += 1
        except Failed as failure:
            failed += 1
            print(f"FAILED {case.name}: {case.title} ({case.source}): {failure}")
        except Skipped as reason:
            skipped += 1
            print(f"skipped {case.name}: {case.title}: {reason}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
