import Commands
import Glibc

exit(Tollbook.run(World.processArguments(), in: .process()).rawValue)
