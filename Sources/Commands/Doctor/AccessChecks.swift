import Access
import Reporting
import Terms

/// Whether gateway keys can be checked here, and which end soon.
enum AccessChecks {
    /// Days ahead in which a key's end is worth a word.
    private static let soonDays: Int64 = 14
    /// Bytes below which a pepper can be guessed by whoever has the database.
    private static let pepperBytes = 16

    static func run(_ configuration: Configuration, state: AccessState, now: Instant) -> DoctorCheck {
        let live = state.keys.filter { $0.state(at: now) == .active }
        guard !live.isEmpty else { return .ok("keys", "no gateway keys are in use") }
        let peppers: Peppers
        do throws(Diagnosis) { peppers = try KeyPepper.load(configuration.keys) } catch {
            return .fail("keys", error.problem, remedy: error.remedy)
        }
        let missing = AccessSnapshot(state, peppers: peppers, at: now).missingPeppers
        if !missing.isEmpty {
            let diagnosis = KeyPepper.missing(missing, configuration.keys)
            return .fail("keys", diagnosis.problem, remedy: diagnosis.remedy)
        }
        if let pepper = configuration.keys.pepper, pepper.utf8.count < pepperBytes {
            return .warn(
                "keys", "keys.pepper has fewer than \(pepperBytes) bytes",
                remedy: "set a longer one, and this one as keys.previous_pepper until all keys are rotated")
        }
        let limit = now.advanced(bySeconds: soonDays * 86_400)
        let ending = live.filter { $0.expiresAt.map { $0 < limit } ?? false }.map(\.id)
        if !ending.isEmpty {
            let names = ending.prefix(DoctorLimits.named).joined(separator: ", ")
            return .warn(
                "keys",
                "\(counted(Int64(ending.count), "key")) will expire within \(soonDays) days: \(names)",
                remedy: "make new ones with `tollbook key create`, or move the end with `tollbook key expire`"
            )
        }
        return .ok("keys", "\(counted(Int64(live.count), "gateway key")) in use, all can be checked here")
    }
}
