// Sums in double in an order that depends on the count alone: a block sums PART elements, then one block the parts.
#include <witan/block.cuh>
#include <witan/wide.cuh>

namespace {

constexpr int THREADS = 256;
constexpr int VECTORS = 8;
constexpr int PART = THREADS * VECTORS * 4;
constexpr int LAST_THREADS = 1024;

// Elements at .. at + 3; zeros behind the end.
__device__ __forceinline__ float4 load_four(const float* x, long long at, long long count) {
    return make_float4(at < count ? x[at] : 0, at + 1 < count ? x[at + 1] : 0, at + 2 < count ? x[at + 2] : 0,
                       at + 3 < count ? x[at + 3] : 0);
}

template <class Term>
__device__ __forceinline__ void sum_part(const float* x, double* parts, long long count, Term term) {
    const long long begin = static_cast<long long>(blockIdx.x) * PART;
    const long long first = begin + 4 * threadIdx.x;
    float4 v[VECTORS];
    if (begin + PART <= count && witan::aligned_16(x)) {
#pragma unroll
        for (int i = 0; i < VECTORS; i++) v[i] = witan::load<float4>(x + first + i * (4 * THREADS));
    } else {
#pragma unroll
        for (int i = 0; i < VECTORS; i++) v[i] = load_four(x, first + i * (4 * THREADS), count);
    }
    double sum[4] = {};
#pragma unroll
    for (int i = 0; i < VECTORS; i++) {
        sum[0] = term(sum[0], v[i].x);
        sum[1] = term(sum[1], v[i].y);
        sum[2] = term(sum[2], v[i].z);
        sum[3] = term(sum[3], v[i].w);
    }
    const double total = witan::across_block<THREADS>((sum[0] + sum[1]) + (sum[2] + sum[3]), witan::Sum());
    if (threadIdx.x == 0) parts[blockIdx.x] = total;
}

}  // namespace

KERNEL(sum_parts, 256)(const float* x, double* parts, long long count) {
    sum_part(x, parts, count, [](double sum, double value) { return sum + value; });
}

KERNEL(sum_of_squares_parts, 256)(const float* x, double* parts, long long count) {
    sum_part(x, parts, count, [](double sum, double value) { return fma(value, value, sum); });
}

// One block.
KERNEL(sum_of_parts, 1024)(const double* parts, long long count, double* to) {
    double sum = 0;
#pragma unroll 8
    for (long long i = threadIdx.x; i < count; i += LAST_THREADS) sum += parts[i];
    sum = witan::across_block<LAST_THREADS>(sum, witan::Sum());
    if (threadIdx.x == 0) *to = sum;
}
