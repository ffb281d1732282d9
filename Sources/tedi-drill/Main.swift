import ArgumentParser
import Drill

@main
struct Main {
    static func main() async {
        await DrillCommand.main()
    }
}
