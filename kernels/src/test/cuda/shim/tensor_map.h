// What cuTensorMapEncodeTiled writes here: the numbers themselves.
#pragma once

namespace shim {

// A tensor of 16-bit elements of two dimensions, x contiguous.
struct TensorMapNumbers {
    unsigned long long address;
    unsigned long long size[2];
    unsigned long long row_bytes;
    unsigned box[2];
    unsigned magic;
    unsigned swizzle_bytes;
};

constexpr unsigned TENSOR_MAP_MAGIC = 0x7e450a11;

}  // namespace shim
