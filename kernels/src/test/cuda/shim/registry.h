// The kernels of the library by name, callable with an array of pointers to their arguments as a driver is called.
#pragma once

#include <string>
#include <utility>

#include "executor.h"

namespace shim {

struct Kernel {
    void (*call)(void** arguments);
    unsigned cluster_blocks;
};

// Called before main by REGISTER.
bool add(const char* name, const Kernel& kernel);

// Null when there is none of this name; the same pointer each time.
const Kernel* find(const std::string& name);

template <auto kernel>
struct Caller;

template <class... Parameters, void (*kernel)(Parameters...)>
struct Caller<kernel> {
    template <size_t... index>
    static void unpack(void** arguments, std::index_sequence<index...>) {
        kernel(*static_cast<Parameters*>(arguments[index])...);
    }
    static void call(void** arguments) { unpack(arguments, std::index_sequence_for<Parameters...>()); }
};

}  // namespace shim

// name##_cluster_blocks is what KERNEL and CLUSTER_KERNEL define.
#define REGISTER(name)                                                                                                      \
    static_assert(name##_cluster_blocks >= 1 && name##_cluster_blocks <= shim::MOST_CLUSTER_BLOCKS, "blocks of a cluster"); \
    static const bool name##_registered = shim::add(#name, {shim::Caller<name>::call, name##_cluster_blocks});
