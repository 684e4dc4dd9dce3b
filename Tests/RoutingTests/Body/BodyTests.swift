import MessageWire
import NIOCore
import Testing

@testable import Routing

/// Rule 5: what a route takes as a body, and what becomes of it.
@Suite struct BodyTests {
    private func formats(_ consumes: String) -> BodyFormats? {
        load(route("POST /x", "    consumes: \(consumes)\n")).file?.routes.first?.consumes
    }

    private func select(_ consumes: String, _ type: String?) -> String {
        guard let formats = formats(consumes) else { return "not loaded" }
        do throws(PayloadError) {
            guard let type else { return "\(try formats.select(contentType: nil))" }
            let bytes = Array(type.utf8)
            var result = "", failure: PayloadError?
            bytes.withUnsafeBytes { bytes in
                do throws(PayloadError) { result = "\(try formats.select(contentType: bytes))" } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            return result
        } catch {
            return "\(error.status) \(error.message)"
        }
    }

    private func decode(_ consumes: String, _ type: String, _ body: String) -> String {
        guard let formats = formats(consumes) else { return "not loaded" }
        var writer = JSONWriter(buffer: ByteBuffer())
        return Array(type.utf8).withUnsafeBytes { type in
            Array(body.utf8).withUnsafeBytes { body in
                do throws(PayloadError) {
                    let selection = try formats.select(contentType: type)
                    let scan = try BodyDecoder.decode(body, as: selection, formats: formats, into: &writer)
                    let text = String(buffer: writer.buffer)
                    let checked = writer.buffer.withUnsafeReadableBytes { try? JSONScanner.scan($0, rules: .untrusted) }
                    return checked == scan ? text : "scan \(scan), checked \(String(describing: checked))"
                } catch {
                    return "\(error.status) \(error.code) \(error.detail)"
                }
            }
        }
    }

    @Test(
        arguments: [
            (nil, "json"), ("application/json", "json"), ("APPLICATION/JSON; charset=UTF-8", "json"),
            ("application/vnd.api+json", "json"),
            ("application/json;charset=\"utf-8\"", "json"), ("application/json ; a=b;", "json"),
            ("application/json; charset=latin1", "415 The charset must be utf-8. Send application/json."),
            ("text/plain", "415 The content type text/plain is not taken here. Send application/json."),
            ("application/jsonp", "415 The content type application/jsonp is not taken here. Send application/json."),
            ("application/+json", "json"), ("json", "400 The content type is not well-formed."),
            ("application/json; x", "400 The content type is not well-formed."),
            ("", "400 The content type is not well-formed."),
            ("application/json, text/plain", "400 The content type is not well-formed."),
            (
                "application/x-www-form-urlencoded",
                "415 This route takes JSON, not application/x-www-form-urlencoded: use `curl --json`, or add `-H 'content-type: application/json'`."
            ),
        ] as [(String?, String)])
    func `by default only JSON is taken`(type: String?, result: String) {
        #expect(select("[json]", type) == result)
    }

    @Test func `formats are chosen by content type`() {
        let all = "[json, form, text, binary, multipart: { parts: { a: text } }]"
        #expect(select(all, "application/x-www-form-urlencoded") == "form")
        #expect(select(all, "text/csv; charset=utf-8") == "text")
        #expect(
            select(all, "text/plain; charset=utf-16")
                == "415 The charset must be utf-8. Send application/json, application/x-www-form-urlencoded, text/plain, application/octet-stream, multipart/form-data."
        )
        #expect(select(all, "image/png") == "binary")
        #expect(select(all, "multipart/form-data; boundary=\"a b\"") == "multipart(boundary: \"a b\")")
        #expect(select(all, "multipart/form-data").hasPrefix("400 multipart/form-data needs a boundary"))
        #expect(select("text", nil) == "415 A request to this route needs a content type. Send text/plain.")
        #expect(
            select("[form]", "application/json").hasPrefix("415 The content type application/json is not taken here."))
        #expect(select("[binary]", nil) == "binary")
        #expect(select("[binary]", "application/json").hasPrefix("415"))
        #expect(
            select("[text]", "application/x-www-form-urlencoded").hasPrefix(
                "415 The content type application/x-www-form-urlencoded"))
    }

    @Test func `a form becomes an object of texts`() {
        let type = "application/x-www-form-urlencoded"
        #expect(decode("[form]", type, "a=1&b=x+y%21&c&%C3%A4=%22") == #"{"a":"1","b":"x y!","c":"","ä":"\""}"#)
        #expect(decode("[form]", type, "") == "{}")
        #expect(decode("[form]", type, "a=1&a=2") == "400 invalid_body body.a: The form field is given more than once.")
        #expect(decode("[form]", type, "a=%FF").hasPrefix("400 invalid_body The form is not well-formed"))
        #expect(
            decode("[form]", type, "__proto__=1") == "400 invalid_body The field name \"__proto__\" is not allowed.")
        #expect(
            decode("[form]", type, (0...1000).map { "f\($0)=" }.joined(separator: "&"))
                == "400 invalid_body The form has more than 1000 fields.")
    }

    @Test func `a text becomes a string, anything else base64`() {
        #expect(decode("[text]", "text/plain", "a\"b\n你") == #""a\"b\n你""#)
        #expect(decode("[binary]", "image/png", "") == "\"\"")
        for (text, base64) in [
            ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            #expect(decode("[binary]", "image/png", text) == "\"\(base64)\"")
        }
        #expect(
            decode("[binary]", "a/b", String(repeating: "foo", count: 5000)) == "\""
                + String(repeating: "Zm9v", count: 5000) + "\"")
    }

    private static let rules =
        "[multipart: { parts: { file: { as: base64, max: 6B }, doc: { as: file }, title: text, meta: { as: json, required: true } } }]"

    private func multipart(_ parts: (String, String)..., end: String = "--b--\r\n") -> String {
        decode(
            Self.rules, "multipart/form-data; boundary=b",
            parts.map { "--b\r\nContent-Disposition: form-data; \($0.0)\r\n\r\n\($0.1)\r\n" }.joined() + end)
    }

    @Test func `a multipart form becomes an object by its rules`() {
        #expect(
            multipart(
                ("name=\"title\"", "a\r\nb"), ("name=meta", " {\"x\" : [1]} "),
                ("name=\"file\"; filename=\"x.bin\"", "foobar"))
                == #"{"title":"a\r\nb","meta":{"x" : [1]},"file":"Zm9vYmFy"}"#)
        #expect(
            multipart(("name=\"meta\"", "1"), ("name=\"doc\"; filename=\"a\\\"b.png\"\r\nContent-Type: image/png", "f"))
                == #"{"meta":1,"doc":{"filename":"a\"b.png","type":"image/png","data":"Zg=="}}"#)
        #expect(multipart(("name=meta", "1"), end: "--b--") == #"{"meta":1}"#)
    }

    @Test func `a multipart form that breaks the rules is refused`() {
        #expect(multipart(("name=title", "x")) == "400 invalid_body body.meta: The part is missing.")
        #expect(multipart(("name=other", "x")) == "400 invalid_body The part \"other\" is not taken here.")
        #expect(
            multipart(("name=meta", "1"), ("name=meta", "1"))
                == "400 invalid_body body.meta: The part is given more than once.")
        #expect(
            multipart(("name=file", "1234567"))
                == "413 part_too_large body.file: The part has 7 bytes; at most 6 are taken.")
        #expect(multipart(("name=meta", "{")).hasPrefix("400 invalid_body body.meta: The part is not JSON: "))
        #expect(
            multipart(("name=meta", #"{"__proto__":1}"#)).hasPrefix(
                "400 invalid_body body.meta: The part is not JSON: "))
        #expect(
            multipart(("filename=x", ""))
                == "400 invalid_body The multipart body is not well-formed: a part has a bad Content-Disposition.")
    }

    @Test(arguments: [
        "", "x", "--b", "--b\r\n", "--b--x", "--b\r\n\r\n", "--b\r\n\r\n\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=meta\r\n\r\n1", "--bx\r\n\r\n--b--", "pre\r\n--b--",
    ])
    func `a multipart body cut short is refused`(body: String) {
        #expect(
            decode(Self.rules, "multipart/form-data; boundary=b", body).hasPrefix(
                "400 invalid_body The multipart body is not well-formed: "))
    }

    @Test func `a multipart body cut anywhere never traps`() {
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: a/b; c=\"d\"\r\n\r\n{\"x\":1}\r\n--b--\r\n"
        for length in 0..<body.utf8.count {
            let result = decode(Self.rules, "multipart/form-data; boundary=b", String(body.prefix(length)))
            #expect(result.hasPrefix("400") || result == #"{"meta":{"x":1}}"#)
        }
    }

    @Test func `faults in consumes are told`() {
        func errors(_ text: String) -> [String] { load(route("POST /x", "    consumes: \(text)\n")).errors }
        #expect(
            errors("[jsn]") == [
                "r.yaml:7:16: \"consumes\" must be one of \"json\", \"form\", \"text\", \"binary\", \"multipart\", not \"jsn\"; did you mean \"json\"?"
            ])
        #expect(
            errors("[multipart]") == [
                "r.yaml:7:16: \"multipart\" needs a rule for each part: multipart: { parts: { title: text } }"
            ])
        #expect(errors("[json, json]") == ["r.yaml:7:22: \"json\" is named twice"])
        #expect(errors("[]") == ["r.yaml:7:15: \"consumes\" is empty"])
        #expect(errors("[multipart: { parts: { a: { max: 5 } } }]").count == 2)
    }
}
