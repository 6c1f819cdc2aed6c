// The rules of a surface that few surfaces need. They are data as everything of a dialect is: the
// machinery asks for them and knows no provider.

import Terms

/// What a header of a response names.
enum HeaderWord: Sendable { case serviceTier, speed }

/// What is peculiar to a surface beside its fields and inclusions.
struct DialectTraits: Sendable {
    // What is stated elsewhere.

    /// Headers of the response that state counts which the body leaves out, in lower case.
    var headerCounts: [(name: String, cell: Cell)] = []
    /// Headers of the response that name the tier or the speed which the body leaves out, in lower case.
    var headerWords: [(name: String, word: HeaderWord)] = []
    /// The name in the path is what is sold and priced, whatever the response calls the model.
    var sellsPathModel = false
    /// The name under which the surface's own work is sold, where no model does it.
    var soldAs: String?

    // What is charged for.

    /// Quantities that are charged for instead of a count of tokens: both measure the same thing.
    var unitsInsteadOf: [(unit: Meter, cell: Cell)] = []
    /// Quantities that are charged for only where nothing else was counted.
    var unlessCounted: [Meter] = []
    /// The least quantity of a meter that is charged for.
    var minimums: [(meter: Meter, quantity: Quantity)] = []
    /// The response has no usage object; each call is one of this meter.
    var countsCalls: Meter?
    /// Hosted tools whose calls have a fee that no usage object counts: the word of an item of the answer,
    /// and the meter of one call.
    var hostedTools: [(word: String, meter: Meter)] = []
    /// Parts of the names of models that search once for every answer without saying so.
    var searchingModels: [String] = []
    /// The meter of server searches.
    var searchMeter = Meter.webSearch
    /// Models that charge once for a prompt that searched, by the beginning of their names, and the meter.
    var searchedPrompt: (models: [String], meter: Meter)?
    /// The meter of pages, and the one of pages that were annotated as well as read.
    var annotation: (plain: Meter, annotated: Meter)?
    /// Each choice of the response is one of this meter when no tokens are reported (images).
    var choiceMeter: Meter?
    /// Text of the request is counted by this meter when no usage is reported (speech).
    var requestTextMeter: Meter?
    /// Seconds of audio are counted by this meter when no usage is reported.
    var durationMeter: Meter?
    /// The meter of output whose kind no detail names.
    var unnamedOutput = Meter.output
    /// The model of what was heard, where a session does not choose one.
    var transcriptionModel: String?
    /// The stated cost is what is charged, and a meter of its own.
    var costIsCharge = false
    /// The response holds the results of many requests, each billed by itself.
    var isBatch = false

    /// The work is fetched again by the id that its first answer names.
    var isLookedAt = false
    /// What the work will be charged for is told before it is done; work that fails is not charged for.
    var countsWhenDone = false

    // How the response reads.

    /// What the server reports it has guessed (from words): it counts as no report.
    var guesses = false
    /// Reasons that say that the work goes on after the response.
    var pendingStates: [String] = []
    /// An empty id is none.
    var emptyIDIsNone = false
}
