// Sums, products and multiples of arrays, element by element.
#include <witan/elementwise.cuh>

KERNEL(vector_add, 256)(float* to, const float* from, long long count) {
    witan::elementwise({to, from}, {to}, count, [](const float (&x)[2], float (&y)[1]) { y[0] = x[0] + x[1]; });
}

KERNEL(vector_multiply, 256)(const float* a, const float* b, float* to, long long count) {
    witan::elementwise({a, b}, {to}, count, [](const float (&x)[2], float (&y)[1]) { y[0] = x[0] * x[1]; });
}

KERNEL(vector_scale, 256)(float* x, float factor, long long count) {
    witan::elementwise({x}, {x}, count, [=](const float (&x)[1], float (&y)[1]) { y[0] = x[0] * factor; });
}
