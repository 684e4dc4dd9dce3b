// The library itself. It is a target of its own so that a program without macros, the gateway first of all, is built without
// swift-syntax, which takes longer to compile than everything else together. See docs/decisions/0017.
@_exported public import MicroservicesCore
