// The durable local journal between the relay and the ledger.
//
// Callers append usage records; one writer thread makes whatever is queued durable with one sync and
// tells the callers; one shipper thread reads the durable records back in order and releases them
// when the ledger has them. Nothing here knows what a record means. What a killed process leaves is
// found at the next `open`: every record that anybody was told is durable, and a note of each
// exchange that was under way.

public import Terms

/// A spool directory that this process alone writes. All methods may be called from any thread,
/// except that ``nextBatch(limit:wait:)`` and ``release(_:)`` belong to one shipper thread.
public final class Spool: Sendable {
    /// The sidecar's identity, 16 hexadecimal digits: drawn once for a directory, in every record.
    public let instance: String
    /// Exchanges that the previous process opened and never closed, oldest first. Appending a record
    /// with such an id, for instance ``OpenedNote/record``, closes the note; until then it survives
    /// every restart.
    public let recoveredOpen: [OpenedNote]

    private let monitor: Monitor<SpoolState>
    private let directory: SpoolDirectory
    private let notes: OpenNotes
    private let configuration: SpoolConfiguration
    private let accepting: Accepting
    private let worker: Worker
    private let shipper: Monitor<Shipper>

    init(
        recovery: Recovery, monitor: Monitor<SpoolState>, notes: OpenNotes, accepting: Accepting,
        configuration: SpoolConfiguration, worker: Worker
    ) {
        instance = recovery.instanceName
        recoveredOpen = recovery.survey.open
        directory = recovery.directory
        self.monitor = monitor
        self.notes = notes
        self.accepting = accepting
        self.configuration = configuration
        self.worker = worker
        shipper = Monitor(
            Shipper(
                monitor: monitor, directory: recovery.directory, instance: recovery.instanceName,
                cursorFile: recovery.cursorFile, released: recovery.survey.released, accepting: accepting,
                configuration: configuration))
    }

    deinit { close() }

    /// Takes the directory's lock, recovers what a previous process left, and starts the writer.
    ///
    /// - Parameter directory: made when missing, with mode 0700. One per running sidecar.
    /// - Throws: ``SpoolError/locked(path:holder:)`` while another process has it,
    ///   ``SpoolError/unusable(path:reason:)``, ``SpoolError/newerFormat(file:version:)``.
    public static func open(
        _ directory: String, configuration: SpoolConfiguration = SpoolConfiguration()
    ) throws(SpoolError) -> Spool {
        let recovery = try Recovery(directory, configuration)
        let survey = recovery.survey
        let notes = try OpenNotes.create(
            directory, slots: configuration.limits.openSlots, carrying: survey.open)
        let state = SpoolState(
            segments: survey.segments, lastSequence: survey.lastSequence, released: survey.released,
            counters: recovery.counters)
        state.damaged = Set(survey.damaged)
        let accepting = Accepting()
        accepting.update(state, configuration)
        let monitor = Monitor(state)
        let (locked, identity, lastNumber) = (recovery.directory, recovery.instance, survey.lastNumber)
        let worker = try Worker.start("spool-writer") {
            Writer(
                monitor: monitor, directory: locked, notes: notes, configuration: configuration,
                accepting: accepting, instance: identity, lastNumber: lastNumber
            ).run()
        }
        return Spool(
            recovery: recovery, monitor: monitor, notes: notes, accepting: accepting,
            configuration: configuration, worker: worker)
    }

    /// Notes that an exchange begins. Costs well under a microsecond, no call to the system, and
    /// survives the process (not the machine). Where there is no room it is counted, not refused.
    public func noteOpened(_ note: OpenedNote) {
        guard !notes.insert(note) else { return }
        monitor.locked { $0.counters.droppedNotes += 1 }
    }

    /// Queues a record for the next group, numbers it, and returns at once.
    ///
    /// - Parameters:
    ///   - record: its instance and sequence are set here.
    ///   - token: handed back to `completion`, with the others of the same group.
    ///   - completion: told once whether the record is durable; `nil` when nobody waits.
    /// - Throws: ``SpoolError/full(bytes:limit:)``, ``SpoolError/busy(bytes:)``,
    ///   ``SpoolError/recordTooLarge(bytes:limit:)``, ``SpoolError/closed``: then the record has no
    ///   number, and `completion` is not called.
    public func append(
        _ record: borrowing UsageRecord, token: UInt64, completion: (any SpoolCompletion)?
    ) throws(SpoolError) {
        let limits = configuration.limits
        let writerWaits = try monitor.locked { (state) throws(SpoolError) -> Bool in
            do throws(SpoolError) {
                try admit(state)
                let start = state.queue.bytes.count
                let size = state.queue.bytes.putFrame(
                    kind: Frame.recordKind, version: RecordFormat.version, sequence: state.nextSequence
                ) { $0.put(record) }
                guard size <= limits.recordBytes else {
                    state.queue.bytes.truncate(to: start)
                    throw .recordTooLarge(bytes: size, limit: limits.recordBytes)
                }
            } catch {
                state.counters.unrecorded += 1
                throw error
            }
            state.nextSequence += 1
            state.counters.appended += 1
            state.queue.records += 1
            if let completion { state.queue.expect(token, by: completion) }
            accepting.update(state, configuration)
            defer { state.writerWaits = false }
            return state.writerWaits || state.hasGathered(of: notes.count)
        }
        if writerWaits { monitor.signal(.work) }
    }

    private func admit(_ state: SpoolState) throws(SpoolError) {
        guard !state.closed else { throw .closed }
        let limits = configuration.limits
        guard state.queuedBytes < limits.queueBytes else { throw .busy(bytes: state.queuedBytes) }
        let total = state.waitingBytes + state.queuedBytes
        guard total < configuration.maxBytes + limits.overrunBytes else {
            throw .full(bytes: total, limit: configuration.maxBytes)
        }
    }

    /// Whether a new exchange's record would have a place: false while the spool is full, its queue
    /// half full, the disk failing, or the spool closed. One relaxed load, for every request.
    public var acceptsRecords: Bool { accepting.value }

    /// Whether a new exchange may go ahead: ``acceptsRecords``, or the policy is to pass unrecorded.
    public var admitsExchanges: Bool { accepting.value || configuration.whenFull == .pass }

    /// The next durable records, in the order of their sequence.
    ///
    /// Each call goes on where the last one ended; a process that dies before the release gets them
    /// again, so posting must be idempotent.
    ///
    /// - Parameters:
    ///   - limit: records at most.
    ///   - wait: milliseconds to wait for a first record.
    /// - Returns: `nil` when there is none in time, and at once when the spool is closed and read out.
    public func nextBatch(limit: Int, wait: Int) -> SpoolBatch? {
        shipper.locked { $0.nextBatch(limit: limit, wait: wait) }
    }

    /// Says that the ledger has committed a batch. Batches are released in the order of reading.
    /// Posted segments stay for `keepSeconds`, then they are removed.
    ///
    /// - Throws: ``SpoolError/outOfOrder``, or ``SpoolError/unusable(path:reason:)`` when the cursor
    ///   cannot be stored; then the records come again after a restart.
    public func release(_ batch: SpoolBatch) throws(SpoolError) {
        try shipper.locked { (shipper) throws(SpoolError) in try shipper.release(batch) }
    }

    public func status() -> SpoolStatus {
        var status = SpoolStatus()
        let (segments, released) = monitor.locked { state in
            status.records = state.durableSequence - state.released.sequence
            status.bytes = state.waitingBytes
            status.lastSequence = state.durableSequence
            status.postedSequence = state.released.sequence
            status.counters = state.counters
            status.keptBytes = state.segments.reduce(0) { $0 + ($1.postedAt == nil ? 0 : $1.size) }
            if let failure = state.failure {
                status.condition = .failing(reason: failure)
            } else if state.waitingBytes + state.queuedBytes >= configuration.maxBytes {
                status.condition = .full
            }
            return (state.segments, state.released)
        }
        status.instance = instance
        status.open = notes.count
        if status.records > 0 {
            status.oldest = Survey.oldest(
                in: directory.path, segments: segments, from: released, limits: configuration.limits)
        }
        return status
    }

    /// Writes what is queued, tells the callers, stops the writer. Later appends throw. The lock is
    /// given back when the last reference goes.
    public func close() {
        let first = monitor.locked { state in
            defer {
                state.closed = true
                accepting.update(state, configuration)
            }
            return !state.closed
        }
        guard first else { return }
        monitor.signal(.work)
        worker.join()
        monitor.signal(.durable)
    }
}

/// What `tollbook spool status` shows while another process may hold the spool: read without its lock.
///
/// - Throws: ``SpoolError/newerFormat(file:version:)``, ``SpoolError/unusable(path:reason:)``.
public func readSpoolStatus(_ directory: String) throws(SpoolError) -> SpoolStatus {
    let limits = SpoolLimits.standard
    let survey = try Survey.take(directory, limits: limits)
    let state = SpoolState(
        segments: survey.segments, lastSequence: survey.lastSequence, released: survey.released,
        counters: SpoolCounters())
    var status = SpoolStatus()
    status.records = survey.lastSequence - survey.released.sequence
    status.bytes = state.waitingBytes
    status.lastSequence = survey.lastSequence
    status.postedSequence = survey.released.sequence
    status.keptBytes = survey.segments.reduce(0) { $0 + ($1.postedAt == nil ? 0 : $1.size) }
    status.open = survey.open.count
    status.instance = survey.instance.map(SpoolDirectory.hex) ?? ""
    if status.records > 0 { status.oldest = survey.oldest(in: directory, limits: limits) }
    return status
}
