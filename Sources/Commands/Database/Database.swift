// The way from `database:` to a conninfo: a server of the operator's, or the private cluster, which is
// started when it is down and stopped by whoever started it.
import LedgerStore
import Terms

/// The configured database, up if it is ours to start.
struct Database {
    let conninfo: String
    private let started: PrivateCluster?

    /// - Parameters:
    ///   - tenant: whose ledger, where that is in a database of its own.
    ///   - migrate: bring a private database's schema up to date; a server of the operator's is only
    ///     migrated by `tollbook migrate`.
    static func open(
        _ configuration: Configuration, of tenant: String? = nil, migrate: Bool = true
    ) throws(Failure) -> Database {
        switch configuration.database(of: tenant) {
        case .conninfo(let conninfo): return Database(conninfo: conninfo, started: nil)
        case .private:
            let cluster: PrivateCluster
            let isOurs: Bool
            do throws(Diagnosis) {
                try DataDirectory.prepare(configuration.dataDirectory)
                cluster = try PrivateCluster(dataDirectory: configuration.dataDirectory)
                isOurs = try cluster.ensureRunning()
            } catch {
                throw Failure(.unavailable, error)
            }
            let database = Database(conninfo: cluster.conninfo, started: isOurs ? cluster : nil)
            guard migrate else { return database }
            do throws(LedgerError) {
                _ = try LedgerStore.open(cluster.conninfo).migrate()
            } catch {
                database.close()
                throw Failure(.unavailable, error.diagnosis)
            }
            return database
        }
    }

    /// Stops the cluster if this call of the program started it.
    func close() {
        // A cluster that does not stop is found running by the next command, which uses it.
        try? started?.stop()
    }
}
