// Sums of 8 streams x 3 gates x 16 units stay in registers over a whole row of weights, and
// go through the gates before they are stored. A block's weights serve all streams in turn.
// Compiled with its own flags (CMakeLists.txt).
#include <cstring>
#include <type_traits>
#include <vector>

#include "cpu.h"
#include "gru_window.h"
#include "lanes_avx512.h"

namespace smfosc {
namespace {

constexpr int kStreams = 8;

using F = __m512;

SMF_INLINE F load(const float* p) { return _mm512_loadu_ps(p); }
SMF_INLINE void store(float* p, F a) { _mm512_storeu_ps(p, a); }
SMF_INLINE F widened(const Bfloat16Bits* p) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}
SMF_INLINE void narrow(Bfloat16Bits* p, F a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                      reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(a)));
}

SMF_INLINE Bfloat16Bits narrowed(float a) {
  return static_cast<Bfloat16Bits>(
      _mm_extract_epi16(reinterpret_cast<__m128i>(_mm_cvtneps_pbh(_mm_set_ss(a))), 0));
}

// Weights of two inputs to 16 outputs, as the product instruction wants them.
struct alignas(64) Pairs {
  Bfloat16Bits bits[2 * kRows];
  __m512bh load() const { return reinterpret_cast<__m512bh>(_mm512_load_si512(bits)); }
};

struct Strided {
  const float* first;
  std::size_t apart;
};

// Weights in the order in which they are read: G vectors of 16 outputs side by side for each
// pair of inputs, then the next pair; then the next outputs.
template <int G>
class Panels {
 public:
  // weight_at(k, panel, g): where the 16 weights of input k to a panel's vector g begin, and
  // how far apart they are.
  template <class WeightAt>
  Panels(std::size_t inputs, std::size_t count, WeightAt weight_at)
      : pairs_(inputs / 2), vectors_(count * pairs_ * G) {
    Pairs* out = vectors_.data();
    for (std::size_t panel = 0; panel < count; ++panel)
      for (std::size_t pair = 0; pair < pairs_; ++pair)
        for (int g = 0; g < G; ++g)
          *out++ = interleaved(weight_at(2 * pair, panel, g), weight_at(2 * pair + 1, panel, g));
  }

  const Pairs* operator[](std::size_t panel) const { return vectors_.data() + panel * pairs_ * G; }
  std::size_t pairs() const { return pairs_; }

 private:
  static Pairs interleaved(Strided even, Strided odd) {
    Pairs both;
    for (int lane = 0; lane < kRows; ++lane) {
      both.bits[2 * lane] = narrowed(even.first[lane * even.apart]);
      both.bits[2 * lane + 1] = narrowed(odd.first[lane * odd.apart]);
    }
    return both;
  }

  std::size_t pairs_;
  std::vector<Pairs> vectors_;
};

// sums[r][g] += over pairs of inputs: acts of stream r (`stride` apart) times the G vectors.
template <int R, int G>
SMF_INLINE void accumulate(const Bfloat16Bits* acts, std::size_t stride, const Pairs* weights,
                           std::size_t pairs, F (&sums)[R][G]) {
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    __m512bh row[G];
    SMF_UNROLL
    for (int g = 0; g < G; ++g) row[g] = weights[pair * G + g].load();
    SMF_UNROLL
    for (int r = 0; r < R; ++r) {
      std::int32_t two;
      std::memcpy(&two, acts + r * stride + 2 * pair, sizeof two);
      const __m512bh act = reinterpret_cast<__m512bh>(_mm512_set1_epi32(two));
      SMF_UNROLL
      for (int g = 0; g < G; ++g) sums[r][g] = _mm512_dpbf16_ps(sums[r][g], row[g], act);
    }
  }
}

// Calls part(first, R) for all streams, 8 at a time and the rest one by one.
template <class Part>
SMF_INLINE void by_streams(std::size_t batch, Part part) {
  std::size_t b = 0;
  for (; b + kStreams <= batch; b += kStreams) part(b, std::integral_constant<int, kStreams>{});
  for (; b < batch; ++b) part(b, std::integral_constant<int, 1>{});
}

SMF_INLINE F exponential(F x, float factor) {
  return exp2_within<Avx512Lanes>(_mm512_mul_ps(x, _mm512_set1_ps(factor * kLog2E)), -60.0f, 60.0f);
}

// One step of one layer for the whole batch.
struct Step {
  const Bfloat16Bits* x;
  const Bfloat16Bits* low;  // the states before, (B, H)
  const float* before;
  Bfloat16Bits* low_after;
  float* after;
  float* gates;
  float* pulls;
};

// Equations of trainer/gru.py; r and z by one division.
SMF_INLINE void pass_gates(const Step& s, std::size_t stream, std::size_t unit, std::size_t hidden,
                           const F (&sums)[kGates]) {
  const F one = _mm512_set1_ps(1.0f);
  const Bfloat16Bits* x = s.x + stream * kGates * hidden + unit;
  float* gates = s.gates + stream * kGates * hidden + unit;
  const std::size_t at = stream * hidden + unit;
  const F below_r = _mm512_add_ps(one, exponential(_mm512_add_ps(widened(x), sums[0]), -1.0f));
  const F below_z =
      _mm512_add_ps(one, exponential(_mm512_add_ps(widened(x + hidden), sums[1]), -1.0f));
  const F share = _mm512_div_ps(one, _mm512_mul_ps(below_r, below_z));
  const F r = _mm512_mul_ps(share, below_z), z = _mm512_mul_ps(share, below_r);
  const F in = _mm512_fmadd_ps(r, sums[2], widened(x + 2 * hidden));
  const F e = exponential(in, 2.0f);
  const F n = _mm512_div_ps(_mm512_sub_ps(e, one), _mm512_add_ps(e, one));
  const F h = _mm512_fmadd_ps(z, _mm512_sub_ps(load(s.before + at), n), n);
  store(gates, r);
  store(gates + hidden, z);
  store(gates + 2 * hidden, n);
  store(s.pulls + at, sums[2]);
  store(s.after + at, h);
  narrow(s.low_after + at, h);
}

void step_forward(const GruShape& shape, const Panels<kGates>& panels, const float* bias,
                  const Step& s) {
  for (std::size_t unit = 0; unit < shape.hidden; unit += kRows)
    by_streams(shape.batch, [&](std::size_t first, auto streams) {
      constexpr int R = streams();
      F sums[R][kGates];
      SMF_UNROLL
      for (int r = 0; r < R; ++r) {
        SMF_UNROLL
        for (int g = 0; g < kGates; ++g) sums[r][g] = load(bias + g * shape.hidden + unit);
      }
      accumulate<R, kGates>(s.low + first * shape.hidden, shape.hidden, panels[unit / kRows],
                            panels.pairs(), sums);
      for (int r = 0; r < R; ++r) pass_gates(s, first + r, unit, shape.hidden, sums[r]);
    });
}

// carry: (B, H) the gradient that comes from the step after; what stays of it (dh z) is left
// there. Equations: trainer/gru.py, backward.
void gate_gradients(const GruShape& shape, const GruBackward& w, std::size_t t, float* carry) {
  const F one = _mm512_set1_ps(1.0f);
  const std::size_t hidden = shape.hidden;
  for (std::size_t b = 0; b < shape.batch; ++b)
    for (std::size_t unit = 0; unit < hidden; unit += kRows) {
      const std::size_t row = t * shape.batch + b, at = row * hidden + unit;
      const std::size_t wide = row * kGates * hidden + unit;
      const F r = load(w.gates + wide), z = load(w.gates + wide + hidden);
      const F n = load(w.gates + wide + 2 * hidden);
      const F dh = _mm512_add_ps(load(carry + b * hidden + unit), load(w.grads + at));
      const F kept = _mm512_mul_ps(dh, z);
      const F d_n = _mm512_mul_ps(_mm512_sub_ps(dh, kept), _mm512_fnmadd_ps(n, n, one));
      const F d_r = _mm512_mul_ps(_mm512_mul_ps(d_n, load(w.pulls + at)),
                                  _mm512_mul_ps(r, _mm512_sub_ps(one, r)));
      const F d_z = _mm512_mul_ps(_mm512_mul_ps(dh, _mm512_sub_ps(load(w.states + at), n)),
                                  _mm512_mul_ps(z, _mm512_sub_ps(one, z)));
      for (Bfloat16Bits* out : {w.towards_x + wide, w.towards_h + wide}) {
        narrow(out, d_r);
        narrow(out + hidden, d_z);
      }
      narrow(w.towards_x + wide + 2 * hidden, d_n);
      narrow(w.towards_h + wide + 2 * hidden, _mm512_mul_ps(d_n, r));
      store(carry + b * hidden + unit, kept);
    }
}

// carry += what the gates' gradients (B, 3H) say of the state before.
template <int G>
void carry_back(const GruShape& shape, const Panels<G>& panels, const Bfloat16Bits* towards_h,
                float* carry) {
  const std::size_t hidden = shape.hidden;
  for (std::size_t unit = 0; unit < hidden; unit += G * kRows)
    by_streams(shape.batch, [&](std::size_t first, auto streams) {
      constexpr int R = streams();
      float* out = carry + first * hidden + unit;
      F sums[R][G];
      SMF_UNROLL
      for (int r = 0; r < R; ++r) {
        SMF_UNROLL
        for (int g = 0; g < G; ++g) sums[r][g] = load(out + r * hidden + g * kRows);
      }
      accumulate<R, G>(towards_h + first * kGates * hidden, kGates * hidden,
                       panels[unit / (G * kRows)], panels.pairs(), sums);
      SMF_UNROLL
      for (int r = 0; r < R; ++r) {
        SMF_UNROLL
        for (int g = 0; g < G; ++g) store(out + r * hidden + g * kRows, sums[r][g]);
      }
    });
}

template <int G>
void backward(const GruShape& shape, const GruBackward& w) {
  const std::size_t hidden = shape.hidden, size = shape.batch * hidden;
  const Panels<G> panels(kGates * hidden, hidden / (G * kRows),
                         [&](std::size_t k, std::size_t panel, int g) {
                           return Strided{w.weight + k * hidden + (panel * G + g) * kRows, 1};
                         });
  std::vector<float> carry(size);
  for (std::size_t t = shape.frames; t-- > 0;) {
    gate_gradients(shape, w, t, carry.data());
    if (t > 0) carry_back(shape, panels, w.towards_h + t * kGates * size, carry.data());
  }
}

}  // namespace

bool gru_window_runs_here() noexcept { return runs_here(Isa::avx512); }

void gru_window_forward(const GruShape& shape, const GruForward& w) {
  const std::size_t hidden = shape.hidden, size = shape.batch * hidden;
  const Panels<kGates> panels(hidden, hidden / kRows, [&](std::size_t k, std::size_t panel, int g) {
    return Strided{w.weight + (g * hidden + panel * kRows) * hidden + k, hidden};
  });
  std::vector<Bfloat16Bits> low(2 * size);
  for (std::size_t k = 0; k < size; k += kRows) narrow(low.data() + k, load(w.states + k));
  for (std::size_t t = 0; t < shape.frames; ++t)
    step_forward(shape, panels, w.bias,
                 {w.x + t * kGates * size, low.data() + t % 2 * size, w.states + t * size,
                  low.data() + (t + 1) % 2 * size, w.states + (t + 1) * size,
                  w.gates + t * kGates * size, w.pulls + t * size});
}

void gru_window_backward(const GruShape& shape, const GruBackward& w) {
  if (shape.hidden % (2 * kRows) == 0)
    backward<2>(shape, w);
  else
    backward<1>(shape, w);
}

}  // namespace smfosc
