/// What this is.
package enum BuildInfo {
    /// The version of this build.
    package static let version = "0.1.0"
}
