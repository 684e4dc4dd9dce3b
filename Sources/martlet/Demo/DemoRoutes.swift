/// The text of `Routes/demo.yaml`, so that `martlet demo` works wherever the binary is. A test keeps the two the same.
enum DemoRoutes {
    static let name = "Routes/demo.yaml"

    static let text = #"""
        # The route file of `martlet demo`, and a short course in the format. The whole of it stands in docs/route-file.md.
        #
        #   curl --json '[1,2,3]' localhost:8080/math/sum
        #
        version: 1

        # Where the gateway listens. ${NAME:-default} takes an environment variable, or the default when it is not set.
        gateway:
          listen: ["${MARTLET_DEMO_ADDRESS:-127.0.0.1:8080}"]

        # The NestJS microservices behind it: what stands in ClientsModule.register of a Nest gateway.
        services:
          demo:
            transport: tcp
            endpoints: ["${MARTLET_DEMO_SERVICE:-127.0.0.1:3000}"]
            timeout: 5s                       # every time and size has its unit

        routes:
          # `send` is ClientProxy.send: a message that waits for its answer. `pattern` is what stands in @MessagePattern.
          # Without `payload`, the JSON body of a POST is the payload, byte for byte:
          #   curl --json '[1,2,3]' localhost:8080/math/sum     ->  6
          - id: sum
            match: POST /math/sum
            send: { service: demo, pattern: { cmd: sum } }

          # What comes in a path or query is a text until a pipe says otherwise, and a parameter may come only once unless the
          # reference says `all`. ParseInt then takes each of them.
          #   curl 'localhost:8080/math/sum?values=1&values=2'  ->  3
          - id: sum-query
            match: GET /math/sum
            send: { service: demo, pattern: { cmd: sum } }
            payload: { from: $query.values, all: true, pipes: [ParseInt] }

          # A payload can be written out. This one is always the same.
          - id: small
            match: GET /small
            send: { service: demo, pattern: { cmd: sum } }
            payload: [1, 2, 3]

          # The answer is what was sent.
          #   curl --json '{"a":1}' localhost:8080/echo
          - id: echo
            match: POST /echo
            send: { service: demo, pattern: { cmd: echo } }

          # `:name` is a path parameter, as in a Nest controller. A GET without `payload` sends the query and the path together:
          # the handler gets {"name":"Ada"}.
          - id: hello
            match: GET /hello/:name
            send: { service: demo, pattern: { cmd: hello } }

          # A payload is a tree of literals and references ($path, $query, $header, $cookie, $body, $request). This one is an
          # object with a number. A service that takes longer than 2 seconds gives a 504.
          #   curl localhost:8080/slow/3000
          - id: slow
            match: GET /slow/:ms
            send: { service: demo, pattern: { cmd: slow } }
            payload: { ms: { from: $path.ms, pipes: [ParseInt] } }
            timeout: 2s

          # An error of a service keeps its meaning. `new RpcException({ statusCode: 404, message: '...' })` is a 404 by itself;
          # `map` gives a status to names.
          - id: fail
            match: GET /fail
            send: { service: demo, pattern: { cmd: fail } }
            payload: { kind: conflict }
            errors:
              map: { NOT_FOUND: 404 }

          - id: fail-kind
            match: GET /fail/:kind
            send: { service: demo, pattern: { cmd: fail } }
            payload: { kind: $path.kind }
            errors:
              map: { NOT_FOUND: 404, CONFLICT: 409 }
              422: { when: { code: EMAIL_TAKEN }, title: That e-mail is already in use }

          # An Observable of many values. The client chooses: server-sent events, NDJSON, or else one JSON array.
          #   curl -N -H 'accept: text/event-stream' localhost:8080/stream/5
          - id: countdown
            match: GET /stream/:count
            send: { service: demo, pattern: { cmd: countdown } }
            payload:
              from: { from: $path.count, pipes: [ParseInt] }        # the handler gets {"from":5}
            response: { stream: negotiate, otherwise: array }
            timeout: { first: 2s, idle: 5s, total: 1m }

          # `emit` is ClientProxy.emit: an event, which nobody answers. The client gets a 202.
          #   curl --json '{"id":7}' localhost:8080/events/user-created
          - id: user-created
            match: POST /events/user-created
            emit: { service: demo, pattern: user_created }

          # An answer of 64 KiB.
          - id: big
            match: GET /big
            send: { service: demo, pattern: { cmd: big } }

        # Run by `martlet check`, without any service: a request in, a route and the message it becomes, or a status, out.
        tests:
          - request: GET /math/sum?values=1&values=2
            expect: { route: sum-query, pattern: { cmd: sum }, payload: [1, 2] }
          - request: GET /math/sum?values=1&values=two
            expect: { status: 400 }
          - request: GET /hello/Ada%20Lovelace?lang=en
            expect: { route: hello, payload: { name: Ada Lovelace, lang: en } }
          - request: POST /events/user-created
            body: { id: 7 }
            expect: { route: user-created, payload: { id: 7 }, status: 202 }
        """#
}
