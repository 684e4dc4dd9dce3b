// MessageWireTests
