// The metrics page, in the text format of Prometheus. Every name is described in docs/metrics.md, and a test
// compares the two.
import Relay
import Spool
import Synchronization
import Terms
import Wire

extension AdminPages {
    /// A line of the metrics page, its name without the prefix.
    private typealias Metric = (name: String, kind: MetricText.Kind, help: String, value: Int64)

    func metrics() -> LocalResponse {
        var text = MetricText()
        for line in callMetrics + relayMetrics + spoolMetrics {
            text.add(line.name, line.kind, line.help, line.value)
        }
        text.usage(sidecar.usage)
        text.syncs(sidecar.spool.status().counters.syncTimes)
        text.told(sidecar.refusedCodes, log)
        text.budgets(sidecar.admission, at: Clock.now())
        let type = HeaderField("content-type", "text/plain; version=0.0.4; charset=utf-8")!
        return LocalResponse(status: 200, fields: [type], body: text.bytes)
    }

    /// What became of calls and of their records.
    private var callMetrics: [Metric] {
        let counters = sidecar.counters
        return [
            ("exchanges_total", .counter, "Calls that were accepted.", counters.exchanges.value),
            ("refused_total", .counter, "Calls that the sidecar answered itself.", counters.refused.value),
            (
                "unrecorded_total", .counter, "Calls served without a record, by policy.",
                counters.unrecorded.value
            ),
            ("splices_total", .counter, "Streams that were asked to report usage.", counters.spliced.value),
            (
                "splices_refused_total", .counter, "Of them, refused and sent again as they came.",
                counters.unspliced.value
            ),
            ("posted_total", .counter, "Records committed to PostgreSQL.", counters.posted.value),
            (
                "duplicates_total", .counter, "Records that PostgreSQL had already.",
                counters.duplicates.value
            ),
            (
                "conflicts_total", .counter, "Records whose id PostgreSQL had with other content.",
                counters.conflicts.value
            ),
            (
                "quarantined_total", .counter, "Records that PostgreSQL would not take.",
                counters.quarantined.value
            ),
            (
                "posting_failures_total", .counter, "Batches that have to be tried again.",
                counters.postingFailures.value
            ),
            (
                "budget_refused_total", .counter, "Calls that a budget did not cover.",
                sidecar.admission.refused.value
            ),
            (
                "budget_waits_total", .counter, "Calls that waited for a lease.",
                sidecar.admission.waited.value
            ),
        ]
    }

    /// Connections and bodies, as of the last second.
    private var relayMetrics: [Metric] {
        let counters = relay.current
        return [
            ("client_connections", .gauge, "Connections of clients.", Int64(counters.clients)),
            ("upstream_connections", .gauge, "Connections to upstreams.", Int64(counters.upstreams)),
            (
                "upstream_connections_idle", .gauge, "Of them, kept for the next call.",
                Int64(counters.idleUpstreams)
            ),
            (
                "upstream_connects_total", .counter, "Connections to upstreams that were opened.",
                Int64(counters.connects)
            ),
            (
                "retries_total", .counter,
                "Requests sent again: a kept connection had been closed, or a "
                    + "change of ours was refused.",
                Int64(counters.retries)
            ),
            (
                "drains", .gauge, "Responses read to their end for the record, their client gone.",
                Int64(counters.drains)
            ),
            (
                "drains_total", .counter, "Responses that were read on after their client had gone.",
                Int64(counters.drainsBegun)
            ),
            (
                "tls_failures_total", .counter, "Clients with whom TLS could not be agreed on.",
                Int64(counters.failedHandshakes)
            ),
            (
                "malformed_total", .counter, "Requests refused for their form.", Int64(counters.refused)
            ),
            ("buffered_bytes", .gauge, "Bytes of bodies in memory.", Int64(counters.buffered)),
        ]
    }

    /// What is on this machine's disk, and what is known of the database.
    private var spoolMetrics: [Metric] {
        let status = sidecar.spool.status()
        let database = ledger.current
        let oldest = status.oldest.map { Clock.now().seconds - $0.seconds } ?? 0
        return [
            ("spool_records", .gauge, "Records that are not in PostgreSQL yet.", Int64(status.records)),
            ("spool_bytes", .gauge, "Bytes of those records.", Int64(status.bytes)),
            ("spool_oldest_seconds", .gauge, "Age of the oldest of them.", oldest),
            ("open_exchanges", .gauge, "Exchanges that have begun and not ended.", Int64(status.open)),
            (
                "access_age_seconds", .gauge, "Since tenants and keys were last compared; -1: not yet.",
                sidecar.access.age
            ),
            ("spool_appended_total", .counter, "Records that the spool took.", status.counters.appended),
            (
                "spool_syncs_total", .counter, "Syncs that made them durable, several at a time.",
                status.counters.syncs
            ),
            (
                "spool_disk_errors_total", .counter, "Writes and syncs that the disk refused.",
                status.counters.diskErrors
            ),
            (
                "spool_refused_total", .counter, "Records that the spool did not take: full, or failing.",
                status.counters.unrecorded
            ),
            (
                "spool_lost_total", .counter, "Records lost to damage on disk, by the gaps that they left.",
                status.counters.lostRecords + status.counters.undecodableRecords
            ),
            (
                "spool_dropped_notes_total", .counter, "Open exchanges that found no room for their note.",
                status.counters.droppedNotes
            ),
            ("database_connected", .gauge, "1 when the last posting worked.", database.connected ? 1 : 0),
        ]
    }
}

extension Atomic<Int> {
    var value: Int64 { Int64(load(ordering: .relaxed)) }
}
