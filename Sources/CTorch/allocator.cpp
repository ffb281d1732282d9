// Memory of tensors on the CPU.
//
// Networks ask for the same few large blocks again and again. The C library either gives each back to the kernel, and
// every page of the next one costs a fault, or keeps them in one heap, which small blocks in between break into pieces
// that fit nothing. Here large blocks are mapped one by one, and those set free wait for the next of their size: as much
// memory as a share of what is in use, no more. Weights, which stay, do not count.

#include "internal.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <list>
#include <mutex>
#include <unordered_map>

namespace {

constexpr size_t kibi = 1024, mebi = 1024 * kibi;

/// From this size on blocks are mapped.
constexpr size_t large = 512 * kibi;

/// As many bytes may always wait, or be more than was asked for, however few are in use: what a pass of small pictures
/// takes and gives back. With less, a tenth of its time goes to the kernel.
constexpr size_t least_waiting = 36 * mebi;

class Blocks final : public c10::Allocator {
public:
    c10::DataPtr allocate(size_t size) override {
        void *const data = size < large ? small(size) : mapped(size);
        return {data, data, &release, at::Device(at::kCPU)};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &release; }

    void copy_data(void *to, const void *from, size_t size) const override { default_copy_data(to, from, size); }

    void spare(bool spares) {
        const std::lock_guard lock(mutex);
        sparing += spares ? 1 : -1;
        trim();
    }

    ct_memory state() {
        const std::lock_guard lock(mutex);
        const auto bytes = [](size_t size) { return static_cast<int64_t>(size); };
        return {bytes(passing_bytes), bytes(waiting_bytes), bytes(spare_bytes), bytes(limit())};
    }

    static Blocks &shared() {
        // Never destroyed: tensors may outlive everything else.
        static Blocks *const blocks = new Blocks;
        return *blocks;
    }

private:
    struct Block {
        void *data;
        size_t size;
    };

    std::mutex mutex;
    struct Use {
        size_t size, spare;  ///< How much more it is than was asked for.
        bool stays;          ///< Whether it was made while memory was spared.
    };

    std::unordered_map<void *, Use> used;
    /// The one that was set free last comes first: its pages are still in a cache.
    std::list<Block> waiting;
    size_t passing_bytes = 0, waiting_bytes = 0, spare_bytes = 0;
    int sparing = 0;

    static void *small(size_t size) {
        void *data = nullptr;
        TORCH_CHECK_WITH(
            OutOfMemoryError, posix_memalign(&data, 64, std::max<size_t>(size, 1)) == 0, "there are no ", size,
            " bytes of memory left");
        return data;
    }

    void *mapped(size_t size) {
        const size_t rounded = (size + 64 * kibi - 1) / (64 * kibi) * (64 * kibi);
        const std::lock_guard lock(mutex);
        // Networks halve and double: a block for twice as much serves, while little is wasted so.
        auto best = waiting.end();
        for (auto block = waiting.begin(); block != waiting.end(); ++block) {
            const bool fits = block->size >= rounded && block->size <= rounded * 2 + rounded / 8
                && (block->size - rounded <= rounded / 8 || spare_bytes + block->size - rounded <= limit());
            if (fits && (best == waiting.end() || block->size < best->size)) {
                best = block;
            }
        }
        if (best != waiting.end()) {
            const Block taken = *best;
            waiting_bytes -= taken.size;
            waiting.erase(best);
            return note(taken, rounded);
        }
        void *const data = mmap(nullptr, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        TORCH_CHECK_WITH(OutOfMemoryError, data != MAP_FAILED, "there are no ", size, " bytes of memory left");
        // Fewer faults and fewer misses of the address cache, where the kernel has large pages.
        madvise(data, rounded, MADV_HUGEPAGE);
        return note({data, rounded}, rounded);
    }

    void *note(Block block, size_t wanted) {
        used[block.data] = {block.size, block.size - wanted, sparing > 0};
        passing_bytes += sparing > 0 ? 0 : block.size;
        spare_bytes += block.size - wanted;
        return block.data;
    }

    static void release(void *data) {
        // Mapped blocks begin with a page; few others do.
        const bool may_be_mapped = data != nullptr && reinterpret_cast<uintptr_t>(data) % (4 * kibi) == 0;
        if (!may_be_mapped || !shared().put_back(data)) {
            free(data);
        }
    }

    /// Whether it was one of the large blocks.
    bool put_back(void *data) {
        const std::lock_guard lock(mutex);
        const auto found = used.find(data);
        if (found == used.end()) {
            return false;
        }
        const Use use = found->second;
        used.erase(found);
        passing_bytes -= use.stays ? 0 : use.size;
        spare_bytes -= use.spare;
        waiting.push_front({data, use.size});
        waiting_bytes += use.size;
        trim();
        return true;
    }

    size_t limit() const { return sparing > 0 ? 0 : std::max(least_waiting, passing_bytes / 3); }

    void trim() {
        while (!waiting.empty() && waiting_bytes + spare_bytes > limit()) {
            const Block oldest = waiting.back();
            waiting.pop_back();
            waiting_bytes -= oldest.size;
            munmap(oldest.data, oldest.size);
        }
    }
};

}  // namespace

void ct_configure_allocator(void) {
    static std::once_flag once;
    std::call_once(once, [] {
        c10::SetCPUAllocator(&Blocks::shared(), 100);
        // What does not come from here, such as scratch memory of LibTorch's libraries, keeps its pages in one heap:
        // that of a thread's own arena ends at 64 MiB.
        mallopt(M_MMAP_MAX, 0);
        mallopt(M_TRIM_THRESHOLD, 2147483647);
        mallopt(M_ARENA_MAX, 1);
    });
}

ct_memory ct_memory_state(void) { return Blocks::shared().state(); }

void ct_spare_memory(bool spares) {
    ct_configure_allocator();
    Blocks::shared().spare(spares);
    if (!spares) {
        malloc_trim(0);
    }
}
