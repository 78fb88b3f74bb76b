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

struct Block;

struct Thread {
    Fiber fiber;
    Dim3 index;
    unsigned number;
    Block* block;
};

// Where threads wait for each other; the generation turns when the last has come.
struct Meeting {
    unsigned arrived;
    unsigned generation;
};

struct Warp {
    std::array<unsigned char, LANES * EXCHANGE_BYTES> values[2];
    const char* operation;
    Meeting meeting;
};

struct Barrier {
    unsigned expected;
    Meeting meeting;
};

struct Block {
    Dim3 index;
    unsigned rank;
    std::vector<Thread> threads;
    std::vector<Warp> warps;
    std::array<Barrier, BARRIERS> barriers;
    unsigned live;
};

// Blocks that run at the same time.
struct Cluster {
    const std::function<void()>* body;
    Launch launch;
    std::vector<Block> blocks;
    Meeting meeting;
    unsigned live;
    bool progress;
    std::string error;
};

Cluster cluster;
Thread* current;
void* scheduler;
alignas(1024) unsigned char shared_memory[MOST_CLUSTER_BLOCKS][MOST_SHARED_BYTES];

char* stacks() {
    static char* memory = static_cast<char*>(mmap(nullptr, STACK_BYTES * MOST_THREADS * MOST_CLUSTER_BLOCKS, PROT_READ | PROT_WRITE,
                                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    return memory;
}

void run_thread() {
    (*cluster.body)();
    current->fiber.ended = true;
    current->block->live--;
    cluster.live--;
    yield(true);
}

std::string place() {
    const auto& block = current->block->index;
    const auto& thread = current->index;
    return "block (" + std::to_string(block.x) + ", " + std::to_string(block.y) + ", " + std::to_string(block.z) + ") thread (" +
           std::to_string(thread.x) + ", " + std::to_string(thread.y) + ", " + std::to_string(thread.z) + "): ";
}

void begin(Block& block, const Dim3& index) {
    block.index = index;
    // NaN in every type that kernels keep there: what nobody wrote shows in the result.
    std::memset(shared_memory[block.rank], 0xff, cluster.launch.shared_bytes);
    for (auto& warp : block.warps) warp.operation = nullptr, warp.meeting = {};
    block.barriers.fill({});
    block.live = static_cast<unsigned>(block.threads.size());
    for (auto& thread : block.threads)
        prepare(thread.fiber, stacks() + STACK_BYTES * (MOST_THREADS * block.rank + thread.number), STACK_BYTES, run_thread);
}

void resume(Thread& thread) {
    if (thread.fiber.ended || !cluster.error.empty()) return;
    current = &thread;
    shim_switch(&scheduler, thread.fiber.stack_pointer);
}

// One turn of each thread of the cluster.
void turn(bool upward) {
    const int last_block = static_cast<int>(cluster.blocks.size()) - 1;
    for (int i = 0; i <= last_block; i++) {
        auto& threads = cluster.blocks[static_cast<size_t>(upward ? i : last_block - i)].threads;
        const int last = static_cast<int>(threads.size()) - 1;
        for (int j = 0; j <= last; j++) resume(threads[static_cast<size_t>(upward ? j : last - j)]);
    }
}

size_t threads_of_cluster() { return cluster.blocks.size() * current->block->threads.size(); }

std::string deadlock() {
    const std::string what = cluster.blocks.size() > 1 ? "cluster" : "block";
    const auto arrived = std::to_string(cluster.meeting.arrived) + " of " + std::to_string(threads_of_cluster());
    return place() + "no thread of the " + what + " can go on: they wait at different barriers or operations" +
           (cluster.meeting.arrived > 0 ? ", " + arrived + " at cluster_sync" : "");
}

// Turns go up and down alternately, so that a missing barrier shows as a wrong result.
void run_cluster(const Dim3& first) {
    cluster.meeting = {};
    cluster.live = 0;
    for (auto& block : cluster.blocks) {
        begin(block, {first.x + block.rank, first.y, first.z});
        cluster.live += block.live;
    }
    for (bool upward = true; cluster.live > 0 && cluster.error.empty(); upward = !upward) {
        cluster.progress = false;
        turn(upward);
        if (!cluster.progress && cluster.error.empty()) cluster.error = deadlock();
    }
}

void prepare_threads(Block& block, const Dim3& size) {
    block.threads.assign(size.x * size.y * size.z, {});
    block.warps.assign(block.threads.size() / LANES, {});
    for (unsigned i = 0; i < block.threads.size(); i++)
        block.threads[i] = {{}, {i % size.x, i / size.x % size.y, i / size.x / size.y}, i, &block};
}

void meet(Meeting& meeting, unsigned expected) {
    const unsigned generation = meeting.generation;
    if (++meeting.arrived == expected) {
        meeting.arrived = 0;
        meeting.generation++;
    }
    for (bool progress = true; meeting.generation == generation; progress = false) yield(progress);
    cluster.progress = true;
}

}  // namespace

std::string run(const Launch& launch, const std::function<void()>& body) {
    const unsigned threads = launch.block.x * launch.block.y * launch.block.z;
    if (threads == 0 || threads > MOST_THREADS || threads % LANES != 0)
        return "a block has 32 to 1024 threads, a multiple of 32, not " + std::to_string(threads);
    if (launch.shared_bytes > MOST_SHARED_BYTES)
        return "a block has at most 227 KiB of shared memory, not " + std::to_string(launch.shared_bytes) + " bytes";
    cluster.body = &body;
    cluster.launch = launch;
    cluster.error.clear();
    cluster.blocks.resize(launch.cluster_blocks);
    for (unsigned rank = 0; rank < launch.cluster_blocks; rank++) {
        cluster.blocks[rank].rank = rank;
        prepare_threads(cluster.blocks[rank], launch.block);
    }
    for (unsigned z = 0; z < launch.grid.z; z++)
        for (unsigned y = 0; y < launch.grid.y; y++)
            for (unsigned x = 0; x < launch.grid.x && cluster.error.empty(); x += launch.cluster_blocks) run_cluster({x, y, z});
    return cluster.error;
}

const Dim3& thread_index() { return current->index; }
const Dim3& block_index() { return current->block->index; }
const Dim3& block_size() { return cluster.launch.block; }
const Dim3& grid_size() { return cluster.launch.grid; }
unsigned char* dynamic_shared() { return shared_memory[current->block->rank]; }
int lane() { return static_cast<int>(current->number % LANES); }
unsigned cluster_rank() { return current->block->rank; }

unsigned char* dynamic_shared_of(unsigned rank, size_t offset, size_t bytes) {
    if (rank >= cluster.blocks.size()) fail("there is no block " + std::to_string(rank) + " in the cluster");
    if (cluster.blocks[rank].live == 0) fail("block " + std::to_string(rank) + " of the cluster has ended, and its shared memory with it");
    if (offset + bytes > cluster.launch.shared_bytes) fail("outside of dynamic shared memory");
    return shared_memory[rank] + offset;
}

void yield(bool progress) {
    cluster.progress |= progress;
    shim_switch(&current->fiber.stack_pointer, scheduler);
}

void fail(const std::string& message) {
    cluster.error = place() + message;
    while (true) yield(true);
}

void barrier(int id, unsigned threads) {
    const auto& block = *current->block;
    auto& barrier = current->block->barriers[static_cast<size_t>(id)];
    const unsigned expected = threads == 0 ? block.live : threads;
    if (threads == 0 && block.live != block.threads.size()) fail("__syncthreads after other threads of the block have ended");
    if (barrier.meeting.arrived > 0 && barrier.expected != expected) fail("a barrier with two counts");
    barrier.expected = expected;
    meet(barrier.meeting, expected);
}

void cluster_sync() {
    across_lanes("cluster_sync", 0);
    if (cluster.live != threads_of_cluster()) fail("cluster_sync after other threads of the cluster have ended");
    meet(cluster.meeting, cluster.live);
}

const unsigned char* exchange(const char* operation, const void* mine, size_t bytes) {
    auto& warp = current->block->warps[current->number / LANES];
    if (warp.meeting.arrived > 0 && std::strcmp(warp.operation, operation) != 0)
        fail(std::string("lanes of a warp meet in ") + warp.operation + " and in " + operation);
    warp.operation = operation;
    auto& values = warp.values[warp.meeting.generation % 2];
    std::memcpy(values.data() + current->number % LANES * EXCHANGE_BYTES, mine, bytes);
    meet(warp.meeting, LANES);
    return values.data();
}

}  // namespace shim
