// Causal softmax(Q K^T / sqrt(w)) V in one pass over the keys (Dao 2023, FlashAttention-2, algorithm 1): a block takes 128
// queries of one head, a warp 32 of them, and tiles of 64 keys and values come by double buffering.
#include <witan/attention.cuh>

namespace {

using namespace witan::attention;
using witan::bf16;

constexpr int THREADS = 128;
constexpr int QUERIES = 128;
constexpr int KEYS = 64;
constexpr int M = 2;  // tiles of 16 queries of a warp
constexpr int N = KEYS / 8;

// Of each row, what the softmax so far is relative to, in powers of two, and this lane's share of its sum.
struct Softmax {
    float max[M][2];
    float sum[M][2];
};

template <int width>
__device__ __forceinline__ void load_queries(bf16* tile, const float* q, const Head& head, int first, int positions) {
    constexpr int chunks = width / CHANNELS;
#pragma unroll 4
    for (int item = 0; item < QUERIES * chunks / THREADS; item++) {
        const int row = (item * THREADS + static_cast<int>(threadIdx.x)) / chunks;
        const int chunk = static_cast<int>(threadIdx.x) % chunks;
        const bool valid = first + row < positions && chunk * CHANNELS < head.channels;
        const auto* from = reinterpret_cast<const float4*>(q + (valid ? head.at(first + row) + chunk * CHANNELS : 0));
        const uint4 values = valid ? rounded(from[0], from[1]) : make_uint4(0, 0, 0, 0);
        *reinterpret_cast<uint4*>(tile + at<width>(row, chunk)) = values;
    }
}

__device__ __forceinline__ float max_of_row(const float (&s)[N][4], int half) {
    float max = s[0][2 * half];
#pragma unroll
    for (int j = 0; j < N; j++) max = fmaxf(max, fmaxf(s[j][2 * half], s[j][2 * half + 1]));
    max = fmaxf(max, __shfl_xor_sync(witan::ALL_LANES, max, 1));
    return fmaxf(max, __shfl_xor_sync(witan::ALL_LANES, max, 2));
}

// Scores become exponentials, what was added before is brought to the same base.
template <int n>
__device__ __forceinline__ void exponentials(Results<M, N>& s, Results<M, n>& o, Softmax& softmax, float scale) {
#pragma unroll
    for (int i = 0; i < M; i++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const float max = fmaxf(softmax.max[i][half], max_of_row(s[i], half) * scale);
            const float factor = witan::exp2_fast(softmax.max[i][half] - max);
            float sum = softmax.sum[i][half] * factor;
#pragma unroll
            for (int j = 0; j < N; j++)
#pragma unroll
                for (int e = 2 * half; e < 2 * half + 2; e++) {
                    s[i][j][e] = witan::exp2_fast(fmaf(s[i][j][e], scale, -max));
                    sum += s[i][j][e];
                }
#pragma unroll
            for (int j = 0; j < n; j++) {
                o[i][j][2 * half] *= factor;
                o[i][j][2 * half + 1] *= factor;
            }
            softmax.max[i][half] = max;
            softmax.sum[i][half] = sum;
        }
}

// Query `row` + r sees key `column` + c when it is not after it.
__device__ __forceinline__ void mask(Results<M, N>& s, int row, int column) {
    const int behind = witan::opaque(row + result_row(0) - column - result_column(0));
#pragma unroll
    for (int i = 0; i < M; i++)
#pragma unroll
        for (int j = 0; j < N; j++)
#pragma unroll
            for (int e = 0; e < 4; e++)
                if (8 * j + e % 2 > behind + 16 * i + e / 2 * 8) s[i][j][e] = -INFINITY;
}

// The logarithm of the sum is of base 2, like the exponents.
template <int width>
__device__ __forceinline__ void finish(Results<M, width / 8>& o, const Softmax& softmax, float* out, float* saved,
                                       const Head& head, int row, int positions) {
    float factor[M][2];
#pragma unroll
    for (int i = 0; i < M; i++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float sum = softmax.sum[i][half];
            sum += __shfl_xor_sync(witan::ALL_LANES, sum, 1);
            sum += __shfl_xor_sync(witan::ALL_LANES, sum, 2);
            factor[i][half] = 1 / sum;
            const int position = row + 16 * i + result_row(2 * half);
            if (lane() % 4 == 0 && position < positions) saved[position] = softmax.max[i][half] + log2f(sum);
        }
    store<width, M>(out, head, row, positions, o, factor);
}

// scale: log2(e) / sqrt(channels).
template <int width>
__device__ __forceinline__ void forward(const float* qkv, const bf16* keys, const bf16* values, float* out, float* saved,
                                        int heads, int positions, int channels, float scale) {
    DYNAMIC_SHARED(bf16, queries);
    bf16* const stages = queries + QUERIES * width;
    constexpr int STAGE = 2 * KEYS * width;
    // The last queries have the most keys; they begin first.
    const int blocks = (positions + QUERIES - 1) / QUERIES;
    const int pair = static_cast<int>(blockIdx.x) / blocks;
    const int first = (blocks - 1 - (static_cast<int>(blockIdx.x) - pair * blocks)) * QUERIES;
    const int tiles = (min(first + QUERIES, positions) + KEYS - 1) / KEYS;
    const long long rows = static_cast<long long>(pair) * positions;
    keys += rows * width;
    values += rows * width;
    const auto load = [&](int tile) {
        bf16* stage = stages + tile % 2 * STAGE;
        load_tile<width, KEYS, THREADS>(stage, keys, tile * KEYS, positions);
        load_tile<width, KEYS, THREADS>(stage + KEYS * width, values, tile * KEYS, positions);
        witan::copy_async_commit();
    };
    load(0);
    load_queries<width>(queries, qkv, head_of(pair, heads, positions, channels, 3 * heads * channels), first, positions);

    const int row = first + warp() * 16 * M;
    const int last_row = row + 16 * M - 1;
    Results<M, width / 8> o;
    clear(o);
    Softmax softmax;
#pragma unroll
    for (int i = 0; i < M; i++)
#pragma unroll
        for (int half = 0; half < 2; half++) softmax.max[i][half] = -INFINITY, softmax.sum[i][half] = 0;
    for (int tile = 0; tile < tiles; tile++) {
        witan::copy_async_wait<0>();
        __syncthreads();
        if (tile + 1 < tiles) load(tile + 1);
        if (row >= positions || tile * KEYS > last_row) continue;
        const bf16* stage = stages + tile % 2 * STAGE;
        Results<M, N> s;
        dot_rows<width, M, N>(s, queries, row - first, stage, 0);
        if (tile * KEYS + KEYS - 1 > row) mask(s, row, tile * KEYS);
        exponentials(s, o, softmax, scale);
        add_product<width, M, N>(o, s, stage + KEYS * width, 0);
    }
    const Head head = head_of(pair, heads, positions, channels, heads * channels);
    finish<width>(o, softmax, out, saved + rows, head, row, positions);
}

}  // namespace

KERNEL(attention_forward_32, 128)
(const float* qkv, const unsigned short* keys, const unsigned short* values, float* out, float* saved, int heads,
 int positions, int channels, float scale) {
    forward<32>(qkv, keys, values, out, saved, heads, positions, channels, scale);
}

KERNEL(attention_forward_64, 128)
(const float* qkv, const unsigned short* keys, const unsigned short* values, float* out, float* saved, int heads,
 int positions, int channels, float scale) {
    forward<64>(qkv, keys, values, out, saved, heads, positions, channels, scale);
}

KERNEL(attention_forward_128, 128)
(const float* qkv, const unsigned short* keys, const unsigned short* values, float* out, float* saved, int heads,
 int positions, int channels, float scale) {
    forward<128>(qkv, keys, values, out, saved, heads, positions, channels, scale);
}
