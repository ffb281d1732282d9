import ArgumentParser
import ModelCommands

@main
struct Main {
    static func main() {
        ModelCommand.main()
    }
}
