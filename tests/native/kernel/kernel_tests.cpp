// Every instruction set of this machine against the equations in float64, against one
// another where integers must agree exactly, and alone against itself in other batches.
// Exits 1 on the first failed check, naming it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "kernel.h"
#include "rng.h"

namespace {

using smfosc::GruLayer;
using smfosc::GruWeights;
using smfosc::Isa;
using smfosc::Kernel;
using smfosc::KernelState;
using smfosc::Precision;

long allocations = 0;

constexpr Precision kPrecisions[] = {Precision::float32, Precision::bfloat16, Precision::int8};

void check(bool ok, const std::string& what) {
  if (ok) return;
  std::printf("FAILED: %s\n", what.c_str());
  std::exit(1);
}

struct Shape {
  int parameters, hidden, layers, levels;
};

// The smallest, odd widths, the paper's, the widest of each kind (thin elsewhere: emulated).
constexpr Shape kShapes[] = {
    {1, 1, 1, 256}, {2, 17, 3, 300}, {16, 24, 8, 1024}, {3, 100, 2, 257}, {2, 256, 3, 256}};

std::string name_of(const Kernel& kernel, const Shape& s) {
  return std::string(smfosc::name_of(kernel.isa())) + " " + smfosc::name_of(kernel.precision()) +
         " P" + std::to_string(s.parameters) + " H" + std::to_string(s.hidden) + " L" +
         std::to_string(s.layers) + " Q" + std::to_string(s.levels);
}

std::vector<float> noise(std::mt19937& random, std::size_t count, float spread) {
  std::uniform_real_distribution<float> draw(-spread, spread);
  std::vector<float> values(count);
  for (float& value : values) value = draw(random);
  return values;
}

GruWeights random_weights(const Shape& s) {
  std::mt19937 random(17);
  const std::size_t h = s.hidden;
  const float spread = 2.0f / std::sqrt(static_cast<float>(h));
  GruWeights w;
  w.parameters = s.parameters;
  w.levels = s.levels;
  for (int l = 0; l < s.layers; ++l) {
    const int inputs = l == 0 ? 1 + s.parameters : s.hidden;
    w.layers.push_back({inputs, s.hidden, noise(random, 3 * h * inputs, spread),
                        noise(random, 3 * h * h, spread), noise(random, 3 * h, spread),
                        noise(random, 3 * h, spread)});
  }
  w.out_weight = noise(random, s.levels * h, spread);
  w.out_bias = noise(random, s.levels, spread);
  for (int q = 0; q < s.levels; ++q)
    w.decode_table.push_back(2.0f * static_cast<float>(q) / static_cast<float>(s.levels - 1) -
                             1.0f);
  return w;
}

// --- the equations, one sample at a time, in float64 ---

using Vector = std::vector<double>;

Vector times(const std::vector<float>& matrix, const Vector& x, const std::vector<float>& bias) {
  Vector out(bias.begin(), bias.end());
  for (std::size_t row = 0; row < out.size(); ++row)
    for (std::size_t k = 0; k < x.size(); ++k) out[row] += matrix[row * x.size() + k] * x[k];
  return out;
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

Vector gru(const GruLayer& layer, const Vector& x, const Vector& h) {
  const Vector in = times(layer.w_ih, x, layer.b_ih), past = times(layer.w_hh, h, layer.b_hh);
  const std::size_t size = h.size();
  Vector next(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double r = sigmoid(in[i] + past[i]), z = sigmoid(in[size + i] + past[size + i]);
    const double n = std::tanh(in[2 * size + i] + r * past[2 * size + i]);
    next[i] = (1.0 - z) * n + z * h[i];
  }
  return next;
}

struct Reference {
  const GruWeights& weights;
  std::vector<Vector> h;

  explicit Reference(const GruWeights& w) : weights(w), h(w.layers.size()) {
    for (Vector& layer : h) layer.assign(w.layers[0].hidden, 0.0);
  }
  Vector step(double sample, const std::vector<float>& params) {
    Vector x = {sample};
    x.insert(x.end(), params.begin(), params.end());
    for (std::size_t l = 0; l < h.size(); ++l) x = h[l] = gru(weights.layers[l], x, h[l]);
    return times(weights.out_weight, x, weights.out_bias);
  }
};

// --- voices ---

struct Voice {
  KernelState state;
  explicit Voice(const Kernel& kernel, std::uint64_t seed = 0) {
    state.memory = static_cast<std::byte*>(std::aligned_alloc(64, kernel.state_bytes()));
    state.seed = seed;
    kernel.reset(state);
  }
  Voice(const Voice&) = delete;
  Voice& operator=(const Voice&) = delete;
  ~Voice() { std::free(state.memory); }
};

std::vector<float> params_of(const Shape& s) {
  std::vector<float> params;
  for (int p = 0; p < s.parameters; ++p) params.push_back(0.1f + 0.05f * static_cast<float>(p));
  return params;
}

// Logits of `steps` teacher-forced samples, which sweep through -1..1.
std::vector<float> logits_of(const Kernel& kernel, const Shape& s, int steps) {
  Voice voice(kernel);
  kernel.condition(voice.state, params_of(s).data());
  KernelState* states[] = {&voice.state};
  std::vector<float> rows(static_cast<std::size_t>(steps) * s.levels);
  for (int t = 0; t < steps; ++t) {
    voice.state.previous = static_cast<float>(std::sin(0.7 * t));
    kernel.step(states, 1, rows.data() + static_cast<std::size_t>(t) * s.levels);
  }
  return rows;
}

double difference(const std::vector<float>& rows, const GruWeights& weights, const Shape& s) {
  Reference reference(weights);
  double worst = 0.0;
  for (std::size_t t = 0; t * s.levels < rows.size(); ++t) {
    const float previous = static_cast<float>(std::sin(0.7 * static_cast<double>(t)));
    const Vector wanted = reference.step(previous, params_of(s));
    for (int q = 0; q < s.levels; ++q)
      worst = std::max(worst, std::abs(rows[t * s.levels + q] - wanted[q]));
  }
  return worst;
}

// float32 to 1e-4; the others to what rounding 2^-9 (bfloat16) and 1/254 (int8) of sums
// over H terms allows at these spreads: a wrong row or sign is off by more than 1.
void test_logits(const Kernel& kernel, const GruWeights& weights, const Shape& s) {
  const double worst = difference(logits_of(kernel, s, 8), weights, s);
  const double bound = kernel.precision() == Precision::float32    ? 1e-4
                       : kernel.precision() == Precision::bfloat16 ? 0.05
                                                                   : 0.15;
  check(worst <= bound, name_of(kernel, s) + ": logits differ by " + std::to_string(worst));
}

// After one sample the hidden state holds no product: the output layer's integers, and
// with them the logits, are the same in every instruction set.
void test_integers(const Kernel& kernel, const Kernel& plain, const Shape& s) {
  const std::vector<float> a = logits_of(kernel, s, 1), b = logits_of(plain, s, 1);
  check(a == b, name_of(kernel, s) + ": int8 sums differ from the portable ones");
}

std::vector<float> run(const Kernel& kernel, const Shape& s, int voices, int batch, int steps) {
  std::vector<float> out(static_cast<std::size_t>(voices) * steps);
  for (int first = 0; first < voices; first += batch) {
    std::vector<std::unique_ptr<Voice>> owned;
    KernelState* states[smfosc::kMaxBatch] = {};
    const int n = std::min(batch, voices - first);
    for (int v = 0; v < n; ++v) {
      owned.push_back(std::make_unique<Voice>(kernel, 1000 + first + v));
      states[v] = &owned.back()->state;
      std::vector<float> params = params_of(s);
      params[0] = 0.1f * static_cast<float>(first + v);
      kernel.condition(*states[v], params.data());
    }
    float samples[smfosc::kMaxBatch];
    const long before = allocations;
    for (int t = 0; t < steps; ++t) {
      kernel.generate(states, n, samples);
      for (int v = 0; v < n; ++v) out[static_cast<std::size_t>(first + v) * steps + t] = samples[v];
    }
    const bool allocated = allocations != before;
    check(!allocated, name_of(kernel, s) + ": generate allocates");
  }
  return out;
}

void test_batches(const Kernel& kernel, const Shape& s) {
  constexpr int kSteps = 8;
  const std::vector<float> alone = run(kernel, s, smfosc::kMaxBatch, 1, kSteps);
  for (int batch = 2; batch <= smfosc::kMaxBatch; ++batch)
    check(run(kernel, s, smfosc::kMaxBatch, batch, kSteps) == alone,
          name_of(kernel, s) + ": other samples in a batch of " + std::to_string(batch));
}

std::vector<float> play(const Kernel& kernel, Voice& voice, int steps) {
  KernelState* states[] = {&voice.state};
  std::vector<float> out(steps);
  for (float& sample : out) kernel.generate(states, 1, &sample);
  return out;
}

// A reset voice, and a copy of a voice, go on like the original; a step draws nothing.
void test_states(const Kernel& kernel, const Shape& s) {
  Voice voice(kernel, 5), twin(kernel);
  kernel.condition(voice.state, params_of(s).data());
  const std::vector<float> first = play(kernel, voice, 10);
  std::memcpy(twin.state.memory, voice.state.memory, kernel.state_bytes());
  std::byte* const memory = twin.state.memory;
  twin.state = voice.state;
  twin.state.memory = memory;
  check(play(kernel, voice, 10) == play(kernel, twin, 10), name_of(kernel, s) + ": copied voice");
  kernel.reset(voice.state);
  check(play(kernel, voice, 10) == first, name_of(kernel, s) + ": reset voice");

  const float previous = voice.state.previous;
  KernelState* states[] = {&voice.state};
  std::vector<float> logits(s.levels);
  kernel.step(states, 1, logits.data());
  check(voice.state.previous == previous && voice.state.counter == 10,
        name_of(kernel, s) + ": a step drew");
}

// Weights and activations at their limits: nothing saturates. Biases hold h at 1.
void test_extremes(Isa isa) {
  const Shape s = {1, 64, 2, 256};
  GruWeights w = random_weights(s);
  for (GruLayer& layer : w.layers) {
    std::fill(layer.w_ih.begin(), layer.w_ih.end(), 1.0f);
    std::fill(layer.w_hh.begin(), layer.w_hh.end(), 1.0f);
    std::fill(layer.b_ih.begin(), layer.b_ih.end(), 0.0f);
    std::fill(layer.b_ih.begin() + s.hidden, layer.b_ih.begin() + 2 * s.hidden, -1000.0f);
    std::fill(layer.b_ih.begin() + 2 * s.hidden, layer.b_ih.end(), 50.0f);
  }
  for (std::size_t i = 0; i < w.out_weight.size(); ++i)
    w.out_weight[i] = i / s.hidden % 2 == 0 ? 1.0f : -1.0f;
  std::fill(w.out_bias.begin(), w.out_bias.end(), 0.0f);
  const auto kernel = Kernel::build(w, Precision::int8, isa);
  const std::vector<float> rows = logits_of(*kernel, s, 3);
  for (std::size_t i = 0; i < rows.size(); ++i)
    check(std::abs(rows[i] - (i % 2 == 0 ? 64.0f : -64.0f)) < 1e-4f,
          name_of(*kernel, s) + ": a sum of " + std::to_string(rows[i]) + " at full scale");
}

void test_philox() {  // known answers of Random123 1.14, kat_vectors
  const smfosc::Philox zeros = smfosc::philox4x32({{0, 0, 0, 0}}, 0);
  check(zeros.word[0] == 0x6627e8d5u && zeros.word[1] == 0xe169c58du &&
            zeros.word[2] == 0xbc57ac4cu && zeros.word[3] == 0x9b00dbd8u,
        "philox4x32 of zeros");
}

void test_shape(const Shape& s, Isa isa) {
  const GruWeights weights = random_weights(s);
  for (const Precision precision : kPrecisions) {
    const auto kernel = Kernel::build(weights, precision, isa);
    test_logits(*kernel, weights, s);
    test_batches(*kernel, s);
    test_states(*kernel, s);
    if (precision == Precision::int8)
      test_integers(*kernel, *Kernel::build(weights, precision, Isa::portable), s);
  }
}

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

// Tests the instruction sets named, else all that run here.
int main(int count, char** names) {
  test_philox();
  for (const Isa isa : smfosc::available_isas()) {
    const auto is_named = [&](const char* name) {
      return name == std::string(smfosc::name_of(isa));
    };
    if (count > 1 && std::none_of(names + 1, names + count, is_named)) continue;
    for (const Shape& shape : kShapes) test_shape(shape, isa);
    test_extremes(isa);
    std::printf("%s ok\n", smfosc::name_of(isa));
  }
  return 0;
}
