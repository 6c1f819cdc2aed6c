// Whether an upstream can be reached as the relay would reach it: its name, a connection, TLS with the name
// and authorities of the configuration. Nothing is asked of it. Blocks its thread; for `doctor`.

import CLinux
import Glibc

/// How far the way to an upstream goes.
public enum UpstreamProbe: Hashable, Sendable {
    case reachable
    /// Its name has no address.
    case unresolved
    /// The system's words.
    case unreachable(reason: String)
    /// OpenSSL's words.
    case untrusted(reason: String)
    /// Its file of authorities cannot be used.
    case unusable(RelayError)

    /// - Parameter milliseconds: for connection and TLS of all addresses together.
    public static func run(_ upstream: UpstreamConfiguration, milliseconds: Int) -> UpstreamProbe {
        var context: TLSContext?
        if upstream.isTLS {
            do throws(RelayError) {
                context = try TLSContext.client(upstream: upstream.name, authorities: upstream.authorities)
            } catch { return .unusable(error) }
        }
        let addresses =
            SocketAddress(host: upstream.host, port: upstream.port).map { [$0] }
            ?? Resolver.lookUp(upstream.host, upstream.port)
        guard !addresses.isEmpty else { return .unresolved }
        let deadline = MonotonicClock.now() + Int64(milliseconds)
        var last = UpstreamProbe.unreachable(reason: "no answer came in time")
        for address in addresses {
            var address = address
            if upstream.refuses(address) {
                last = .unreachable(reason: "it means \(address.hostText), see allow_addresses")
                continue
            }
            let descriptor = clinux_connect(&address.storage, address.length)
            guard descriptor >= 0 else {
                last = .unreachable(reason: String(cString: strerror(-descriptor)))
                continue
            }
            let found = probe(descriptor, upstream, context, until: deadline)
            if case .unreachable = found {
                last = found
                continue
            }
            return found
        }
        return last
    }

    private static func probe(
        _ descriptor: Int32, _ upstream: UpstreamConfiguration, _ context: TLSContext?, until deadline: Int64
    ) -> UpstreamProbe {
        let made =
            context.map { context in
                TLSUpstream.open(
                    descriptor, generation: 0, upstream: 0, host: upstream.host, context: context,
                    resumption: TLSResumption())
            } ?? UpstreamConnection(descriptor, generation: 0, upstream: 0)
        guard let connection = made else {
            close(descriptor)
            return .unreachable(reason: "TLS cannot be set up")
        }
        defer { connection.close(reset: false) }
        guard wait(descriptor, Int16(POLLOUT), until: deadline) else {
            return .unreachable(reason: "no answer came in time")
        }
        let code = clinux_socket_error(descriptor)
        guard code == 0 else { return .unreachable(reason: String(cString: strerror(code))) }
        while true {
            switch connection.secure() {
            case .ready: return .reachable
            case .failed: return .untrusted(reason: connection.fault)
            case .waiting:
                guard wait(descriptor, Int16(POLLIN), until: deadline) else {
                    return .untrusted(reason: "no answer came in time")
                }
            }
        }
    }

    private static func wait(_ descriptor: Int32, _ events: Int16, until deadline: Int64) -> Bool {
        let left = deadline - MonotonicClock.now()
        var waiting = pollfd(fd: descriptor, events: events, revents: 0)
        return left > 0 && poll(&waiting, 1, Int32(clamping: left)) > 0
    }
}

extension ListenerConfiguration {
    /// Why nobody could listen there now; nil: it is free. Of a Unix socket only that somebody lives behind
    /// it, and that its file is something else, is known without making it.
    public var hindrance: RelayError? {
        do throws(RelayError) {
            switch try ListenerAddress(address) {
            case .tcp(let wanted):
                var wanted = wanted
                guard wanted.port != 0 else { return nil }
                let descriptor = clinux_listen(&wanted.storage, wanted.length, 0, 1)
                guard descriptor < 0 else {
                    close(descriptor)
                    return nil
                }
                return descriptor == -EADDRINUSE
                    ? .addressInUse(address) : .cannotListen(address, -descriptor)
            case .unix(let path, let wanted):
                return UnixSocketFile.hindrance(path, wanted, address)
            }
        } catch { return error }
    }
}
