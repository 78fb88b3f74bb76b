// Pieces of causal attention on bf16 matrix instructions: tiles of one head's rows in shared memory and the products of
// tiles whose results stay in a warp's registers (Dao 2023, FlashAttention-2, with its row partition among warps).
#pragma once

#include <witan/block.cuh>

namespace witan {
namespace attention {

// A head's channels are rounded to bf16 and filled up with zeros to a width of 32, 64 or 128: [B * H, S, width].
constexpr int CHANNELS = 8;  // of a 16-byte chunk

// In a tile of rows of `width` the chunks of a row are permuted, so that 8 rows of one chunk lie in 32 different banks.
template <int width>
__device__ __forceinline__ int at(int row, int chunk) {
    const int turn = width >= 64 ? row % 8 : row / 2 % 4;
    return row * width + (chunk ^ turn) * CHANNELS;
}
// Of a row, at(row, 2 k + chunk) = at(row, chunk) ^ 16 k for a chunk of 0 or 1.

// Begins the copy of rows first .. first + rows - 1 of `count`; zeros behind the last.
template <int width, int rows, int threads>
__device__ __forceinline__ void load_tile(bf16* tile, const bf16* head, int first, int count) {
    constexpr int chunks = width / CHANNELS;
    constexpr int step = threads / chunks;
    static_assert(step % 8 == 0 && rows % step == 0, "a thread's chunks lie in one column, permuted alike");
    const int thread = opaque(static_cast<int>(threadIdx.x));
    const int row = thread / chunks;
    const int chunk = thread % chunks;
    bf16* to = tile + at<width>(row, chunk);
    const bf16* from = head + static_cast<long long>(first + row) * width + chunk * CHANNELS;
#pragma unroll
    for (int item = 0; item < rows / step; item++)
        copy_async_16(to + item * step * width, from + item * step * width, first + row + item * step < count);
}

__device__ __forceinline__ int lane() { return static_cast<int>(threadIdx.x) % WARP; }
__device__ __forceinline__ int warp() { return static_cast<int>(threadIdx.x) / WARP; }

// Of a 16 x 8 result, lane l holds columns 2 (l % 4) and 2 (l % 4) + 1 of rows l / 4 (elements 0, 1) and l / 4 + 8 (2, 3).
__device__ __forceinline__ int result_row(int element) { return lane() / 4 + element / 2 * 8; }
__device__ __forceinline__ int result_column(int element) { return lane() % 4 * 2 + element % 2; }

template <int m, int n>
using Results = float[m][n][4];

template <int m, int n>
__device__ __forceinline__ void clear(Results<m, n>& results) {
#pragma unroll
    for (int i = 0; i < m; i++)
#pragma unroll
        for (int j = 0; j < n; j++)
#pragma unroll
            for (int e = 0; e < 4; e++) results[i][j][e] = 0;
}

// s = a b^T: rows a_row .. a_row + 16 m - 1 of tile a with rows b_row .. b_row + 8 n - 1 of tile b.
template <int width, int m, int n>
__device__ __forceinline__ void dot_rows(Results<m, n>& s, const bf16* a, int a_row, const bf16* b, int b_row) {
    clear(s);
    const int left_at = opaque(at<width>(a_row + lane() % 16, lane() / 16));
    const int right_at = opaque(at<width>(b_row + lane() / 16 * 8 + lane() % 8, lane() / 8 % 2));
#pragma unroll
    for (int k = 0; k < width / 16; k++) {
        unsigned left[m][4];
#pragma unroll
        for (int i = 0; i < m; i++) load_matrices(left[i], a + 16 * i * width + (left_at ^ 16 * k));
#pragma unroll
        for (int j = 0; j < n; j += 2) {
            unsigned right[4];
            load_matrices(right, b + 8 * j * width + (right_at ^ 16 * k));
#pragma unroll
            for (int i = 0; i < m; i++) {
                multiply_16x8x16(s[i][j], left[i], right[0], right[1]);
                multiply_16x8x16(s[i][j + 1], left[i], right[2], right[3]);
            }
        }
    }
}

// d += p b, p rounded to bf16, with rows b_row .. b_row + 8 n - 1 of tile b: a result of one product has the layout that
// the next one wants of its left operand.
template <int width, int m, int n>
__device__ __forceinline__ void add_product(Results<m, width / 8>& d, const Results<m, n>& p, const bf16* b, int b_row) {
    const int right_at = opaque(at<width>(b_row + lane() % 16, lane() / 16));
#pragma unroll
    for (int k = 0; k < n / 2; k++) {
        unsigned left[m][4];
#pragma unroll
        for (int i = 0; i < m; i++)
#pragma unroll
            for (int e = 0; e < 4; e++)
                left[i][e] = pack_bf16(p[i][2 * k + e / 2][e % 2 * 2], p[i][2 * k + e / 2][e % 2 * 2 + 1]);
#pragma unroll
        for (int j = 0; j < width / 8; j += 2) {
            unsigned right[4];
            load_matrices_transposed(right, b + 16 * k * width + (right_at ^ 8 * j));
#pragma unroll
            for (int i = 0; i < m; i++) {
                multiply_16x8x16(d[i][j], left[i], right[0], right[1]);
                multiply_16x8x16(d[i][j + 1], left[i], right[2], right[3]);
            }
        }
    }
}

__device__ __forceinline__ uint4 rounded(float4 a, float4 b) {
    return make_uint4(pack_bf16(a.x, a.y), pack_bf16(a.z, a.w), pack_bf16(b.x, b.y), pack_bf16(b.z, b.w));
}

// Where a head's channels of a position lie in rows of `leading` floats.
struct Head {
    long long first;  // of position 0, channel 0
    int leading;
    int channels;

    __device__ __forceinline__ long long at(int position) const { return first + static_cast<long long>(position) * leading; }
};

__device__ __forceinline__ Head head_of(int pair, int heads, int positions, int channels, int leading) {
    const int sequence = pair / heads;
    const long long row = static_cast<long long>(sequence) * positions;
    return {row * leading + (pair - sequence * heads) * channels, leading, channels};
}

// Writes factor[row] times rows of a result that has `width` columns, as far as the head and the sequence reach.
template <int width, int m>
__device__ __forceinline__ void store(float* to, const Head& head, int first_row, int positions,
                                      const Results<m, width / 8>& d, const float (&factor)[m][2]) {
#pragma unroll
    for (int i = 0; i < m; i++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int row = first_row + 16 * i + result_row(2 * half);
            if (row >= positions) continue;
            float* channels = to + head.at(row) + result_column(0);
#pragma unroll
            for (int j = 0; j < width / 8; j++)
                if (8 * j < head.channels)
                    *reinterpret_cast<float2*>(channels + 8 * j) =
                        make_float2(d[i][j][2 * half] * factor[i][half], d[i][j][2 * half + 1] * factor[i][half]);
        }
}

}  // namespace attention
}  // namespace witan
