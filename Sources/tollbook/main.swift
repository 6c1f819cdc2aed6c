import Commands
import Glibc

let words = Array(CommandLine.arguments.dropFirst())
exit(Tollbook.run(words, in: .process()).rawValue)
