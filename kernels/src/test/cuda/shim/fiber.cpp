#include "fiber.h"

#include <cstdint>

// The registers that a System V function must keep, then the stack pointer. Floating-point control words are never changed.
asm(R"(
.text
.globl shim_switch
.type shim_switch, @function
shim_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size shim_switch, .-shim_switch
)");

namespace shim {

void prepare(Fiber& fiber, void* stack, size_t stack_bytes, void (*entry)()) {
    auto top = (reinterpret_cast<uintptr_t>(stack) + stack_bytes) & ~uintptr_t(15);
    auto words = reinterpret_cast<uintptr_t*>(top);
    words[-1] = 0;  // entry never returns; its frame is aligned as after a call
    words[-2] = reinterpret_cast<uintptr_t>(entry);
    for (int register_index = 3; register_index <= 8; register_index++) words[-register_index] = 0;
    fiber.stack_pointer = words - 8;
    fiber.ended = false;
}

}  // namespace shim
