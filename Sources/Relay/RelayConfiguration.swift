// What the relay is told when it starts. Host, scheme and port of an upstream come from here only: no
// header and no body can redirect a request.

/// Listeners, upstreams and limits.
public struct RelayConfiguration: Sendable {
    public var listeners: [ListenerConfiguration]
    public var upstreams: [UpstreamConfiguration]
    public var limits: RelayLimits
    /// Threads, each with its own loop; `nil`: one per core that this process may use.
    public var loops: Int?

    public init(
        listeners: [ListenerConfiguration], upstreams: [UpstreamConfiguration],
        limits: RelayLimits = RelayLimits(), loops: Int? = nil
    ) {
        self.listeners = listeners
        self.upstreams = upstreams
        self.limits = limits
        self.loops = loops
    }
}

/// One place where clients connect.
public struct ListenerConfiguration: Sendable {
    /// `127.0.0.1:4141`, `[::1]:4141` or `unix:/path`. Port 0 takes a free one.
    public var address: String
    /// Goes on answering while the others drain: for health checks.
    public var staysDuringDrain: Bool
    /// Clients speak TLS; `nil`: plain HTTP.
    public var identity: TLSIdentity?
    /// Permission bits of a Unix socket's file; who may write to it may connect.
    public var socketMode: UInt32

    public init(
        _ address: String, identity: TLSIdentity? = nil, staysDuringDrain: Bool = false,
        socketMode: UInt32 = 0o600
    ) {
        self.address = address
        self.identity = identity
        self.socketMode = socketMode
        self.staysDuringDrain = staysDuringDrain
    }
}

/// One provider's address.
public struct UpstreamConfiguration: Sendable {
    /// The name in paths and messages.
    public var name: String
    public var isTLS: Bool
    /// Host name or numeric address, without brackets.
    public var host: String
    public var port: UInt16
    /// PEM file of the authorities to trust; `nil`: the system's.
    public var authorities: String?
    /// Loopback, link-local and metadata addresses that the name may resolve to all the same.
    public var allowedAddresses: [AddressRange] = []

    public init(name: String, isTLS: Bool, host: String, port: UInt16, authorities: String? = nil) {
        self.name = name
        self.isTLS = isTLS
        self.host = host
        self.port = port
        self.authorities = authorities
    }

    /// What stands in `Host`: without the port where it is the scheme's own.
    var hostField: [UInt8] {
        let name = host.contains(":") ? "[\(host)]" : host
        return Array((port == (isTLS ? 443 : 80) ? name : "\(name):\(port)").utf8)
    }
}
