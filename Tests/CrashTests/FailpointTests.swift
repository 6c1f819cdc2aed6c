// A process that ends between two steps which have to count as one, at every such place that has a name.
import Foundation
import Spool
import Testing

@Suite(.serialized) struct FailpointTests {
    @Test("killed at every named point: the provider's journal and the ledger agree, both ways")
    func everyPoint() throws {
        let deployment = try Deployment("failpoints", hasFewPrices: true)
        defer { deployment.tearDown() }
        for point in Failpoint.allCases where point != .recordRefused {
            // A segment is made once; the others are reached again and again.
            let count = point == .segmentMade ? 1 : 7
            try deployment.start(environment: ["TOLLBOOK_FAILPOINT": "\(point.rawValue):\(count)"])
            let load = Load(port: deployment.port, clients: 4)
            try waitUntil("the process ends at \(point.rawValue)") { deployment.serve?.isRunning == false }
            try load.stop()
            deployment.kill()
            try deployment.start()
            let after = Load(port: deployment.port, clients: 2)
            try waitUntil("traffic flows again") { after.completed >= 5 }
            try after.stop()
            #expect(after.broken == 0)
            deployment.kill()
        }
        try deployment.start()
        try deployment.stop()
        let witness = try Witness.compare(deployment)
        #expect(witness.complete > 50 && witness.partial > 0)
        witness.tell("failpoints")
    }
}
