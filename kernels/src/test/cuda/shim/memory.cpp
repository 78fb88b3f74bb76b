#include "memory.h"

#include <sys/mman.h>

#include <cstring>
#include <map>

namespace shim {
namespace {

constexpr size_t MARGIN = 256;
constexpr size_t PAGE = 4096;
constexpr int POISON = 0xff;

struct Allocation {
    size_t bytes;
    size_t mapped;
};

std::map<unsigned char*, Allocation> allocations;
size_t used;
int accesses;

void protect(int protection) {
    for (const auto& [memory, allocation] : allocations) mprotect(memory - MARGIN, allocation.mapped, protection);
}

bool touched(const unsigned char* from) {
    for (size_t i = 0; i < MARGIN; i++)
        if (from[i] != POISON) return true;
    return false;
}

}  // namespace

void* allocate(size_t bytes) {
    const size_t mapped = (bytes + 2 * MARGIN + PAGE - 1) / PAGE * PAGE;
    if (used + mapped > TOTAL_BYTES) return nullptr;
    void* pages = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return nullptr;
    std::memset(pages, POISON, mapped);
    if (accesses == 0) mprotect(pages, mapped, PROT_NONE);
    auto* memory = static_cast<unsigned char*>(pages) + MARGIN;
    allocations[memory] = {bytes, mapped};
    used += mapped;
    return memory;
}

std::string release(void* memory) {
    const auto found = allocations.find(static_cast<unsigned char*>(memory));
    if (found == allocations.end()) return "what is freed was not allocated";
    const Access access;
    const auto [bytes, allocation] = *found;
    const auto size = " its " + std::to_string(allocation.bytes) + " bytes";
    std::string error;
    if (touched(bytes - MARGIN)) error = "a kernel wrote before" + size;
    if (touched(bytes + allocation.bytes)) error = "a kernel wrote behind" + size;
    used -= allocation.mapped;
    allocations.erase(found);
    munmap(bytes - MARGIN, allocation.mapped);
    return error;
}

size_t free_bytes() { return TOTAL_BYTES - used; }

Access::Access() {
    if (accesses++ == 0) protect(PROT_READ | PROT_WRITE);
}

Access::~Access() {
    if (--accesses == 0) protect(PROT_NONE);
}

}  // namespace shim
