// Token embedding with learned positions, and its gradient: rows of the same token are added in the order of the tokens.
// For that the tokens are gathered by bucket of their ids; within a bucket the place of a token is the number of tokens before
// it. Where the buckets lie among each other is left to chance, as no sum depends on it.
#include <witan/block.cuh>
#include <witan/cells.cuh>

namespace {

constexpr int THREADS = 256;
constexpr int ITEMS = 4;  // of a thread of the forward kernel; all loads before the first store

template <class V>
__device__ __forceinline__ void forward(const int* ids, const V* token, const V* position, V* out, int tokens, int positions,
                                        int columns) {
    const witan::Cells cells(THREADS * ITEMS, columns);
    V words[ITEMS], places[ITEMS];
    long long at[ITEMS];
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
        const int item = i * THREADS + static_cast<int>(threadIdx.x);
        const long long t = cells.first_row + cells.row(item);
        const int column = cells.column(item);
        at[i] = t < tokens ? t * columns + column : -1;
        if (at[i] < 0) continue;
        words[i] = token[static_cast<long long>(ids[t]) * columns + column];
        if (position != nullptr) places[i] = position[t % positions * columns + column];
    }
#pragma unroll
    for (int i = 0; i < ITEMS; i++)
        if (at[i] >= 0) out[at[i]] = position == nullptr ? words[i] : witan::plus(words[i], places[i]);
}

constexpr int BATCH = 8;  // rows that a thread loads before it adds the first

// dPosition[s] += dOut[s], dOut[s + S], ... in this order.
template <class V>
__device__ __forceinline__ void add_positions(const V* d_out, V* d_position, int tokens, int positions, int columns) {
    const witan::Cells cells(THREADS, columns);
    const int item = static_cast<int>(threadIdx.x);
    const long long s = cells.first_row + cells.row(item);
    const int column = cells.column(item);
    if (s >= min(tokens, positions)) return;
    V sum = d_position[s * columns + column];
    for (long long first = s; first < tokens; first += static_cast<long long>(BATCH) * positions) {
        V rows[BATCH];
#pragma unroll
        for (int i = 0; i < BATCH; i++) {
            const long long t = first + static_cast<long long>(i) * positions;
            if (t < tokens) rows[i] = d_out[t * columns + column];
        }
#pragma unroll
        for (int i = 0; i < BATCH; i++)
            if (first + static_cast<long long>(i) * positions < tokens) sum = witan::plus(sum, rows[i]);
    }
    d_position[s * columns + column] = sum;
}

constexpr int SPAN = 2;  // values that a lane has of a row

// The columns of one row of dToken that a lane has, in registers.
template <class V>
struct Columns {
    V* d_token;
    int columns;
    int first;  // of this lane; the next is a warp further
    V values[SPAN];

    __device__ __forceinline__ V* at(int id, int i) const {
        return d_token + static_cast<long long>(id) * columns + first + i * witan::WARP;
    }
    __device__ __forceinline__ bool valid(int i) const { return first + i * witan::WARP < columns; }
    __device__ __forceinline__ void read(int id) {
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            if (valid(i)) values[i] = *at(id, i);
    }
    __device__ __forceinline__ void write(int id) const {
#pragma unroll
        for (int i = 0; i < SPAN; i++)
            if (valid(i)) *at(id, i) = values[i];
    }
};

// A warp takes SPAN * 32 columns of one bucket, whose tokens seldom have more than one id.
template <class V>
__device__ __forceinline__ void add_tokens(const int* ids, const int* order, const int* lengths, const V* d_out, V* d_token,
                                           int tokens, int columns) {
    const unsigned slices = static_cast<unsigned>(columns + SPAN * witan::WARP - 1) / (SPAN * witan::WARP);
    const int lane = static_cast<int>(threadIdx.x) % witan::WARP;
    const long long warp = static_cast<long long>(blockIdx.x) * (THREADS / witan::WARP) + threadIdx.x / witan::WARP;
    const long long place = warp / slices;
    if (place >= tokens) return;
    const int length = lengths[place];
    if (length == 0) return;  // not the first of its bucket
    Columns<V> sum = {d_token, columns, static_cast<int>(warp - place * slices) * SPAN * witan::WARP + lane, {}};
    int current = ids[order[place]];
    sum.read(current);
    for (int begin = 0; begin < length; begin += witan::WARP) {
        const int mine = order[place + min(begin + lane, length - 1)];
        const int my_id = ids[mine];
        for (int batch = 0; batch < witan::WARP && begin + batch < length; batch += BATCH) {
            V rows[BATCH][SPAN];
#pragma unroll
            for (int j = 0; j < BATCH; j++) {
                const long long row = static_cast<long long>(__shfl_sync(witan::ALL_LANES, mine, batch + j)) * columns;
#pragma unroll
                for (int i = 0; i < SPAN; i++)
                    if (begin + batch + j < length && sum.valid(i)) rows[j][i] = d_out[row + sum.first + i * witan::WARP];
            }
#pragma unroll
            for (int j = 0; j < BATCH; j++) {
                const int id = __shfl_sync(witan::ALL_LANES, my_id, batch + j);
                if (begin + batch + j >= length) break;
                if (id != current) {
                    sum.write(current);
                    sum.read(id);
                    current = id;
                }
#pragma unroll
                for (int i = 0; i < SPAN; i++) sum.values[i] = witan::plus(sum.values[i], rows[j][i]);
            }
        }
    }
    sum.write(current);
}

// Of the warp's values up to this lane's.
__device__ __forceinline__ int sum_up_to_lane(int value) {
    for (int distance = 1; distance < witan::WARP; distance *= 2) {
        const int before = __shfl_up_sync(witan::ALL_LANES, value, distance);
        if (static_cast<int>(threadIdx.x) % witan::WARP >= distance) value += before;
    }
    return value;
}

// The place of a range of `count` behind all that were reserved before; one atomic operation a warp.
__device__ __forceinline__ int reserve(int* cursor, int count) {
    const int up_to = sum_up_to_lane(count);
    int first = 0;
    if (threadIdx.x % witan::WARP == witan::WARP - 1 && up_to > 0) first = atomicAdd(cursor, up_to);
    return __shfl_sync(witan::ALL_LANES, first, witan::WARP - 1) + up_to - count;
}

constexpr int LONG = 64;  // tokens of a bucket that is begun early

__device__ __forceinline__ int thread_of_grid() {
    return static_cast<int>(blockIdx.x) * THREADS + static_cast<int>(threadIdx.x);
}

}  // namespace

// columns: of the rows, in floats. position may be null.
KERNEL(embedding_by_1, 256)
(const int* ids, const float* token, const float* position, float* out, int tokens, int positions, int columns) {
    forward(ids, token, position, out, tokens, positions, columns);
}

KERNEL(embedding_by_4, 256)
(const int* ids, const float* token, const float* position, float* out, int tokens, int positions, int columns) {
    forward(ids, reinterpret_cast<const float4*>(token), reinterpret_cast<const float4*>(position),
            reinterpret_cast<float4*>(out), tokens, positions, columns / 4);
}

KERNEL(embedding_add_positions_by_1, 256)
(const float* d_out, float* d_position, int tokens, int positions, int columns) {
    add_positions(d_out, d_position, tokens, positions, columns);
}

KERNEL(embedding_add_positions_by_4, 256)
(const float* d_out, float* d_position, int tokens, int positions, int columns) {
    add_positions(reinterpret_cast<const float4*>(d_out), reinterpret_cast<float4*>(d_position), tokens, positions,
                  columns / 4);
}

// lengths [buckets] begin as zeros; slots [tokens]: any numbering of the tokens of a bucket. mask: buckets - 1.
KERNEL(embedding_count, 256)(const int* ids, int* lengths, int* slots, int tokens, int mask) {
    const int t = thread_of_grid();
    if (t < tokens) slots[t] = atomicAdd(&lengths[ids[t] & mask], 1);
}

// starts [buckets]: where in [tokens] a bucket's tokens begin: the long ones in front, the others from the back. The two
// cursors begin as zeros; the number of buckets is a multiple of the block's threads.
KERNEL(embedding_reserve, 256)(const int* lengths, int* starts, int* cursors, int tokens) {
    const int bucket = thread_of_grid();
    const int length = lengths[bucket];
    const int in_front = reserve(&cursors[0], length >= LONG ? length : 0);
    const int at_back = reserve(&cursors[1], length < LONG ? length : 0);
    starts[bucket] = length >= LONG ? in_front : tokens - at_back - length;
}

KERNEL(embedding_gather, 256)
(const int* ids, const int* starts, const int* slots, int* gathered, int tokens, int mask) {
    const int t = thread_of_grid();
    if (t < tokens) gathered[starts[ids[t] & mask] + slots[t]] = t;
}

// order [tokens]: each bucket's tokens, ascending; runs [tokens]: the length of the bucket that begins there, else 0.
KERNEL(embedding_order, 256)
(const int* ids, const int* lengths, const int* starts, const int* gathered, int* order, int* runs, int tokens, int mask) {
    const int t = thread_of_grid();
    if (t >= tokens) return;
    const int length = lengths[ids[t] & mask];
    const int start = starts[ids[t] & mask];
    int before = 0;
#pragma unroll 4
    for (int i = 0; i < length; i++) before += gathered[start + i] < t ? 1 : 0;
    order[start + before] = t;
    runs[start + before] = before == 0 ? length : 0;
}

KERNEL(embedding_add_tokens_by_1, 256)
(const int* ids, const int* order, const int* runs, const float* d_out, float* d_token, int tokens, int columns) {
    add_tokens(ids, order, runs, d_out, d_token, tokens, columns);
}

KERNEL(embedding_add_tokens_by_4, 256)
(const int* ids, const int* order, const int* runs, const float* d_out, float* d_token, int tokens, int columns) {
    add_tokens(ids, order, runs, reinterpret_cast<const float4*>(d_out), reinterpret_cast<float4*>(d_token), tokens,
               columns / 4);
}
