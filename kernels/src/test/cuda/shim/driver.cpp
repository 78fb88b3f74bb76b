// The part of CUDA's driver interface that the back end uses, over the host: a library that takes the place of libcuda.so.1.
// Calls run at once, one at a time; kernels come from the registry by name, whatever module is loaded.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "executor.h"
#include "memory.h"
#include "registry.h"
#include "tensor_map.h"

namespace {

constexpr int SUCCESS = 0;
constexpr int INVALID_VALUE = 1;
constexpr int OUT_OF_MEMORY = 2;
constexpr int NO_DEVICE = 100;
constexpr int NO_BINARY_FOR_GPU = 209;
constexpr int NOT_FOUND = 500;
constexpr int INVALID_CONTEXT = 201;
constexpr int NOT_READY = 600;
constexpr int LAUNCH_FAILED = 719;

constexpr unsigned SHARED_BYTES_UNASKED = 48 << 10;
constexpr unsigned MOST_ROWS = 65535;

// What the device is like; an environment variable changes it for the tests of messages.
int setting(const char* name, int otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::atoi(value);
}

std::string last_error;

// The calling thread's context: one a process here, but each thread has to make it its own. Calls that are given a stream, an
// event or a kernel take the context from it, as the real driver does: it was seen to allocate for a thread that has none.
thread_local void* context;

// What each function was allowed beyond the usual shared memory.
std::map<const void*, int> shared_bytes_allowed;

// Ranks of one process use the device from threads of their own.
std::recursive_mutex device;

// The caller's turn at the device, with its memory open.
struct Turn {
    std::lock_guard<std::recursive_mutex> lock{device};
    shim::Access access;
};

int failed(const std::string& message) {
    last_error = message;
    std::fprintf(stderr, "shim: %s\n", message.c_str());
    return LAUNCH_FAILED;
}

int attribute(int which) {
    switch (which) {
        case 16: return 4;          // multiprocessors
        case 75: return setting("WITAN_SHIM_CAPABILITY", 90) / 10;
        case 76: return setting("WITAN_SHIM_CAPABILITY", 90) % 10;
        case 97: return 227 << 10;  // shared memory of a block, opted in
        default: return 0;
    }
}

struct Event {
    std::chrono::steady_clock::time_point at;
};

struct Stream {
    bool ends = true;
};

bool ends(const void* stream) { return static_cast<const Stream*>(stream)->ends; }

// Where the real driver would wait for ever: the process ends instead.
void wait_for(const void* stream) {
    if (ends(stream)) return;
    std::fprintf(stderr, "shim: a wait without a deadline for a stream that never ends\n");
    std::abort();
}

// Set by a kernel that has run.
bool never_ends;

}  // namespace

extern "C" {

void shim_never_ends() { never_ends = true; }

// The message of the last failed launch, for a test that prints more than the driver's code.
const char* shim_last_error() { return last_error.c_str(); }

// Opens device memory to the host (1), or closes it again (0), for a library that computes beside kernels.
void shim_access(int open) {
    static Turn* turn;
    if (open != 0) {
        device.lock();
        turn = new Turn();
    } else {
        delete turn;
        device.unlock();
    }
}

int cuInit(unsigned) { return setting("WITAN_SHIM_DEVICES", 1) == 0 ? NO_DEVICE : SUCCESS; }

int cuDriverGetVersion(int* version) {
    *version = setting("WITAN_SHIM_DRIVER", 13000);
    return SUCCESS;
}

int cuDeviceGetCount(int* count) {
    *count = setting("WITAN_SHIM_DEVICES", 1);
    return SUCCESS;
}

int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return ordinal == 0 ? SUCCESS : 101;
}

int cuDeviceGetName(char* name, int length, int) {
    std::snprintf(name, static_cast<size_t>(length), "shim");
    return SUCCESS;
}

int cuDeviceGetAttribute(int* value, int which, int) {
    *value = attribute(which);
    return SUCCESS;
}

int cuDeviceTotalMem_v2(size_t* bytes, int) {
    *bytes = shim::TOTAL_BYTES;
    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** retained, int) {
    *retained = &last_error;
    return SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }
int cuCtxSetCurrent(void* wanted) {
    context = wanted;
    return SUCCESS;
}
int cuCtxSynchronize() { return SUCCESS; }

int cuGetErrorName(int code, const char** name) {
    switch (code) {
        case SUCCESS: *name = "CUDA_SUCCESS"; break;
        case INVALID_VALUE: *name = "CUDA_ERROR_INVALID_VALUE"; break;
        case OUT_OF_MEMORY: *name = "CUDA_ERROR_OUT_OF_MEMORY"; break;
        case NO_DEVICE: *name = "CUDA_ERROR_NO_DEVICE"; break;
        case NO_BINARY_FOR_GPU: *name = "CUDA_ERROR_NO_BINARY_FOR_GPU"; break;
        case INVALID_CONTEXT: *name = "CUDA_ERROR_INVALID_CONTEXT"; break;
        case NOT_FOUND: *name = "CUDA_ERROR_NOT_FOUND"; break;
        case LAUNCH_FAILED: *name = "CUDA_ERROR_LAUNCH_FAILED"; break;
        default: *name = "CUDA_ERROR_UNKNOWN";
    }
    return SUCCESS;
}

int cuGetErrorString(int code, const char** text) {
    *text = code == LAUNCH_FAILED ? last_error.c_str() : "as its name says";
    return SUCCESS;
}

int cuModuleLoadData(void** module, const void* image) {
    if (context == nullptr) return INVALID_CONTEXT;
    // The magic number of a fat binary.
    if (*static_cast<const unsigned*>(image) != 0xba55ed50u) return 200;
    *module = &last_error;
    return attribute(75) < 8 ? NO_BINARY_FOR_GPU : SUCCESS;
}
int cuModuleUnload(void*) { return SUCCESS; }

int cuModuleGetFunction(void** function, void*, const char* name) {
    *function = const_cast<shim::Kernel*>(shim::find(name));
    return *function == nullptr ? NOT_FOUND : SUCCESS;
}

// Attribute 8: dynamic shared memory.
int cuFuncSetAttribute(void* function, int which, int value) {
    if (which != 8 || value > attribute(97)) return INVALID_VALUE;
    const std::lock_guard<std::recursive_mutex> lock(device);
    shared_bytes_allowed[function] = value;
    return SUCCESS;
}

int cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared_bytes, void* stream, void** arguments, void**) {
    const Turn turn;
    if (!ends(stream)) return SUCCESS;  // queued
    const auto& kernel = *static_cast<const shim::Kernel*>(function);
    const auto allowed = static_cast<unsigned>(shared_bytes_allowed[function]);
    if (gy > MOST_ROWS || gz > MOST_ROWS || (shared_bytes > SHARED_BYTES_UNASKED && shared_bytes > allowed)) return INVALID_VALUE;
    if (gx % kernel.cluster_blocks != 0) return INVALID_VALUE;
    const auto error = shim::run({{gx, gy, gz}, {bx, by, bz}, shared_bytes, kernel.cluster_blocks}, [&] { kernel.call(arguments); });
    if (std::exchange(never_ends, false)) static_cast<Stream*>(stream)->ends = false;
    return error.empty() ? SUCCESS : failed(error);
}

// Two dimensions of bfloat16 (type 9), 128-byte swizzle (3), as the back end asks for.
int cuTensorMapEncodeTiled(void* map, int type, unsigned rank, void* address, const unsigned long long* size,
                           const unsigned long long* stride, const unsigned* box, const unsigned* element_stride, int interleave,
                           int swizzle, int, int) {
    const bool aligned = reinterpret_cast<unsigned long long>(address) % 16 == 0 && stride[0] % 16 == 0;
    const bool sized = size[0] > 0 && size[1] > 0 && box[0] * 2 <= 128 && box[1] <= 256 && stride[0] >= 2 * size[0];
    const bool plain = element_stride[0] == 1 && element_stride[1] == 1 && interleave == 0;
    if (type != 9 || rank != 2 || swizzle != 3 || !aligned || !sized || !plain) return INVALID_VALUE;
    const shim::TensorMapNumbers numbers{
        reinterpret_cast<unsigned long long>(address), {size[0], size[1]}, stride[0], {box[0], box[1]}, shim::TENSOR_MAP_MAGIC, 128};
    std::memset(map, 0, 128);
    std::memcpy(map, &numbers, sizeof numbers);
    return SUCCESS;
}

int cuMemAllocAsync(void** memory, size_t bytes, void*) {
    const std::lock_guard<std::recursive_mutex> lock(device);
    *memory = shim::allocate(bytes);
    return *memory == nullptr ? OUT_OF_MEMORY : SUCCESS;
}

int cuMemFreeAsync(void* memory, void*) {
    const std::lock_guard<std::recursive_mutex> lock(device);
    const auto error = shim::release(memory);
    return error.empty() ? SUCCESS : failed(error);
}

int cuMemGetInfo_v2(size_t* available, size_t* total) {
    *available = shim::free_bytes();
    *total = shim::TOTAL_BYTES;
    return SUCCESS;
}

int cuMemcpyHtoDAsync_v2(void* to, const void* from, size_t bytes, void*) {
    if (context == nullptr) return INVALID_CONTEXT;
    const Turn turn;
    std::memcpy(to, from, bytes);
    return SUCCESS;
}
// To pageable memory: the driver waits.
int cuMemcpyDtoHAsync_v2(void* to, const void* from, size_t bytes, void* stream) {
    if (context == nullptr) return INVALID_CONTEXT;
    wait_for(stream);
    const Turn turn;
    std::memcpy(to, from, bytes);
    return SUCCESS;
}
int cuMemcpyDtoDAsync_v2(void* to, const void* from, size_t bytes, void*) {
    if (context == nullptr) return INVALID_CONTEXT;
    const Turn turn;
    std::memmove(to, from, bytes);
    return SUCCESS;
}
int cuMemsetD8Async(void* memory, unsigned char value, size_t bytes, void*) {
    if (context == nullptr) return INVALID_CONTEXT;
    const Turn turn;
    std::memset(memory, value, bytes);
    return SUCCESS;
}

int cuStreamCreate(void** stream, unsigned) {
    if (context == nullptr) return INVALID_CONTEXT;
    *stream = new Stream();
    return SUCCESS;
}
int cuStreamQuery(void* stream) { return ends(stream) ? SUCCESS : NOT_READY; }
int cuStreamSynchronize(void* stream) {
    wait_for(stream);
    return SUCCESS;
}
int cuStreamDestroy_v2(void* stream) {
    delete static_cast<Stream*>(stream);
    return SUCCESS;
}
int cuStreamWaitEvent(void*, void*, unsigned) { return SUCCESS; }

int cuEventCreate(void** event, unsigned) {
    if (context == nullptr) return INVALID_CONTEXT;
    *event = new Event();
    return SUCCESS;
}
int cuEventRecord(void* event, void*) {
    static_cast<Event*>(event)->at = std::chrono::steady_clock::now();
    return SUCCESS;
}
int cuEventSynchronize(void*) { return SUCCESS; }
int cuEventElapsedTime(float* milliseconds, void* from, void* to) {
    const auto elapsed = static_cast<Event*>(to)->at - static_cast<Event*>(from)->at;
    *milliseconds = std::chrono::duration<float, std::milli>(elapsed).count();
    return SUCCESS;
}
int cuEventDestroy_v2(void* event) {
    delete static_cast<Event*>(event);
    return SUCCESS;
}
}
