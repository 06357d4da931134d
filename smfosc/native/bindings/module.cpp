// smfosc._core: the native module. Each file beside this one binds one library.
#include <nanobind/nanobind.h>

namespace nb = nanobind;

void bind_kernel(nb::module_& module);
void bind_ahead(nb::module_& module);
void bind_engine(nb::module_& module);
void bind_audio(nb::module_& module);
void bind_net(nb::module_& module);

NB_MODULE(_core, module) {
  bind_kernel(module);
  bind_ahead(module);
  bind_engine(module);
  bind_audio(module);
  bind_net(module);
}
