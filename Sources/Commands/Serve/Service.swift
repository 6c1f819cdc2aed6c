// One running sidecar: its parts in the order in which they start, and in the reverse order in which
// they stop. `serve` and `demo` both run this.
import CLinux
import Glibc
import LedgerStore
import Mediation
import Relay
import Spool
import Synchronization
import Terms

final class Service {
    /// The bound port of each listener, the admin's last.
    let ports: [UInt16]
    let sidecar: Sidecar
    let status: LedgerStatus
    private let relay: RelayServer
    private let shipper: Shipper
    private let keeper: AccessKeeper
    private let leases: LeaseKeeper
    /// One for each ledger.
    private let upkeep: [Keeper]
    private let courier: AlertCourier
    private let log: Log

    /// Starts everything. PostgreSQL may be away: then records wait in the spool.
    ///
    /// - Parameter conninfo: of the ledger's database.
    static func start(
        _ configuration: Configuration, conninfo: String, log: Log
    ) throws(Failure) -> Service {
        let prices: PriceKeeper
        do throws(ConfigurationProblems) {
            prices = try PriceKeeper(configuration.prices)
        } catch {
            throw Failure(.configuration, error.diagnoses[0])
        }
        let keys = try SealKeyring(configuration).forLedger
        for each in [conninfo] + configuration.otherDatabases { try checkSchema(each, log: log) }
        var callers = try CallerRules.load(configuration.callers)
        let spool: Spool
        let fingerprint: Fingerprint
        do throws(Diagnosis) {
            try DataDirectory.prepare(configuration.dataDirectory)
            fingerprint = try Fingerprint.load(dataDirectory: configuration.dataDirectory)
        } catch {
            throw Failure(.couldNot, error)
        }
        let keeper = try AccessKeeper.prepare(configuration, conninfo: conninfo, log: log)
        callers.pseudonyms = keeper.pseudonyms
        do throws(SpoolError) {
            spool = try Spool.open(
                configuration.dataDirectory + "/spool", configuration: SpoolConfiguration(configuration))
        } catch {
            throw Failure(.unavailable, error.diagnosis)
        }
        let upkeep = ([conninfo] + configuration.otherDatabases).map {
            Keeper(conninfo: $0, keys: keys, log: log)
        }
        return try Service(configuration, conninfo, prices, spool, fingerprint, keeper, upkeep, callers, log)
    }

    private init(
        _ configuration: Configuration, _ conninfo: String, _ prices: PriceKeeper, _ spool: Spool,
        _ fingerprint: Fingerprint, _ keeper: AccessKeeper, _ upkeep: [Keeper], _ callers: CallerRules,
        _ log: Log
    ) throws(Failure) {
        self.log = log
        self.keeper = keeper
        self.upkeep = upkeep
        sidecar = Sidecar(
            SidecarSettings(configuration), access: keeper.board, callers: callers, spool: spool,
            fingerprint: fingerprint, ratios: LearntRatios(dataDirectory: configuration.dataDirectory),
            admission: Admission(
                configuration.budgets,
                isUnknown: (try? Files.read(LeaseKeeper.markPath(configuration.dataDirectory))) != nil,
                elsewhere: Set(configuration.tenantDatabases.keys)),
            open: OpenExchanges(spool, age: configuration.spool.openAfterSeconds),
            usageDesk: UsageDesk(conninfo: conninfo))
        status = LedgerStatus()
        log.tell(.started(version: Tollbook.version, instance: spool.instance))
        if !spool.recoveredOpen.isEmpty { log.tell(.openExchangesFound(count: spool.recoveredOpen.count)) }
        sidecar.open.bookDue(into: spool, now: Clock.now(), log: log)
        shipper = Shipper(
            ShipperPlan(
                conninfo: conninfo, tenantDatabases: configuration.tenantDatabases, prices: prices,
                poster: Poster(
                    refused: RefusedRecords(configuration.dataDirectory + "/spool"), usage: sidecar.usage),
                dataDirectory: configuration.dataDirectory),
            sidecar: sidecar, status: status, log: log)
        leases = LeaseKeeper(
            sidecar, conninfo: conninfo, prices: prices, dataDirectory: configuration.dataDirectory,
            run: Clock.now(), endpoints: configuration.alerts.endpoints.map(\.text), log: log)
        courier = AlertCourier(configuration.alerts, conninfo: conninfo, log: log)
        let sidecar = sidecar
        let reading = RelayReading()
        let admin = AdminPages(
            sidecar: sidecar, ledger: status, relay: reading, log: log,
            token: configuration.process.adminToken.map { Array($0.utf8) })
        do throws(RelayError) {
            relay = try RelayServer.start(RelayConfiguration(configuration)) { inbox in
                LoopGateway(sidecar: sidecar, admin: admin, inbox: inbox)
            }
        } catch {
            throw Failure(error.isOfConfiguration ? .configuration : .unavailable, error.diagnosis)
        }
        reading.begin(relay.reading)
        ports = relay.ports
        shipper.start()
        keeper.start()
        leases.start()
        sidecar.usageDesk.start()
        courier.start()
        for each in upkeep { each.start() }
        for (listener, port) in zip(configuration.listen + [configuration.admin].compactMap(\.self), ports) {
            log.tell(.listening(address: listener.text(boundTo: port)))
        }
        // Reading the configuration and configured prices leaves garbage that this process never needs again.
        clinux_return_free_memory()
    }

    /// Takes over what has changed in the files of `tls`, or says why not.
    func reloadCertificates(onlyChanged: Bool) {
        for outcome in relay.reloadIdentities(onlyChanged: onlyChanged) {
            switch outcome {
            case .success(let facts): log.tell(.certificateInForce(facts))
            case .failure(let error):
                let reason = error.diagnosis
                log.tell(
                    .certificateRefused(
                        Diagnosis(
                            code: reason.code, problem: reason.problem,
                            effect: "the certificate that was in force stays in force",
                            remedy: reason.remedy)))
            }
        }
    }

    /// Waits until the ledger has every record that ended so far; at most a minute.
    func waitUntilPosted() {
        let end = Clock.monotonicMicroseconds() + 60_000_000
        while sidecar.spool.status().records > 0 || sidecar.spool.status().open > 0 {
            guard Clock.monotonicMicroseconds() < end else { return }
            var time = timespec(tv_sec: 0, tv_nsec: 20_000_000)
            nanosleep(&time, nil)
        }
    }

    /// Lets requests in flight end, posts the spool, and closes it.
    ///
    /// - Parameter milliseconds: for all of it.
    func stop(within milliseconds: Int) {
        log.tell(.draining(seconds: milliseconds / 1000))
        sidecar.isDraining.store(true, ordering: .relaxed)
        let start = Clock.monotonicMicroseconds() / 1000
        relay.drain(deadlineMilliseconds: milliseconds)
        relay.wait()
        let spent = Clock.monotonicMicroseconds() / 1000 - start
        for each in upkeep { each.stop() }
        // Even when the requests took all the time, what is in the spool gets a moment.
        shipper.stop(within: max(1000, Int64(milliseconds) - spent))
        keeper.stop()
        leases.stop()
        sidecar.usageDesk.stop()
        courier.stop()
        sidecar.ratios.save()
        sidecar.spool.close()
        log.tell(.stopped(backlog: Int(sidecar.spool.status().records)))
    }

    /// A schema that this binary does not know is refused at once; a database that is away is not.
    private static func checkSchema(_ conninfo: String, log: Log) throws(Failure) {
        do throws(LedgerError) {
            let state = try LedgerStore.open(conninfo).schemaState()
            guard state.isUsable else { throw LedgerError.schema(state) }
        } catch {
            if case .schema(let state) = error { throw Failure(.configuration, state.diagnosis) }
            log.tell(.databaseLost(reason: error.diagnosis.problem))
        }
    }
}

extension ListenAddress {
    /// The address with the port that was really bound.
    fileprivate func text(boundTo port: UInt16) -> String {
        guard case .tcp(let host, _) = self else { return text }
        return ListenAddress.tcp(host: host, port: port).text
    }
}
