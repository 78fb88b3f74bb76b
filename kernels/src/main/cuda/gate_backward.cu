// dLogits of the router, a warp a token. With p the probabilities, w the chosen weights and own = sum of w dw if the weights were
// renormalised, else 0:
//   dLogits[e] = p[e] (balance[e] - p . balance - (sum of w dw - own) + 2 zScale logSumExp) + (if e is chosen) w (dw - own).
#include <witan/block.cuh>

namespace {

constexpr int THREADS = 256;

struct Token {
    const float* probabilities;
    const int* expert;
    const float* weight;
    const float* d_weight;
    const float* balance;
    float* d_logits;
    float log_sum_exp;
    int experts;
    int top_k;
    float z_scale;
    bool renormalised;
};

struct Slopes {
    float common;  // what all experts have
    float own;     // what the chosen lose
};

__device__ __forceinline__ Slopes slopes(const Token& token, float balance_mean) {
    float mean = 0;
    for (int k = threadIdx.x % witan::WARP; k < token.top_k; k += witan::WARP)
        mean = fmaf(token.weight[k], token.d_weight[k], mean);
    mean = witan::across_warp(mean, witan::Sum());
    const float own = token.renormalised ? mean : 0;
    return {2 * token.z_scale * token.log_sum_exp - balance_mean - (mean - own), own};
}

template <int per_lane>
__device__ __forceinline__ void in_registers(const Token& token) {
    const int lane = threadIdx.x % witan::WARP;
    float p[per_lane];
    float slope[per_lane];
    float mean = 0;
#pragma unroll
    for (int j = 0; j < per_lane; j++) {
        const int e = lane + witan::WARP * j;
        p[j] = e < token.experts ? token.probabilities[e] : 0;
        slope[j] = e < token.experts ? token.balance[e] : 0;
        mean = fmaf(p[j], slope[j], mean);
    }
    const auto [common, own] = slopes(token, witan::across_warp(mean, witan::Sum()));
#pragma unroll
    for (int j = 0; j < per_lane; j++) slope[j] = p[j] * (slope[j] + common);
    for (int k = 0; k < token.top_k; k++) {
        const int chosen = token.expert[k];
        const float weight = token.weight[k];
        const float loss = token.d_weight[k] - own;
#pragma unroll
        for (int j = 0; j < per_lane; j++)
            if (chosen == lane + witan::WARP * j) slope[j] = fmaf(weight, loss, slope[j]);
    }
#pragma unroll
    for (int j = 0; j < per_lane; j++) {
        const int e = lane + witan::WARP * j;
        if (e < token.experts) token.d_logits[e] = slope[j];
    }
}

__device__ __forceinline__ void in_memory(const Token& token) {
    const int lane = threadIdx.x % witan::WARP;
    float mean = 0;
    for (int e = lane; e < token.experts; e += witan::WARP) mean = fmaf(token.probabilities[e], token.balance[e], mean);
    const auto [common, own] = slopes(token, witan::across_warp(mean, witan::Sum()));
    for (int e = lane; e < token.experts; e += witan::WARP)
        token.d_logits[e] = token.probabilities[e] * (token.balance[e] + common);
    __syncwarp();
    for (int k = lane; k < token.top_k; k += witan::WARP) {
        float* d = token.d_logits + token.expert[k];
        *d = fmaf(token.weight[k], token.d_weight[k] - own, *d);
    }
}

}  // namespace

KERNEL(gate_backward, 256)(const float* probabilities, const int* expert, const float* weight,
                           const float* log_sum_exp, int tokens, int experts, int top_k, int renormalised,
                           const float* d_weight, const float* balance, float z_scale, float* d_logits) {
    const long long t = static_cast<long long>(blockIdx.x) * (THREADS / witan::WARP) + threadIdx.x / witan::WARP;
    if (t >= tokens) return;
    const Token token = {probabilities + t * experts,
                         expert + t * top_k,
                         weight + t * top_k,
                         d_weight + t * top_k,
                         balance,
                         d_logits + t * experts,
                         log_sum_exp[t],
                         experts,
                         top_k,
                         z_scale,
                         renormalised != 0};
    if (experts > 8 * witan::WARP)
        in_memory(token);
    else if (experts > 4 * witan::WARP)
        in_registers<8>(token);
    else if (experts > 2 * witan::WARP)
        in_registers<4>(token);
    else if (experts > witan::WARP)
        in_registers<2>(token);
    else
        in_registers<1>(token);
}
