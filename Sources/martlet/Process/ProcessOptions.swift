import ArgumentParser

/// Options about the process of `martlet serve`, rather than about what it serves.
struct ProcessOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Take the listening sockets over from the process that waits at this path, and wait there for the next one.",
            valueName: "path"))
    var handover: String?

    @Option(
        help: ArgumentHelp(
            "Go on as this user (and group) once the addresses are bound; started as root only.",
            valueName: "name[:group]"))
    var user: String?

    @Flag(help: "Allow core files and debuggers, which can read keys in memory.")
    var coreDumps = false
}

/// Why the process cannot be what its command line says.
struct ProcessError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
