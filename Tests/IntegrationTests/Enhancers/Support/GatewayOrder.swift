/// What NestJS 11 runs around a route when every scope has two of each kind, in its order; a set stands before what its scope
/// names itself.
///
/// Written out on purpose: the tests compare what ran with these lines.
enum GatewayOrder {
    static let guards = """
        global guard 1
        global guard 2
        service guard 1
        service guard 2
        set guard 1
        set guard 2
        route guard 1
        route guard 2

        """

    static let interceptorsIn = """
        global interceptor 1 before
        global interceptor 2 before
        service interceptor 1 before
        service interceptor 2 before
        set interceptor 1 before
        set interceptor 2 before
        route interceptor 1 before
        route interceptor 2 before

        """

    static let pipes = """
        global pipe 1
        global pipe 2
        service pipe 1
        service pipe 2
        set pipe 1
        set pipe 2
        route pipe 1
        route pipe 2

        """

    static let packet = "packet\n"

    static let interceptorsOut = """
        route interceptor 2 after
        route interceptor 1 after
        set interceptor 2 after
        set interceptor 1 after
        service interceptor 2 after
        service interceptor 1 after
        global interceptor 2 after
        global interceptor 1 after

        """

    static let firstValue = """
        route interceptor 2 value 1
        route interceptor 1 value 1
        set interceptor 2 value 1
        set interceptor 1 value 1
        service interceptor 2 value 1
        service interceptor 1 value 1
        global interceptor 2 value 1
        global interceptor 1 value 1

        """

    static let secondValue = """
        route interceptor 2 value 2
        route interceptor 1 value 2
        set interceptor 2 value 2
        set interceptor 1 value 2
        service interceptor 2 value 2
        service interceptor 1 value 2
        global interceptor 2 value 2
        global interceptor 1 value 2

        """

    /// From the inside out as in NestJS; within a scope in the order written.
    static let filters = """
        set filter 1
        set filter 2
        route filter 1
        route filter 2
        service filter 1
        service filter 2
        global filter 1
        global filter 2

        """

    /// Every stage that can throw before the packet, and what has run then, without the filters.
    static let untilRefusal: [(stage: String, ran: String)] =
        steps(guards, after: "") + steps(interceptorsIn, after: guards)
        + steps(pipes, after: guards + interceptorsIn)

    /// Every stage that can throw behind the packet.
    static let untilFailure: [(stage: String, ran: String)] = steps(
        interceptorsOut, after: guards + interceptorsIn + pipes + packet)

    /// One case for each line of a text.
    private static func steps(_ text: String, after before: String) -> [(stage: String, ran: String)] {
        var ran = before
        return text.split(separator: "\n").map { line in
            ran += line + "\n"
            return (String(line), ran)
        }
    }
}
