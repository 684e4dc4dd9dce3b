/// What NestJS 11 runs around a handler when every scope has two of each kind, in its order.
///
/// Written out on purpose: the tests compare what ran with these lines.
enum ExpectedOrder {
    static let guards = """
        global guard 1
        global guard 2
        controller guard 1
        controller guard 2
        handler guard 1
        handler guard 2

        """

    static let interceptorsIn = """
        global interceptor 1 before
        global interceptor 2 before
        controller interceptor 1 before
        controller interceptor 2 before
        handler interceptor 1 before
        handler interceptor 2 before

        """

    static let pipes = """
        global pipe 1
        global pipe 2
        controller pipe 1
        controller pipe 2
        handler pipe 1
        handler pipe 2

        """

    static let handler = "handler\n"

    static let interceptorsOut = """
        handler interceptor 2 after
        handler interceptor 1 after
        controller interceptor 2 after
        controller interceptor 1 after
        global interceptor 2 after
        global interceptor 1 after

        """

    static let stream = """
        value 1 made
        handler interceptor 2 value 1
        handler interceptor 1 value 1
        controller interceptor 2 value 1
        controller interceptor 1 value 1
        global interceptor 2 value 1
        global interceptor 1 value 1
        value 2 made
        handler interceptor 2 value 2
        handler interceptor 1 value 2
        controller interceptor 2 value 2
        controller interceptor 1 value 2
        global interceptor 2 value 2
        global interceptor 1 value 2

        """

    /// From the inside out as in NestJS; within a scope in the order written.
    static let filters = """
        handler filter 1
        handler filter 2
        controller filter 1
        controller filter 2
        global filter 1
        global filter 2

        """

    /// What has run when a stage throws, without the filters.
    static let untilFailure: [(stage: String, ran: String)] = [
        (
            "controller guard 2",
            """
            global guard 1
            global guard 2
            controller guard 1
            controller guard 2

            """
        ),
        (
            "handler interceptor 1 before",
            guards + """
                global interceptor 1 before
                global interceptor 2 before
                controller interceptor 1 before
                controller interceptor 2 before
                handler interceptor 1 before

                """
        ),
        (
            "controller pipe 1",
            guards + interceptorsIn + """
                global pipe 1
                global pipe 2
                controller pipe 1

                """
        ),
        ("handler", guards + interceptorsIn + pipes + handler),
        (
            "controller interceptor 2 after",
            guards + interceptorsIn + pipes + handler + """
                handler interceptor 2 after
                handler interceptor 1 after
                controller interceptor 2 after

                """
        ),
    ]
}
