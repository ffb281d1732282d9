import Testing

/// All suites of this target, one test after the other: each measures how a normal client fares beside the abuse.
@Suite(.serialized) enum Abuse {}
