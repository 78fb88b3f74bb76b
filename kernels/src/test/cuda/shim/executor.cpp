#include "executor.h"

#include <sys/mman.h>

#include <array>
#include <vector>

#include "fiber.h"

namespace shim {
namespace {

constexpr size_t STACK_BYTES = 128 << 10;
constexpr unsigned MOST_THREADS = 1024;
constexpr unsigned LANES = 32;
constexpr int BARRIERS = 16;
constexpr size_t MOST_SHARED_BYTES = 227 << 10;

struct Thread {
    Fiber fiber;
    Dim3 index;
    unsigned number;
};

struct Warp {
    std::array<unsigned char, LANES * EXCHANGE_BYTES> values[2];
    const char* operation;
    unsigned arrived;
    unsigned generation;
};

struct Barrier {
    unsigned arrived;
    unsigned expected;
    unsigned generation;
};

struct Block {
    const std::function<void()>* body;
    Launch launch;
    Dim3 index;
    std::vector<Thread> threads;
    std::vector<Warp> warps;
    std::array<Barrier, BARRIERS> barriers;
    unsigned live;
    bool progress;
    std::string error;
};

Block block;
Thread* current;
void* scheduler;
alignas(1024) unsigned char shared_memory[MOST_SHARED_BYTES];

char* stacks() {
    static char* memory = static_cast<char*>(mmap(nullptr, STACK_BYTES * MOST_THREADS, PROT_READ | PROT_WRITE,
                                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    return memory;
}

void run_thread() {
    (*block.body)();
    current->fiber.ended = true;
    block.live--;
    yield(true);
}

std::string place() {
    const auto& thread = current->index;
    return "block (" + std::to_string(block.index.x) + ", " + std::to_string(block.index.y) + ", " +
           std::to_string(block.index.z) + ") thread (" + std::to_string(thread.x) + ", " + std::to_string(thread.y) + ", " +
           std::to_string(thread.z) + "): ";
}

void begin(const Dim3& index) {
    block.index = index;
    // NaN in every type that kernels keep there: what nobody wrote shows in the result.
    std::memset(shared_memory, 0xff, block.launch.shared_bytes);
    for (auto& warp : block.warps) warp.operation = nullptr, warp.arrived = 0, warp.generation = 0;
    block.barriers.fill({});
    block.live = static_cast<unsigned>(block.threads.size());
    for (auto& thread : block.threads)
        prepare(thread.fiber, stacks() + STACK_BYTES * thread.number, STACK_BYTES, run_thread);
}

void resume(Thread& thread) {
    if (thread.fiber.ended || !block.error.empty()) return;
    current = &thread;
    shim_switch(&scheduler, thread.fiber.stack_pointer);
}

// Turns go up and down alternately, so that a missing barrier shows as a wrong result.
void run_block() {
    const int last = static_cast<int>(block.threads.size()) - 1;
    for (bool upward = true; block.live > 0 && block.error.empty(); upward = !upward) {
        block.progress = false;
        for (int i = 0; i <= last; i++) resume(block.threads[upward ? i : last - i]);
        if (!block.progress && block.error.empty())
            block.error = place() + "no thread of the block can go on: they wait at different barriers or operations";
    }
}

void prepare_threads(const Dim3& size) {
    block.threads.assign(size.x * size.y * size.z, {});
    block.warps.assign(block.threads.size() / LANES, {});
    for (unsigned i = 0; i < block.threads.size(); i++)
        block.threads[i].index = {i % size.x, i / size.x % size.y, i / size.x / size.y}, block.threads[i].number = i;
}

}  // namespace

std::string run(const Launch& launch, const std::function<void()>& body) {
    const unsigned threads = launch.block.x * launch.block.y * launch.block.z;
    if (threads == 0 || threads > MOST_THREADS || threads % LANES != 0)
        return "a block has 32 to 1024 threads, a multiple of 32, not " + std::to_string(threads);
    if (launch.shared_bytes > MOST_SHARED_BYTES)
        return "a block has at most 227 KiB of shared memory, not " + std::to_string(launch.shared_bytes) + " bytes";
    block.body = &body;
    block.launch = launch;
    block.error.clear();
    prepare_threads(launch.block);
    for (unsigned z = 0; z < launch.grid.z; z++)
        for (unsigned y = 0; y < launch.grid.y; y++)
            for (unsigned x = 0; x < launch.grid.x && block.error.empty(); x++) {
                begin({x, y, z});
                run_block();
            }
    return block.error;
}

const Dim3& thread_index() { return current->index; }
const Dim3& block_index() { return block.index; }
const Dim3& block_size() { return block.launch.block; }
const Dim3& grid_size() { return block.launch.grid; }
unsigned char* dynamic_shared() { return shared_memory; }
int lane() { return static_cast<int>(current->number % LANES); }

void yield(bool progress) {
    block.progress |= progress;
    shim_switch(&current->fiber.stack_pointer, scheduler);
}

void fail(const std::string& message) {
    block.error = place() + message;
    while (true) yield(true);
}

void barrier(int id, unsigned threads) {
    auto& barrier = block.barriers[static_cast<size_t>(id)];
    const unsigned generation = barrier.generation;
    const unsigned expected = threads == 0 ? block.live : threads;
    if (threads == 0 && block.live != block.threads.size()) fail("__syncthreads after other threads of the block have ended");
    if (barrier.arrived > 0 && barrier.expected != expected) fail("a barrier with two counts");
    barrier.expected = expected;
    if (++barrier.arrived == expected) {
        barrier.arrived = 0;
        barrier.generation++;
        block.progress = true;
        return;
    }
    for (bool progress = true; barrier.generation == generation; progress = false) yield(progress);
    block.progress = true;
}

const unsigned char* exchange(const char* operation, const void* mine, size_t bytes) {
    auto& warp = block.warps[current->number / LANES];
    if (warp.arrived > 0 && std::strcmp(warp.operation, operation) != 0)
        fail(std::string("lanes of a warp meet in ") + warp.operation + " and in " + operation);
    warp.operation = operation;
    const unsigned generation = warp.generation;
    auto& values = warp.values[generation % 2];
    std::memcpy(values.data() + current->number % LANES * EXCHANGE_BYTES, mine, bytes);
    if (++warp.arrived == LANES) {
        warp.arrived = 0;
        warp.generation++;
        block.progress = true;
    }
    for (bool progress = true; warp.generation == generation; progress = false) yield(progress);
    return values.data();
}

}  // namespace shim
