// The products of grouped_gemm.cu in full fp32, without tensor cores, for any widths and addresses: 64 x 128 results a block,
// 8 x 8 a thread, sums along the depth in order. tiles lists (group, first row) of each 64 rows.
#include <witan/tiles.cuh>

namespace {

constexpr int ROWS = 64;
constexpr int COLUMNS = 128;
constexpr int DEPTH = 8;
constexpr int THREADS = 128;

// A stage of an operand in shared memory, by depth; the pad spreads the transposed writes over the banks.
template <int extent>
using Stage = float[DEPTH][extent + 4];

__device__ __forceinline__ bool by_four(const float* matrix, int stride) {
    return reinterpret_cast<unsigned long long>(matrix) % 16 == 0 && stride % 4 == 0;
}

// Four elements, of which `count` exist; the others are zeros. By four all or none do.
template <bool four>
__device__ __forceinline__ float4 load(const float* from, int count) {
    float4 value = make_float4(0, 0, 0, 0);
    if constexpr (four) {
        if (count > 0) value = *reinterpret_cast<const float4*>(from);
    } else {
        if (count > 0) value.x = from[0];
        if (count > 1) value.y = from[1];
        if (count > 2) value.z = from[2];
        if (count > 3) value.w = from[3];
    }
    return value;
}

// An operand's rows with the depth along them: read() takes the thread's part of the next stage, write() puts it transposed.
template <int extent, bool four>
struct AlongDepth {
    static constexpr int AT_ONCE = THREADS / (DEPTH / 4);  // rows
    static constexpr int PARTS = extent / AT_ONCE;
    const float* from;
    int stride;
    int rows;
    int depth;
    float4 part[PARTS];

    __device__ AlongDepth(const float* matrix, long long first, int row_stride, int row_count)
        : from(matrix + (first + threadIdx.x / 2) * row_stride + threadIdx.x % 2 * 4),
          stride(row_stride),
          rows(row_count - static_cast<int>(threadIdx.x / 2)),
          depth(row_stride - static_cast<int>(threadIdx.x % 2 * 4)) {}

    __device__ __forceinline__ void read() {
#pragma unroll
        for (int i = 0; i < PARTS; i++)
            part[i] = load<four>(from + static_cast<long long>(AT_ONCE * i) * stride, AT_ONCE * i < rows ? depth : 0);
        from += DEPTH;
        depth -= DEPTH;
    }
    __device__ __forceinline__ void write(Stage<extent>& stage) const {
        const int k = threadIdx.x % 2 * 4;
#pragma unroll
        for (int i = 0; i < PARTS; i++) {
            const int row = threadIdx.x / 2 + AT_ONCE * i;
            stage[k][row] = part[i].x;
            stage[k + 1][row] = part[i].y;
            stage[k + 2][row] = part[i].z;
            stage[k + 3][row] = part[i].w;
        }
    }
};

// An operand's rows along the depth: `count` rows from `first`, from `column` on.
template <int extent, bool four>
struct AcrossDepth {
    static constexpr int ROW_THREADS = extent / 4;
    static constexpr int AT_ONCE = THREADS / ROW_THREADS;
    static constexpr int PARTS = DEPTH / AT_ONCE;
    const float* from;
    int stride;
    int columns;
    int depth;
    float4 part[PARTS];

    __device__ AcrossDepth(const float* matrix, long long first, int count, int row_stride, int column)
        : from(matrix + (first + threadIdx.x / ROW_THREADS) * row_stride + column + threadIdx.x % ROW_THREADS * 4),
          stride(row_stride),
          columns(row_stride - column - static_cast<int>(threadIdx.x % ROW_THREADS * 4)),
          depth(count - static_cast<int>(threadIdx.x / ROW_THREADS)) {}

    __device__ __forceinline__ void read() {
#pragma unroll
        for (int i = 0; i < PARTS; i++)
            part[i] = load<four>(from + static_cast<long long>(AT_ONCE * i) * stride, AT_ONCE * i < depth ? columns : 0);
        from += static_cast<long long>(DEPTH) * stride;
        depth -= DEPTH;
    }
    __device__ __forceinline__ void write(Stage<extent>& stage) const {
#pragma unroll
        for (int i = 0; i < PARTS; i++) {
            float* const row = stage[threadIdx.x / ROW_THREADS + AT_ONCE * i];
            *reinterpret_cast<float4*>(row + threadIdx.x % ROW_THREADS * 4) = part[i];
        }
    }
};

// Rows of a thread's results in the tile: 4 from here, and 4 from 32 further; columns 16 further. A warp has 64 x 32.
__device__ __forceinline__ int first_row() { return threadIdx.x % 32 / 4 * 4; }
__device__ __forceinline__ int first_column() { return threadIdx.x / 32 * 32 + threadIdx.x % 4 * 4; }

__device__ __forceinline__ void load(float (&values)[8], const float* row, int distance) {
    const float4 low = *reinterpret_cast<const float4*>(row);
    const float4 high = *reinterpret_cast<const float4*>(row + distance);
    values[0] = low.x, values[1] = low.y, values[2] = low.z, values[3] = low.w;
    values[4] = high.x, values[5] = high.y, values[6] = high.z, values[7] = high.w;
}

// The next stage is on its way to registers while this one multiplies.
template <class Left, class Right>
__device__ __forceinline__ void multiply(Left left, Right right, int depth, float (&sums)[8][8]) {
    __shared__ __align__(16) Stage<ROWS> lefts[2];
    __shared__ __align__(16) Stage<COLUMNS> rights[2];
#pragma unroll
    for (int i = 0; i < 8; i++)
#pragma unroll
        for (int j = 0; j < 8; j++) sums[i][j] = 0;
    left.read();
    right.read();
    for (int begin = 0, turn = 0; begin < depth; begin += DEPTH, turn ^= 1) {
        left.write(lefts[turn]);
        right.write(rights[turn]);
        __syncthreads();
        left.read();
        right.read();
#pragma unroll
        for (int k = 0; k < DEPTH; k++) {
            float a[8];
            float b[8];
            load(a, lefts[turn][k] + first_row(), 32);
            load(b, rights[turn][k] + first_column(), 16);
#pragma unroll
            for (int i = 0; i < 8; i++)
#pragma unroll
                for (int j = 0; j < 8; j++) sums[i][j] += a[i] * b[j];
        }
    }
}

// Writes the `count` that exist of four elements.
template <bool four>
__device__ __forceinline__ void put(float* to, float4 value, int count) {
    if constexpr (four) {
        if (count > 0) *reinterpret_cast<float4*>(to) = value;
    } else {
        if (count > 0) to[0] = value.x;
        if (count > 1) to[1] = value.y;
        if (count > 2) to[2] = value.z;
        if (count > 3) to[3] = value.w;
    }
}

__device__ __forceinline__ float4 plus(float beta, float4 before, float4 value) {
    return make_float4(value.x + beta * before.x, value.y + beta * before.y, value.z + beta * before.z,
                       value.w + beta * before.w);
}

// sums + beta * what is there; `to` is the tile's first element. Four rows are read before the first of them is written.
template <bool four>
__device__ __forceinline__ void store(const float (&sums)[8][8], float* to, int stride, int rows, int columns, float beta) {
    const int column = first_column();
#pragma unroll
    for (int half = 0; half < 2; half++) {
        float4 before[4][2] = {};
        if (beta != 0) {
#pragma unroll
            for (int i = 0; i < 8; i++) {
                const int row = first_row() + 32 * half + i / 2;
                const int at = column + i % 2 * 16;
                const int count = row < rows ? columns - at : 0;
                before[i / 2][i % 2] = load<four>(to + static_cast<long long>(row) * stride + at, count);
            }
        }
#pragma unroll
        for (int i = 0; i < 8; i++) {
            const int row = first_row() + 32 * half + i / 2;
            const int at = column + i % 2 * 16;
            const int count = row < rows ? columns - at : 0;
            const float* const v = sums[4 * half + i / 2] + i % 2 * 4;
            const float4 sum = make_float4(v[0], v[1], v[2], v[3]);
            put<four>(to + static_cast<long long>(row) * stride + at, plus(beta, before[i / 2][i % 2], sum), count);
        }
    }
}

template <bool four>
__device__ __forceinline__ void forward(const float* x, const float* w, float* y, const witan::Work& work, int in, int out,
                                        float beta) {
    float sums[8][8];
    multiply(AlongDepth<ROWS, four>(x, work.row, in, work.rows),
             AlongDepth<COLUMNS, four>(w, work.column, in, out - work.column), in, sums);
    store<four>(sums, y + static_cast<long long>(work.row) * out + work.column, out, work.rows, out - work.column, beta);
}

template <bool four>
__device__ __forceinline__ void backward_input(const float* dy, const float* w, float* dx, const witan::Work& work, int in,
                                               int out, float beta) {
    float sums[8][8];
    multiply(AlongDepth<ROWS, four>(dy, work.row, out, work.rows), AcrossDepth<COLUMNS, four>(w, 0, out, in, work.column), out,
             sums);
    store<four>(sums, dx + static_cast<long long>(work.row) * in + work.column, in, work.rows, in - work.column, beta);
}

// Rows begin..begin + depth - 1 are the group's.
struct WeightWork {
    int row;
    int column;
    int begin;
    int depth;
};

template <bool four>
__device__ __forceinline__ void backward_weight(const float* dy, const float* x, float* dw, const WeightWork& work, int in,
                                                int out, float beta) {
    float sums[8][8];
    multiply(AcrossDepth<ROWS, four>(dy, work.begin, work.depth, out, work.row),
             AcrossDepth<COLUMNS, four>(x, work.begin, work.depth, in, work.column), work.depth, sums);
    store<four>(sums, dw + static_cast<long long>(work.row) * in + work.column, in, out - work.row, in - work.column, beta);
}

}  // namespace

// y [rows, out] = x [rows, in] w[g] [out, in]^T + beta y
KERNEL(grouped_gemm_fp32_forward, 128)(const float* x, const int* offsets, const float* const* weights, const int* tiles,
                                       float* y, int tile_count, int in, int out, float beta) {
    const auto work = witan::find_work(offsets, tiles, tile_count, ROWS, out, COLUMNS);
    const float* const w = weights[work.group];
    if (by_four(x, in) && by_four(w, in) && by_four(y, out))
        forward<true>(x, w, y, work, in, out, beta);
    else
        forward<false>(x, w, y, work, in, out, beta);
}

// dx [rows, in] = dy [rows, out] w[g] [out, in] + beta dx
KERNEL(grouped_gemm_fp32_backward_input, 128)(const float* dy, const int* offsets, const float* const* weights,
                                              const int* tiles, float* dx, int tile_count, int in, int out, float beta) {
    const auto work = witan::find_work(offsets, tiles, tile_count, ROWS, in, COLUMNS);
    const float* const w = weights[work.group];
    if (by_four(dy, out) && by_four(w, in) && by_four(dx, in))
        backward_input<true>(dy, w, dx, work, in, out, beta);
    else
        backward_input<false>(dy, w, dx, work, in, out, beta);
}

// dw[g] [out, in] = dy_g^T x_g + beta dw[g], for the groups listed, in this order; a group without rows has beta dw[g].
KERNEL(grouped_gemm_fp32_backward_weight, 128)(const float* dy, const int* offsets, const float* x, const int* groups,
                                               float* const* dw, int in, int out, float beta) {
    const int row_tiles = (out + ROWS - 1) / ROWS;
    const int column_tiles = (in + COLUMNS - 1) / COLUMNS;
    const int group = groups[blockIdx.x / (row_tiles * column_tiles)];
    const auto place = witan::tile_place(blockIdx.x % (row_tiles * column_tiles), row_tiles, column_tiles);
    const int begin = offsets[group];
    const WeightWork work{place.row * ROWS, place.column * COLUMNS, begin, offsets[group + 1] - begin};
    if (by_four(dy, out) && by_four(x, in) && by_four(dw[group], in))
        backward_weight<true>(dy, x, dw[group], work, in, out, beta);
    else
        backward_weight<false>(dy, x, dw[group], work, in, out, beta);
}
