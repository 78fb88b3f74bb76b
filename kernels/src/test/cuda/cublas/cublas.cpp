// The part of cuBLAS that the back end uses, over the host: a library that takes the place of libcublas.so.12 or libcublas.so.13.
#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

constexpr int SUCCESS = 0;
constexpr int INVALID_VALUE = 7;

constexpr int FP32 = 0;
constexpr int BF16 = 14;

struct Matrix {
    const void* elements;
    int type;
    int operation;
    int leading;

    // Column-major; transposed if asked for.
    double at(int row, int column) const {
        const std::ptrdiff_t across = operation == 0 ? column : row;
        const std::ptrdiff_t along = operation == 0 ? row : column;
        const std::ptrdiff_t index = across * leading + along;
        if (type == FP32) return static_cast<const float*>(elements)[index];
        const std::uint32_t bits = static_cast<std::uint32_t>(static_cast<const std::uint16_t*>(elements)[index]) << 16;
        float value;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    }
};

// A function of the library that takes the driver's place.
template <class Function>
Function* driver(const char* name) {
    return reinterpret_cast<Function*>(dlsym(dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD), name));
}

// That library opens device memory.
void access(int open) {
    static const auto function = driver<void(int)>("shim_access");
    function(open);
}

struct Handle {
    void* stream = nullptr;
};

}  // namespace

extern "C" {

int cublasCreate_v2(void** to) {
    *to = new Handle();
    return SUCCESS;
}
// Waits for all kernels of the device, as the real one does.
int cublasDestroy_v2(void* handle) {
    driver<int(void*)>("cuStreamSynchronize")(static_cast<Handle*>(handle)->stream);
    delete static_cast<Handle*>(handle);
    return SUCCESS;
}
int cublasSetStream_v2(void* handle, void* stream) {
    static_cast<Handle*>(handle)->stream = stream;
    return stream == nullptr ? INVALID_VALUE : SUCCESS;
}
int cublasGetVersion_v2(void*, int* version) {
    *version = WITAN_SHIM_CUBLAS * 10000;
    return SUCCESS;
}

int cublasGemmEx(void*, int a_operation, int b_operation, int m, int n, int k, const float* alpha, const void* a, int a_type,
                 int a_leading, const void* b, int b_type, int b_leading, const float* beta, void* c, int c_type, int c_leading,
                 int compute_type, int) {
    const bool known = (a_type == FP32 && (compute_type == 68 || compute_type == 75)) || (a_type == BF16 && compute_type == 68);
    if (!known || b_type != a_type || c_type != FP32) return INVALID_VALUE;
    access(1);
    const Matrix left{a, a_type, a_operation, a_leading};
    const Matrix right{b, b_type, b_operation, b_leading};
    for (int column = 0; column < n; column++)
        for (int row = 0; row < m; row++) {
            double sum = 0;
            for (int i = 0; i < k; i++) sum += left.at(row, i) * right.at(i, column);
            float& to = static_cast<float*>(c)[static_cast<std::ptrdiff_t>(column) * c_leading + row];
            to = static_cast<float>(*alpha * sum + (*beta == 0 ? 0 : *beta * to));
        }
    access(0);
    return SUCCESS;
}
}
