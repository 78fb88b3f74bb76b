#include "registry.h"

#include <map>

namespace shim {
namespace {

std::map<std::string, Kernel>& kernels() {
    static std::map<std::string, Kernel> all;
    return all;
}

}  // namespace

bool add(const char* name, const Kernel& kernel) { return kernels().emplace(name, kernel).second; }

const Kernel* find(const std::string& name) {
    const auto found = kernels().find(name);
    return found == kernels().end() ? nullptr : &found->second;
}

}  // namespace shim
