#include "kernel.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "cpu.h"
#include "pack.h"
#include "rng.h"
#include "sampler.h"

namespace smfosc {
namespace {

constexpr Isa kAllIsas[] = {Isa::avx512, Isa::avx2, Isa::neon, Isa::portable};

// The paths that this build has; the others are never asked for (runs_here).
const Ops& ops_of(Isa isa, Precision precision) {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return avx512_ops(precision);
  if (isa == Isa::avx2) return avx2_ops(precision);
#elif defined(__aarch64__)
  if (isa == Isa::neon) return neon_ops(precision);
#endif
  (void)isa;
  return portable_ops(precision);
}

class PackedKernel final : public Kernel {
 public:
  PackedKernel(const GruWeights& weights, Precision precision, Isa isa)
      : precision_(precision),
        isa_(isa),
        ops_(ops_of(isa, precision)),
        packed_(pack(weights, precision, ops_.unsigned_weights)) {}

  int parameters() const noexcept override { return model().parameters; }
  int levels() const noexcept override { return model().levels; }
  Precision precision() const noexcept override { return precision_; }
  Isa isa() const noexcept override { return isa_; }
  std::size_t weight_bytes() const noexcept override { return packed_.size; }
  std::size_t state_bytes() const noexcept override {
    const std::size_t condition = static_cast<std::size_t>(model().width) * kGates * sizeof(float);
    return hidden_bytes() + condition;
  }

  void reset(KernelState& state) const noexcept override {
    std::memset(state.memory, 0, hidden_bytes());  // zero in every precision
    state.previous = model().decode[model().silence];
    state.counter = 0;
  }
  void condition(KernelState& state, const float* params) const noexcept override {
    ops_.condition(model(), state, params);
  }
  void step(KernelState* const* states, int n, float* logits) const noexcept override {
    alignas(64) float rows[kMaxBatch * kMaxLevels];
    ops_.step(model(), states, n, rows);
    for (int v = 0; v < n; ++v)
      std::memcpy(logits + static_cast<std::size_t>(v) * model().levels, rows + v * row_stride(),
                  model().levels * sizeof(float));
  }
  void generate(KernelState* const* states, int n, float* samples) const noexcept override;
  int draw(const float* logits, float temperature, float pdf_floor,
           double uniform) const noexcept override {
    alignas(64) float row[kMaxLevels];
    std::fill(row, row + kMaxLevels, kNoLevel);
    std::copy(logits, logits + model().levels, row);
    return ops_.draw(model(), row, temperature, pdf_floor, uniform);
  }

 private:
  const PackedModel& model() const noexcept { return packed_.model; }
  int row_stride() const noexcept { return model().out_tiles * kOutRows; }
  std::size_t hidden_bytes() const noexcept {
    const std::size_t layers = model().layers;
    return sizeof(StateHeader) + layers * model().width * sizeof(float) +
           2 * layers * act_stride(model());
  }

  const Precision precision_;
  const Isa isa_;
  const Ops& ops_;
  const Packed packed_;
};

void PackedKernel::generate(KernelState* const* states, int n, float* samples) const noexcept {
  alignas(64) float logits[kMaxBatch * kMaxLevels];
  ops_.step(model(), states, n, logits);
  for (int v = 0; v < n; ++v) {
    KernelState& s = *states[v];
    const int level = ops_.draw(model(), logits + v * row_stride(), s.temperature, s.pdf_floor,
                                uniform_of(s.seed, s.counter));
    ++s.counter;
    s.previous = samples[v] = model().decode[level];
  }
}

}  // namespace

std::shared_ptr<const Kernel> Kernel::build(const GruWeights& weights, Precision precision,
                                            Isa isa) {
  check(weights);
  if (!runs_here(isa))
    throw std::runtime_error(std::string("this machine cannot run the ") + name_of(isa) +
                             " kernel");
  return std::make_shared<PackedKernel>(weights, precision, isa);
}

std::vector<Isa> available_isas() {
  std::vector<Isa> found;
  std::copy_if(std::begin(kAllIsas), std::end(kAllIsas), std::back_inserter(found), runs_here);
  return found;
}

Isa detect_isa() {
  const std::vector<Isa> here = available_isas();
  const char* wanted = std::getenv("SMFOSC_ISA");
  if (wanted == nullptr || *wanted == '\0') return here.front();
  std::string names;
  for (const Isa isa : here) {
    if (std::strcmp(wanted, name_of(isa)) == 0) return isa;
    names += std::string(names.empty() ? "" : ", ") + name_of(isa);
  }
  throw std::runtime_error("SMFOSC_ISA=" + std::string(wanted) + ": this machine runs " + names);
}

const char* name_of(Isa isa) noexcept {
  switch (isa) {
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    case Isa::neon:
      return "neon";
    default:
      return "portable";
  }
}

const char* name_of(Precision precision) noexcept {
  switch (precision) {
    case Precision::bfloat16:
      return "bfloat16";
    case Precision::int8:
      return "int8";
    default:
      return "float32";
  }
}

}  // namespace smfosc
