// dx[t] = beta * dx[t] + dy[position[t, 0]] + dy[position[t, 1]] + ..., in this order; with beta 0 dx is not read.
#include <witan/row_sum.cuh>

KERNEL(sum_by_position, 256)(const float* __restrict__ dy, const int* __restrict__ position, float* __restrict__ dx,
                             int tokens, int top_k, int cols, float beta) {
    witan::sum_rows<false>(dy, position, nullptr, dx, tokens, top_k, cols, beta);
}

KERNEL(sum_by_position_bf16, 256)(const witan::bf16* __restrict__ dy, const int* __restrict__ position,
                                  float* __restrict__ dx, int tokens, int top_k, int cols, float beta) {
    witan::sum_rows<false>(dy, position, nullptr, dx, tokens, top_k, cols, beta);
}
