// The face of gru_window.h in Python.
#pragma once
#include <nanobind/nanobind.h>

namespace smfosc {

void bind_gru_window(nanobind::module_& module);

}  // namespace smfosc
