import Reporting
import Terms

/// A command line that cannot be read. Nothing was done; the usage is printed with the message.
enum UsageError: Error, Hashable, Sendable {
    case unknownCommand(String, nearest: String?)
    case missingCommand(in: String)
    case unknownOption(String, nearest: String?)
    case missingValue(option: String, metavar: String)
    case unexpectedValue(flag: String)
    case repeated(option: String)
    case missingOperand(String)
    case unexpectedOperand(String)
    case invalid(what: String, value: String, expected: String, nearest: String?)
    case conflict(String, String)
    case needs(String, String)

    var diagnosis: Diagnosis {
        Diagnosis(code: code, problem: problem, effect: "nothing was done", remedy: remedy)
    }

    private var code: String {
        switch self {
        case .unknownCommand: "usage.unknown-command"
        case .missingCommand: "usage.missing-command"
        case .unknownOption: "usage.unknown-option"
        case .missingValue: "usage.missing-value"
        case .unexpectedValue: "usage.unexpected-value"
        case .repeated: "usage.repeated-option"
        case .missingOperand: "usage.missing-operand"
        case .unexpectedOperand: "usage.unexpected-operand"
        case .invalid: "usage.invalid-value"
        case .conflict: "usage.conflict"
        case .needs: "usage.needs"
        }
    }

    private var problem: String {
        switch self {
        case .unknownCommand(let name, _): "there is no command '\(name.visible)'"
        case .missingCommand(let path): "'\(path)' needs a command"
        case .unknownOption(let name, _): "unknown option \(name.visible)"
        case .missingValue(let option, let metavar): "\(option) needs a value: \(option) \(metavar)"
        case .unexpectedValue(let flag): "\(flag) takes no value"
        case .repeated(let option): "\(option) is given more than once"
        case .missingOperand(let metavar): "\(metavar) is missing"
        case .unexpectedOperand(let text): "'\(text.visible)' is one operand too many"
        case .invalid(let what, let value, let expected, _):
            "\(what): '\(value.visible)' is not \(expected)"
        case .conflict(let one, let other): "\(one) and \(other) exclude each other"
        case .needs(let one, let other): "\(one) means nothing without \(other)"
        }
    }

    private var remedy: String {
        switch self {
        case .unknownCommand(_, let nearest?): "did you mean 'tollbook \(nearest)'?"
        case .unknownCommand, .missingCommand: "choose one of the commands below"
        case .unknownOption(_, let nearest?): "did you mean \(nearest)?"
        case .invalid(_, _, _, let nearest?): "did you mean '\(nearest)'?"
        case .repeated(let option): "keep one \(option)"
        case .conflict(let one, let other): "keep either \(one) or \(other)"
        case .needs(let one, let other): "add \(other), or leave \(one) out"
        case .unexpectedValue(let flag): "write \(flag) alone"
        default: "see the usage below"
        }
    }
}
