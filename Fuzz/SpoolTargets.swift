// What the spool reads back from disk. Checksums keep damage out in life; here the formats behind them get
// the bytes directly, as if a checksum had happened to fit.
import Terms

@testable import Spool

let spoolTargets = [
    FuzzTarget(name: "spool-record") { bytes in
        bytes.withUnsafeBytes { raw in
            guard
                let record = try? RecordFormat.decode(raw, version: 1, instance: "i", sequence: 7)
            else { return }
            var writer = ByteWriter()
            writer.put(record)
            let again = try? RecordFormat.decode(writer.bytes, version: 1, instance: "i", sequence: 7)
            law(again == record, "a record that was read survives writing")
        }
    },
    FuzzTarget(name: "spool-frame") { bytes in
        bytes.withUnsafeBytes { raw in
            _ = Frame.read(raw, salt: 0, limit: 1 << 20)
            _ = SegmentHeader.read(raw)
            _ = NoteSlot.notes(in: raw)
            if let note = try? NoteFormat.decode(raw, version: 1) {
                var writer = ByteWriter()
                writer.put(note)
                let again = try? NoteFormat.decode(writer.bytes, version: 1)
                law(again?.id == note.id, "a note that was read survives writing")
            }
            // The same bytes behind a checksum that fits.
            guard raw.count < 1 << 16 else { return }
            var writer = ByteWriter()
            _ = writer.putFrame(kind: 1, version: 1, sequence: 3) { $0.put(raw: raw) }
            Frame.stamp(writer.mutableBytes, salt: 5)
            guard case .frame(let frame) = Frame.read(writer.bytes, salt: 5, limit: 1 << 20) else {
                return law(false, "a frame that was written can be read")
            }
            law(frame.payload.elementsEqual(raw), "a frame's payload is what was put in")
        }
    },
]
