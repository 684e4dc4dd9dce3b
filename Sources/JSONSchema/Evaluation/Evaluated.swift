/// Which members or elements of one value schemas have looked at: what `unevaluatedProperties` and `unevaluatedItems` ask.
///
/// Spec: JSON Schema Core 2020-12 §11
struct Evaluated {
    private var isAll = false
    /// Elements before this one.
    private var prefix = 0
    private var places = NumberSet()

    /// Notes the member or element at that place.
    mutating func insert(_ place: Int) { places.insert(place) }

    /// Notes the elements before that place.
    mutating func insert(before place: Int) { prefix = max(prefix, place) }

    mutating func insertAll() { isAll = true }

    func contains(_ place: Int) -> Bool { isAll || place < prefix || places.contains(place) }

    mutating func formUnion(_ other: Evaluated) {
        isAll = isAll || other.isAll
        prefix = max(prefix, other.prefix)
        places.formUnion(other.places)
    }
}
