// What the attention kernels read again and again, rounded to bf16 once: a head's rows side by side, [B * H, S, width].
#include <witan/attention.cuh>

namespace {

using witan::attention::CHANNELS;
using witan::attention::Head;

constexpr int THREADS = 256;
constexpr int ITEMS = 4;  // chunks of 8 channels that a thread rounds, all loads before the first store

// A block takes THREADS * ITEMS / chunks rows of one head.
struct Place {
    int pair;
    int chunk;
    int first_row;

    __device__ int row(int item, int chunks) const {
        return first_row + (item * THREADS + static_cast<int>(threadIdx.x)) / chunks;
    }
};

__device__ __forceinline__ Place place(int positions, int width) {
    const int chunks = width / CHANNELS;
    const int rows = THREADS * ITEMS / chunks;
    const int blocks = (positions + rows - 1) / rows;
    const int pair = static_cast<int>(blockIdx.x) / blocks;
    return {pair, static_cast<int>(threadIdx.x) % chunks, (static_cast<int>(blockIdx.x) - pair * blocks) * rows};
}

__device__ __forceinline__ void load(float4 (&values)[2], const float* from, bool valid) {
    const auto* vectors = reinterpret_cast<const float4*>(from);
    values[0] = valid ? vectors[0] : make_float4(0, 0, 0, 0);
    values[1] = valid ? vectors[1] : make_float4(0, 0, 0, 0);
}

__device__ __forceinline__ float dot(float4 a, float4 b) { return a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w; }

__device__ __forceinline__ float dot(uint4 rounded, const float4 (&values)[2]) {
    using witan::high_bf16;
    using witan::low_bf16;
    return dot(make_float4(low_bf16(rounded.x), high_bf16(rounded.x), low_bf16(rounded.y), high_bf16(rounded.y)), values[0]) +
           dot(make_float4(low_bf16(rounded.z), high_bf16(rounded.z), low_bf16(rounded.w), high_bf16(rounded.w)), values[1]);
}

}  // namespace

// Parts first_part, first_part + 1, ... of rows q | k | v: to [parts, B * H, S, width].
KERNEL(attention_pack, 256)
(const float* qkv, unsigned short* to, int first_part, int pairs, int heads, int positions, int channels, int width) {
    Place at = place(positions, width);
    const int part = at.pair / pairs;
    const int chunks = width / CHANNELS;
    const Head head = witan::attention::head_of(at.pair - part * pairs, heads, positions, channels, 3 * heads * channels);
    const float* from = qkv + (first_part + part) * heads * channels + at.chunk * CHANNELS;
    float4 values[ITEMS][2];
#pragma unroll
    for (int item = 0; item < ITEMS; item++) {
        const int row = at.row(item, chunks);
        const bool valid = row < positions && at.chunk * CHANNELS < channels;
        load(values[item], from + (valid ? head.at(row) : 0), valid);
    }
    auto* rows = reinterpret_cast<uint4*>(to) + static_cast<long long>(at.pair) * positions * chunks + at.chunk;
#pragma unroll
    for (int item = 0; item < ITEMS; item++) {
        const int row = at.row(item, chunks);
        if (row < positions)
            rows[static_cast<long long>(row) * chunks] = witan::attention::rounded(values[item][0], values[item][1]);
    }
}

// dOut likewise, and of each row the pair of what forward saved and dOut . out, which is the mean of the gradients of the
// probabilities. dOut enters it rounded, as it enters those gradients.
KERNEL(attention_pack_gradient, 256)
(const float* d_out, const float* out, const float* saved, unsigned short* to, float* statistics, int heads, int positions,
 int channels, int width) {
    const Place at = place(positions, width);
    const int chunks = width / CHANNELS;
    const Head head = witan::attention::head_of(at.pair, heads, positions, channels, heads * channels);
    float4 gradients[ITEMS][2], values[ITEMS][2];
#pragma unroll
    for (int item = 0; item < ITEMS; item++) {
        const int row = at.row(item, chunks);
        const bool valid = row < positions && at.chunk * CHANNELS < channels;
        const long long from = valid ? head.at(row) + at.chunk * CHANNELS : 0;
        load(gradients[item], d_out + from, valid);
        load(values[item], out + from, valid);
    }
    const long long first = static_cast<long long>(at.pair) * positions;
#pragma unroll
    for (int item = 0; item < ITEMS; item++) {
        const int row = at.row(item, chunks);
        const uint4 rounded = witan::attention::rounded(gradients[item][0], gradients[item][1]);
        float sum = dot(rounded, values[item]);
        for (int distance = chunks / 2; distance > 0; distance /= 2)
            sum += __shfl_xor_sync(witan::ALL_LANES, sum, distance);
        if (row >= positions) continue;
        reinterpret_cast<uint4*>(to)[(first + row) * chunks + at.chunk] = rounded;
        if (at.chunk == 0) reinterpret_cast<float2*>(statistics)[first + row] = make_float2(saved[first + row], sum);
    }
}
