// The header fields of a recorded head. A recording has dozens of them, and mediation asks for a few: they
// stay as they were recorded, with the places of their names, and are read when they are asked for.

import Wire

/// The fields of `{"name": "value"}`. A value that is no string is no field.
struct RecordedHeaders: Sendable {
    private let bytes: [UInt8]
    private let places: [JSONMembers.Place]

    init() {
        bytes = []
        places = []
    }

    init(_ object: ArraySlice<UInt8>) {
        let copy = Array(object)
        places = JSONMembers.places(in: copy.span)
        bytes = copy
    }

    /// All of them in the order of the recording; names in lower case.
    var all: [(name: String, value: String)] {
        places.compactMap { place in
            guard let value = JSONText.string(bytes[place.value]),
                let name = JSONText.string(bytes[place.key])
            else { return nil }
            return (name.lowercased(), value)
        }
    }

    /// The first field of a name.
    ///
    /// - Parameter name: in lower case.
    subscript(name: String) -> String? {
        let length = name.utf8.count + 2
        for place in places where place.key.count == length && holds(name, at: place.key.lowerBound + 1) {
            if let value = JSONText.string(bytes[place.value]) { return value }
        }
        return nil
    }

    private func holds(_ name: String, at start: Int) -> Bool {
        var index = start
        for byte in name.utf8 {
            let here = bytes[index]
            let isCapital = here >= UInt8(ascii: "A") && here <= UInt8(ascii: "Z")
            guard (isCapital ? here | 0x20 : here) == byte else { return false }
            index += 1
        }
        return true
    }
}
