public import MessageWire

extension ClientConfiguration {
    /// How packets are put into the stream of bytes (`socketClass`); the service must have the same. NestJS's unless set otherwise.
    public var framing: any MessageFraming {
        get { coding.framing ?? .json }
        set {
            coding = PacketCoding(
                framing: newValue, serializer: coding.serializer, deserializer: coding.deserializer)
        }
    }

    /// What is done to requests and events before they are sent (`serializer`); nil for nothing.
    public var serializer: (any PacketSerializer)? {
        get { coding.serializer }
        set { coding.serializer = newValue }
    }

    /// What is done to answers before they are read (`deserializer`); nil for nothing.
    public var deserializer: (any PacketDeserializer)? {
        get { coding.deserializer }
        set { coding.deserializer = newValue }
    }
}
