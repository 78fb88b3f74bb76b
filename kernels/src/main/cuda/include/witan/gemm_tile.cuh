// A tile of a matrix product on tensor cores: bf16 operands, fp32 sums, for compute capability 8.0 and later. A block of four
// warps computes 128 x 128 results, a warp 64 x 64 of them. Operands come through a ring of stages in shared memory, each 32
// of the sum's depth; sums run along the depth in order.
#pragma once

#include <witan/block.cuh>
#include <witan/tiles.cuh>

namespace witan::gemm {

constexpr int TILE = 128;
constexpr int DEPTH = 32;
constexpr int STAGES = 4;
constexpr int WARP_TILE = 64;
constexpr int CHUNK = 8;  // elements of 16 bytes
constexpr int OPERAND = TILE * DEPTH;
constexpr int STAGE = 2 * OPERAND;

// A warp's results: [i][j] is the tile of 16 x 8 at (16 i, 8 j), laid out among the lanes as mma.m16n8k16 does.
struct Sums {
    float value[4][8][4];
};

// How the four 8 x 8 matrices of a fragment lie in its 16 rows (columns) and 16 of depth: mma takes the left operand's with the
// rows running first, and wants the right operand's two of a tile of columns in neighbouring registers, so the depth first.
struct LeftOrder {
    __device__ static __forceinline__ int outer() { return threadIdx.x / 8 % 2; }
    __device__ static __forceinline__ int depth() { return threadIdx.x / 16 % 2; }
};
struct RightOrder {
    __device__ static __forceinline__ int outer() { return threadIdx.x / 16 % 2; }
    __device__ static __forceinline__ int depth() { return threadIdx.x / 8 % 2; }
};

// An operand whose elements along the depth are contiguous. In shared memory a row's 32 elements are 64 bytes; their chunk c
// lies at place c ^ (row / 2 % 4), so that the same chunk of eight rows, and the chunks of two rows, fall into different banks.
template <int most_rows>
struct AlongDepth {
    const bf16* from;  // of this thread's first chunk
    long long stride;
    int rows;   // that exist; the others are zeros
    int depth;  // left

    __device__ AlongDepth(const bf16* first, long long row_stride, int row_count, int depth_count)
        : from(first + threadIdx.x / 4 * row_stride + threadIdx.x % 4 * CHUNK),
          stride(row_stride),
          rows(row_count - static_cast<int>(threadIdx.x / 4)),
          depth(depth_count - static_cast<int>(threadIdx.x % 4 * CHUNK)) {}

    // Copies the next stage.
    __device__ __forceinline__ void copy(bf16* stage) {
        const int row = threadIdx.x / 4;
        const int place = (threadIdx.x % 4) ^ (row / 2 % 4);
#pragma unroll
        for (int i = 0; i < most_rows / 32; i++)
            copy_async_16(stage + (row + 32 * i) * DEPTH + place * CHUNK, from + 32 * i * stride, 32 * i < rows && depth > 0);
        from += DEPTH;
        depth -= DEPTH;
    }

    // Rows first..first + 15 and the step's 16 of the stage's depth.
    template <class Order>
    __device__ static __forceinline__ void load(unsigned (&fragment)[4], const bf16* stage, int first, int step) {
        const int row = first + 8 * Order::outer() + threadIdx.x % 8;
        const int chunk = 2 * step + Order::depth();
        load_matrices(fragment, stage + row * DEPTH + (chunk ^ (row / 2 % 4)) * CHUNK);
    }
};

// An operand whose rows lie along the depth. In shared memory a row has 256 bytes; its chunk c lies at place c ^ (row % 8).
struct AcrossDepth {
    const bf16* from;
    long long stride;
    bool exists;  // this thread's chunk
    int depth;

    __device__ AcrossDepth(const bf16* first, long long row_stride, int columns, int depth_count)
        : from(first + threadIdx.x / 16 * row_stride + threadIdx.x % 16 * CHUNK),
          stride(row_stride),
          exists(static_cast<int>(threadIdx.x % 16 * CHUNK) < columns),
          depth(depth_count - static_cast<int>(threadIdx.x / 16)) {}

    __device__ __forceinline__ void copy(bf16* stage) {
        const int row = threadIdx.x / 16;
        const int place = (threadIdx.x % 16) ^ row;
#pragma unroll
        for (int i = 0; i < DEPTH / 8; i++)
            copy_async_16(stage + (row + 8 * i) * TILE + place * CHUNK, from + 8 * i * stride, exists && 8 * i < depth);
        from += DEPTH * stride;
        depth -= DEPTH;
    }

    template <class Order>
    __device__ static __forceinline__ void load(unsigned (&fragment)[4], const bf16* stage, int first, int step) {
        const int row = 16 * step + 8 * Order::depth() + threadIdx.x % 8;
        const int chunk = first / CHUNK + Order::outer();
        load_matrices_transposed(fragment, stage + row * TILE + (chunk ^ (threadIdx.x % 8)) * CHUNK);
    }
};

// Two operands side by side: a warp's first 32 columns are of the one, the other 32 of the other.
struct Paired {
    AlongDepth<64> first;
    AlongDepth<64> second;

    __device__ __forceinline__ void copy(bf16* stage) {
        first.copy(stage);
        second.copy(stage + 64 * DEPTH);
    }
    template <class Order>
    __device__ static __forceinline__ void load(unsigned (&fragment)[4], const bf16* stage, int column, int step) {
        const int within = column % WARP_TILE;
        AlongDepth<64>::load<Order>(fragment, stage + within / 32 * 64 * DEPTH, column / WARP_TILE * 32 + within % 32, step);
    }
};

__device__ __forceinline__ int warp_row() { return threadIdx.x / WARP / 2 * WARP_TILE; }
__device__ __forceinline__ int warp_column() { return threadIdx.x / WARP % 2 * WARP_TILE; }

struct Fragments {
    unsigned left[4][4];
    unsigned right[4][4];

    template <class Left, class Right>
    __device__ __forceinline__ void load(const bf16* stage, int step) {
#pragma unroll
        for (int i = 0; i < 4; i++) Left::template load<LeftOrder>(left[i], stage, warp_row() + 16 * i, step);
#pragma unroll
        for (int j = 0; j < 4; j++) Right::template load<RightOrder>(right[j], stage + OPERAND, warp_column() + 16 * j, step);
    }

    __device__ __forceinline__ void multiply(Sums& sums) const {
#pragma unroll
        for (int i = 0; i < 4; i++)
#pragma unroll
            for (int j = 0; j < 8; j++)
                multiply_16x8x16(sums.value[i][j], left[i], right[j / 2][j % 2 * 2], right[j / 2][j % 2 * 2 + 1]);
    }
};

// left * right over the depth. The fragments of a step are loaded while the step before multiplies, across stages too. A stage
// is overwritten after the barrier that follows its last load. Ends with all copies done and the stages free for other use.
template <class Left, class Right>
__device__ __forceinline__ void multiply(Left left, Right right, int depth, bf16* ring, Sums& sums) {
    const auto copy = [&](int stage) {
        bf16* const to = ring + stage % STAGES * STAGE;
        left.copy(to);
        right.copy(to + OPERAND);
        copy_async_commit();
    };
#pragma unroll
    for (int stage = 0; stage < STAGES - 1; stage++) copy(stage);
    sums = {};
    Fragments even;
    Fragments odd;
    copy_async_wait<STAGES - 2>();
    __syncthreads();
    even.load<Left, Right>(ring, 0);
    const int stages = (depth + DEPTH - 1) / DEPTH;
    for (int stage = 0; stage < stages; stage++) {
        copy(stage + STAGES - 1);
        odd.load<Left, Right>(ring + stage % STAGES * STAGE, 1);
        even.multiply(sums);
        copy_async_wait<STAGES - 2>();
        __syncthreads();
        even.load<Left, Right>(ring + (stage + 1) % STAGES * STAGE, 0);
        odd.multiply(sums);
    }
    copy_async_wait<0>();
    __syncthreads();
}

// A block's tile of a result matrix: its first element, and how much of it exists.
template <class T>
struct Target {
    T* first;
    long long stride;
    int rows;
    int columns;  // a multiple of 8
};

// sums + beta * what is there. 16 pairs are read before the first of them is written.
__device__ __forceinline__ void store(const Sums& sums, const Target<float>& target, float beta) {
    const int lane = threadIdx.x % WARP;
    const int column = warp_column() + lane % 4 * 2;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const int row = warp_row() + 16 * i + lane / 4;
        float2* const first = reinterpret_cast<float2*>(target.first + row * target.stride + column);
        const long long half_rows = 8 * target.stride / 2;
        float2 before[2][8] = {};
        if (beta != 0) {
#pragma unroll
            for (int half = 0; half < 2; half++)
#pragma unroll
                for (int j = 0; j < 8; j++)
                    if (row + 8 * half < target.rows && column + 8 * j < target.columns)
                        before[half][j] = first[half * half_rows + 4 * j];
        }
#pragma unroll
        for (int half = 0; half < 2; half++)
#pragma unroll
            for (int j = 0; j < 8; j++)
                if (row + 8 * half < target.rows && column + 8 * j < target.columns)
                    first[half * half_rows + 4 * j] =
                        make_float2(sums.value[i][j][2 * half] + beta * before[half][j].x,
                                    sums.value[i][j][2 * half + 1] + beta * before[half][j].y);
    }
}

// Lane q of four gets element q of each of their values.
__device__ __forceinline__ uint4 across_four(const unsigned (&value)[4]) {
    const bool odd = threadIdx.x % 2 != 0;
    const bool high = threadIdx.x / 2 % 2 != 0;
    const unsigned a = __shfl_xor_sync(ALL_LANES, odd ? value[0] : value[1], 1);
    const unsigned b = __shfl_xor_sync(ALL_LANES, odd ? value[2] : value[3], 1);
    const unsigned first[2] = {odd ? a : value[0], odd ? value[1] : a};
    const unsigned second[2] = {odd ? b : value[2], odd ? value[3] : b};
    const unsigned c = __shfl_xor_sync(ALL_LANES, high ? first[0] : second[0], 2);
    const unsigned d = __shfl_xor_sync(ALL_LANES, high ? first[1] : second[1], 2);
    return high ? make_uint4(c, d, second[0], second[1]) : make_uint4(first[0], first[1], c, d);
}

// sums as bf16, in 16-byte pieces.
__device__ __forceinline__ void store(const Sums& sums, const Target<bf16>& target) {
    const int lane = threadIdx.x % WARP;
#pragma unroll
    for (int i = 0; i < 4; i++)
#pragma unroll
        for (int half = 0; half < 2; half++)
#pragma unroll
            for (int j = 0; j < 8; j += 4) {
                const int row = warp_row() + 16 * i + 8 * half + lane / 4;
                const int column = warp_column() + 8 * (j + lane % 4);
                unsigned packed[4];
#pragma unroll
                for (int q = 0; q < 4; q++)
                    packed[q] = pack_bf16(sums.value[i][j + q][2 * half], sums.value[i][j + q][2 * half + 1]);
                const uint4 piece = across_four(packed);
                if (row < target.rows && column < target.columns)
                    *reinterpret_cast<uint4*>(target.first + row * target.stride + column) = piece;
            }
}

}  // namespace witan::gemm
