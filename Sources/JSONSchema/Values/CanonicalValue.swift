import MessageWire

/// A JSON value under JSON Schema's equality: numbers by value, members in any order, strings by their bytes.
///
/// Names must be unique in every object (see ``MessageWire/JSONValue/withoutShadowedMembers``).
///
/// Spec: JSON Schema Core 2020-12 §4.2.2
struct CanonicalValue: Sendable, Hashable {
    let value: JSONValue

    static func == (one: CanonicalValue, other: CanonicalValue) -> Bool { areEqual(one.value, other.value) }

    func hash(into hasher: inout Hasher) { Self.hash(value, into: &hasher) }

    static func areEqual(_ one: JSONValue, _ other: JSONValue) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.number(let one), .number(let other)): areEqual(number: one, other)
        case (.string(let one), .string(let other)): one.hasSameBytes(as: other)
        case (.array(let one), .array(let other)):
            one.count == other.count && zip(one, other).allSatisfy { areEqual($0, $1) }
        case (.object(let one), .object(let other)): areEqual(members: one, other)
        default: false
        }
    }

    private static func areEqual(number one: String, _ other: String) -> Bool {
        one.hasSameBytes(as: other) || DecimalNumber(one) == DecimalNumber(other)
    }

    private static func areEqual(members one: [JSONValue.Member], _ other: [JSONValue.Member]) -> Bool {
        guard one.count == other.count else { return false }
        var places: [ByteName: Int]?
        for (index, member) in one.enumerated() {
            if other[index].name.hasSameBytes(as: member.name) {
                guard areEqual(member.value, other[index].value) else { return false }
                continue
            }
            // Another order: a dictionary, as a search for each would be quadratic.
            let known = places ?? Self.places(of: other)
            places = known
            guard let place = known[ByteName(text: member.name)], areEqual(member.value, other[place].value) else {
                return false
            }
        }
        return true
    }

    private static func places(of members: [JSONValue.Member]) -> [ByteName: Int] {
        Dictionary(members.enumerated().map { (ByteName(text: $1.name), $0) }, uniquingKeysWith: { $1 })
    }

    private static func hash(_ value: JSONValue, into hasher: inout Hasher) {
        switch value {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value ? 1 : 2)
        case .number(let text): hasher.combine(DecimalNumber(text))
        case .string(let text): hasher.combine(bytesOf: text)
        case .array(let elements):
            hasher.combine(elements.count)
            for element in elements { hash(element, into: &hasher) }
        case .object(let members):
            // A sum does not know an order.
            var sum = 0
            for member in members {
                var own = Hasher()
                own.combine(bytesOf: member.name)
                hash(member.value, into: &own)
                sum &+= own.finalize()
            }
            hasher.combine(members.count)
            hasher.combine(sum)
        }
    }
}

/// The first two equal elements of an array.
enum EqualElements {
    /// Up to here elements are compared with each other; hashing them costs more.
    private static let maxCompared = 6

    /// The places of two equal elements, nil if all differ. Linear in the array's size: elements are hashed, with a seed
    /// that no client knows.
    static func find(in elements: [JSONValue]) -> (first: Int, second: Int)? {
        guard elements.count > maxCompared else { return compare(elements) }
        var places = [CanonicalValue: Int](minimumCapacity: elements.count)
        for (index, element) in elements.enumerated() {
            if let first = places.updateValue(index, forKey: CanonicalValue(value: element)) { return (first, index) }
        }
        return nil
    }

    private static func compare(_ elements: [JSONValue]) -> (first: Int, second: Int)? {
        for second in elements.indices {
            for first in 0..<second where CanonicalValue.areEqual(elements[first], elements[second]) {
                return (first, second)
            }
        }
        return nil
    }
}
