// Gradients of causal attention, the probabilities computed again from the saved logarithms (Dao 2023, FlashAttention-2,
// algorithm 2), without atomics: one kernel sums over queries for the gradients of keys and values, one over keys for those
// of queries. With P = exp2(scale Q K^T - saved), dP = dO V^T and dS = P (dP - mean):
// dV = P^T dO, dK = dS^T Q / sqrt(w), dQ = dS K / sqrt(w).
#include <witan/attention.cuh>

namespace {

using namespace witan::attention;
using witan::bf16;

constexpr int SIDE = 128;  // rows of a block: keys of one kernel, queries of the other

// What the loads of a block need of its head.
struct Operands {
    const bf16* queries;
    const bf16* keys;
    const bf16* values;
    const bf16* gradients;     // of the output
    const float2* statistics;  // of a query: what forward saved, and the mean of the probabilities' gradients
};

template <int width>
__device__ __forceinline__ Operands operands_of(const bf16* packed, const bf16* gradients, const float* statistics, int pair,
                                                int pairs, int positions) {
    const long long first = static_cast<long long>(pair) * positions;
    const long long part = static_cast<long long>(pairs) * positions * width;
    const bf16* head = packed + first * width;
    return {head, head + part, head + 2 * part, gradients + first * width,
            reinterpret_cast<const float2*>(statistics) + first};
}

template <int rows>
__device__ __forceinline__ void load_statistics(float2* tile, const float2* head, int first, int count) {
    const int row = static_cast<int>(threadIdx.x);
    if (row < rows) witan::copy_async_8(tile + row, head + first + row, first + row < count);
}

// p: scores become probabilities; dp: their gradients become those of the scores. A query does not see a later key.
__device__ __forceinline__ void differentiate(float& p, float& dp, float2 statistics, float scale, bool seen) {
    p = seen ? witan::exp2_fast(fmaf(p, scale, -statistics.x)) : 0;
    dp = p * (dp - statistics.y);
}

// A warp takes M tiles of 16 keys, in registers transposed: a row of a result is a key, a column a query.
template <int width>
struct KeysShape {
    static constexpr int M = width == 128 ? 1 : 2;
    static constexpr int N = 8 / M;  // tiles of 8 queries that are in registers together
    static constexpr int THREADS = SIDE / (16 * M) * witan::WARP;
    static constexpr int QUERIES = 64;  // of a stage
    static constexpr int STAGE = 2 * QUERIES * width + QUERIES * 4;  // in bf16: queries, gradients, statistics
};

template <int M, int N>
__device__ __forceinline__ void differentiate_columns(Results<M, N>& p, Results<M, N>& dp, const float2* statistics, int key,
                                                      int query, float scale) {
    const bool all = key + 16 * M - 1 <= query;
    const int behind = witan::opaque(query + result_column(0) - key - result_row(0));
#pragma unroll
    for (int j = 0; j < N; j++) {
        const float4 columns = *reinterpret_cast<const float4*>(statistics + 8 * j + result_column(0));
#pragma unroll
        for (int i = 0; i < M; i++)
#pragma unroll
            for (int e = 0; e < 4; e++) {
                const bool seen = all || 16 * i + e / 2 * 8 <= behind + 8 * j + e % 2;
                const auto column = e % 2 == 0 ? make_float2(columns.x, columns.y) : make_float2(columns.z, columns.w);
                differentiate(p[i][j][e], dp[i][j][e], column, scale, seen);
            }
    }
}

template <int width>
__device__ __forceinline__ void backward_keys(const bf16* packed, const bf16* gradients, const float* statistics, float* d_qkv,
                                              int heads, int pairs, int positions, int channels, float scale, float factor) {
    using Shape = KeysShape<width>;
    constexpr int M = Shape::M, N = Shape::N, THREADS = Shape::THREADS, QUERIES = Shape::QUERIES;
    DYNAMIC_SHARED(bf16, keys);
    bf16* const values = keys + SIDE * width;
    bf16* const stages = values + SIDE * width;
    // The first keys have the most queries; they begin first.
    const int blocks = (positions + SIDE - 1) / SIDE;
    const int pair = static_cast<int>(blockIdx.x) / blocks;
    const int first = (static_cast<int>(blockIdx.x) - pair * blocks) * SIDE;
    const Operands from = operands_of<width>(packed, gradients, statistics, pair, pairs, positions);
    const auto load = [&](int tile) {
        bf16* stage = stages + tile % 2 * Shape::STAGE;
        load_tile<width, QUERIES, THREADS>(stage, from.queries, tile * QUERIES, positions);
        load_tile<width, QUERIES, THREADS>(stage + QUERIES * width, from.gradients, tile * QUERIES, positions);
        auto* statistics_tile = reinterpret_cast<float2*>(stage + 2 * QUERIES * width);
        load_statistics<QUERIES>(statistics_tile, from.statistics, tile * QUERIES, positions);
        witan::copy_async_commit();
    };
    load_tile<width, SIDE, THREADS>(keys, from.keys, first, positions);
    load_tile<width, SIDE, THREADS>(values, from.values, first, positions);
    load(first / QUERIES);

    const int row = warp() * 16 * M;
    Results<M, width / 8> d_keys, d_values;
    clear(d_keys);
    clear(d_values);
    for (int tile = first / QUERIES; tile * QUERIES < positions; tile++) {
        witan::copy_async_wait<0>();
        __syncthreads();
        if ((tile + 1) * QUERIES < positions) load(tile + 1);
        const bf16* queries = stages + tile % 2 * Shape::STAGE;
        const bf16* outputs = queries + QUERIES * width;
        const auto* columns = reinterpret_cast<const float2*>(outputs + QUERIES * width);
#pragma unroll 1
        for (int part = 0; part < QUERIES; part += 8 * N) {
            const int query = tile * QUERIES + part;
            if (first + row > query + 8 * N - 1 || first + row >= positions) continue;
            Results<M, N> p, dp;
            dot_rows<width, M, N>(p, keys, row, queries, part);
            dot_rows<width, M, N>(dp, values, row, outputs, part);
            differentiate_columns<M, N>(p, dp, columns + part, first + row, query, scale);
            add_product<width, M, N>(d_values, p, outputs, part);
            add_product<width, M, N>(d_keys, dp, queries, part);
        }
    }
    Head head = head_of(pair, heads, positions, channels, 3 * heads * channels);
    float factors[M][2];
#pragma unroll
    for (int i = 0; i < M; i++) factors[i][0] = factors[i][1] = factor;
    store<width, M>(d_qkv + heads * channels, head, first + row, positions, d_keys, factors);
#pragma unroll
    for (int i = 0; i < M; i++) factors[i][0] = factors[i][1] = 1;
    store<width, M>(d_qkv + 2 * heads * channels, head, first + row, positions, d_values, factors);
}

// A warp takes M tiles of 16 queries.
template <int width>
struct QueriesShape {
    static constexpr int M = 2;
    static constexpr int N = 4;  // tiles of 8 keys that are in registers together
    static constexpr int THREADS = SIDE / (16 * M) * witan::WARP;
    static constexpr int KEYS = width == 128 ? 32 : 64;  // of a stage; two blocks fit into a multiprocessor
    static constexpr int STAGE = 2 * KEYS * width;
};

template <int M, int N>
__device__ __forceinline__ void differentiate_rows(Results<M, N>& p, Results<M, N>& dp, const float2* statistics, int query,
                                                   int key, float scale) {
    const bool all = key + 8 * N - 1 <= query;
    const int behind = witan::opaque(query + result_row(0) - key - result_column(0));
#pragma unroll
    for (int i = 0; i < M; i++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const float2 row = statistics[16 * i + result_row(2 * half)];
#pragma unroll
            for (int j = 0; j < N; j++)
#pragma unroll
                for (int e = 2 * half; e < 2 * half + 2; e++) {
                    const bool seen = all || 8 * j + e % 2 <= behind + 16 * i + 8 * half;
                    differentiate(p[i][j][e], dp[i][j][e], row, scale, seen);
                }
        }
}

template <int width>
__device__ __forceinline__ void backward_queries(const bf16* packed, const bf16* gradients, const float* statistics,
                                                 float* d_qkv, int heads, int pairs, int positions, int channels, float scale,
                                                 float factor) {
    using Shape = QueriesShape<width>;
    constexpr int M = Shape::M, N = Shape::N, THREADS = Shape::THREADS, KEYS = Shape::KEYS;
    DYNAMIC_SHARED(bf16, queries);
    bf16* const outputs = queries + SIDE * width;
    auto* const rows = reinterpret_cast<float2*>(outputs + SIDE * width);
    bf16* const stages = reinterpret_cast<bf16*>(rows + SIDE);
    const int blocks = (positions + SIDE - 1) / SIDE;
    const int pair = static_cast<int>(blockIdx.x) / blocks;
    const int first = (blocks - 1 - (static_cast<int>(blockIdx.x) - pair * blocks)) * SIDE;
    const int tiles = (min(first + SIDE, positions) + KEYS - 1) / KEYS;
    const Operands from = operands_of<width>(packed, gradients, statistics, pair, pairs, positions);
    const auto load = [&](int tile) {
        bf16* stage = stages + tile % 2 * Shape::STAGE;
        load_tile<width, KEYS, THREADS>(stage, from.keys, tile * KEYS, positions);
        load_tile<width, KEYS, THREADS>(stage + KEYS * width, from.values, tile * KEYS, positions);
        witan::copy_async_commit();
    };
    load_tile<width, SIDE, THREADS>(queries, from.queries, first, positions);
    load_tile<width, SIDE, THREADS>(outputs, from.gradients, first, positions);
    load_statistics<SIDE>(rows, from.statistics, first, positions);
    load(0);

    const int row = first + warp() * 16 * M;
    const int last_row = row + 16 * M - 1;
    Results<M, width / 8> d;
    clear(d);
    for (int tile = 0; tile < tiles; tile++) {
        witan::copy_async_wait<0>();
        __syncthreads();
        if (tile + 1 < tiles) load(tile + 1);
        const bf16* keys = stages + tile % 2 * Shape::STAGE;
        const bf16* values = keys + KEYS * width;
#pragma unroll 1
        for (int part = 0; part < KEYS; part += 8 * N) {
            const int key = tile * KEYS + part;
            if (row >= positions || key > last_row) continue;
            Results<M, N> p, dp;
            dot_rows<width, M, N>(p, queries, row - first, keys, part);
            dot_rows<width, M, N>(dp, outputs, row - first, values, part);
            differentiate_rows<M, N>(p, dp, rows + row - first, row, key, scale);
            add_product<width, M, N>(d, dp, keys, part);
        }
    }
    float factors[M][2];
#pragma unroll
    for (int i = 0; i < M; i++) factors[i][0] = factors[i][1] = factor;
    store<width, M>(d_qkv, head_of(pair, heads, positions, channels, 3 * heads * channels), row, positions, d, factors);
}

}  // namespace

KERNEL(attention_backward_keys_32, 128)
(const unsigned short* packed, const unsigned short* gradients, const float* statistics, float* d_qkv, int heads, int pairs,
 int positions, int channels, float scale, float factor) {
    backward_keys<32>(packed, gradients, statistics, d_qkv, heads, pairs, positions, channels, scale, factor);
}

KERNEL(attention_backward_keys_64, 128)
(const unsigned short* packed, const unsigned short* gradients, const float* statistics, float* d_qkv, int heads, int pairs,
 int positions, int channels, float scale, float factor) {
    backward_keys<64>(packed, gradients, statistics, d_qkv, heads, pairs, positions, channels, scale, factor);
}

KERNEL(attention_backward_keys_128, 256)
(const unsigned short* packed, const unsigned short* gradients, const float* statistics, float* d_qkv, int heads, int pairs,
 int positions, int channels, float scale, float factor) {
    backward_keys<128>(packed, gradients, statistics, d_qkv, heads, pairs, positions, channels, scale, factor);
}

KERNEL(attention_backward_queries_32, 128)
(const unsigned short* packed, const unsigned short* gradients, const float* statistics, float* d_qkv, int heads, int pairs,
 int positions, int channels, float scale, float factor) {
    backward_queries<32>(packed, gradients, statistics, d_qkv, heads, pairs, positions, channels, scale, factor);
}

KERNEL(attention_backward_queries_64, 128)
(const unsigned short* packed, const unsigned short* gradients, const float* statistics, float* d_qkv, int heads, int pairs,
 int positions, int channels, float scale, float factor) {
    backward_queries<64>(packed, gradients, statistics, d_qkv, heads, pairs, positions, channels, scale, factor);
}

KERNEL(attention_backward_queries_128, 128)
(const unsigned short* packed, const unsigned short* gradients, const float* statistics, float* d_qkv, int heads, int pairs,
 int positions, int channels, float scale, float factor) {
    backward_queries<128>(packed, gradients, statistics, d_qkv, heads, pairs, positions, channels, scale, factor);
}
