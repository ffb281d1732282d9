import ArgumentParser
import QueueBench

@main
struct Main {
    static func main() async {
        await QueueBenchCommand.main()
    }
}
