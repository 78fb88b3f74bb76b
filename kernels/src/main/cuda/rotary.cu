// Rotary position embedding (Su et al. 2021) in place: channels i and i + w/2 of a head as one complex number, turned by the
// angle of its position.
#include <witan/cells.cuh>

namespace {

constexpr int THREADS = 256;
constexpr int ITEMS = 2;  // of a thread; all loads before the first store

// (a, b) times (cos, sin).
__device__ __forceinline__ void turn(float& a, float& b, float cos, float sin, float sign) {
    const float re = a * cos - b * sin * sign;
    b = b * cos + a * sin * sign;
    a = re;
}

__device__ __forceinline__ void turn(float4& a, float4& b, float4 cos, float4 sin, float sign) {
    turn(a.x, b.x, cos.x, sin.x, sign);
    turn(a.y, b.y, cos.y, sin.y, sign);
    turn(a.z, b.z, cos.z, sin.z, sign);
    turn(a.w, b.w, cos.w, sin.w, sign);
}

// qkv [tokens, 3 heads 2 half], table [positions, 2 half], in values of type V; an item is one value of both halves.
template <class V>
__device__ __forceinline__ void rotate(V* qkv, const V* table, long long tokens, int positions, int heads, int half,
                                       float sign) {
    const witan::Cells cells(THREADS * ITEMS, 2 * heads * half);
    const int first_position = static_cast<int>(cells.first_row % positions);
    V a[ITEMS], b[ITEMS], cos[ITEMS], sin[ITEMS];
    long long at[ITEMS];
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
        const int item = i * THREADS + static_cast<int>(threadIdx.x);
        const int row = cells.row(item);
        const int column = cells.column(item);
        const int head = static_cast<int>(static_cast<unsigned>(column) / static_cast<unsigned>(half));
        const int channel = column - head * half;
        const long long token = cells.first_row + row;
        at[i] = token < tokens ? (token * 3 * heads + head) * 2 * half + channel : -1;
        if (at[i] < 0) continue;
        const long long angle = static_cast<long long>((first_position + row) % positions) * 2 * half + channel;
        a[i] = qkv[at[i]];
        b[i] = qkv[at[i] + half];
        cos[i] = table[angle];
        sin[i] = table[angle + half];
    }
#pragma unroll
    for (int i = 0; i < ITEMS; i++) {
        if (at[i] < 0) continue;
        turn(a[i], b[i], cos[i], sin[i], sign);
        qkv[at[i]] = a[i];
        qkv[at[i] + half] = b[i];
    }
}

}  // namespace

// half: half the width of a head.
KERNEL(rotary_by_1, 256)
(float* qkv, const float* table, long long tokens, int positions, int heads, int half, float sign) {
    rotate(qkv, table, tokens, positions, heads, half, sign);
}

KERNEL(rotary_by_4, 256)
(float* qkv, const float* table, long long tokens, int positions, int heads, int half, float sign) {
    rotate(reinterpret_cast<float4*>(qkv), reinterpret_cast<const float4*>(table), tokens, positions, heads, half / 4, sign);
}
