import Testing

/// Every fault test: one at a time, for each takes the machine for itself.
@Suite("Faults", .serialized)
enum FaultSuite {}
