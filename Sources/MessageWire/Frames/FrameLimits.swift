/// How much one peer may make us keep.
package struct FrameLimits: Sendable {
    /// The most UTF-16 code units that may wait in a decoder after bytes were received, the length text included as long
    /// as it was not read: NestJS's `maxBufferSize`. Should not be smaller than what one read from the socket brings, for
    /// small frames that arrive together count together.
    package var maxUnits: Int
    /// The most UTF-16 code units that may stand in front of a `#`. NestJS has no such limit beside `maxUnits`; a number
    /// needs 20.
    package var maxLengthTextUnits: Int

    /// The longest frame, in UTF-16 code units.
    package var maxFrameUnits: Int

    /// Limits of one's own: all that waits counts together, as with NestJS.
    package init(maxUnits: Int = 134_217_728, maxLengthTextUnits: Int = 128) {
        self.maxUnits = maxUnits
        self.maxFrameUnits = maxUnits
        self.maxLengthTextUnits = maxLengthTextUnits
    }

    /// A limit for each frame by itself, however many arrive together. What waits is bounded all the same when the
    /// driver takes out every whole frame after each read: by one frame and one read.
    package init(maxFrameUnits: Int) {
        self.init(maxUnits: .max)
        self.maxFrameUnits = maxFrameUnits
    }

    /// NestJS's limit of 134217728 units, which are up to 384 MiB of UTF-8.
    package static let defaults = FrameLimits()
}
