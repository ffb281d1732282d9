import ArgumentParser
import SystemBench

@main
struct Main {
    static func main() async {
        await SystemBenchCommand.main()
    }
}
