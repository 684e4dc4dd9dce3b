/// One request without credentials that tries to reach a guarded route past its guards, or a public route as something else.
///
/// Sent over HTTP/1.1 and over HTTP/2 alike; ``TrickReading`` says what must become of it.
struct PathTrick: Sendable, CustomStringConvertible {
    var method = "GET"
    /// The request target (`:path` on HTTP/2). Bytes that a text cannot hold stand in hexadecimal digits between `«` and `»`.
    var target: String
    /// The value of Host (`:authority` on HTTP/2).
    var host = "t"
    /// Further fields, names in lower case.
    var fields: [(name: String, value: String)] = []

    var description: String {
        let shown = target.count > 120 ? "\(target.prefix(60))... (\(target.utf8.count) bytes)" : target
        return (["\(method) \(shown)", "host: \(host)"] + fields.map { "\($0.name): \($0.value)" })
            .joined(separator: ", ")
    }

    /// What makes it another trick than the others.
    var identity: [UInt8] {
        Array(method.utf8) + [0] + RawText.bytes(target) + [0] + RawText.bytes(host)
            + fields.flatMap { [0] + Array($0.name.utf8) + [0] + Array($0.value.utf8) }
    }
}

/// Tricks of one kind.
struct PathTrickFamily: Sendable, CustomStringConvertible {
    let name: String
    let tricks: [PathTrick]

    init(_ name: String, _ tricks: [PathTrick]) {
        self.name = name
        self.tricks = tricks
    }

    /// Each spelling in each place; `{}` is where it goes.
    init(_ name: String, in places: [String], _ spellings: [String]) {
        self.init(
            name,
            places.flatMap { place in
                spellings.map { PathTrick(target: place.split("{}").joined(separator: $0)) }
            })
    }

    var description: String { "\(name) (\(tricks.count))" }

    /// Every trick once: one of two families counts in the first.
    static let all: [PathTrickFamily] = {
        var known: Set<[UInt8]> = []
        return (dotSegments + separators + endings + spellings + forms + methods + fields + queries).map { family in
            PathTrickFamily(family.name, family.tricks.filter { known.insert($0.identity).inserted })
        }
    }()
}

/// Text in which bytes may stand as hexadecimal digits: `a«00FF»b`.
enum RawText {
    static func bytes(_ text: String) -> [UInt8] {
        // The last byte of "«".
        guard text.utf8.contains(0xAB) else { return Array(text.utf8) }
        var result: [UInt8] = []
        for (index, piece) in text.split("«").enumerated() {
            let parts = piece.split("»")
            guard index > 0, parts.count == 2 else {
                result += Array(piece.utf8)
                continue
            }
            var digits = parts[0][...]
            while let byte = UInt8(digits.prefix(2), radix: 16) {
                result.append(byte)
                digits = digits.dropFirst(2)
            }
            result += Array(parts[1].utf8)
        }
        return result
    }
}

extension String {
    /// Splits at a text, whatever stands around it: by code points, not by characters.
    fileprivate func split(_ separator: String) -> [String] {
        var parts: [String] = []
        var rest = Array(utf8)[...]
        let wanted = Array(separator.utf8)
        var start = rest.startIndex
        var index = start
        while index + wanted.count <= rest.endIndex {
            guard rest[index..<index + wanted.count].elementsEqual(wanted) else {
                index += 1
                continue
            }
            parts.append(String(decoding: rest[start..<index], as: UTF8.self))
            index += wanted.count
            start = index
        }
        rest = rest[start...]
        return parts + [String(decoding: rest, as: UTF8.self)]
    }
}
