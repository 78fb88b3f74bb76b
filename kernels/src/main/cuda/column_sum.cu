// to[c] += sum over r of from[r, c], from [rows, cols]. A block has 32 columns: each warp sums rows warp, warp + 8, ..., then the
// warps' sums are added in order.
#include <witan/block.cuh>

namespace {

constexpr int WARPS = 8;
constexpr int BATCH = 8;

}  // namespace

KERNEL(add_column_sums, 256)(const float* __restrict__ from, int rows, int cols, float* __restrict__ to) {
    __shared__ float partial[WARPS][witan::WARP];
    const int lane = threadIdx.x % witan::WARP;
    const int warp = threadIdx.x / witan::WARP;
    const long long c = static_cast<long long>(blockIdx.x) * witan::WARP + lane;
    float sum = 0;
    if (c < cols) {
#pragma unroll BATCH
        for (int row = warp; row < rows; row += WARPS) sum += from[static_cast<long long>(row) * cols + c];
    }
    partial[warp][lane] = sum;
    __syncthreads();
    if (warp == 0 && c < cols) {
        for (int w = 1; w < WARPS; w++) sum += partial[w][lane];
        to[c] += sum;
    }
}
