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

// The columns of one row of dToken that a lane has, in registers: `span` of them, a warp apart.
template <class V, int span>
struct Columns {
    V* d_token;
    int columns;
    int first;
    V values[span];

    __device__ __forceinline__ V* at(int id, int i) const {
        return d_token + static_cast<long long>(id) * columns + first + i * witan::WARP;
    }
    __device__ __forceinline__ bool valid(int i) const { return first + i * witan::WARP < columns; }
    __device__ __forceinline__ void read(int id) {
#pragma unroll
        for (int i = 0; i < span; i++)
            if (valid(i)) values[i] = *at(id, i);
    }
    __device__ __forceinline__ void write(int id) const {
#pragma unroll
        for (int i = 0; i < span; i++)
            if (valid(i)) *at(id, i) = values[i];
    }
};

// Adds the rows of a bucket's `length` tokens, `batch` of them loaded before the first is added; their ids are seldom
// different. Of order, x is the token, y its id.
template <int span, int batch, class V>
__device__ __forceinline__ void add_run(const int2* order, int length, const V* d_out, V* d_token, int columns, int slice) {
    const int lane = static_cast<int>(threadIdx.x) % witan::WARP;
    Columns<V, span> sum = {d_token, columns, slice * span * witan::WARP + lane, {}};
    int current = -1;
    constexpr int chunk = witan::WARP / batch * batch;
    for (int begin = 0; begin < length; begin += chunk) {
        const int2 mine = order[min(begin + lane, length - 1)];
        for (int from = 0; from < chunk && begin + from < length; from += batch) {
            V rows[batch][span];
#pragma unroll
            for (int j = 0; j < batch; j++) {
                const long long row = static_cast<long long>(__shfl_sync(witan::ALL_LANES, mine.x, from + j)) * columns;
#pragma unroll
                for (int i = 0; i < span; i++)
                    if (begin + from + j < length && sum.valid(i)) rows[j][i] = d_out[row + sum.first + i * witan::WARP];
            }
#pragma unroll
            for (int j = 0; j < batch; j++) {
                const int id = __shfl_sync(witan::ALL_LANES, mine.y, from + j);
                if (begin + from + j >= length) break;
                if (id != current) {
                    if (current >= 0) sum.write(current);
                    sum.read(id);
                    current = id;
                }
#pragma unroll
                for (int i = 0; i < span; i++) sum.values[i] = witan::plus(sum.values[i], rows[j][i]);
            }
        }
    }
    sum.write(current);
}

// What the blocks of a pass reserve by atomic operations; all begin as zeros.
enum Cursor { FRONT_TOKENS, BACK_TOKENS, FRONT_RUNS, BACK_RUNS, TASKS };

__device__ __forceinline__ int slices(int columns, int span) {
    return (columns + span * witan::WARP - 1) / (span * witan::WARP);
}

// A warp's next task: a range of columns of a run.
__device__ __forceinline__ unsigned next_task(int* cursors) {
    int task = 0;
    if (threadIdx.x % witan::WARP == 0) task = atomicAdd(&cursors[TASKS], 1);
    return static_cast<unsigned>(__shfl_sync(witan::ALL_LANES, task, 0));
}

// Warps take tasks until there are none, the long runs first and with more rows on their way.
template <class V>
__device__ __forceinline__ void add_tokens(const int* order, const int* runs, int* cursors, const V* d_out, V* d_token,
                                           int tokens, int columns) {
    const auto* places = reinterpret_cast<const int2*>(order);
    const auto* begins = reinterpret_cast<const int2*>(runs);
    const unsigned long_slices = slices(columns, 1), short_slices = slices(columns, 2);
    const unsigned long_tasks = cursors[FRONT_RUNS] * long_slices;
    const unsigned tasks = long_tasks + cursors[BACK_RUNS] * short_slices;
    for (unsigned task = next_task(cursors), next; task < tasks; task = next) {
        next = next_task(cursors);
        if (task < long_tasks) {
            const int2 run = begins[task / long_slices];
            add_run<1, 12>(places + run.x, run.y, d_out, d_token, columns, task % long_slices);
        } else {
            const unsigned behind = task - long_tasks;
            const int2 run = begins[tokens - 1 - behind / short_slices];
            add_run<2, 4>(places + run.x, run.y, d_out, d_token, columns, behind % short_slices);
        }
    }
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

// lengths [buckets], which begin as zeros; slots [tokens]: any numbering of the tokens of a bucket. mask: buckets - 1.
KERNEL(embedding_count, 256)(const int* ids, int* lengths, int* slots, int tokens, int mask) {
    const int t = thread_of_grid();
    if (t < tokens) slots[t] = atomicAdd(&lengths[ids[t] & mask], 1);
}

// starts [buckets]: where in [tokens] a bucket's tokens begin; runs [tokens, 2]: start and length of the buckets that have any.
// The long ones go in front, the others to the back. The number of buckets is a multiple of the block's threads.
KERNEL(embedding_reserve, 256)(const int* lengths, int* starts, int* runs, int* cursors, int tokens) {
    const int bucket = thread_of_grid();
    const int length = lengths[bucket];
    const bool front = length >= LONG;
    const bool back = length > 0 && !front;
    const int front_tokens = reserve(&cursors[FRONT_TOKENS], front ? length : 0);
    const int back_tokens = reserve(&cursors[BACK_TOKENS], back ? length : 0);
    const int front_run = reserve(&cursors[FRONT_RUNS], front ? 1 : 0);
    const int back_run = reserve(&cursors[BACK_RUNS], back ? 1 : 0);
    const int start = front ? front_tokens : tokens - back_tokens - length;
    starts[bucket] = start;
    if (front || back) reinterpret_cast<int2*>(runs)[front ? front_run : tokens - 1 - back_run] = make_int2(start, length);
}

KERNEL(embedding_gather, 256)
(const int* ids, const int* starts, const int* slots, int* gathered, int tokens, int mask) {
    const int t = thread_of_grid();
    if (t < tokens) gathered[starts[ids[t] & mask] + slots[t]] = t;
}

// order [tokens, 2]: each bucket's tokens, ascending, with their ids.
KERNEL(embedding_order, 256)
(const int* ids, const int* lengths, const int* starts, const int* gathered, int* order, int tokens, int mask) {
    const int t = thread_of_grid();
    if (t >= tokens) return;
    const int id = ids[t];
    const int length = lengths[id & mask];
    const int start = starts[id & mask];
    int before = 0;
#pragma unroll 4
    for (int i = 0; i < length; i++) before += gathered[start + i] < t ? 1 : 0;
    reinterpret_cast<int2*>(order)[start + before] = make_int2(t, id);
}

KERNEL(embedding_add_tokens_by_1, 512)
(const int* order, const int* runs, int* cursors, const float* d_out, float* d_token, int tokens, int columns) {
    add_tokens(order, runs, cursors, d_out, d_token, tokens, columns);
}

KERNEL(embedding_add_tokens_by_4, 512)
(const int* order, const int* runs, int* cursors, const float* d_out, float* d_token, int tokens, int columns) {
    add_tokens(order, runs, cursors, reinterpret_cast<const float4*>(d_out), reinterpret_cast<float4*>(d_token), tokens,
               columns / 4);
}
