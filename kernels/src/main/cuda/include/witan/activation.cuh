// Activations of the expert FFN with their derivatives.
#pragma once

#include <witan/hardware.cuh>

namespace witan {

struct Gelu {
    float value;
    float slope;
};

// x Phi(x) and Phi(x) + x phi(x) (Hendrycks and Gimpel 2016), by the complementary error function, which keeps its digits
// where Phi is small.
__device__ __forceinline__ Gelu gelu(float x) {
    const float distribution = 0.5f * erfcf(x * -0.70710678118654752f);
    const float density = 0.39894228040143268f * expf(-0.5f * x * x);
    return {x * distribution, distribution + x * density};
}

// As gelu, within 2e-7 of it, for results that are rounded to bf16: the error function by a polynomial times the exponential
// that the density needs too (Abramowitz and Stegun 7.1.26).
__device__ __forceinline__ Gelu gelu_for_bf16(float x) {
    const float exponential = __expf(-0.5f * x * x);
    const float t = __fdividef(1, fmaf(0.3275911f * 0.70710678f, fabsf(x), 1));
    const float polynomial =
        t * fmaf(t, fmaf(t, fmaf(t, fmaf(t, 1.061405429f, -1.453152027f), 1.421413741f), -0.284496736f), 0.254829592f);
    const float tail = 0.5f * polynomial * exponential;
    const float distribution = x > 0 ? 1 - tail : tail;
    return {x * distribution, fmaf(x * 0.39894228f, exponential, distribution)};
}

struct Swiglu {
    float value;
    float gate_slope;
    float up_slope;
};

// gate sigmoid(gate) up (Shazeer 2020).
__device__ __forceinline__ Swiglu swiglu(float gate, float up) {
    const float sigmoid = 1 / (1 + expf(-gate));
    const float rest = 1 / (1 + expf(gate));  // 1 - sigmoid, without the cancellation
    const float silu = gate * sigmoid;
    return {silu * up, up * sigmoid * (1 + gate * rest), silu};
}

}  // namespace witan
