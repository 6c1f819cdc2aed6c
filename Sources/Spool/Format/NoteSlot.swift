import CLinux
import Terms

/// The format of the table of open exchanges: a header of one slot's size, then slots.
///
/// A slot: checksum of the rest (4), state (1), note format (1), length (2), next slot from 1 (4),
/// zero (4), serial of the note (8), payload.
enum NoteSlot {
    static let bytes = 512
    static let tableHeaderBytes = 512
    private static let headerBytes = 24
    static let payload = bytes - headerBytes
    /// Slots of one note: eight KiB hold every label that attribution admits.
    static let partLimit = 17

    /// Bytes of a table file that a reader takes in at most.
    static let tableLimit = 256 << 20

    static let head: UInt8 = 1
    static let part: UInt8 = 2

    private static let magic: UInt64 = 0x3145_544f_4e53_4254  // "TBSNOTE1"
    static let version: UInt32 = 1

    static var tableHeader: [UInt8] {
        var writer = ByteWriter(capacity: 64)
        writer.put(fixed: magic)
        writer.put(fixed: version)
        return Array(writer.bytes)
    }

    static func write(
        _ content: UnsafeRawBufferPointer, to slot: UnsafeMutableRawPointer, state: UInt8, next: UInt32,
        serial: UInt64
    ) {
        slot.storeBytes(of: state, toByteOffset: 4, as: UInt8.self)
        slot.storeBytes(of: NoteFormat.version, toByteOffset: 5, as: UInt8.self)
        slot.storeBytes(of: UInt16(content.count).littleEndian, toByteOffset: 6, as: UInt16.self)
        slot.storeBytes(of: next.littleEndian, toByteOffset: 8, as: UInt32.self)
        slot.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
        slot.storeBytes(of: serial.littleEndian, toByteOffset: 16, as: UInt64.self)
        if let source = content.baseAddress {
            (slot + headerBytes).copyMemory(from: source, byteCount: content.count)
        }
        let crc = clinux_crc32c(0, slot + 4, headerBytes - 4 + content.count)
        slot.storeBytes(of: crc.littleEndian, as: UInt32.self)
    }

    /// - Returns: the next slot of the note, 0 at its end.
    static func clear(_ slot: UnsafeMutableRawPointer) -> UInt32 {
        let next = UInt32(littleEndian: slot.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        slot.storeBytes(of: 0, as: UInt64.self)
        return next
    }

    /// The notes in a table that a dead process left, or that a live one is just changing: a slot
    /// that does not hold together is passed over.
    ///
    /// - Returns: the table's format; of a newer one no notes are read.
    static func notes(in table: UnsafeRawBufferPointer) -> (version: UInt32, notes: [OpenedNote]) {
        var reader = ByteReader(table)
        guard let magic = try? reader.fixed(UInt64.self), magic == Self.magic,
            let version = try? reader.fixed(UInt32.self)
        else { return (0, []) }
        guard version <= Self.version else { return (version, []) }
        let count = max(0, table.count - tableHeaderBytes) / bytes
        var notes: [OpenedNote] = []
        var content: [UInt8] = []
        for index in 0..<count {
            guard var slot = Slot(table, index), slot.state == head else { continue }
            let (serial, format) = (slot.serial, slot.format)
            content.removeAll(keepingCapacity: true)
            content.append(contentsOf: slot.content)
            var parts = 1
            var whole = true
            while slot.next != 0 {
                guard parts < partLimit, let next = Slot(table, Int(slot.next) - 1), next.state == part,
                    next.serial == serial
                else {
                    whole = false
                    break
                }
                content.append(contentsOf: next.content)
                parts += 1
                slot = next
            }
            guard whole else { continue }
            if let note = content.withUnsafeBytes({ try? NoteFormat.decode($0, version: format) }) {
                notes.append(note)
            }
        }
        return (version, notes)
    }

    /// A slot whose checksum holds.
    private struct Slot {
        let state: UInt8
        let format: UInt8
        let next: UInt32
        let serial: UInt64
        let content: UnsafeRawBufferPointer

        init?(_ table: UnsafeRawBufferPointer, _ index: Int) {
            let start = tableHeaderBytes + index * bytes
            guard index >= 0, start + bytes <= table.count else { return nil }
            let slot = UnsafeRawBufferPointer(rebasing: table[start..<start + bytes])
            state = slot[4]
            // Free slots are the many.
            guard state != 0 else { return nil }
            format = slot[5]
            let length = Int(UInt16(littleEndian: slot.loadUnaligned(fromByteOffset: 6, as: UInt16.self)))
            next = UInt32(littleEndian: slot.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
            serial = UInt64(littleEndian: slot.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            guard length <= payload else { return nil }
            content = UnsafeRawBufferPointer(rebasing: slot[headerBytes..<headerBytes + length])
            let crc = UInt32(littleEndian: slot.loadUnaligned(as: UInt32.self))
            guard let base = slot.baseAddress, crc == clinux_crc32c(0, base + 4, headerBytes - 4 + length)
            else {
                return nil
            }
        }
    }
}
