// `JSONValue` and what belongs to it is part of this library's interface; it lives with the wire format it describes.
@_exported public import MessageWire
// Guards, pipes, interceptors and filters are the same at a gateway and on a handler.
@_exported public import Pipeline
