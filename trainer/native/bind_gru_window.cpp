#include "bind_gru_window.h"

#include <nanobind/ndarray.h>

#include <stdexcept>

#include "gru_window.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace smfosc {
namespace {

constexpr std::size_t kUnits = 16;

template <class Scalar, int Dimensions>
using Array = nb::ndarray<Scalar, nb::ndim<Dimensions>, nb::c_contig, nb::device::cpu>;

template <class Given>
void require(const Given& array, std::initializer_list<std::size_t> wanted, const char* text) {
  std::size_t axis = 0;
  for (const std::size_t size : wanted)
    if (array.shape(axis++) != size) throw std::invalid_argument(text);
}

void require_hidden(const GruShape& shape) {
  if (!gru_window_runs_here()) throw std::invalid_argument("no AVX-512 on this machine");
  if (shape.hidden == 0 || shape.hidden % kUnits != 0)
    throw std::invalid_argument("hidden: a multiple of 16 wanted");
}

void forward(const Array<const Bfloat16Bits, 3>& x, const Array<const float, 2>& weight,
             const Array<const float, 1>& bias, const Array<float, 3>& states,
             const Array<float, 3>& gates, const Array<float, 3>& pulls) {
  const GruShape shape{x.shape(0), x.shape(1), x.shape(2) / 3};
  const auto [frames, batch, hidden] = shape;
  require_hidden(shape);
  require(weight, {3 * hidden, hidden}, "weight: (3H, H) wanted");
  require(bias, {3 * hidden}, "bias: (3H,) wanted");
  require(states, {frames + 1, batch, hidden}, "states: (T + 1, B, H) wanted");
  require(gates, {frames, batch, 3 * hidden}, "gates: (T, B, 3H) wanted");
  require(pulls, {frames, batch, hidden}, "pulls: (T, B, H) wanted");
  nb::gil_scoped_release unlocked;
  gru_window_forward(
      shape, {x.data(), weight.data(), bias.data(), states.data(), gates.data(), pulls.data()});
}

void backward(const Array<const float, 3>& grads, const Array<const float, 2>& weight,
              const Array<const float, 3>& states, const Array<const float, 3>& gates,
              const Array<const float, 3>& pulls, const Array<Bfloat16Bits, 3>& towards_x,
              const Array<Bfloat16Bits, 3>& towards_h) {
  const GruShape shape{grads.shape(0), grads.shape(1), grads.shape(2)};
  const auto [frames, batch, hidden] = shape;
  require_hidden(shape);
  require(weight, {3 * hidden, hidden}, "weight: (3H, H) wanted");
  require(states, {frames + 1, batch, hidden}, "states: (T + 1, B, H) wanted");
  require(pulls, {frames, batch, hidden}, "pulls: (T, B, H) wanted");
  require(gates, {frames, batch, 3 * hidden}, "gates: (T, B, 3H) wanted");
  require(towards_x, {frames, batch, 3 * hidden}, "towards_x: (T, B, 3H) wanted");
  require(towards_h, {frames, batch, 3 * hidden}, "towards_h: (T, B, 3H) wanted");
  nb::gil_scoped_release unlocked;
  gru_window_backward(shape, {grads.data(), weight.data(), states.data(), gates.data(),
                              pulls.data(), towards_x.data(), towards_h.data()});
}

}  // namespace

void bind_gru_window(nb::module_& module) {
  module.def("gru_window_runs_here", &gru_window_runs_here,
             "Whether this machine has what the two functions below need.");
  module.def("gru_window_forward", &forward, "x"_a, "weight"_a, "bias"_a, nb::kw_only(), "states"_a,
             "gates"_a, "pulls"_a,
             "Fill states (T + 1, B, H) from its first on, gates (T, B, 3H) and pulls (T, B, H): "
             "see trainer/gru.py. Releases the GIL.");
  module.def("gru_window_backward", &backward, "grads"_a, "weight"_a, "states"_a, "gates"_a,
             "pulls"_a, nb::kw_only(), "towards_x"_a, "towards_h"_a,
             "Fill towards_x and towards_h (T, B, 3H), bfloat16's bits: see "
             "trainer/gru.py. Releases the GIL.");
}

}  // namespace smfosc
