// The router behind its projection, a warp a token: softmax, its log-sum-exp, and the K best experts in the order "larger logit,
// then lower id". Up to 256 experts and K up to 32 stay in registers; more take several passes over the row, which then lies in
// the caches.
#include <witan/block.cuh>

namespace {

constexpr int THREADS = 256;
constexpr unsigned NO_KEY = 0;
constexpr unsigned NO_EXPERT = 0xffffffffu;

// Orders as the float does, -0 as 0, and lies above NO_KEY for all but one of the NaNs.
__device__ __forceinline__ unsigned key_of(float logit) {
    const unsigned bits = __float_as_uint(logit + 0.0f);
    return bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
}

__device__ __forceinline__ float logit_of(unsigned key) {
    return __uint_as_float(key >> 31 != 0 ? key ^ 0x80000000u : ~key);
}

struct Token {
    const float* logits;
    float* probabilities;
    int* expert;
    float* weight;
    float* log_sum_exp;
    int experts;
    int top_k;
    bool renormalised;
};

struct Pick {
    unsigned key;
    unsigned expert;
};

// The best of the lanes' best, of equal ones the lowest expert.
__device__ __forceinline__ Pick best_of_warp(unsigned key, unsigned expert) {
    const unsigned best = __reduce_max_sync(witan::ALL_LANES, key);
    return {best, __reduce_min_sync(witan::ALL_LANES, key == best ? expert : NO_EXPERT)};
}

// per_lane experts a lane: lane, lane + 32, ...
template <int per_lane>
__device__ __forceinline__ Pick best(const unsigned (&key)[per_lane]) {
    const int lane = threadIdx.x % witan::WARP;
    unsigned mine = NO_KEY;
    unsigned expert = lane;
#pragma unroll
    for (int j = 0; j < per_lane; j++)
        if (key[j] > mine) mine = key[j], expert = lane + witan::WARP * j;
    return best_of_warp(mine, expert);
}

template <int per_lane>
__device__ __forceinline__ void choose_in_registers(const Token& token) {
    const int lane = threadIdx.x % witan::WARP;
    float x[per_lane];
    unsigned key[per_lane];
#pragma unroll
    for (int j = 0; j < per_lane; j++) {
        const int e = lane + witan::WARP * j;
        x[j] = e < token.experts ? token.logits[e] : 0;
        key[j] = e < token.experts ? key_of(x[j]) : NO_KEY;
    }
    Pick pick = best(key);
    const float max = logit_of(pick.key);
    float sum = 0;
#pragma unroll
    for (int j = 0; j < per_lane; j++) {
        x[j] = expf(x[j] - max);
        if (lane + witan::WARP * j < token.experts) sum += x[j];
    }
    sum = witan::across_warp(sum, witan::Sum());
    const float reciprocal = 1 / sum;
#pragma unroll
    for (int j = 0; j < per_lane; j++) {
        const int e = lane + witan::WARP * j;
        if (e < token.experts) token.probabilities[e] = x[j] * reciprocal;
    }
    const bool broken = isnan(sum);
    float total = 0;
    float my_probability = 0;
    int my_expert = 0;
    for (int k = 0;;) {
        const float probability = expf(logit_of(pick.key) - max) * reciprocal;
        total += probability;
        if (lane == k) my_probability = probability, my_expert = static_cast<int>(pick.expert);
        if (++k == token.top_k) break;
#pragma unroll
        for (int j = 0; j < per_lane; j++)
            if (pick.expert == static_cast<unsigned>(lane + witan::WARP * j)) key[j] = NO_KEY;
        pick = best(key);
    }
    if (lane < token.top_k) {
        token.expert[lane] = broken ? lane : my_expert;
        token.weight[lane] = broken ? sum : token.renormalised ? my_probability / total : my_probability;
    }
    if (lane == 0) *token.log_sum_exp = max + logf(sum);
}

// The best of those that come after `last` in the order.
__device__ __forceinline__ Pick best_after(const Token& token, Pick last) {
    unsigned mine = NO_KEY;
    unsigned expert = NO_EXPERT;
    for (int e = threadIdx.x % witan::WARP; e < token.experts; e += witan::WARP) {
        const unsigned key = key_of(token.logits[e]);
        const bool after = key < last.key || (key == last.key && static_cast<unsigned>(e) > last.expert);
        if (after && key > mine) mine = key, expert = e;
    }
    return best_of_warp(mine, expert);
}

__device__ __forceinline__ void choose_in_memory(const Token& token) {
    const int lane = threadIdx.x % witan::WARP;
    const Pick first = best_after(token, {0xffffffffu, 0});
    const float max = logit_of(first.key);
    float sum = 0;
    for (int e = lane; e < token.experts; e += witan::WARP) {
        const float value = expf(token.logits[e] - max);
        token.probabilities[e] = value;
        sum += value;
    }
    sum = witan::across_warp(sum, witan::Sum());
    const float reciprocal = 1 / sum;
    for (int e = lane; e < token.experts; e += witan::WARP) token.probabilities[e] *= reciprocal;
    const bool broken = isnan(sum);
    float total = 0;
    Pick pick = first;
    for (int k = 0; k < token.top_k; k++) {
        if (k > 0) pick = best_after(token, pick);
        const float probability = expf(logit_of(pick.key) - max) * reciprocal;
        total += probability;
        if (lane == k % witan::WARP) {
            token.expert[k] = broken ? k : static_cast<int>(pick.expert);
            token.weight[k] = broken ? sum : probability;
        }
    }
    // Each lane divides what it wrote itself.
    if (token.renormalised)
        for (int k = lane; k < token.top_k; k += witan::WARP) token.weight[k] /= total;
    if (lane == 0) *token.log_sum_exp = max + logf(sum);
}

__device__ __forceinline__ long long token_of_warp() {
    return static_cast<long long>(blockIdx.x) * (THREADS / witan::WARP) + threadIdx.x / witan::WARP;
}

}  // namespace

// At most 256 experts, at most 32 of them chosen.
KERNEL(gate_forward, 256)(const float* logits, int tokens, int experts, int top_k, int renormalised,
                          float* probabilities, int* expert, float* weight, float* log_sum_exp) {
    const long long t = token_of_warp();
    if (t >= tokens) return;
    const Token token = {logits + t * experts, probabilities + t * experts, expert + t * top_k, weight + t * top_k,
                         log_sum_exp + t,      experts,                     top_k,              renormalised != 0};
    if (experts > 4 * witan::WARP)
        choose_in_registers<8>(token);
    else if (experts > 2 * witan::WARP)
        choose_in_registers<4>(token);
    else if (experts > witan::WARP)
        choose_in_registers<2>(token);
    else
        choose_in_registers<1>(token);
}

// Any number of experts.
KERNEL(gate_forward_many, 256)(const float* logits, int tokens, int experts, int top_k, int renormalised,
                               float* probabilities, int* expert, float* weight, float* log_sum_exp) {
    const long long t = token_of_warp();
    if (t >= tokens) return;
    choose_in_memory({logits + t * experts, probabilities + t * experts, expert + t * top_k, weight + t * top_k,
                      log_sum_exp + t, experts, top_k, renormalised != 0});
}
