import Foundation
import MessageWire
import NIOCore
import Testing

/// Thousands of damaged inputs, compared with plain implementations. The seeds are fixed: what fails once fails always.
@Suite struct MutatedInputTests {
    static let texts: [[UInt8]] = [
        #"{"a":[1,-2.5e+3,true,false,null],"b":{"c":"\u00e9\n\ud83d\ude00é안😀"},"":"","a b":[[],{}]}"#,
        #" [ {"key":"value","k\u0065y2":0.1E-7} , "\\\"\/\b\f\n\r\t" , [[[[[[[["deep"]]]]]]]] ] "#,
        #"{"id":"0001000000000002","response":{"items":[{"n":1},{"n":2}],"total":2},"isDisposed":true}"#,
        #"{"pattern":{"cmd":"sum"},"data":[1,2,3],"id":"id-1"}"#,
        #"{"err":{"status":"error"},"id":0,"isDisposed":"x"}"#,
        "\"" + String(repeating: "plain text without any escapes, ", count: 4) + "\"", "-0", "1e400", "\"\\ud800\"",
        "{" + (0..<24).map { "\"key\($0)\":\($0)" }.joined(separator: ",") + "}",
    ].map { Array($0.utf8) }

    @Test(arguments: [JSONRules.rfc8259, .untrusted, JSONRules(maxDepth: 3, refusesDuplicateKeys: true)].indices)
    func `the scanner agrees with a plain reader`(index: Int) {
        let rules = [JSONRules.rfc8259, .untrusted, JSONRules(maxDepth: 3, refusesDuplicateKeys: true)][index]
        var mutator = Mutator(seed: UInt64(index) + 1)
        var accepted = 0
        for round in 0..<6000 {
            let bytes = mutator.mutate(Self.texts[round % Self.texts.count], with: Self.texts)
            let expected = NaiveJSON.scan(bytes, rules: rules)
            let found = try? scan(bytes, rules: rules)
            #expect(found?.value == expected?.value, "\(bytes)")
            #expect(found?.utf16Count == expected?.utf16Count, "\(bytes)")
            guard let found else { continue }
            accepted += 1
            checkTree(bytes, found)
            checkFoundation(bytes)
        }
        #expect(accepted > 300)
    }

    /// What was accepted can be read, written and read again.
    private func checkTree(_ bytes: [UInt8], _ scan: JSONScan) {
        bytes.withUnsafeBytes { text in
            let value = JSONValue(checked: text)
            #expect(value.kind == scan.kind)
            #expect(JSONScanner.kind(of: text) == scan.kind)
            #expect(JSONScanner.find([], in: text) == scan.value)
            #expect((try? JSONValue.parse(value.serialized())) == value, "\(bytes)")
            let normalized = value.javaScriptNormalized
            #expect(normalized.javaScriptNormalized == normalized, "\(bytes)")
            guard case .object(let members) = value else { return }
            var names: [String] = []
            JSONScanner.forEachMember(of: text) { key, value in
                names.append(JSONScanner.unescape(UnsafeRawBufferPointer(rebasing: text[key])))
                let inner = Array(text[value])
                #expect((try? MessageWireTests.scan(inner))?.value == 0..<inner.count)
            }
            #expect(names == members.map(\.name))
        }
    }

    /// What we accept another reader accepts, as far as it knows the number or has room for the text.
    private func checkFoundation(_ bytes: [UInt8]) {
        guard !bytes.contains(where: { $0 | 0x20 == 0x65 }), !bytes.starts(with: [0]), !bytes.contains(0x5C) else {
            return
        }
        #expect(throws: Never.self, "\(bytes)") {
            _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        }
    }

    @Test func `the envelopes agree with the tree`() {
        var mutator = Mutator(seed: 11)
        let packets = Array(Self.texts[2...4])
        var read = 0
        for round in 0..<8000 {
            let bytes = mutator.mutate(packets[round % packets.count], with: packets)
            guard let value = bytes.withUnsafeBytes({ try? JSONValue.parse($0) }) else {
                #expect(throws: MessageWireError.self) { _ = try bytes.reply() }
                #expect(throws: MessageWireError.self) { _ = try bytes.request() }
                continue
            }
            guard value.kind == .object, let reply = try? bytes.reply(), let request = try? bytes.request() else {
                #expect(value.kind != .object)
                continue
            }
            read += 1
            #expect(bytes.value(reply.id) == value["id"])
            #expect(bytes.value(reply.err) == value["err"])
            #expect(bytes.value(reply.response) == value["response"])
            #expect(reply.isDisposed == isTruthy(value["isDisposed"]))
            #expect(bytes.value(request.id) == value["id"])
            #expect(bytes.value(request.pattern) == value["pattern"])
            #expect(bytes.value(request.data) == value["data"])
            #expect(bytes.value(request.metadata) == value["metadata"])
            if case .error = reply.outcome { #expect(isTruthy(value["err"])) } else { #expect(!isTruthy(value["err"])) }
            if let pattern = request.pattern {
                Array(bytes[pattern]).withUnsafeBytes { _ = PatternNormalizer.route(ofIncoming: $0) }
            }
        }
        #expect(read > 500)
    }

    private func isTruthy(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null, .bool(false), .string(""): false
        case .number(let text): Double(text) != 0
        default: true
        }
    }

    @Test func `the decoder cuts like NestJS, wherever the segments end`() {
        var mutator = Mutator(seed: 21)
        let streams = (0..<4).map { number in
            (0...number + 2).flatMap { frame(String(decoding: Self.texts[($0 * 3 + number) % 5], as: UTF8.self)) }
        }
        var whole = 0
        for round in 0..<4000 {
            // Behind the line feed no character is unfinished, which only the plain reader would replace.
            let bytes = mutator.mutate(streams[round % streams.count], with: streams) + [0x0A]
            let expected = NaiveFrames.cut(bytes)
            let found = decode(mutator.cut(bytes))
            let frames = found.texts.map { Array($0.utf16) }
            switch found.error {
            case nil:
                #expect(frames == expected.frames, "\(bytes)")
                #expect(!expected.isBroken, "\(bytes)")
                whole += 1
            case .corruptedLength:
                #expect(frames == expected.frames, "\(bytes)")
                #expect(expected.isBroken, "\(bytes)")
            case .lengthCutsCharacter:
                // The plain reader goes on behind the half of a character.
                #expect(frames == Array(expected.frames.prefix(frames.count)), "\(bytes)")
                let next = expected.frames.dropFirst(frames.count).first
                #expect(next?.last.map { UTF16.isLeadSurrogate($0) } == true, "\(bytes)")
            case .frameTooLong:
                #expect(frames == expected.frames, "\(bytes)")
            case .lengthTextTooLong:
                #expect(frames == Array(expected.frames.prefix(frames.count)), "\(bytes)")
            case .bufferTooFull, .badFraming, .notJSON:
                Issue.record("\(bytes)")
            }
            #expect(found.frames.allSatisfy { String(validating: $0, as: UTF8.self) != nil }, "\(bytes)")
        }
        #expect(whole > 1000)
    }
}
