/// A bounded queue between two stages of the pipeline, one sender and one receiver.
///
/// The bound is what makes a slow stage slow down the one before it, so that jobs do not pile up under leases.
package final class Handover<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var isFinished = false
        var senders: [CheckedContinuation<Void, Never>] = []
        var receivers: [CheckedContinuation<Void, Never>] = []
    }

    private let capacity: Int
    private let monitor = Monitor(State())

    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Hands `element` over, and returns when at most `capacity` wait to be received.
    package func send(_ element: Element) async {
        monitor.change(waking: \.receivers) { $0.elements.append(element) }
        await monitor.wait(on: \.senders) { $0.elements.count <= capacity }
    }

    /// The next element, or `nil` after the last one.
    package func receive() async -> Element? {
        await monitor.wait(on: \.receivers) { !$0.elements.isEmpty || $0.isFinished }
        return monitor.change(waking: \.senders) { $0.elements.isEmpty ? nil : $0.elements.removeFirst() }
    }

    /// Nothing more will be sent.
    package func finish() {
        monitor.change(waking: \.receivers) { $0.isFinished = true }
    }
}
