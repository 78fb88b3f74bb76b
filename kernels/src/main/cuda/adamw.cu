// AdamW (Loshchilov and Hutter 2019), one pass: the gradient and three arrays in, three arrays out.
#include <witan/elementwise.cuh>

// root_correction = 1 / sqrt(1 - beta2^step), rate = learning rate / (1 - beta1^step), decay = 1 - learning rate * weight decay.
KERNEL(adamw_step, 256)(const float* gradient, const float* parameter_in, const float* first_in, const float* second_in,
                        float* parameter_out, float* first_out, float* second_out, long long count,
                        float gradient_scale, float beta1, float one_minus_beta1, float beta2, float one_minus_beta2,
                        float root_correction, float epsilon, float decay, float rate) {
    const auto update = [=](const float (&x)[4], float (&y)[3]) {
        const float g = x[0] * gradient_scale;
        const float m = x[2] * beta1 + g * one_minus_beta1;
        const float v = x[3] * beta2 + g * g * one_minus_beta2;
        y[0] = x[1] * decay - m * rate / (sqrtf(v) * root_correction + epsilon);
        y[1] = m;
        y[2] = v;
    };
    witan::elementwise({gradient, parameter_in, first_in, second_in}, {parameter_out, first_out, second_out}, count,
                       update);
}
