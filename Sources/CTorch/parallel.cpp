#include "parallel.h"

#include <ATen/Parallel.h>

#include <c10/core/CPUAllocator.h>

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace ctorch {

namespace {

/// What libgomp, which LibTorch brings along, offers to compiled OpenMP regions: runs a function on a team.
using RunTeam = void (*)(void (*)(void *), void *, unsigned, unsigned);

/// The team of the libgomp in this process, or null: then threads are started for each call.
RunTeam team() {
    static const auto found = reinterpret_cast<RunTeam>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
    return found;
}

struct Work {
    int64_t count, scratch;
    const std::function<void(int64_t, float *)> &body;
    std::atomic<int64_t> next{0};
    std::mutex mutex;
    std::exception_ptr thrown;

    void run() noexcept {
        try {
            const auto own = c10::GetCPUAllocator()->allocate(static_cast<size_t>(scratch) * sizeof(float));
            for (int64_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
                body(i, static_cast<float *>(own.get()));
            }
        } catch (...) {
            const std::lock_guard lock(mutex);
            next = count;
            if (!thrown) {
                thrown = std::current_exception();
            }
        }
    }
};

}  // namespace

void parallel(int64_t count, int64_t scratch, const std::function<void(int64_t, float *)> &body) {
    Work work{.count = count, .scratch = scratch, .body = body};
    const auto threads = static_cast<unsigned>(std::min<int64_t>(count, at::get_num_threads()));
    if (threads <= 1) {
        work.run();
    } else if (const auto run = team()) {
        run([](void *work) { static_cast<Work *>(work)->run(); }, &work, threads, 0);
    } else {
        std::vector<std::thread> others;
        for (unsigned i = 1; i < threads; ++i) {
            others.emplace_back([&work] { work.run(); });
        }
        work.run();
        for (auto &other : others) {
            other.join();
        }
    }
    if (work.thrown) {
        std::rethrow_exception(work.thrown);
    }
}

}  // namespace ctorch
