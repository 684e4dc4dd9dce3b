import MessageWire
import NIOCore
import Testing

@Suite struct FrameEncoderTests {
    private func request(
        _ pattern: CompiledPattern, _ data: String, id: PacketID? = nil, metadata: String? = nil
    ) -> String {
        let bytes = encoded { buffer in
            buffer.writeString("before")
            Array(data.utf8).withUnsafeBytes { data in
                Array((metadata ?? "").utf8).withUnsafeBytes { more in
                    FrameEncoder.request(
                        pattern, data: data, dataUnits: UTF16Count.of(data), id: id,
                        metadata: metadata == nil ? nil : (more, UTF16Count.of(more)), into: &buffer)
                }
            }
        }
        return String(decoding: bytes.dropFirst(6), as: UTF8.self)
    }

    @Test func `a request has an id, an event has none`() {
        let pattern: JSONValue = ["cmd": "sum"]
        let id = PacketID(slot: 1, sequence: 2)
        #expect(
            request(CompiledPattern(send: pattern), "[1,2]", id: id)
                == #"62#{"pattern":{"cmd":"sum"},"data":[1,2],"id":"0001000000000002"}"#)
        #expect(
            request(CompiledPattern(emit: pattern), "\"안😀\"")
                == ##"44#{"pattern":"{\"cmd\":\"sum\"}","data":"안😀"}"##)
        #expect(
            request(CompiledPattern(send: "명령"), "1", id: id, metadata: "{\"a\":\"가\"}")
                == #"70#{"pattern":"명령","data":1,"metadata":{"a":"가"},"id":"0001000000000002"}"#)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 69, 70, 970, 971, 9970, 99_968, 99_970, 999_967])
    func `lengths of every size are right`(size: Int) {
        let data = "\"" + String(repeating: "가", count: size) + "\""
        let written = request(CompiledPattern(emit: "p"), data)
        let json = "{\"pattern\":\"p\",\"data\":\(data)}"
        #expect(written == "\(json.utf16.count)#\(json)")
    }

    @Test func `answers have the members in the order of NestJS`() {
        func reply(_ body: (inout ByteBuffer, FrameEncoder.Text, FrameEncoder.Text) -> Void) -> String {
            Array("\"v\"".utf8).withUnsafeBytes { value in
                Array("7".utf8).withUnsafeBytes { id in
                    String(
                        decoding: encoded {
                            body(&$0, FrameEncoder.Text(counting: value), FrameEncoder.Text(counting: id))
                        }, as: UTF8.self)
                }
            }
        }
        #expect(
            reply { FrameEncoder.reply(.value($1, isLast: true), id: $2, into: &$0) }
                == #"41#{"response":"v","isDisposed":true,"id":7}"#)
        #expect(
            reply { FrameEncoder.reply(.value($1, isLast: false), id: $2, into: &$0) }
                == #"23#{"response":"v","id":7}"#)
        #expect(
            reply { FrameEncoder.reply(.error($1), id: $2, into: &$0) } == #"36#{"err":"v","isDisposed":true,"id":7}"#)
        #expect(reply { FrameEncoder.reply(.completed, id: $2, into: &$0) } == #"26#{"isDisposed":true,"id":7}"#)
        #expect(
            reply { FrameEncoder.noHandler(id: $2, into: &$0) }
                == #"101#{"id":7,"status":"error","err":"There is no matching message handler defined "#
                + #"in the remote service."}"#)
    }
}
