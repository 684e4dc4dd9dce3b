import Pipeline

/// Which route a request meets and where its path parameters are. One per connection or loop, used again for every
/// request.
///
/// A class, so that handing it on costs nothing.
package final class RouteMatch {
    /// Index into ``RouteTable/routes``; meaningful after a lookup that returned ``RouteLookup/matched``.
    package internal(set) var route = 0
    /// The request is a HEAD and the route was written for GET: answer without a body.
    package internal(set) var isHeadOfGet = false

    /// Bounds of the path's segments, and the decoded path; allocated once.
    let storage: PathStorage
    var segmentCount = 0
    var endsWithSlash = false
    var hasEmptySegment = false
    /// Length of the path, after decoding.
    var pathCount = 0
    /// Whether offsets count in `storage.decoded` instead of the request's path.
    var isDecoded = false

    package init() {
        storage = PathStorage()
    }

    /// The decoded bytes of a path parameter, well-formed UTF-8; valid until the next lookup and as long as the
    /// request.
    @inline(__always)
    func bytes(of parameter: PathTemplate.Parameter, in request: RequestView) -> UnsafeRawBufferPointer {
        let path = isDecoded ? UnsafeRawBufferPointer(rebasing: storage.decoded[..<pathCount]) : request.path
        guard parameter.segment < segmentCount, parameter.segment < PathStorage.capacity else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let start = Int(storage.starts[parameter.segment])
        let end = parameter.isRest ? pathCount : Int(storage.ends[parameter.segment])
        guard start <= end, end <= path.count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: path[start..<end])
    }

    /// A path parameter of the matched route as text, by its index in the route's template.
    package func parameter(_ index: Int, of route: Route, in request: RequestView) -> String {
        String(decoding: bytes(of: route.path.parameters[index], in: request), as: UTF8.self)
    }
}

/// Storage of a ``RouteMatch``: bounds of ``PathTemplate/maxSegments`` segments and one more, and the decoded path.
final class PathStorage {
    static let capacity = PathTemplate.maxSegments + 1
    let starts: UnsafeMutableBufferPointer<UInt32>
    let ends: UnsafeMutableBufferPointer<UInt32>
    /// Grows to the longest path with escapes seen so far, which the limit on request targets bounds.
    private(set) var decoded: UnsafeMutableRawBufferPointer

    init() {
        starts = .allocate(capacity: Self.capacity)
        ends = .allocate(capacity: Self.capacity)
        starts.initialize(repeating: 0)
        ends.initialize(repeating: 0)
        decoded = .allocate(byteCount: 0, alignment: 1)
    }

    deinit {
        starts.deallocate()
        ends.deallocate()
        decoded.deallocate()
    }

    func reserve(_ count: Int) {
        guard decoded.count < count else { return }
        decoded.deallocate()
        decoded = .allocate(byteCount: max(256, count), alignment: 1)
    }
}

/// What a lookup found.
package enum RouteLookup: Sendable, Equatable {
    case matched
    /// 404.
    case notFound
    /// 405, with the value of `Allow`.
    case methodNotAllowed(allow: String)
    /// OPTIONS for a path that exists: 204 with this `Allow`.
    case options(allow: String)
    /// 400.
    case badPath(PathFault)
}

/// A path that is refused before any route is looked at, because servers disagree about what it means.
package enum PathFault: Sendable, Equatable, CaseIterable {
    case malformedEscape
    case encodedSlash
    case backslash
    case nul
    case dotSegment
    case pathParameter
    case notUTF8
    case controlCharacter

    /// One sentence for the client.
    package var sentence: String {
        switch self {
        case .malformedEscape: "The path holds a \"%\" that is not followed by two hex digits."
        case .encodedSlash: "The path holds an encoded slash (%2F)."
        case .backslash: "The path holds a backslash."
        case .nul: "The path holds an encoded NUL (%00)."
        case .dotSegment: "The path holds a \".\" or \"..\" segment."
        case .pathParameter: "The path holds a \";\"."
        case .notUTF8: "The path is not UTF-8."
        case .controlCharacter: "The path holds a space or a control character."
        }
    }
}
