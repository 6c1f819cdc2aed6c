// A request that was changed here and refused for it gets a second try without the change. Until it is
// known whether a refusal is of that kind, the client sees nothing of it; if it is not, the client gets it
// as it came.

import Glibc
import Wire

extension Loop {
    /// Whether this response is a refusal that may be answered with a second try.
    func beginJudging(_ transfer: Transfer) -> Bool {
        let status = transfer.response.status
        guard transfer.edits.mayRetry, status == 400 || status == 422, transfer.client != nil,
            transfer.requestPhase == .complete, transfer.isRequestSent, !transfer.body.isEmpty
        else { return false }
        scratch.clear(keeping: Loop.readSize)
        transfer.isJudging = true
        return true
    }

    /// A piece of the refusal; at its end it is judged.
    func judge(
        _ transfer: Transfer, _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, ended: Bool
    ) {
        transfer.refusal.append(bytes, count)
        if transfer.refusal.count > limits.judgedRefusal {
            showRefusal(transfer, ended: ended)
        } else if ended, !sendAgain(transfer) {
            showRefusal(transfer, ended: true)
        }
    }

    /// - Returns: false when the refusal is for the client.
    private func sendAgain(_ transfer: Transfer) -> Bool {
        // Nobody reads a second answer.
        guard transfer.client != nil, let exchange = transfer.exchange else { return false }
        let refusal = UnsafeBufferPointer(start: transfer.refusal.front, count: transfer.refusal.count)
        guard let edits = exchange.retry(transfer.response, body: refusal.span) else { return false }
        transfer.edits = edits
        transfer.isJudging = false
        transfer.refusal.clear()
        transfer.responseStarted = false
        transfer.responsePhase = .none
        transfer.isRequestSent = false
        transfer.wasRetried = false
        transfer.informationalHeads = 0
        let sent = UnsafeBufferPointer(start: transfer.body.front, count: transfer.body.count)
        let length = placeBody(transfer, sent, edits.splices)
        writeRequestHead(transfer, length: length, joined: nil)
        counters.retries += 1
        findConnection(transfer)
        return true
    }

    /// The client gets the refusal, as far as it has come.
    func showRefusal(_ transfer: Transfer, ended: Bool) {
        transfer.isJudging = false
        var refusal = ByteQueue()
        swap(&refusal, &transfer.refusal)
        showHead(transfer)
        let token = transfer.token
        repeat {
            let count = min(refusal.count, Loop.readSize)
            if count > 0 { memcpy(readBuffer, refusal.front, count) }
            refusal.consume(count)
            deliver(transfer, readBuffer, count, ended: ended && refusal.isEmpty)
        } while transfer.token == token && !refusal.isEmpty
    }
}
