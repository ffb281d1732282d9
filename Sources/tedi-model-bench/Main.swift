import ArgumentParser
import ModelBench

@main
struct Main {
    static func main() {
        ModelBenchCommand.main()
    }
}
