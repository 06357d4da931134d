#include <nanobind/nanobind.h>

namespace nb = nanobind;

void bind_net(nb::module_&) {}
