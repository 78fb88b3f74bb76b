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
