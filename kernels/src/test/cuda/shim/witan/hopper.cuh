// The host's stand-in for <witan/hopper.cuh>.
#pragma once

#include "../tensor_map.h"
#include "hardware.cuh"

#define CLUSTER_KERNEL(name, threads, blocks)           \
    constexpr unsigned name##_cluster_blocks = blocks; \
    extern "C" void name

namespace witan {

struct alignas(64) TensorMap {
    unsigned long long words[16];
};

using Barrier = unsigned long long;

namespace barriers {

// What the 64 bits hold.
struct State {
    unsigned phase : 1;
    unsigned missing : 15;  // arrivals that the phase waits for
    unsigned arrivals : 16;
    // That the phase waits for; below 0 while more have come than were announced, as another block's copy may come first.
    int bytes;
};

constexpr int MOST_BYTES = (1 << 20) - 1;

inline State get(const Barrier* barrier) {
    State state;
    std::memcpy(&state, barrier, sizeof state);
    if (state.arrivals == 0xffff) shim::fail("a barrier that nobody initialised");
    return state;
}

inline void put(Barrier* barrier, State state) {
    if (state.bytes > MOST_BYTES || state.bytes < -MOST_BYTES) shim::fail("a barrier counts at most 2^20 - 1 bytes");
    if (state.missing == 0 && state.bytes == 0) {
        state.phase ^= 1;
        state.missing = state.arrivals;
    }
    std::memcpy(barrier, &state, sizeof state);
}

inline void arrive(Barrier* barrier, int bytes) {
    State state = get(barrier);
    if (state.missing == 0) shim::fail("more arrivals at a barrier than it was initialised for");
    state.missing--;
    state.bytes += bytes;
    put(barrier, state);
    shim::yield(true);
}

inline void complete(Barrier* barrier, int bytes) {
    State state = get(barrier);
    state.bytes -= bytes;
    put(barrier, state);
}

}  // namespace barriers

inline unsigned shared_address(const void* pointer) {
    return static_cast<unsigned>(static_cast<const unsigned char*>(pointer) - shim::dynamic_shared());
}

namespace barriers {

// The barrier at the same place in another block's shared memory.
inline Barrier* at(const Barrier* mine, unsigned rank) {
    return reinterpret_cast<Barrier*>(shim::dynamic_shared_of(rank, shared_address(mine), sizeof(Barrier)));
}

}  // namespace barriers

inline int cluster_rank() { return static_cast<int>(shim::cluster_rank()); }
inline void cluster_sync() { shim::cluster_sync(); }

inline void barrier_init(Barrier* barrier, int arrivals) {
    const barriers::State state{0, static_cast<unsigned>(arrivals), static_cast<unsigned>(arrivals), 0};
    std::memcpy(barrier, &state, sizeof state);
}
inline void barrier_init_done() {}
inline bool elect_one() {
    shim::across_lanes("elect_one", 0);
    return shim::lane() == 0;
}
inline void barrier_expect(Barrier* barrier, int bytes) { barriers::arrive(barrier, bytes); }
inline void barrier_arrive(Barrier* barrier) { barriers::arrive(barrier, 0); }
inline void barrier_arrive_at(Barrier* barrier, int rank) { barriers::arrive(barriers::at(barrier, static_cast<unsigned>(rank)), 0); }

// A barrier's phase of parity p is complete when its present phase is the other one.
inline void barrier_wait(Barrier* barrier, int parity) {
    for (bool progress = true; barriers::get(barrier).phase == static_cast<unsigned>(parity); progress = false)
        shim::yield(progress);
    shim::yield(true);
}

inline void tensor_map_acquire(const TensorMap*) {}

// Where a byte of a tile lies: bits 4 to 6 of the address are exchanged by bits 7 to 9.
inline unsigned swizzle_128(unsigned address) { return address ^ (address >> 7 & 7) << 4; }

namespace boxes {

inline unsigned short element(const shim::TensorMapNumbers& tensor, long long x, long long y) {
    const bool inside =
        x >= 0 && y >= 0 && x < static_cast<long long>(tensor.size[0]) && y < static_cast<long long>(tensor.size[1]);
    unsigned short value = 0;
    if (inside) std::memcpy(&value, reinterpret_cast<const char*>(tensor.address) + y * tensor.row_bytes + 2 * x, 2);
    return value;
}

// Writes the box to one block of the cluster and tells its barrier.
inline void copy(unsigned rank, unsigned to, const shim::TensorMapNumbers& tensor, int x, int y, const Barrier* barrier) {
    const unsigned rows = tensor.box[1];
    unsigned char* box = shim::dynamic_shared_of(rank, to, rows * tensor.swizzle_bytes);
    for (unsigned row = 0; row < rows; row++)
        for (unsigned column = 0; column < tensor.box[0]; column++) {
            const unsigned short value = element(tensor, x + static_cast<long long>(column), y + static_cast<long long>(row));
            std::memcpy(box + swizzle_128(row * tensor.swizzle_bytes + 2 * column), &value, 2);
        }
    barriers::complete(barriers::at(barrier, rank), static_cast<int>(tensor.box[0] * rows * 2));
}

}  // namespace boxes

inline void copy_box_to_all(void* shared, const TensorMap* map, int x, int y, Barrier* barrier, unsigned short blocks) {
    shim::TensorMapNumbers tensor;
    std::memcpy(&tensor, map, sizeof tensor);
    if (tensor.magic != shim::TENSOR_MAP_MAGIC) shim::fail("a copy by something that is no tensor map");
    const unsigned to = shared_address(shared);
    if (to % 1024 != 0) shim::fail("a swizzled box that is not aligned to 1024 bytes");
    if (blocks == 0) shim::fail("a copy to no block");
    for (unsigned rank = 0; rank < 16; rank++)
        if ((blocks >> rank & 1) != 0) boxes::copy(rank, to, tensor, x, y, barrier);
    shim::yield(true);
}

inline void copy_box(void* shared, const TensorMap* map, int x, int y, Barrier* barrier) {
    copy_box_to_all(shared, map, x, y, barrier, static_cast<unsigned short>(1u << shim::cluster_rank()));
}

template <int registers>
inline void raise_registers() {}
template <int registers>
inline void lower_registers() {}
inline void products_begin() {}
inline void products_commit() {}
template <int pending>
inline void products_wait() {}
template <int count>
inline void products_fence(float (&)[count]) {}

enum Major { ALONG_K = 0, ACROSS_K = 1 };

namespace matrices {

// Element (mn, k) of the tile that a descriptor names (PTX manual, matrix descriptors and canonical layouts of wgmma).
template <Major major>
inline float described(unsigned long long descriptor, int mn, int k) {
    if (descriptor >> 62 != 1) shim::fail("a descriptor without the 128-byte swizzle");
    const unsigned start = static_cast<unsigned>(descriptor & 0x3fff) * 16;
    const unsigned leading = static_cast<unsigned>(descriptor >> 16 & 0x3fff) * 16;
    const unsigned stride = static_cast<unsigned>(descriptor >> 32 & 0x3fff) * 16;
    const unsigned linear = major == ALONG_K ? start + mn / 8 * stride + mn % 8 * 128 + 2 * k
                                             : start + mn / 64 * leading + mn % 64 * 2 + k / 8 * stride + k % 8 * 128;
    unsigned short bits;
    std::memcpy(&bits, shim::dynamic_shared() + swizzle_128(linear), 2);
    return value(bits);
}

}  // namespace matrices

// Products are made at once: of the times at which the machine may read the operands, the earliest.
template <Major a_major, Major b_major>
inline void multiply_64x256x16(float (&d)[128], unsigned long long a, unsigned long long b, int accumulate) {
    const int thread = static_cast<int>(threadIdx.x % 128);
    const int row = 16 * (thread / 32) + thread % 32 / 4;
    float left[2][16];
    for (int half = 0; half < 2; half++)
        for (int k = 0; k < 16; k++) left[half][k] = matrices::described<a_major>(a, row + 8 * half, k);
    for (int j = 0; j < 32; j++)
        for (int next = 0; next < 2; next++) {
            const int column = 8 * j + 2 * (thread % 4) + next;
            double sum[2] = {};
            for (int k = 0; k < 16; k++) {
                const double right = matrices::described<b_major>(b, column, k);
                sum[0] += left[0][k] * right;
                sum[1] += left[1][k] * right;
            }
            for (int half = 0; half < 2; half++) {
                float& to = d[4 * j + 2 * half + next];
                to = static_cast<float>((accumulate ? to : 0) + sum[half]);
            }
        }
}

}  // namespace witan
