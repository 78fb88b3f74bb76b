// Forward products of grouped_gemm.cu that end in the activation of the expert FFN, as bf16, with the derivatives that backward
// multiplies by. Results pass through the warp's part of shared memory, so that the activation is a short loop over rows.
#include <witan/activation.cuh>
#include <witan/gemm_tile.cuh>

namespace {

using namespace witan::gemm;
using witan::bf16;
using witan::find_work;
using witan::Work;
using witan::WARP;

constexpr int PIECE = 8;  // results of a lane at a time: 16 bytes of bf16
constexpr int PIECES = WARP_TILE / PIECE;

// A warp's 64 x 64 results by rows; the piece c of row r lies at place c ^ (r % 8).
struct Staged {
    float* results;

    __device__ __forceinline__ float* at(int row, int piece) const {
        return results + row * WARP_TILE + (piece ^ (row % PIECES)) * PIECE;
    }

    __device__ __forceinline__ void put(const Sums& sums) const {
        const int lane = threadIdx.x % WARP;
#pragma unroll
        for (int i = 0; i < 4; i++)
#pragma unroll
            for (int half = 0; half < 2; half++)
#pragma unroll
                for (int j = 0; j < PIECES; j++)
                    *reinterpret_cast<float2*>(at(16 * i + 8 * half + lane / 4, j) + lane % 4 * 2) =
                        make_float2(sums.value[i][j][2 * half], sums.value[i][j][2 * half + 1]);
        __syncwarp();
    }

    __device__ __forceinline__ void get(int row, int piece, float (&values)[PIECE]) const {
        const float4* from = reinterpret_cast<const float4*>(at(row, piece));
        const float4 low = from[0];
        const float4 high = from[1];
        values[0] = low.x, values[1] = low.y, values[2] = low.z, values[3] = low.w;
        values[4] = high.x, values[5] = high.y, values[6] = high.z, values[7] = high.w;
    }
};

__device__ __forceinline__ Staged staged(bf16* ring) {
    return {reinterpret_cast<float*>(ring) + threadIdx.x / WARP * WARP_TILE * WARP_TILE};
}

__device__ __forceinline__ void store(bf16* to, const float (&v)[PIECE]) {
    *reinterpret_cast<uint4*>(to) = make_uint4(witan::pack_bf16(v[0], v[1]), witan::pack_bf16(v[2], v[3]),
                                               witan::pack_bf16(v[4], v[5]), witan::pack_bf16(v[6], v[7]));
}

}  // namespace

// a = x w[g]^T; y = gelu(a), slope = gelu'(a), all [rows, out].
KERNEL(grouped_gemm_gelu, 128)(const bf16* x, const int* offsets, const bf16* const* weights, const int* tiles, bf16* y,
                               bf16* slope, int tile_count, int in, int out) {
    DYNAMIC_SHARED(bf16, ring);
    const Work work = find_work(offsets, tiles, tile_count, TILE, out, TILE);
    const AlongDepth<TILE> left(x + static_cast<long long>(work.row) * in, in, work.rows, in);
    const AlongDepth<TILE> right(weights[work.group] + static_cast<long long>(work.column) * in, in, out - work.column, in);
    Sums sums;
    multiply(left, right, in, ring, sums);
    const Staged results = staged(ring);
    results.put(sums);
    const int lane = threadIdx.x % WARP;
    const int piece = lane % PIECES;
    const int column = work.column + warp_column() + piece * PIECE;
#pragma unroll 1
    for (int row = lane / PIECES; row < min(WARP_TILE, work.rows - warp_row()); row += WARP / PIECES) {
        if (column >= out) break;
        float values[PIECE];
        float slopes[PIECE];
        results.get(row, piece, values);
#pragma unroll
        for (int i = 0; i < PIECE; i++) {
            const auto result = witan::gelu(values[i]);
            values[i] = result.value;
            slopes[i] = result.slope;
        }
        const long long at = static_cast<long long>(work.row + warp_row() + row) * out + column;
        store(y + at, values);
        store(slope + at, slopes);
    }
}

// a = x gate[g]^T, b = x up[g]^T; y = swiglu(a, b) and its derivatives to a and to b, all [rows, out]. A block has 64 columns
// of each product, a warp the same 32 of both.
KERNEL(grouped_gemm_swiglu, 128)(const bf16* x, const int* offsets, const bf16* const* gate, const bf16* const* up,
                                 const int* tiles, bf16* y, bf16* gate_slope, bf16* up_slope, int tile_count, int in, int out) {
    constexpr int COLUMNS = TILE / 2;
    DYNAMIC_SHARED(bf16, ring);
    const Work work = find_work(offsets, tiles, tile_count, TILE, out, COLUMNS);
    const long long weight = static_cast<long long>(work.column) * in;
    const AlongDepth<TILE> left(x + static_cast<long long>(work.row) * in, in, work.rows, in);
    const Paired right{AlongDepth<COLUMNS>(gate[work.group] + weight, in, out - work.column, in),
                       AlongDepth<COLUMNS>(up[work.group] + weight, in, out - work.column, in)};
    Sums sums;
    multiply(left, right, in, ring, sums);
    const Staged results = staged(ring);
    results.put(sums);
    constexpr int HALF = PIECES / 2;
    const int lane = threadIdx.x % WARP;
    const int piece = lane % HALF;
    const int column = work.column + warp_column() / 2 + piece * PIECE;
#pragma unroll 1
    for (int row = lane / HALF; row < min(WARP_TILE, work.rows - warp_row()); row += WARP / HALF) {
        if (column >= out) break;
        float gates[PIECE];
        float ups[PIECE];
        float values[PIECE];
        results.get(row, piece, gates);
        results.get(row, piece + HALF, ups);
#pragma unroll
        for (int i = 0; i < PIECE; i++) {
            const auto result = witan::swiglu(gates[i], ups[i]);
            values[i] = result.value;
            gates[i] = result.gate_slope;
            ups[i] = result.up_slope;
        }
        const long long at = static_cast<long long>(work.row + warp_row() + row) * out + column;
        store(y + at, values);
        store(gate_slope + at, gates);
        store(up_slope + at, ups);
    }
}
