import SwiftSyntaxMacrosGenericTestSupport
import Testing

@testable import MicroservicesMacros

/// What the macros say about code that cannot work as written.
@Suite struct ControllerFindingTests {
    @Test func `a static method is no handler`() {
        expectFinding(
            "a handler is a method of an instance, and cannot be 'static'",
            in: #"@MessagePattern("a") static func a() { }"#, column: 26, fixIt: "remove 'static'",
            fixed: #"@MessagePattern("a") func a() { }"#)
    }

    @Test func `a mutating method is no handler`() {
        expectFinding(
            "a handler cannot be 'mutating': it runs for several messages at once; keep state in an actor",
            in: #"@MessagePattern("a") private mutating func a() { }"#, column: 34, fixIt: "remove 'mutating'",
            fixed: #"@MessagePattern("a") private func a() { }"#)
    }

    @Test func `a handler has one payload`() {
        expectFinding(
            "a handler has one payload; take a 'Decodable' type that holds both",
            in: #"@MessagePattern("a") func a(@Payload("x") x: Int, @Payload("y") y: Int) { }"#, column: 55)
    }

    @Test func `a payload is not inout`() {
        expectFinding(
            "a handler's parameter cannot be 'inout': nobody would see the change",
            in: #"@MessagePattern("a") func a(x: inout Int) { }"#, column: 36, fixIt: "remove 'inout'",
            fixed: #"@MessagePattern("a") func a(x: Int) { }"#)
    }

    @Test func `a payload has no default value`() {
        expectFinding(
            "a handler's parameter has no default value; take an optional for a payload that may be missing",
            in: #"@MessagePattern("a") func a(x: Int = 1) { }"#, column: 40, fixIt: "remove the default",
            fixed: #"@MessagePattern("a") func a(x: Int) { }"#)
    }

    @Test func `a payload is not variadic`() {
        expectFinding(
            "a handler's parameter cannot be variadic; take an array",
            in: #"@MessagePattern("a") func a(x: Int...) { }"#, column: 39)
    }

    @Test(arguments: [("<T: Decodable>(x: T)", 32), ("(x: some Decodable)", 33)])
    func `a handler is not generic`(_ signature: String, _ column: Int) {
        expectFinding(
            "a handler cannot be generic: its payload is of one type",
            in: #"@MessagePattern("a") func a\#(signature) { }"#, column: column)
    }

    @Test func `a key path names the type of the payload`() {
        expectFinding(
            #"name the payload's type in the key path: '\Order.id'"#,
            in: #"@MessagePattern("a") func a(@Payload(\.id) x: Int) { }"#, column: 42)
    }

    @Test(arguments: ["@MessagePattern", "@MessagePattern()", "@EventPattern()"])
    func `a handler has a pattern`(_ mark: String) {
        let name = mark.replacing("()", with: "")
        expectFinding(
            "'\(name)' needs a pattern: '\(name)(\"order_paid\")'", in: "\(mark) func a() { }", column: 5)
    }

    @Test(arguments: ["@MessagePattern(\"b\")", "@EventPattern(\"b\")"])
    func `a method is one handler`(_ second: String) {
        expectFinding(
            "a method is one handler; put all of its patterns into one '@MessagePattern'",
            in: #"@MessagePattern("a") \#(second) func a() { }"#, column: 26)
    }

    @Test func `a handler stands outside of conditions`() {
        let source = """
            #if DEBUG
                @MessagePattern("a") func a() { }
                #endif
            """
        expectExpansion(
            "@Controller\nstruct C {\n    \(source)\n}",
            """
            struct C {
                #if DEBUG
                func a() { }
                #endif
            }

            extension C: Microservices.Controller {
                nonisolated static func register(on handlers: Microservices.ControllerHandlers<C>) {
                }
            }
            """,
            [
                DiagnosticSpec(
                    message: "'@Controller' does not see handlers in '#if'; put them outside", line: 4, column: 5)
            ])
    }

    @Test(arguments: ["enum", "protocol"]) func `a controller is a type with instances`(_ keyword: String) {
        expectExpansion(
            "@Controller\n\(keyword) C {\n}", "\(keyword) C {\n}",
            [
                DiagnosticSpec(
                    message: "'@Controller' belongs on a struct, a final class or an actor", line: 1, column: 1)
            ])
    }

    @Test func `a class is final`() {
        expectExpansion(
            "@Controller\npublic class C {\n}", "public class C {\n}",
            [
                DiagnosticSpec(
                    message: "a controller that is a class must be 'final'", line: 2, column: 8,
                    fixIts: [FixItSpec(message: "add 'final'")])
            ])
    }

    @Test func `a private type within another cannot be extended`() {
        expectExpansion(
            "enum Outer {\n    @Controller\n    private struct C {\n    }\n}",
            "enum Outer {\n    private struct C {\n    }\n}",
            [
                DiagnosticSpec(
                    message: "a controller within another type cannot be 'private': its extension would not see it",
                    line: 3, column: 5, fixIts: [FixItSpec(message: "make it 'fileprivate'")])
            ])
    }

    @Test func `two messages of one pattern are suspicious, two events are not`() {
        expectExpansion(
            """
            @Controller
            struct C {
                @MessagePattern("a") func a() { }
                @MessagePattern("b", "a") func b() { }
                @EventPattern("c") func c() { }
                @EventPattern("c") func d() { }
            }
            """,
            """
            struct C {
                func a() { }
                func b() { }
                func c() { }
                func d() { }
            }

            extension C: Microservices.Controller {
                nonisolated static func register(on handlers: Microservices.ControllerHandlers<C>) {
                    handlers.handle(.message, ["a"], payload: .ignored) { (controller, _, _) in
                        controller.a()
                    }
                    handlers.handle(.message, ["b", "a"], payload: .ignored) { (controller, _, _) in
                        controller.b()
                    }
                    handlers.handle(.event, ["c"], payload: .ignored) { (controller, _, _) in
                        controller.c()
                    }
                    handlers.handle(.event, ["c"], payload: .ignored) { (controller, _, _) in
                        controller.d()
                    }
                }
            }
            """,
            [
                DiagnosticSpec(
                    message: "another method of this controller answers this pattern; only the last of them is called",
                    line: 4, column: 26, severity: Finding.twin.severity)
            ])
    }

    @Test func `a controller without handlers is suspicious`() {
        expectExpansion(
            "@Controller\nstruct C {\n}",
            """
            struct C {
            }

            extension C: Microservices.Controller {
                nonisolated static func register(on handlers: Microservices.ControllerHandlers<C>) {
                }
            }
            """,
            [
                DiagnosticSpec(
                    message: "this controller has no handlers; mark methods with '@MessagePattern' or '@EventPattern'",
                    line: 1, column: 1, severity: Finding.noHandlers.severity)
            ])
    }

    @Test func `a mark needs a controller`() {
        expectExpansion(
            "struct C {\n    @EventPattern(\"a\") func a() { }\n}", "struct C {\n    func a() { }\n}",
            [
                DiagnosticSpec(
                    message:
                        "'@EventPattern' does nothing here; put '@Controller' on the type that the method belongs to",
                    line: 2, column: 5)
            ])
    }

    @Test func `a mark in an extension is not seen`() {
        expectExpansion(
            "extension C {\n    @EventPattern(\"a\") func a() { }\n}", "extension C {\n    func a() { }\n}",
            [
                DiagnosticSpec(
                    message: "'@EventPattern' is not seen in an extension; "
                        + "move the method into the body of the '@Controller' type",
                    line: 2, column: 5)
            ])
    }

    @Test func `a mark belongs on a method`() {
        expectExpansion(
            "struct C {\n    @EventPattern(\"a\") var a: Int\n}", "struct C {\n    var a: Int\n}",
            [
                DiagnosticSpec(
                    message: "'@EventPattern' belongs on a method of a '@Controller'", line: 2, column: 5)
            ])
    }
}
