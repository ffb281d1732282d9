import ArgumentParser
import Coordinator

@main
struct Main {
    static func main() async {
        await CoordinatorCommand.main()
    }
}
