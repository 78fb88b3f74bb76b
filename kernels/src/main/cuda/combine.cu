// out[t] += weight[t, 0] * y[position[t, 0]] + weight[t, 1] * y[position[t, 1]] + ..., in this order.
#include <witan/row_sum.cuh>

KERNEL(combine, 256)(const float* __restrict__ y, const int* __restrict__ position, const float* __restrict__ weight,
                     float* __restrict__ out, int tokens, int top_k, int cols) {
    witan::sum_rows<true>(y, position, weight, out, tokens, top_k, cols, 1);
}

KERNEL(combine_bf16, 256)(const witan::bf16* __restrict__ y, const int* __restrict__ position, const float* __restrict__ weight,
                          float* __restrict__ out, int tokens, int top_k, int cols) {
    witan::sum_rows<true>(y, position, weight, out, tokens, top_k, cols, 1);
}
