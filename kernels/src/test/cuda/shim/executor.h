// Runs a kernel's clusters one after the other on the calling thread (a kernel without them has clusters of one block); the
// threads of a cluster are fibers that take turns at barriers and warp operations. One launch at a time.
#pragma once

#include <cstring>
#include <functional>
#include <string>

namespace shim {

struct Dim3 {
    unsigned x, y, z;
};

// The grid counts blocks; cluster_blocks of them that follow each other in x are a cluster.
struct Launch {
    Dim3 grid;
    Dim3 block;
    size_t shared_bytes;
    unsigned cluster_blocks;
};

constexpr unsigned MOST_CLUSTER_BLOCKS = 8;

// Runs body once for each thread. Returns an empty string, or what is wrong with the kernel.
std::string run(const Launch& launch, const std::function<void()>& body);

// For the running thread.
const Dim3& thread_index();
const Dim3& block_index();
const Dim3& block_size();
const Dim3& grid_size();
unsigned char* dynamic_shared();
int lane();
unsigned cluster_rank();

// `bytes` bytes at `offset` of the dynamic shared memory of a block of the running thread's cluster. Fails if it has no such bytes
// or has ended.
unsigned char* dynamic_shared_of(unsigned rank, size_t offset, size_t bytes);

// Ends the launch with this message.
[[noreturn]] void fail(const std::string& message);

// Lets the other threads run; progress says whether the caller got further since it last yielded.
void yield(bool progress);

// Waits until `threads` threads have come to barrier `id` of the block (0: all that are in the block).
void barrier(int id, unsigned threads);

// Waits until all threads of all blocks of the cluster have come.
void cluster_sync();

constexpr int EXCHANGE_BYTES = 64;

// Waits until all 32 lanes have come to the same operation; returns the values of the lanes, valid until the next exchange.
const unsigned char* exchange(const char* operation, const void* mine, size_t bytes);

template <class T>
struct Lanes {
    const unsigned char* values;
    T operator[](int lane) const {
        T value;
        std::memcpy(&value, values + lane * EXCHANGE_BYTES, sizeof(T));
        return value;
    }
};

template <class T>
Lanes<T> across_lanes(const char* operation, const T& mine) {
    static_assert(sizeof(T) <= EXCHANGE_BYTES);
    return {exchange(operation, &mine, sizeof(T))};
}

}  // namespace shim
