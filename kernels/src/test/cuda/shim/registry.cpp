#include "registry.h"

#include <map>

namespace shim {
namespace {

std::map<std::string, Entry>& entries() {
    static std::map<std::string, Entry> all;
    return all;
}

}  // namespace

bool add(const char* name, Entry entry) { return entries().emplace(name, entry).second; }

Entry find(const std::string& name) {
    const auto found = entries().find(name);
    return found == entries().end() ? nullptr : found->second;
}

}  // namespace shim
