/// One thing that is wrong with a value.
///
/// What clients send is part of it, so its texts are cut: a name in a pointer after 256 characters, a pointer after 2,048,
/// a value that is shown after 64.
package struct SchemaFault: Sendable, Hashable, CustomStringConvertible {
    /// JSON pointer of the faulty value; empty for the whole value. A member that is missing is the fault of its object.
    package let instance: String
    /// The keyword that the value does not meet. For the schema `false`, which allows nothing, the one that led there.
    /// Empty if the check was given up because the value is too deep or takes too long.
    package let keyword: String
    /// URI of the keyword in the schema: the document's name, `#`, and a JSON pointer.
    package let schema: String
    /// A sentence without a full stop, such as `address.zip must be a string`. The whole value is called `value`.
    package let message: String

    package init(instance: String, keyword: String, schema: String, message: String) {
        self.instance = instance
        self.keyword = keyword
        self.schema = schema
        self.message = message
    }

    package var description: String { message }
}
