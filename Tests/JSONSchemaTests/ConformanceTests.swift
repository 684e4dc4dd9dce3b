import MessageWire
import Testing

@testable import JSONSchema

@Suite(.enabled(if: ConformanceSuite.isPresent, "\(ConformanceSuite.absence)"))
struct ConformanceTests {
    /// Optional tests that do not pass, as "file: group: test", each with its reason.
    static let exceptions = [
        "cross-draft: refs to historic drafts are processed as historic drafts: first item not a string is valid":
            "all documents are read as draft 2020-12, with a warning if they name another draft"
    ]

    @Test func `all mandatory tests pass`() throws {
        let result = try run("", assertsFormats: false)
        #expect(result.failures.isEmpty, "\(result.failures.joined(separator: "\n"))")
        #expect(result.count > 1200)
        print("JSON Schema Test Suite, mandatory: \(result.summary)")
    }

    @Test func `optional tests pass but for those that are listed`() throws {
        let result = try run("optional", assertsFormats: false)
        let unexpected = result.failures.filter { Self.exceptions[$0] == nil }
        #expect(unexpected.isEmpty, "\(unexpected.joined(separator: "\n"))")
        #expect(Set(Self.exceptions.keys).isSubset(of: result.failures), "a test that is listed passes")
        #expect(result.count > 100)
        print("JSON Schema Test Suite, optional: \(result.summary)")
    }

    @Test func `optional tests of formats pass but for those that are listed`() throws {
        let result = try run("optional/format", assertsFormats: true)
        let unexpected = result.failures.filter { Self.exceptions[$0] == nil }
        #expect(unexpected.isEmpty, "\(unexpected.joined(separator: "\n"))")
        #expect(result.count > 500)
        print("JSON Schema Test Suite, formats: \(result.summary)")
    }

    private struct Result {
        var count = 0
        var failures: [String] = []
        var quickCount = 0
        var summary: String {
            "\(count - failures.count) passed, \(failures.count) failed, \(quickCount) found valid the quick way"
        }
    }

    private func run(_ folder: String, assertsFormats: Bool) throws -> Result {
        var result = Result()
        for group in try ConformanceSuite.groups(in: folder) {
            let schema: CompiledSchema
            do throws(SchemaError) {
                schema = try CompiledSchema(
                    group.schema, others: ConformanceSuite.remotes, assertsFormats: assertsFormats)
            } catch {
                result.count += group.tests.count
                result.failures += group.tests.map {
                    "\(group.file): \(group.description): \($0.description): \(error)"
                }
                continue
            }
            for test in group.tests {
                result.count += 1
                let name = "\(group.file): \(group.description): \(test.description)"
                let isValid = schema.isValid(test.data)
                let text = Array(test.data.serialized().utf8)
                let isSurelyValid = text.withUnsafeBytes { schema.isSurelyValid($0) }
                result.quickCount += isSurelyValid ? 1 : 0
                #expect(isValid || !isSurelyValid, "the quick way lets pass what is not valid: \(name)")
                if isValid != test.isValid { result.failures.append(name) }
                #expect(schema.validate(test.data).isEmpty == isValid, "the report differs: \(name)")
            }
        }
        return result
    }
}
