// The two kinds of connection: from a client, and to an upstream. What an exchange needs beyond one
// connection stands in Transfer.

import Wire

/// Which of the two a socket is, found without a dynamic cast.
enum SocketSide {
    case client(ClientConnection)
    case upstream(UpstreamConnection)
}

class ClientConnection: Socket {
    enum Phase {
        /// Between requests, or in the middle of a head.
        case head
        /// A transfer is under way; its request may still be arriving.
        case exchange
        /// The rest of a request that was answered without it is thrown away.
        case discarding(BodyDecoder)
        /// Closed for writing; read until the other side has the response.
        case lingering
    }

    /// How the connection ends once everything is written.
    enum Farewell {
        case none
        /// Closed: nothing unread can be left.
        case close
        /// Reset: the other side must not take it for a proper end.
        case reset
        /// Closed for writing, then read until the other side has closed too: an unread byte would turn
        /// the close into a reset, which may destroy the response on its way.
        case linger
    }

    final let peer: Peer
    final var farewell = Farewell.none
    final var phase = Phase.head
    final var seeker = HeadSeeker()
    /// Bytes read and not used yet: an incomplete head, or the next requests of a pipeline.
    final var pending = ByteQueue()
    final var transfer: Transfer?
    /// No further exchange on this connection.
    final var closesAfterResponse = false
    /// Bytes thrown away in ``Phase/discarding(_:)`` or ``Phase/lingering``.
    final var discarded = 0
    /// ``ClientReading`` is at work on this connection: do not enter it again.
    final var isProcessing = false
    /// The response broke off: within TLS not even the connection's end may look proper.
    final var isCut = false
    /// The first bytes of a head have come.
    final var isInHead = false
    /// An exchange has been answered here: the next wait is a keep-alive.
    final var served = false

    init(_ descriptor: Int32, generation: UInt32, peer: Peer) {
        self.peer = peer
        super.init(descriptor, generation: generation)
    }

    final override var side: SocketSide { .client(self) }

    /// What the client and we had to agree on before the first request failed: TLS.
    var failedHandshake: Bool { false }
}

class UpstreamConnection: Socket {
    enum Phase {
        case connecting
        /// Connected; TLS is being set up.
        case securing
        case active
        case idle
    }

    /// Index in the configuration.
    final let upstream: Int
    final var phase = Phase.connecting
    final var transfer: Transfer?
    /// It has carried an exchange before: it may have been closed unnoticed.
    final var isReused = false
    /// The client is slow: do not read.
    final var isPaused = false
    /// Writing failed; reading tells why.
    final var cannotWrite = false

    init(_ descriptor: Int32, generation: UInt32, upstream: Int) {
        self.upstream = upstream
        super.init(descriptor, generation: generation)
    }

    final override var side: SocketSide { .upstream(self) }

    /// The request can be written.
    final var isReady: Bool {
        switch phase {
        case .connecting, .securing: false
        case .active, .idle: true
        }
    }

    /// What has to happen between connection and request.
    enum Security {
        case ready
        case waiting
        case failed
    }

    /// Takes the next step of securing the connection; nothing to do without TLS.
    func secure() -> Security { .ready }

    /// Why securing failed, in OpenSSL's words.
    final var fault = ""
}
