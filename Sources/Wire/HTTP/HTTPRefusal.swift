// Every reason for which a message head or a chunked body is refused, as one closed list. The relay
// answers a client with `status` and closes; from an upstream any of them is a bad gateway. A word per
// reason keeps logs, counters and tests on the same name.

/// Why a message was refused. `rawValue` is the word used in logs and counters.
public enum HTTPRefusal: String, Error, Hashable, Sendable, CaseIterable {
    case badRequestLine = "bad-request-line"
    case badMethod = "bad-method"
    case badTarget = "bad-target"
    case badVersion = "bad-version"
    case badStatusLine = "bad-status-line"
    case badFieldName = "bad-field-name"
    case spaceBeforeColon = "space-before-colon"
    case obsoleteFold = "obsolete-fold"
    case badFieldValue = "bad-field-value"
    case bareLineFeed = "bare-line-feed"
    case bareCarriageReturn = "bare-carriage-return"
    case headTooLarge = "head-too-large"
    case tooManyFields = "too-many-fields"
    case badContentLength = "bad-content-length"
    case repeatedContentLength = "repeated-content-length"
    case badTransferEncoding = "bad-transfer-encoding"
    case lengthAndTransferEncoding = "length-and-transfer-encoding"
    case transferEncodingInOldVersion = "transfer-encoding-in-1.0"
    case missingHost = "missing-host"
    case repeatedHost = "repeated-host"
    case badHost = "bad-host"
    case authorityMismatch = "authority-mismatch"
    case badConnection = "bad-connection"
    case unknownExpectation = "unknown-expectation"
    case methodNotOffered = "method-not-offered"
    case upgradeNotOffered = "upgrade-not-offered"
    case badChunkSize = "bad-chunk-size"
    case badChunkExtension = "bad-chunk-extension"
    case badChunkEnd = "bad-chunk-end"
    case badTrailer = "bad-trailer"

    /// The status code for a client that sent it.
    public var status: Int {
        switch self {
        case .badVersion: 505
        case .headTooLarge, .tooManyFields: 431
        case .unknownExpectation: 417
        case .methodNotOffered, .upgradeNotOffered: 501
        default: 400
        }
    }
}
