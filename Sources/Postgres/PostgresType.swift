/// Object identifiers of the built-in types that Tedi reads and writes (PostgreSQL's pg_type.dat).
enum PostgresType {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let int2Array: UInt32 = 1005
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let float8Array: UInt32 = 1022
    static let timestamptz: UInt32 = 1184
    static let jsonb: UInt32 = 3802
    /// Types that the server makes for users, enums among them, start here.
    private static let firstUserType: UInt32 = 16_384

    /// Types whose binary form is their text in UTF-8 (jsonb with one version byte before it).
    private static let textual: Set<UInt32> = [18, 19, text, 114, 142, 705, 1042, 1043, jsonb]

    static func isTextual(_ type: UInt32) -> Bool {
        textual.contains(type) || type >= firstUserType
    }

    private static let names: [UInt32: String] = [
        bool: "boolean", bytea: "bytea", int8: "bigint", int2: "smallint", int4: "integer", text: "text", oid: "oid",
        float4: "real", float8: "double precision", timestamptz: "timestamptz", jsonb: "jsonb", 114: "json",
        1700: "numeric", 2950: "uuid", 1114: "timestamp", 1082: "date",
    ]

    static func name(of type: UInt32) -> String {
        names[type] ?? "of the type with oid \(type)"
    }
}
