// Where the next byte stands that means something in a JSON string.
import CBytes

/// Bytes of JSON that stand for themselves.
public enum PlainBytes {
    /// The place of the first quote, backslash or control character from a place on; the end if there is
    /// none.
    ///
    /// - Parameter start: at most the number of bytes.
    public static func end(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = bytes.baseAddress, start < bytes.count else { return bytes.count }
        return start + cbytes_plain(base + start, bytes.count - start)
    }
}
