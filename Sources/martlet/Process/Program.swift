import ArgumentParser
import CProcess
import Dispatch

/// Where the process begins: on its first and only thread.
///
/// An asynchronous `main` gives the first thread up, which stays behind as a shell of itself: with the rights of the start, which the
/// system shows for the whole process. So here it waits until the command has ended, and loses rights with all others.
@main
enum Program {
    static func main() {
        // Threads inherit it; later it would count for one of them only.
        _ = martlet_set_no_new_privileges()
        let ended = DispatchSemaphore(value: 0)
        Task.detached {
            await Martlet.main()
            ended.signal()
        }
        ended.wait()
    }
}
