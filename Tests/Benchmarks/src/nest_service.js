// nest_service.js - what NestJS 11's TCP server does for each message, without NestJS: the yardstick for the message server.
//
// The steps and their cost are those of @nestjs/microservices 11 (JsonSocket, ServerTCP, transformPatternToRoute, Server.send);
// dependency injection, RxJS, pipes and interceptors, which come on top there, are left out, so that it is faster than the real one.
// usage: node nest_service.js PORT
'use strict';
const net = require('net');
const { StringDecoder } = require('string_decoder');

const handlers = new Map();
const sorted = (value) => {
  if (typeof value === 'string' || typeof value === 'number') return `${value}`;
  if (value === null || typeof value !== 'object') return value;
  const parts = Object.keys(value)
    .sort((a, b) => ('' + a).localeCompare(b))
    .map((key) => {
      const inner = value[key];
      return typeof inner === 'string' ? `"${key}":"${inner}"` : `"${key}":${sorted(inner)}`;
    });
  return `{${parts.join(',')}}`;
};
handlers.set(sorted({ cmd: 'sum' }), async (numbers) => numbers.reduce((a, b) => a + b, 0));

class JsonSocket {
  constructor(socket) {
    this.socket = socket;
    this.decoder = new StringDecoder();
    this.buffer = '';
    this.length = null;
    socket.on('data', (chunk) => this.onData(chunk));
    socket.on('error', () => socket.destroy());
  }
  onData(chunk) {
    this.buffer += Buffer.isBuffer(chunk) ? this.decoder.write(chunk) : chunk;
    for (;;) {
      if (this.length === null) {
        const hash = this.buffer.indexOf('#');
        if (hash === -1) return;
        this.length = parseInt(this.buffer.substring(0, hash), 10);
        if (isNaN(this.length)) return this.socket.end();
        this.buffer = this.buffer.substring(hash + 1);
      }
      if (this.buffer.length < this.length) return;
      const message = this.buffer.substring(0, this.length);
      this.buffer = this.buffer.substring(this.length);
      this.length = null;
      this.onMessage(JSON.parse(message));
    }
  }
  send(message) {
    const text = JSON.stringify(message);
    this.socket.write(`${text.length}#${text}`, 'utf-8');
  }
  async onMessage(packet) {
    const raw = typeof packet.pattern === 'string' ? packet.pattern : JSON.stringify(packet.pattern);
    let route;
    try { route = sorted(JSON.parse(raw)); } catch { route = raw; }
    const handler = handlers.get(route);
    if (packet.id === undefined) return handler && handler(packet.data);
    if (!handler) {
      return this.send({ id: packet.id, status: 'error', err: 'There is no matching message handler defined in the remote service.' });
    }
    // Server.send gathers what is ready in the same tick.
    const response = await handler(packet.data);
    process.nextTick(() => this.send({ response, isDisposed: true, id: packet.id }));
  }
}

// Without noDelay small answers wait for the peer's delayed acknowledgements.
net.createServer({ noDelay: true }, (socket) => new JsonSocket(socket)).listen(+process.argv[2], '127.0.0.1');
