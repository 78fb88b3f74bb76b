// Softmax cross-entropy in nats. A block takes a row and reads it once, with running maximum and sum (Milakov and Gimelshein
// 2018); for the gradient it keeps what fits of the row in shared memory and finds the rest in the cache of the device.
#include <cfloat>
#include <witan/block.cuh>

namespace {

constexpr int UNROLL = 4;  // vectors that a thread loads before it uses the first
constexpr float LOG2_E = 1.4426950408889634f;

// e^(x - max), by a difference that is exact when it matters.
__device__ __forceinline__ float exponential(float x, float max) { return witan::exp2_fast((x - max) * LOG2_E); }

// A row as its vectors of 16 bytes and the few elements before and behind them, of which a thread has one or none.
struct Row {
    int before;
    int vectors;
    int edge;  // index of this thread's element, or -1

    __device__ __forceinline__ Row(const float* x, int count) {
        before = min(count, static_cast<int>((16 - reinterpret_cast<unsigned long long>(x) % 16) % 16 / 4));
        vectors = (count - before) / 4;
        const int thread = static_cast<int>(threadIdx.x);
        const int behind = before + 4 * vectors;
        edge = thread < before ? thread : thread >= 4 && behind + thread - 4 < count ? behind + thread - 4 : -1;
    }
};

// Relative to the largest logit so far, of all but the target: where a token is sure, 1 - p is not a difference.
struct Others {
    float max = -FLT_MAX;
    float sum = 0;

    template <int count>
    __device__ __forceinline__ void add(const float4 (&x)[count]) {
        float largest = max;
#pragma unroll
        for (int i = 0; i < count; i++) largest = fmaxf(fmaxf(fmaxf(largest, x[i].x), fmaxf(x[i].y, x[i].z)), x[i].w);
        sum *= exponential(max, largest);
        max = largest;
#pragma unroll
        for (int i = 0; i < count; i++)
            sum += exponential(x[i].x, max) + exponential(x[i].y, max) + exponential(x[i].z, max) + exponential(x[i].w, max);
    }
};

// target: index behind the vector's first element.
__device__ __forceinline__ float4 without(float4 x, int target) {
    return make_float4(target == 0 ? -INFINITY : x.x, target == 1 ? -INFINITY : x.y, target == 2 ? -INFINITY : x.z,
                       target == 3 ? -INFINITY : x.w);
}

struct Softmax {
    float max;
    float others;  // sum of the exponentials of all but the target
    float sum;
    float loss;
};

// All threads of the block get the result. The first `kept` vectors stay in `keep`, each for the thread that read it.
template <int threads>
__device__ __forceinline__ Softmax softmax(const float* x, const Row& row, int target, float4* keep, int kept) {
    const float hit = x[target];
    const auto* vectors = reinterpret_cast<const float4*>(x + row.before);
    Others others;
    for (int first = static_cast<int>(threadIdx.x); first < row.vectors; first += UNROLL * threads) {
        float4 values[UNROLL];
#pragma unroll
        for (int i = 0; i < UNROLL; i++) {
            const int at = first + i * threads;
            values[i] = at < row.vectors ? vectors[at] : make_float4(-INFINITY, -INFINITY, -INFINITY, -INFINITY);
        }
#pragma unroll
        for (int i = 0; i < UNROLL; i++) {
            const int at = first + i * threads;
            if (at < kept) keep[at] = values[i];
            values[i] = without(values[i], target - row.before - 4 * at);
        }
        others.add(values);
    }
    const bool edge = row.edge >= 0 && row.edge != target;
    others.add({make_float4(edge ? x[row.edge] : -INFINITY, -INFINITY, -INFINITY, -INFINITY)});

    Softmax result;
    result.max = fmaxf(witan::across_block<threads>(others.max, witan::Max()), hit);
    result.others = witan::across_block<threads>(others.sum * exponential(others.max, result.max), witan::Sum());
    result.sum = result.others + exponential(hit, result.max);
    // Nothing is lost of a small loss, however large the logits are.
    result.loss = hit == result.max ? log1pf(result.others) : logf(result.sum) + (result.max - hit);
    return result;
}

// Elements of the gradient from logits.
struct Gradient {
    float max;
    float factor;
    float target;

    __device__ __forceinline__ float of(float x, bool hit) const { return hit ? target : factor * exponential(x, max); }
    __device__ __forceinline__ float4 of(float4 x, int hit) const {
        return make_float4(of(x.x, hit == 0), of(x.y, hit == 1), of(x.z, hit == 2), of(x.w, hit == 3));
    }
};

template <int threads>
__device__ __forceinline__ void differentiate(float* x, const Row& row, int target, const Gradient& gradient,
                                              const float4* keep, int kept) {
    auto* vectors = reinterpret_cast<float4*>(x + row.before);
    const int hit = target - row.before;
    // What is not kept comes first: it was read last.
    const int thread = static_cast<int>(threadIdx.x);
    const int later = kept > thread ? thread + (kept - thread + threads - 1) / threads * threads : thread;
    for (int first = later; first < row.vectors; first += UNROLL * threads) {
        float4 values[UNROLL];
#pragma unroll
        for (int i = 0; i < UNROLL; i++)
            if (first + i * threads < row.vectors) values[i] = vectors[first + i * threads];
#pragma unroll
        for (int i = 0; i < UNROLL; i++) {
            const int at = first + i * threads;
            if (at < row.vectors) vectors[at] = gradient.of(values[i], hit - 4 * at);
        }
    }
#pragma unroll 4
    for (int at = thread; at < min(kept, row.vectors); at += threads) vectors[at] = gradient.of(keep[at], hit - 4 * at);
    if (row.edge >= 0) x[row.edge] = gradient.of(x[row.edge], row.edge == target);
}

template <int threads>
__device__ __forceinline__ void clear(float* x, const Row& row) {
    auto* vectors = reinterpret_cast<float4*>(x + row.before);
    for (int at = static_cast<int>(threadIdx.x); at < row.vectors; at += threads) vectors[at] = make_float4(0, 0, 0, 0);
    if (row.edge >= 0) x[row.edge] = 0;
}

template <int threads>
__device__ __forceinline__ void losses_of(const float* logits, const int* targets, float* losses, int vocabulary) {
    const float* x = logits + static_cast<long long>(blockIdx.x) * vocabulary;
    const int target = targets[blockIdx.x];
    const float loss = target < 0 ? 0 : softmax<threads>(x, Row(x, vocabulary), target, nullptr, 0).loss;
    if (threadIdx.x == 0) losses[blockIdx.x] = loss;
}

template <int threads>
__device__ __forceinline__ void gradients_of(float* logits, const int* targets, float* losses, float scale, int vocabulary,
                                             int kept) {
    DYNAMIC_SHARED(float4, keep);
    float* x = logits + static_cast<long long>(blockIdx.x) * vocabulary;
    const Row row(x, vocabulary);
    const int target = targets[blockIdx.x];
    if (target < 0) {
        clear<threads>(x, row);
        if (threadIdx.x == 0) losses[blockIdx.x] = 0;
        return;
    }
    const Softmax result = softmax<threads>(x, row, target, keep, kept);
    const Gradient gradient = {result.max, scale / result.sum, -scale * (result.others / result.sum)};
    differentiate<threads>(x, row, target, gradient, keep, kept);
    if (threadIdx.x == 0) losses[blockIdx.x] = result.loss;
}

}  // namespace

KERNEL(cross_entropy_128, 128)(const float* logits, const int* targets, float* losses, int vocabulary) {
    losses_of<128>(logits, targets, losses, vocabulary);
}

KERNEL(cross_entropy_512, 512)(const float* logits, const int* targets, float* losses, int vocabulary) {
    losses_of<512>(logits, targets, losses, vocabulary);
}

// kept: vectors of 16 bytes that the dynamic shared memory holds.
KERNEL(cross_entropy_gradient_128, 128)
(float* logits, const int* targets, float* losses, float scale, int vocabulary, int kept) {
    gradients_of<128>(logits, targets, losses, scale, vocabulary, kept);
}

KERNEL(cross_entropy_gradient_512, 512)
(float* logits, const int* targets, float* losses, float scale, int vocabulary, int kept) {
    gradients_of<512>(logits, targets, losses, scale, vocabulary, kept);
}
