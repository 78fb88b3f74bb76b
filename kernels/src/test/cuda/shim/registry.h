// The kernels of the library by name, callable with an array of pointers to their arguments as a driver is called.
#pragma once

#include <string>
#include <utility>

namespace shim {

using Entry = void (*)(void** arguments);

// Called before main by REGISTER.
bool add(const char* name, Entry entry);

// Null when there is none of this name.
Entry find(const std::string& name);

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

#define REGISTER(name) static const bool name##_registered = shim::add(#name, shim::Caller<name>::call);
