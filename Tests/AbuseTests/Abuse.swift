import Testing

/// All suites of this target, one test after the other: each measures how a normal client fares beside the abuse.
///
/// Sizes that a debug build takes long for are scaled down; `TEDI_ABUSE_CONNECTIONS=10000 TEDI_ABUSE_STREAM_MIB=5120`
/// and `TEDI_ABUSE_COORDINATOR=.build/release/tedi-coordinator` give the full ones.
@Suite(.serialized) enum Abuse {}
