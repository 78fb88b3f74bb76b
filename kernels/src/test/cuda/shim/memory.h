// The stand-in for device memory. The host can touch it during a launch or a copy only: elsewhere the process ends with a
// segmentation fault, as on a machine whose device memory is its own.
#pragma once

#include <cstddef>
#include <string>

namespace shim {

// `bytes` bytes aligned to 256, filled with 0xff: NaN in every floating-point type. Null when the device is full.
void* allocate(size_t bytes);

// Frees it. Returns an empty string, or what was written outside.
std::string release(void* memory);

constexpr size_t TOTAL_BYTES = size_t(4) << 30;
size_t free_bytes();

// Device memory can be touched while one of these exists.
struct Access {
    Access();
    ~Access();
    Access(const Access&) = delete;
};

}  // namespace shim
