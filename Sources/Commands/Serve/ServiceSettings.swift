// From the configuration to what relay, spool and gateway want to be told. No decisions but names and
// units.
import Mediation
import Relay
import Spool
import Wire

extension SidecarSettings {
    init(_ configuration: Configuration) {
        upstreams = configuration.upstreams.map { setting in
            SidecarUpstream(setting)
        }
        defaultUpstream = configuration.defaultUpstream.flatMap { name in
            configuration.upstreams.firstIndex { $0.name == name }
        }
        let tenant = configuration.attribution.defaultTenant
        rules = AttributionRules(
            requireTenant: configuration.attribution.requireTenant,
            defaultTenant: tenant.isEmpty || tenant == "unattributed" ? nil : tenant)
        rules.order = AttributionOrder(configuration.callers)
        trusted = configuration.attribution.trustedCallers
        policy = configuration.spool.policy == .pass ? .pass : .refuse
        strict = configuration.durability == .strict
        inspectBody = configuration.limits.inspectBodyBytes
        drain = DrainLimit(
            bytes: configuration.limits.drainBytes, milliseconds: configuration.limits.drainSeconds * 1000)
        series = configuration.process.series
        adminListener = configuration.listen.count
    }
}

extension RelayConfiguration {
    init(_ configuration: Configuration) {
        var limits = RelayLimits()
        limits.connections = configuration.limits.connections
        limits.requestBody = configuration.limits.requestBodyBytes
        limits.heldBodies = configuration.limits.heldBodiesBytes
        limits.connectTime = configuration.limits.connectMilliseconds
        limits.responseHeadTime = configuration.limits.responseMilliseconds
        limits.responseIdleTime = configuration.limits.idleMilliseconds
        limits.exchangeTime = configuration.limits.exchangeMilliseconds
        limits.keepAliveTime = configuration.limits.keepAliveMilliseconds
        limits.drains = configuration.limits.drains
        limits.requestHeadTime = configuration.limits.headerMilliseconds
        limits.requestIdleTime = configuration.limits.bodyMilliseconds
        limits.requestBodyRate = configuration.limits.bodyRate
        limits.clientStallTime = configuration.limits.clientMilliseconds
        limits.connectionsPerAddress = configuration.limits.connectionsPerAddress
        var listeners = configuration.listen.map { address in
            ListenerConfiguration(
                address.text, identity: address.isUnix ? nil : configuration.identity,
                socketMode: configuration.process.socketMode)
        }
        if let admin = configuration.admin {
            let identity = configuration.process.adminTLS && !admin.isUnix ? configuration.identity : nil
            listeners.append(
                ListenerConfiguration(
                    admin.text, identity: identity, staysDuringDrain: true,
                    socketMode: configuration.process.socketMode))
        }
        self.init(
            listeners: listeners,
            upstreams: configuration.upstreams.map { upstream in
                UpstreamConfiguration(upstream)
            },
            limits: limits, loops: configuration.threads)
    }
}

extension UpstreamConfiguration {
    init(_ setting: UpstreamSetting) {
        self.init(
            name: setting.name, isTLS: setting.url.isTLS, host: setting.url.host, port: setting.url.port,
            authorities: setting.authorities)
        allowedAddresses = setting.allowedAddresses.networks.map { AddressRange($0.address, bits: $0.bits) }
        if setting.allowedAddresses.loopback { allowedAddresses += AddressRange.loopback }
    }
}

extension Configuration {
    /// The certificate of the listeners. Unix sockets never use it: nobody else can read what they carry.
    var identity: TLSIdentity? {
        tls.map { tls in
            TLSIdentity(
                certificate: tls.certificate, key: tls.key, clientAuthorities: tls.clientAuthorities,
                requiresClient: tls.requiresClient)
        }
    }
}

extension SpoolConfiguration {
    init(_ configuration: Configuration) {
        self.init()
        maxBytes = configuration.spool.maxBytes
        whenFull = configuration.spool.policy == .pass ? .pass : .refuse
        keepSeconds = configuration.spool.keepSeconds
    }
}
