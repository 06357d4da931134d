// smfosc._core.Kernel: built from NumPy arrays; teacher-forced logits and free runs
// for tests, evaluation and benchmarks. The engine takes the same object.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>
#include <stdexcept>

#include "cpu.h"
#include "kernel.h"
#include "rng.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using smfosc::Isa;
using smfosc::Kernel;
using smfosc::KernelState;
using smfosc::kMaxBatch;
using smfosc::Precision;

using Array = nb::ndarray<nb::ro, nb::device::cpu>;
using Result = nb::ndarray<nb::numpy, float>;

std::string shape_text(const std::vector<std::size_t>& shape) {
  std::string text = "(";
  for (const std::size_t n : shape) text += std::to_string(n) + ",";
  if (shape.size() > 1) text.pop_back();
  return text + ")";
}

std::vector<std::size_t> shape_of(const Array& array) {
  return {array.shape_ptr(), array.shape_ptr() + array.ndim()};
}

bool contiguous(const Array& array) {
  std::int64_t step = 1;
  for (std::size_t d = array.ndim(); d-- > 0; step *= static_cast<std::int64_t>(array.shape(d)))
    if (array.shape(d) > 1 && array.stride(d) != step) return false;
  return true;
}

void require(bool ok, const std::string& name, const std::string& text) {
  if (!ok) throw std::invalid_argument(name + ": " + text);
}

const float* floats(const Array& array, const std::string& name) {
  require(array.dtype() == nb::dtype<float>(), name, "float32 wanted");
  require(contiguous(array), name, "a C-contiguous array wanted");
  return static_cast<const float*>(array.data());
}

std::vector<float> copy(const Array& array, const std::vector<std::size_t>& shape,
                        const std::string& name) {
  const float* values = floats(array, name);
  require(shape_of(array) == shape, name,
          "shape " + shape_text(shape_of(array)) + "; " + shape_text(shape) + " wanted");
  return {values, values + array.size()};
}

Precision precision_named(const std::string& name) {
  for (const Precision p : {Precision::float32, Precision::bfloat16, Precision::int8})
    if (name == smfosc::name_of(p)) return p;
  throw std::invalid_argument("precision " + name + "; float32, bfloat16 or int8 wanted");
}

Isa isa_named(const std::string& name) {
  if (name.empty()) return smfosc::detect_isa();
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512, Isa::neon})
    if (name == smfosc::name_of(isa)) return isa;
  throw std::invalid_argument("isa " + name + "; portable, avx2, avx512 or neon wanted");
}

// Item i of a layer's (w_ih, w_hh, b_ih, b_hh).
Array layer_array(const nb::handle& layer, int i, const std::string& name) {
  Array array;
  const bool whole =
      nb::isinstance<nb::sequence>(layer) && nb::len(layer) == 4 && nb::try_cast(layer[i], array);
  require(whole, name, "(w_ih, w_hh, b_ih, b_hh) wanted, all arrays");
  return array;
}

smfosc::GruLayer layer_from(const nb::handle& item, std::size_t inputs, std::size_t hidden,
                            const std::string& name) {
  smfosc::GruLayer layer;
  layer.inputs = static_cast<int>(inputs);
  layer.hidden = static_cast<int>(hidden);
  layer.w_ih = copy(layer_array(item, 0, name), {3 * hidden, inputs}, name + ".w_ih");
  layer.w_hh = copy(layer_array(item, 1, name), {3 * hidden, hidden}, name + ".w_hh");
  layer.b_ih = copy(layer_array(item, 2, name), {3 * hidden}, name + ".b_ih");
  layer.b_hh = copy(layer_array(item, 3, name), {3 * hidden}, name + ".b_hh");
  return layer;
}

smfosc::GruWeights weights_from(const nb::list& layers, const Array& out_weight,
                                const Array& out_bias, const Array& decode_table) {
  require(nb::len(layers) > 0, "layers", "1 to 8 layers wanted");
  require(out_weight.ndim() == 2, "out_weight", "shape (levels, hidden) wanted");
  const std::size_t levels = out_weight.shape(0), hidden = out_weight.shape(1);
  const Array first = layer_array(layers[0], 0, "layers[0]");
  require(first.ndim() == 2 && first.shape(1) > 1, "layers[0].w_ih",
          "shape (3 hidden, 1 + parameters) wanted");
  smfosc::GruWeights weights;
  weights.parameters = static_cast<int>(first.shape(1)) - 1;
  weights.levels = static_cast<int>(levels);
  for (std::size_t l = 0; l < nb::len(layers); ++l)
    weights.layers.push_back(layer_from(layers[l], l == 0 ? first.shape(1) : hidden, hidden,
                                        "layers[" + std::to_string(l) + "]"));
  weights.out_weight = copy(out_weight, {levels, hidden}, "out_weight");
  weights.out_bias = copy(out_bias, {levels}, "out_bias");
  weights.decode_table = copy(decode_table, {levels}, "decode_table");
  return weights;
}

std::shared_ptr<const Kernel> build(const nb::list& layers, const Array& out_weight,
                                    const Array& out_bias, const Array& decode_table,
                                    const std::string& precision, const std::string& isa) {
  const smfosc::GruWeights weights = weights_from(layers, out_weight, out_bias, decode_table);
  const Precision p = precision_named(precision);
  const Isa i = isa_named(isa);
  nb::gil_scoped_release unlocked;
  return Kernel::build(weights, p, i);
}

// A batch of fresh states and their memory.
class Voices {
 public:
  Voices(const Kernel& kernel, int n) : states_(n) {
    for (int v = 0; v < n; ++v) {
      void* memory = std::aligned_alloc(64, kernel.state_bytes());
      if (memory == nullptr) throw std::bad_alloc();
      states_[v].memory = static_cast<std::byte*>(memory);
      pointers_[v] = &states_[v];
      kernel.reset(states_[v]);
    }
  }
  Voices(const Voices&) = delete;
  Voices& operator=(const Voices&) = delete;
  ~Voices() {
    for (KernelState& s : states_) std::free(s.memory);
  }
  KernelState& operator[](int v) { return states_[v]; }
  KernelState* const* pointers() const { return pointers_; }

 private:
  std::vector<KernelState> states_;
  KernelState* pointers_[kMaxBatch] = {};
};

// Parameters of V voices over T steps: (P), (V, P) or (V, T, P).
class Params {
 public:
  Params(const Array& array, std::size_t voices, std::size_t steps, std::size_t parameters)
      : values_(floats(array, "params")), steps_(steps), width_(parameters) {
    const std::vector<std::size_t> shape = shape_of(array), one = {parameters},
                                   each = {voices, parameters}, all = {voices, steps, parameters};
    require(shape == one || shape == each || shape == all, "params",
            "shape " + shape_text(shape) + "; " + shape_text(one) + ", " + shape_text(each) +
                " or " + shape_text(all) + " wanted");
    kind_ = array.ndim();
    const bool inside = std::all_of(values_, values_ + array.size(),
                                    [](float value) { return std::isfinite(value); });
    require(inside, "params", "holds a value that is not finite");
  }
  // New parameters at step t, else null.
  const float* at(std::size_t voice, std::size_t t) const {
    if (kind_ == 3) return values_ + (voice * steps_ + t) * width_;
    if (t > 0) return nullptr;
    return kind_ == 2 ? values_ + voice * width_ : values_;
  }

 private:
  const float* values_;
  std::size_t steps_, width_, kind_ = 1;
};

void condition(const Kernel& kernel, Voices& batch, int n, const Params& params, std::size_t first,
               std::size_t t) {
  for (int v = 0; v < n; ++v)
    if (const float* p = params.at(first + v, t)) kernel.condition(batch[v], p);
}

Result result(float* data, std::initializer_list<std::size_t> shape) {
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  return Result(data, shape, owner);
}

void run_logits(const Kernel& kernel, const float* samples, const Params& params,
                std::size_t voices, std::size_t steps, int batch_size, float* out) {
  const std::size_t levels = kernel.levels();
  std::vector<float> rows(kMaxBatch * levels);
  for (std::size_t first = 0; first < voices; first += batch_size) {
    const int n = static_cast<int>(std::min<std::size_t>(batch_size, voices - first));
    Voices batch(kernel, n);
    for (std::size_t t = 0; t < steps; ++t) {
      condition(kernel, batch, n, params, first, t);
      for (int v = 0; v < n; ++v) batch[v].previous = samples[(first + v) * steps + t];
      kernel.step(batch.pointers(), n, rows.data());
      for (int v = 0; v < n; ++v)
        std::copy_n(rows.data() + v * levels, levels, out + ((first + v) * steps + t) * levels);
    }
  }
}

Result logits(const Kernel& kernel, const Array& samples, const Array& params, int batch) {
  require(samples.ndim() == 2, "samples", "shape (voices, steps) wanted");
  require(1 <= batch && batch <= kMaxBatch, "batch", "1 to 8 wanted");
  const std::size_t voices = samples.shape(0), steps = samples.shape(1);
  const float* values = floats(samples, "samples");
  const Params moves(params, voices, steps, kernel.parameters());
  float* out = new float[std::max<std::size_t>(1, voices * steps * kernel.levels())];
  Result owner = result(out, {voices, steps, static_cast<std::size_t>(kernel.levels())});
  nb::gil_scoped_release unlocked;
  run_logits(kernel, values, moves, voices, steps, batch, out);
  return owner;
}

struct DrawSettings {
  float temperature, pdf_floor;
  int batch;
};

void run_free(const Kernel& kernel, const std::vector<std::uint64_t>& seeds, const Params& params,
              std::size_t steps, const DrawSettings& settings, float* out) {
  for (std::size_t first = 0; first < seeds.size(); first += settings.batch) {
    const int n = static_cast<int>(std::min<std::size_t>(settings.batch, seeds.size() - first));
    Voices batch(kernel, n);
    for (int v = 0; v < n; ++v) {
      batch[v].seed = seeds[first + v];
      batch[v].temperature = settings.temperature;
      batch[v].pdf_floor = settings.pdf_floor;
    }
    float samples[kMaxBatch];
    for (std::size_t t = 0; t < steps; ++t) {
      condition(kernel, batch, n, params, first, t);
      kernel.generate(batch.pointers(), n, samples);
      for (int v = 0; v < n; ++v) out[(first + v) * steps + t] = samples[v];
    }
  }
}

Result generate(const Kernel& kernel, const std::vector<std::uint64_t>& seeds, const Array& params,
                std::size_t steps, float temperature, float pdf_floor, int batch) {
  require(1 <= batch && batch <= kMaxBatch, "batch", "1 to 8 wanted");
  require(temperature >= 0.01f && temperature <= 100.0f, "temperature", "0.01 to 100 wanted");
  require(pdf_floor >= 0.0f && pdf_floor < 1.0f, "pdf_floor", "0 to 1 wanted");
  const Params moves(params, seeds.size(), steps, kernel.parameters());
  float* out = new float[std::max<std::size_t>(1, seeds.size() * steps)];
  Result owner = result(out, {seeds.size(), steps});
  nb::gil_scoped_release unlocked;
  run_free(kernel, seeds, moves, steps, {temperature, pdf_floor, batch}, out);
  return owner;
}

int draw(const Kernel& kernel, const Array& row, float temperature, float pdf_floor,
         double uniform) {
  const float* values = floats(row, "logits");
  require(
      row.ndim() == 1 && row.shape(0) == static_cast<std::size_t>(kernel.levels()), "logits",
      "shape " + shape_text(shape_of(row)) + "; (" + std::to_string(kernel.levels()) + ",) wanted");
  require(uniform > 0.0 && uniform < 1.0, "uniform", "above 0 and below 1 wanted");
  return kernel.draw(values, temperature, pdf_floor, uniform);
}

std::vector<std::string> isas() {
  std::vector<std::string> names;
  for (const Isa isa : smfosc::available_isas()) names.emplace_back(smfosc::name_of(isa));
  return names;
}

std::vector<std::uint32_t> philox(const std::vector<std::uint32_t>& counter, std::uint64_t key) {
  require(counter.size() == 4, "counter", "4 words wanted");
  const smfosc::Philox drawn =
      smfosc::philox4x32({{counter[0], counter[1], counter[2], counter[3]}}, key);
  return {drawn.word, drawn.word + 4};
}

}  // namespace

void bind_kernel(nb::module_& module) {
  nb::class_<Kernel>(module, "Kernel",
                     "One model's packed weights for one instruction set and precision. "
                     "Immutable; any thread, any number of voices.")
      .def(nb::new_(&build), "layers"_a, "out_weight"_a, "out_bias"_a, "decode_table"_a,
           nb::kw_only(), "precision"_a = "int8", "isa"_a = "",
           "layers: L x (w_ih (3H, 1 + P or H), w_hh (3H, H), b_ih (3H), b_hh (3H)), gates r, z, "
           "n as in torch.nn.GRU; out_weight (Q, H); out_bias (Q); decode_table (Q): the sample "
           "of each level. All float32, C-contiguous. isa: empty takes SMFOSC_ISA's or the best.")
      .def_prop_ro("isa", [](const Kernel& k) { return smfosc::name_of(k.isa()); })
      .def_prop_ro("precision", [](const Kernel& k) { return smfosc::name_of(k.precision()); })
      .def_prop_ro("parameters", &Kernel::parameters)
      .def_prop_ro("levels", &Kernel::levels)
      .def_prop_ro("weight_bytes", &Kernel::weight_bytes)
      .def_prop_ro("state_bytes", &Kernel::state_bytes)
      .def("logits", &logits, "samples"_a, "params"_a, nb::kw_only(), "batch"_a = kMaxBatch,
           "Teacher-forced from a zero state. samples (V, T) float32: the previous sample of each "
           "step; params (P), (V, P) or (V, T, P) float32, 0..1. Returns (V, T, Q).")
      .def("generate", &generate, "seeds"_a, "params"_a, "steps"_a, nb::kw_only(),
           "temperature"_a = 1.0f, "pdf_floor"_a = 0.0f, "batch"_a = kMaxBatch,
           "Free run of len(seeds) voices from a zero state: samples (V, T) float32, -1..1.")
      .def("draw", &draw, "logits"_a, "temperature"_a, "pdf_floor"_a, "uniform"_a,
           "The level that uniform in (0, 1) picks from softmax(logits / temperature).");
  module.def("isas", &isas, "The kernels that this machine runs, best first.");
  module.def(
      "detect_isa", [] { return smfosc::name_of(smfosc::detect_isa()); },
      "The kernel that is taken by default: SMFOSC_ISA's, else the best.");
  module.def("philox", &philox, "counter"_a, "key"_a, "Philox4x32-10 of 4 words under a key.");
  module.def("uniform", &smfosc::uniform_of, "seed"_a, "counter"_a,
             "The uniform in (0, 1) of a voice's model sample.");
  module.attr("MAX_BATCH") = kMaxBatch;
}
