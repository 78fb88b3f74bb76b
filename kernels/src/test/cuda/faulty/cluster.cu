// architectures: 90a
// Kernels of clusters of two blocks, right ones and ones with one fault each, to show that running on the host does both.
#include <witan/hopper.cuh>

using namespace witan;

namespace {

constexpr int BLOCKS = 2;
constexpr int BOX_BYTES = 1024;  // 8 rows of 64 elements
constexpr int BOX_ELEMENTS = BOX_BYTES / 2;
constexpr int BARRIERS_AT = BLOCKS * BOX_BYTES;
constexpr unsigned short ALL = (1 << BLOCKS) - 1;

struct Shared {
    unsigned char* bytes;

    __device__ __forceinline__ Barrier* full() const { return reinterpret_cast<Barrier*>(bytes + BARRIERS_AT); }
    __device__ __forceinline__ Barrier* empty() const { return full() + 1; }
};

// What a block has got, swizzled as it lies there, to out [blocks, 2, 512].
__device__ __forceinline__ void store(const Shared& shared, int* out, int round) {
    const auto* elements = reinterpret_cast<const unsigned short*>(shared.bytes);
    for (int i = threadIdx.x; i < BLOCKS * BOX_ELEMENTS; i += blockDim.x)
        out[(round * gridDim.x + blockIdx.x) * BLOCKS * BOX_ELEMENTS + i] = elements[i];
}

}  // namespace

// Each block copies its box to both, twice into the same place: the second time when both blocks have said that theirs is free.
// Block 1 announces its bytes late: block 0's box is there before. out [2 rounds, blocks, 2 boxes, 512 elements].
CLUSTER_KERNEL(cluster_boxes, 32, BLOCKS)(const TensorMap* map, int* out) {
    DYNAMIC_SHARED(unsigned char, bytes);
    const Shared shared{bytes};
    const int rank = cluster_rank();
    if (threadIdx.x == 0) {
        tensor_map_acquire(map);
        barrier_init(shared.full(), 1);
        barrier_init(shared.empty(), BLOCKS);
        barrier_init_done();
    }
    cluster_sync();
    for (int round = 0; round < 2; round++) {
        if (threadIdx.x == 0) {
            if (rank == 0) barrier_expect(shared.full(), BLOCKS * BOX_BYTES);
            if (round > 0) barrier_wait(shared.empty(), 0);
            copy_box_to_all(bytes + rank * BOX_BYTES, map, 0, 8 * (gridDim.x * round + blockIdx.x), shared.full(), ALL);
            if (rank == 1) barrier_expect(shared.full(), BLOCKS * BOX_BYTES);
        }
        barrier_wait(shared.full(), round);
        store(shared, out, round);
        __syncwarp();
        if (threadIdx.x < BLOCKS) barrier_arrive_at(shared.empty(), threadIdx.x);
    }
    cluster_sync();
}

// out[thread of the grid]: its block's rank in the cluster.
CLUSTER_KERNEL(cluster_ranks, 32, BLOCKS)(int* out) { out[blockIdx.x * blockDim.x + threadIdx.x] = cluster_rank(); }

// Block 1 waits for a barrier that nobody arrives at.
CLUSTER_KERNEL(faulty_cluster_sync, 64, BLOCKS)() {
    DYNAMIC_SHARED(unsigned char, bytes);
    auto* barrier = reinterpret_cast<Barrier*>(bytes);
    if (threadIdx.x == 0) barrier_init(barrier, 1);
    __syncthreads();
    if (cluster_rank() == 1) barrier_wait(barrier, 0);
    cluster_sync();
}

// Block 1 ends, block 0 does not expect it.
CLUSTER_KERNEL(faulty_cluster_end, 64, BLOCKS)() {
    if (cluster_rank() == 0) cluster_sync();
}

// Arrives at a barrier of a block that has ended.
CLUSTER_KERNEL(faulty_cluster_late_arrival, 32, BLOCKS)() {
    DYNAMIC_SHARED(unsigned char, bytes);
    auto* barrier = reinterpret_cast<Barrier*>(bytes);
    if (threadIdx.x == 0) barrier_init(barrier, 1);
    cluster_sync();
    if (cluster_rank() == 1) return;
    __syncwarp();
    if (threadIdx.x == 0) barrier_arrive_at(barrier, 1);
}

// Arrives at a barrier of the other block that it may not have initialised yet.
CLUSTER_KERNEL(faulty_cluster_early_arrival, 32, BLOCKS)() {
    DYNAMIC_SHARED(unsigned char, bytes);
    auto* barrier = reinterpret_cast<Barrier*>(bytes);
    if (threadIdx.x == 0) {
        barrier_init(barrier, 1);
        barrier_init_done();
        barrier_arrive_at(barrier, cluster_rank() ^ 1);
    }
    cluster_sync();
}
