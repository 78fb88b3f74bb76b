// One thread of a block as a fiber: a stack of its own, switched to and away from on one thread of the host.
#pragma once

#include <cstddef>

namespace shim {

struct Fiber {
    void* stack_pointer;
    bool ended;
};

// Prepares the fiber to begin with `entry` on the given stack.
void prepare(Fiber& fiber, void* stack, size_t stack_bytes, void (*entry)());

// Goes on with `to` and keeps where `from` was.
extern "C" void shim_switch(void** from, void* to);

}  // namespace shim
