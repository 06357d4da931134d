// smfosc._core.AheadKernel: the renderer's side of native/ahead.h, for
// smfosc/onnx_engine.py; shapes are checked here.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>
#include <tuple>
#include <vector>

#include "ahead.h"
#include "rng.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using smfosc::AheadKernel;
using smfosc::AheadRow;
using smfosc::AheadStream;

using Values = nb::ndarray<float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Uniforms = nb::ndarray<double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Table = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Samples = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

void check(bool fits, const char* what) {
  if (!fits) throw std::invalid_argument(std::string(what) + ": wanted a row for each sample");
}

// Row t: params (T, P), temperature (T), and the random number (T) that it draws with.
void write(const AheadRow& row, std::size_t t, Table& params, Values& temperature,
           Uniforms& uniform, std::uint64_t ahead) {
  for (std::size_t p = 0; p < params.shape(1); ++p) params(t, p) = row.params[p];
  temperature(t) = row.temperature;
  uniform(t) = smfosc::uniform_of(row.seed, row.counter + ahead);
}

void check_shapes(const Table& params, const Values& temperature, const Uniforms& uniform) {
  check(params.shape(1) <= smfosc::kMaxParameters, "params");
  check(temperature.shape(0) == params.shape(0), "temperature");
  check(uniform.shape(0) == params.shape(0), "uniform");
}

bool take(AheadStream& stream, Table params, Values temperature, Uniforms uniform) {
  check_shapes(params, temperature, uniform);
  check(params.shape(0) == stream.chunk(), "params");
  std::vector<AheadRow> rows(params.shape(0));
  const bool restarts = stream.take(rows.data());
  for (std::size_t t = 0; t < rows.size(); ++t) write(rows[t], t, params, temperature, uniform, 0);
  return restarts;
}

void put(AheadStream& stream, Samples samples) {
  check(samples.shape(0) == stream.chunk(), "samples");
  stream.put(samples.data());
}

void take_start(const AheadStream& stream, Table params, Values temperature, Uniforms uniform) {
  check_shapes(params, temperature, uniform);
  check(params.shape(0) == stream.start().settle + stream.lead(), "params");
  for (std::size_t t = 0; t < params.shape(0); ++t)
    write(stream.start().row, t, params, temperature, uniform, t);
}

void begin(AheadStream& stream, Samples samples) {
  check(samples.shape(0) == stream.lead(), "samples");
  stream.begin(samples.data());
}

// What Kernel's binding runs on its own needs a network in the kernel: it is not there.
nb::object refuse(const AheadKernel&) {
  throw nb::attribute_error("a kernel whose samples are made ahead runs in an engine only");
}

}  // namespace

void bind_ahead(nb::module_& module) {
  nb::class_<AheadStream>(module, "AheadStream", "One player's way to the renderer and back.")
      .def_prop_ro("closed", &AheadStream::closed)
      .def_prop_ro("due", &AheadStream::due, "A chunk of rows waits.")
      .def_prop_ro(
          "settle", [](const AheadStream& s) { return s.start().settle; },
          "Samples to be made unheard at the start.")
      .def("take_start", &take_start, "params"_a.noconvert(), "temperature"_a.noconvert(),
           "uniform"_a.noconvert(), "Fills in the settle + lead rows that the voice starts from.")
      .def("begin", &begin, "samples"_a.noconvert(), "The start's last `lead` samples.")
      .def("take", &take, "params"_a.noconvert(), "temperature"_a.noconvert(),
           "uniform"_a.noconvert(),
           "Fills in the next chunk of rows; True if it follows a reset. Call when due.")
      .def("put", &put, "samples"_a.noconvert(), "Samples (chunk) of the rows taken last.");

  nb::class_<AheadKernel, smfosc::Kernel>(
      module, "AheadKernel", "A kernel whose samples a renderer makes ahead; see native/ahead.h.")
      .def(nb::init<int, int, std::uint32_t, std::uint32_t>(), nb::kw_only(), "parameters"_a,
           "levels"_a, "lead"_a, "chunk"_a)
      .def_prop_ro("isa", [](const AheadKernel&) { return "onnx"; })
      .def_prop_ro("precision", [](const AheadKernel&) { return "float32"; })
      .def_prop_ro("generate", &refuse)
      .def_prop_ro("logits", &refuse)
      .def_prop_ro("draw", &refuse)
      .def_prop_ro("lead", &AheadKernel::lead)
      .def_prop_ro("chunk", &AheadKernel::chunk)
      .def_prop_ro("streams", &AheadKernel::streams)
      .def_prop_ro("late", &AheadKernel::late)
      .def("starting", &AheadKernel::starting, "Streams that are to be begun, each once.")
      .def("wait", &AheadKernel::wait, "seconds"_a, nb::call_guard<nb::gil_scoped_release>(),
           "Until there is something to do, at most so long.");
}
