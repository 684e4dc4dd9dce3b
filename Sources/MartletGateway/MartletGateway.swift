// Whoever writes guards, pipes, interceptors and exception filters needs their protocols, and JSON values.
@_exported public import MessageWire
@_exported public import Pipeline
