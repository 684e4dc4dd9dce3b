import MessageWire

/// What `martlet top` shows of a status, as lines of text. Pure: a status in, lines out.
struct TopView: Sendable {
    enum Order: String, CaseIterable, Sendable {
        case file = "route file"
        case rate
        case errors
        case p95
    }

    /// What `/status` said last.
    var status: JSONValue?
    /// Why the latest look came to nothing.
    var problem: String?
    var order = Order.file
    var isStopped = false
    private var offset = 0

    /// Takes a key.
    ///
    /// - Returns: `false` when it ends the program.
    mutating func press(_ key: Terminal.Key) -> Bool {
        switch key {
        case .interrupt, .character("q"), .character("Q"): return false
        case .character("s"):
            let all = Order.allCases
            order = all[((all.firstIndex(of: order) ?? 0) + 1) % all.count]
        case .character(" "): isStopped.toggle()
        case .up, .character("k"): offset = max(0, offset - 1)
        case .down, .character("j"): offset += 1
        case .pageUp: offset = max(0, offset - 10)
        case .pageDown: offset += 10
        case .character: break
        }
        return true
    }

    /// Everything, without colours.
    ///
    /// - Parameter width: Columns, `nil` for as many as it takes.
    /// - Returns: A line for each row.
    func lines(width: Int?) -> [String] {
        guard let status else { return [problem ?? "nothing is known yet"] }
        let lines = head(status) + [""] + services(status) + [""] + routes(status)
        return lines.map(Self.trimmed).map { line in width.map { $0.cutting(line) } ?? line }
    }

    /// What fits on a screen: head, services and routes, the part of them that was scrolled to, and a line about keys.
    func screen(width: Int, height: Int) -> [String] {
        guard let status else { return [problem ?? ""] }
        let head = head(status)
        let body = services(status) + [""] + routes(status)
        let room = max(1, height - head.count - 2)
        let first = min(offset, max(0, body.count - room))
        let keys =
            problem.map { "✖ \($0)" }
            ?? "q quit  s order: \(order.rawValue)  ↑↓ scroll  space \(isStopped ? "go on (stopped)" : "stop")"
        // A window of three lines has no room for a table.
        let shown = (head + [""] + body[first...].prefix(room)).prefix(max(1, height - 1))
        return shown.map { Self.painted(width.cutting($0)) } + ["\u{1B}[7m" + width.cutting(keys)]
    }

    /// Bold headings, coloured signs; the signs tell the same without colours.
    private static func painted(_ line: String) -> String {
        if line.hasPrefix("ROUTE") || line.hasPrefix("SERVICE") { return "\u{1B}[1m" + line }
        for (sign, colour) in [("●", 32), ("✖", 31), ("◐", 33), ("◒", 33)] where line.contains(sign) {
            let parts = line.split(separator: Character(sign), maxSplits: 1, omittingEmptySubsequences: false)
            return parts.joined(separator: "\u{1B}[\(colour)m\(sign)\u{1B}[0m")
        }
        return line
    }

    // MARK: Parts

    private func head(_ status: JSONValue) -> [String] {
        let reload = status["reload"]
        let totals = status["totals"]
        let hasFailed = reload?["lastSucceeded"]?.boolValue == false
        return [
            "martlet \(Self.text(status["version"]))  \(Self.phase(status))  generation \(Self.text(reload?["generation"]))"
                + (hasFailed ? "  ✖ the last reload was refused" : "")
                + "  \(Self.texts(status["addresses"]).joined(separator: " "))",
            "requests \(Self.rate(totals?["rate"]))/s  4xx \(Self.rate(totals?["clientErrorRate"]))/s  "
                + "5xx \(Self.rate(totals?["serverErrorRate"]))/s  in flight \(Self.text(totals?["inFlight"]))  "
                + "connections \(Self.text(status["connections"]?["open"])), "
                + "to services \(Self.text(status["connections"]?["upstream"]))",
        ]
    }

    private static func phase(_ status: JSONValue) -> String {
        let phase = text(status["phase"])
        return (phase == "serving" ? "● " : "◒ ") + phase
    }

    private func services(_ status: JSONValue) -> [String] {
        var rows = [["SERVICE", "ENDPOINT", "STATE", "RATE/s", "IN FLIGHT", "CONNS", "P50", "P95", "P99", "FAILURES"]]
        for service in Self.elements(status["services"]) {
            for endpoint in Self.elements(service["endpoints"]) {
                rows.append([
                    Self.text(service["name"]), Self.text(endpoint["address"]), Self.state(endpoint),
                    Self.rate(endpoint["rate"]), Self.text(endpoint["inFlight"]), Self.text(endpoint["connections"]),
                    Self.time(endpoint["latency"]?["p50"]), Self.time(endpoint["latency"]?["p95"]),
                    Self.time(endpoint["latency"]?["p99"]),
                    Self.reasons(endpoint["failures"], connectFailures: endpoint["connectFailures"]?.intValue ?? 0),
                ])
            }
        }
        return Routes.layout(rows)
    }

    private func routes(_ status: JSONValue) -> [String] {
        var rows = [["ROUTE", "MATCH", "RATE/s", "4XX/s", "5XX/s", "IN FLIGHT", "P50", "P95", "P99", "REASONS"]]
        for route in sorted(Self.elements(status["routes"])) {
            let id = Self.text(route["id"])
            rows.append([
                id.isEmpty ? "(no route)" : id, Self.text(route["match"]), Self.rate(route["rate"]),
                Self.rate(route["clientErrorRate"]), Self.rate(route["serverErrorRate"]), Self.text(route["inFlight"]),
                Self.time(route["latency"]?["p50"]), Self.time(route["latency"]?["p95"]),
                Self.time(route["latency"]?["p99"]), Self.reasons(route["reasons"]),
            ])
        }
        return Routes.layout(rows)
    }

    private func sorted(_ routes: [JSONValue]) -> [JSONValue] {
        func value(_ route: JSONValue) -> Double {
            switch order {
            case .file: 0
            case .rate: route["rate"]?.doubleValue ?? 0
            case .errors: (route["clientErrorRate"]?.doubleValue ?? 0) + (route["serverErrorRate"]?.doubleValue ?? 0)
            case .p95: route["latency"]?["p95"]?.doubleValue ?? 0
            }
        }
        // Stable, so that equal ones do not jump.
        return routes.enumerated().sorted { one, other in
            let (a, b) = (value(one.element), value(other.element))
            return a == b ? one.offset < other.offset : a > b
        }.map(\.element)
    }

    // MARK: Texts

    /// Without the blanks that stand before an empty last column.
    private static func trimmed(_ line: String) -> String {
        let last = line.lastIndex { $0 != " " }
        return last.map { String(line[...$0]) } ?? ""
    }

    private static func elements(_ value: JSONValue?) -> [JSONValue] {
        guard case .array(let elements)? = value else { return [] }
        return elements
    }

    private static func texts(_ value: JSONValue?) -> [String] { elements(value).map { text($0) } }

    /// What a peer sent goes to a terminal: no control characters.
    private static func text(_ value: JSONValue?) -> String {
        let text =
            switch value {
            case .string(let text)?: text
            case .number(let digits)?: digits
            default: "-"
            }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }))
    }

    private static func state(_ endpoint: JSONValue) -> String {
        let state = text(endpoint["state"])
        let signs = ["up": "●", "connecting": "◐", "down": "✖", "idle": "○", "draining": "◒", "drained": "◌"]
        return "\(signs[state] ?? "?") \(state)"
    }

    private static func rate(_ value: JSONValue?) -> String {
        guard let rate = value?.doubleValue else { return "-" }
        if rate >= 100 || rate == 0 { return Int(exactly: rate.rounded()).map(String.init) ?? "-" }
        return String((rate * 10).rounded() / 10)
    }

    static func time(_ value: JSONValue?) -> String {
        guard let seconds = value?.doubleValue, seconds.isFinite else { return "-" }
        if seconds < 0.001 { return Int(exactly: (seconds * 1e6).rounded()).map { "\($0)us" } ?? "-" }
        if seconds < 1 { return "\((seconds * 1e4).rounded() / 10)ms" }
        return "\((seconds * 100).rounded() / 100)s"
    }

    private static func reasons(_ value: JSONValue?, connectFailures: Int = 0) -> String {
        guard case .object(let members)? = value else { return "" }
        var all = members.map { (name: text(.string($0.name)), count: $0.value.intValue ?? 0) }
        if connectFailures > 0 { all.append((name: "connect", count: connectFailures)) }
        return all.sorted { $0.count > $1.count }.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    }
}

extension Int {
    /// As much of a text as so many columns show.
    fileprivate func cutting(_ text: String) -> String {
        var width = 0
        return String(
            text.prefix { character in
                width += character.displayWidth
                return width <= self
            })
    }
}
