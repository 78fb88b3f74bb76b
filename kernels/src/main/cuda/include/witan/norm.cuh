// LayerNorm (Ba et al. 2016) and RMSNorm (Zhang and Sennrich 2019): y = hat * gain [+ bias] with hat = (x - mean) * r and
// r = 1 / sqrt(mean((x - mean)^2) + epsilon); RMSNorm has neither mean nor bias. A block a row at a time; rows of up to
// NORM_THREADS * 16 floats, a multiple of 4, lie in registers, others are read several times.
#pragma once

#include <witan/block.cuh>
#include <witan/wide.cuh>

namespace witan {

constexpr int NORM_THREADS = 512;
constexpr int NORM_VECTORS = 4;

__device__ __forceinline__ float sum_of(float4 v) { return (v.x + v.y) + (v.z + v.w); }

// The sums over the block, of any number of warps, in a fixed order; every thread gets them.
template <int values>
__device__ __forceinline__ void sum_over_block(float (&value)[values]) {
    __shared__ float partial[values][NORM_THREADS / WARP];
    const int warp = threadIdx.x / WARP;
    const int warps = blockDim.x / WARP;
#pragma unroll
    for (int i = 0; i < values; i++) value[i] = across_warp(value[i], Sum());
    __syncthreads();  // the previous result may still be read
#pragma unroll
    for (int i = 0; i < values; i++)
        if (threadIdx.x % WARP == 0) partial[i][warp] = value[i];
    __syncthreads();
#pragma unroll
    for (int i = 0; i < values; i++) {
        value[i] = 0;
        for (int w = 0; w < warps; w++) value[i] += partial[i][w];
    }
}

__device__ __forceinline__ float sum_over_block(float value) {
    float values[1] = {value};
    sum_over_block(values);
    return values[0];
}

// A row of the forward pass.
struct NormRow {
    const float* x;
    const float* gain;
    const float* bias;
    float* y;
    float* stats;
    int cols;
    float epsilon;
};

__device__ __forceinline__ float4 minus(float4 a, float b) { return make_float4(a.x - b, a.y - b, a.z - b, a.w - b); }
__device__ __forceinline__ float4 times(float4 a, float4 b) {
    return make_float4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w);
}

template <bool centred>
__device__ __forceinline__ void norm_in_registers(const NormRow& row) {
    float4 x[NORM_VECTORS];
    float sum = 0;
#pragma unroll
    for (int v = 0; v < NORM_VECTORS; v++) {
        const int c = 4 * (threadIdx.x + v * blockDim.x);
        x[v] = c < row.cols ? load<float4>(row.x + c) : make_float4(0, 0, 0, 0);
        if (centred) sum += sum_of(x[v]);
    }
    const float mean = centred ? sum_over_block(sum) / row.cols : 0;
    float squares = 0;
#pragma unroll
    for (int v = 0; v < NORM_VECTORS; v++) {
        if (centred) x[v] = minus(x[v], mean);
        if (4 * (threadIdx.x + v * blockDim.x) < row.cols) squares = plus_dot(squares, x[v], x[v]);
    }
    const float reciprocal = 1 / sqrtf(sum_over_block(squares) / row.cols + row.epsilon);
#pragma unroll
    for (int v = 0; v < NORM_VECTORS; v++) {
        const int c = 4 * (threadIdx.x + v * blockDim.x);
        if (c >= row.cols) continue;
        float4 y = times(scaled(x[v], reciprocal), load<float4>(row.gain + c));
        if (centred) y = plus(y, load<float4>(row.bias + c));
        store(row.y + c, y);
    }
    if (threadIdx.x == 0) row.stats[0] = mean, row.stats[1] = reciprocal;
}

template <bool centred>
__device__ __forceinline__ void norm_in_memory(const NormRow& row) {
    float sum = 0;
    if (centred) {
#pragma unroll 4
        for (int c = threadIdx.x; c < row.cols; c += blockDim.x) sum += row.x[c];
    }
    const float mean = centred ? sum_over_block(sum) / row.cols : 0;
    float squares = 0;
#pragma unroll 4
    for (int c = threadIdx.x; c < row.cols; c += blockDim.x) squares = fmaf(row.x[c] - mean, row.x[c] - mean, squares);
    const float reciprocal = 1 / sqrtf(sum_over_block(squares) / row.cols + row.epsilon);
    for (int c = threadIdx.x; c < row.cols; c += blockDim.x) {
        const float y = (row.x[c] - mean) * reciprocal * row.gain[c];
        row.y[c] = centred ? y + row.bias[c] : y;
    }
    if (threadIdx.x == 0) row.stats[0] = mean, row.stats[1] = reciprocal;
}

// The backward pass. Block b has rows b, b + gridDim.x, ...; what they give to gain and bias is left in row b of gains and biases
// [gridDim.x, cols], which a second kernel adds up.
struct NormGradient {
    const float* x;
    const float* gain;
    const float* stats;
    const float* dy;
    float* dx;
    float* gains;
    float* biases;
    int rows;
    int cols;
};

// dx += r (d - mean(d) - hat mean(d hat)) with d = dy gain; without mean(d) if not centred.
template <bool centred>
__device__ __forceinline__ void norm_backward_in_registers(const NormGradient& all) {
    float4 gains[NORM_VECTORS] = {};
    float4 biases[NORM_VECTORS] = {};
    for (int row = blockIdx.x; row < all.rows; row += gridDim.x) {
        const long long offset = static_cast<long long>(row) * all.cols;
        float4 hat[NORM_VECTORS] = {};
        float4 d[NORM_VECTORS] = {};
        float4 dx[NORM_VECTORS] = {};
#pragma unroll
        for (int v = 0; v < NORM_VECTORS; v++) {
            const int c = 4 * (threadIdx.x + v * blockDim.x);
            if (c >= all.cols) continue;
            hat[v] = load<float4>(all.x + offset + c);
            d[v] = load<float4>(all.dy + offset + c);
            dx[v] = load<float4>(all.dx + offset + c);
        }
        const float mean = centred ? all.stats[2LL * row] : 0;
        const float reciprocal = all.stats[2LL * row + 1];
        float sums[2] = {};
#pragma unroll
        for (int v = 0; v < NORM_VECTORS; v++) {
            const int c = 4 * (threadIdx.x + v * blockDim.x);
            if (c >= all.cols) continue;
            hat[v] = scaled(centred ? minus(hat[v], mean) : hat[v], reciprocal);
            gains[v] = plus(gains[v], times(d[v], hat[v]));
            if (centred) biases[v] = plus(biases[v], d[v]);
            d[v] = times(d[v], load<float4>(all.gain + c));
            sums[0] = plus_dot(sums[0], d[v], hat[v]);
            if (centred) sums[1] += sum_of(d[v]);
        }
        sum_over_block(sums);
        const float projection = -sums[0] / all.cols;
        const float shift = centred ? sums[1] / all.cols : 0;
#pragma unroll
        for (int v = 0; v < NORM_VECTORS; v++) {
            const int c = 4 * (threadIdx.x + v * blockDim.x);
            if (c >= all.cols) continue;
            const float4 slope = plus_scaled(centred ? minus(d[v], shift) : d[v], hat[v], projection);
            store(all.dx + offset + c, plus_scaled(dx[v], slope, reciprocal));
        }
    }
#pragma unroll
    for (int v = 0; v < NORM_VECTORS; v++) {
        const int c = 4 * (threadIdx.x + v * blockDim.x);
        if (c >= all.cols) continue;
        store(all.gains + static_cast<long long>(blockIdx.x) * all.cols + c, gains[v]);
        if (centred) store(all.biases + static_cast<long long>(blockIdx.x) * all.cols + c, biases[v]);
    }
}

template <bool centred>
__device__ __forceinline__ void norm_backward_in_memory(const NormGradient& all) {
    float* gains = all.gains + static_cast<long long>(blockIdx.x) * all.cols;
    float* biases = centred ? all.biases + static_cast<long long>(blockIdx.x) * all.cols : nullptr;
    for (int row = blockIdx.x; row < all.rows; row += gridDim.x) {
        const long long offset = static_cast<long long>(row) * all.cols;
        const float* x = all.x + offset;
        const float* dy = all.dy + offset;
        float* dx = all.dx + offset;
        const bool first = row == static_cast<int>(blockIdx.x);
        const float mean = centred ? all.stats[2LL * row] : 0;
        const float reciprocal = all.stats[2LL * row + 1];
        float sums[2] = {};
        for (int c = threadIdx.x; c < all.cols; c += blockDim.x) {
            const float hat = (x[c] - mean) * reciprocal;
            const float d = dy[c] * all.gain[c];
            gains[c] = fmaf(dy[c], hat, first ? 0 : gains[c]);
            if (centred) biases[c] = (first ? 0 : biases[c]) + dy[c];
            sums[0] = fmaf(d, hat, sums[0]);
            if (centred) sums[1] += d;
        }
        sum_over_block(sums);
        const float projection = -sums[0] / all.cols;
        const float shift = centred ? sums[1] / all.cols : 0;
        for (int c = threadIdx.x; c < all.cols; c += blockDim.x) {
            const float slope = fmaf((x[c] - mean) * reciprocal, projection, dy[c] * all.gain[c] - shift);
            dx[c] = fmaf(slope, reciprocal, dx[c]);
        }
    }
}

}  // namespace witan
