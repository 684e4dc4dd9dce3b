/// The formats of draft 2020-12 that strings can be checked against.
///
/// Spec: JSON Schema Validation 2020-12 §7.3
enum Format: String, Sendable, CaseIterable {
    case dateTime = "date-time"
    case date
    case time
    case duration
    case email
    case internationalEmail = "idn-email"
    case hostname
    case internationalHostname = "idn-hostname"
    case ipv4
    case ipv6
    case uri
    case uriReference = "uri-reference"
    case iri
    case iriReference = "iri-reference"
    case uuid
    case uriTemplate = "uri-template"
    case jsonPointer = "json-pointer"
    case relativeJSONPointer = "relative-json-pointer"
    case regex

    /// Whether a text is of the format. All of the text counts, white space and line ends included.
    func accepts(_ text: String) -> Bool {
        let bytes = text.utf8.span
        return switch self {
        case .dateTime: DateFormat.isDateTime(bytes)
        case .date: DateFormat.isDate(bytes)
        case .time: DateFormat.isTime(bytes)
        case .duration: DurationFormat.accepts(bytes)
        case .email: EmailFormat.accepts(text, isInternational: false)
        case .internationalEmail: EmailFormat.accepts(text, isInternational: true)
        case .hostname: HostName.isHostName(text)
        case .internationalHostname: HostName.isInternationalHostName(text)
        case .ipv4: AddressFormat.isIPv4(bytes)
        case .ipv6: AddressFormat.isIPv6(bytes)
        case .uri: URIFormat(allowsRelative: false, isInternational: false).accepts(bytes)
        case .uriReference: URIFormat(allowsRelative: true, isInternational: false).accepts(bytes)
        case .iri: URIFormat(allowsRelative: false, isInternational: true).accepts(bytes)
        case .iriReference: URIFormat(allowsRelative: true, isInternational: true).accepts(bytes)
        case .uuid: TextFormats.isUUID(bytes)
        case .uriTemplate: URITemplateFormat.accepts(bytes)
        case .jsonPointer: TextFormats.isJSONPointer(bytes)
        case .relativeJSONPointer: TextFormats.isRelativeJSONPointer(bytes)
        case .regex: (try? PatternTranslator.translate(text)) != nil
        }
    }

    /// What a text of the format is, for messages.
    var words: String {
        switch self {
        case .dateTime: "a valid ISO 8601 date and time with its offset"
        case .date: "a valid ISO 8601 date"
        case .time: "a valid ISO 8601 time with its offset"
        case .duration: "a valid ISO 8601 duration"
        case .email, .internationalEmail: "an email"
        case .hostname, .internationalHostname: "a host name"
        case .ipv4: "an IPv4 address"
        case .ipv6: "an IPv6 address"
        case .uri: "a URI"
        case .uriReference: "a URI or a relative reference"
        case .iri: "an IRI"
        case .iriReference: "an IRI or a relative reference"
        case .uuid: "a UUID"
        case .uriTemplate: "a URI template"
        case .jsonPointer: "a JSON pointer"
        case .relativeJSONPointer: "a relative JSON pointer"
        case .regex: "a regular expression"
        }
    }
}
