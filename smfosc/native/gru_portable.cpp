// Any machine: plain loops over 16 lanes, which compilers turn into whatever
// vectors the base architecture has.
#include <cmath>
#include <cstring>

#include "gru_core.h"

namespace smfosc {
namespace {

struct Lanes {
  struct F { float v[kRows]; };

  template <class Function>
  static SMF_INLINE F map(Function f) {
    F out;
    for (int i = 0; i < kRows; ++i) out.v[i] = f(i);
    return out;
  }
  static SMF_INLINE F load(const float* p) { F out; std::memcpy(out.v, p, sizeof out.v); return out; }
  static SMF_INLINE void store(float* p, const F& a) { std::memcpy(p, a.v, sizeof a.v); }
  static SMF_INLINE F set1(float a) { return map([&](int) { return a; }); }
  static SMF_INLINE F add(const F& a, const F& b) { return map([&](int i) { return a.v[i] + b.v[i]; }); }
  static SMF_INLINE F sub(const F& a, const F& b) { return map([&](int i) { return a.v[i] - b.v[i]; }); }
  static SMF_INLINE F mul(const F& a, const F& b) { return map([&](int i) { return a.v[i] * b.v[i]; }); }
  static SMF_INLINE F div(const F& a, const F& b) { return map([&](int i) { return a.v[i] / b.v[i]; }); }
  static SMF_INLINE F max(const F& a, const F& b) { return map([&](int i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; }); }
  static SMF_INLINE F min(const F& a, const F& b) { return map([&](int i) { return a.v[i] < b.v[i] ? a.v[i] : b.v[i]; }); }
  // Two roundings: a fused one would be a library call where there is no instruction.
  static SMF_INLINE F fma(const F& a, const F& b, const F& c) {
    return map([&](int i) { return a.v[i] * b.v[i] + c.v[i]; });
  }
  // a * 2^n, n in the low bits of `biased` (exp2_within).
  static SMF_INLINE F shift_exponent(const F& a, const F& biased) {
    std::uint32_t bits[kRows], shift[kRows];
    std::memcpy(bits, a.v, sizeof bits);
    std::memcpy(shift, biased.v, sizeof shift);
    for (int i = 0; i < kRows; ++i) bits[i] += shift[i] << 23;
    F out;
    std::memcpy(out.v, bits, sizeof bits);
    return out;
  }
  static SMF_INLINE float sum(F a) {
    for (int width = kRows / 2; width > 0; width /= 2)
      for (int i = 0; i < width; ++i) a.v[i] += a.v[i + width];
    return a.v[0];
  }
  static SMF_INLINE float top(const F& a) {
    float best = a.v[0];
    for (int i = 1; i < kRows; ++i) best = a.v[i] > best ? a.v[i] : best;
    return best;
  }
};

struct Product {
  static constexpr int kTile = 1, kOutTile = 1, kSums = 0;
  static constexpr bool kUnsignedWeights = false;
  using Weight = const std::byte*;
  static SMF_INLINE Weight load(const std::byte* p) { return p; }
  static SMF_INLINE void finish(std::byte*, int) {}
};

struct Float32 : Product {
  static constexpr int kActBytes = 4;
  static constexpr bool kScaled = false;
  using Acc = Lanes::F;
  using Act = float;
  static SMF_INLINE Acc start(const std::byte*, int) { return Lanes::set1(0.0f); }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    float a;
    std::memcpy(&a, p, sizeof a);
    return a;
  }
  static SMF_INLINE Acc mac(const Acc& sum, Weight w, Act a) {
    return Lanes::fma(Lanes::load(reinterpret_cast<const float*>(w)), Lanes::set1(a), sum);
  }
  static SMF_INLINE Lanes::F to_float(const Acc& sum) { return sum; }
  static SMF_INLINE void keep(const Lanes::F& h, std::byte* out) {
    Lanes::store(reinterpret_cast<float*>(out), h);
  }
};

// bfloat16 is the upper half of a float32.
SMF_INLINE float widen(std::uint32_t half) {
  const std::uint32_t bits = half << 16;
  float out;
  std::memcpy(&out, &bits, sizeof out);
  return out;
}

struct Bfloat16 : Product {
  static constexpr int kActBytes = 2;
  static constexpr bool kScaled = false;
  using Acc = Lanes::F;
  struct Act { float even, odd; };
  static SMF_INLINE Acc start(const std::byte*, int) { return Lanes::set1(0.0f); }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    std::uint16_t a[2];
    std::memcpy(a, p, sizeof a);
    return {widen(a[0]), widen(a[1])};
  }
  static SMF_INLINE Acc mac(const Acc& sum, Weight w, Act a) {
    std::uint32_t pair[kRows];
    std::memcpy(pair, w, sizeof pair);
    return Lanes::map([&](int i) {
      return sum.v[i] + widen(pair[i] & 0xffffu) * a.even + widen(pair[i] >> 16) * a.odd;
    });
  }
  static SMF_INLINE Lanes::F to_float(const Acc& sum) { return sum; }
  // Rounds to nearest, ties to even.
  static SMF_INLINE void keep(const Lanes::F& h, std::byte* out) {
    std::uint32_t bits[kRows];
    std::uint16_t half[kRows];
    std::memcpy(bits, h.v, sizeof bits);
    for (int i = 0; i < kRows; ++i)
      half[i] = static_cast<std::uint16_t>((bits[i] + 0x7fffu + ((bits[i] >> 16) & 1u)) >> 16);
    std::memcpy(out, half, sizeof half);
  }
};

struct Int8 : Product {
  static constexpr int kActBytes = 1;
  static constexpr bool kScaled = true;
  struct Acc { std::int32_t v[kRows]; };
  struct Act { std::int32_t v[4]; };
  static SMF_INLINE Acc start(const std::byte*, int) { return {}; }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    std::int8_t a[4];
    std::memcpy(a, p, sizeof a);
    return {{a[0], a[1], a[2], a[3]}};
  }
  static SMF_INLINE Acc mac(Acc sum, Weight w, const Act& a) {
    std::int8_t row[kRows][4];
    std::memcpy(row, w, sizeof row);
    for (int i = 0; i < kRows; ++i)
      sum.v[i] += row[i][0] * a.v[0] + row[i][1] * a.v[1] + row[i][2] * a.v[2] + row[i][3] * a.v[3];
    return sum;
  }
  static SMF_INLINE Lanes::F to_float(const Acc& sum) {
    return Lanes::map([&](int i) { return static_cast<float>(sum.v[i]); });
  }
  static SMF_INLINE void keep(const Lanes::F& h, std::byte* out) {
    std::int8_t a[kRows];
    for (int i = 0; i < kRows; ++i)
      a[i] = static_cast<std::int8_t>(std::lrintf(h.v[i] * 127.0f));
    std::memcpy(out, a, sizeof a);
  }
};

constexpr Ops kFloat32 = ops_of<Lanes, Float32>();
constexpr Ops kBfloat16 = ops_of<Lanes, Bfloat16>();
constexpr Ops kInt8 = ops_of<Lanes, Int8>();

}  // namespace

const Ops& portable_ops(Precision precision) {
  return precision == Precision::float32 ? kFloat32
       : precision == Precision::bfloat16 ? kBfloat16 : kInt8;
}

}  // namespace smfosc
