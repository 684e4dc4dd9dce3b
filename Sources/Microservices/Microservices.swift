// `JSONValue` and what belongs to it is part of this library's interface; it lives with the wire format it describes.
@_exported public import MessageWire
