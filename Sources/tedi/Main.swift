import Glibc
import TediCommands

@main
struct Main {
    static func main() async {
        exit(await Tedi.run(Array(CommandLine.arguments.dropFirst())))
    }
}
