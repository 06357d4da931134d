// Any machine: 16 lanes in four of the 16-byte vectors that GCC and Clang map to
// whatever the base architecture has.
#include <cmath>
#include <cstring>

#include "gru_core.h"

namespace smfosc {
namespace {

constexpr int kParts = 4;

using Floats = float __attribute__((vector_size(16)));
using Ints = std::int32_t __attribute__((vector_size(16)));
using Words = std::uint32_t __attribute__((vector_size(16)));
using Shorts = std::int16_t __attribute__((vector_size(16)));

template <class To, class From>
SMF_INLINE To bits_of(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

template <class To>
SMF_INLINE To read(const void* place) {
  To to;
  std::memcpy(&to, place, sizeof to);
  return to;
}

struct Lanes {
  struct F {
    Floats part[kParts];
  };

  template <class Function>
  static SMF_INLINE F map(Function f) {
    return {{f(0), f(1), f(2), f(3)}};
  }
  static SMF_INLINE F load(const float* p) {
    return map([&](int i) { return read<Floats>(p + 4 * i); });
  }
  static SMF_INLINE void store(float* p, const F& a) { std::memcpy(p, a.part, sizeof a.part); }
  static SMF_INLINE F set1(float a) {
    return map([&](int) { return Floats{a, a, a, a}; });
  }
  static SMF_INLINE F add(const F& a, const F& b) {
    return map([&](int i) { return a.part[i] + b.part[i]; });
  }
  static SMF_INLINE F sub(const F& a, const F& b) {
    return map([&](int i) { return a.part[i] - b.part[i]; });
  }
  static SMF_INLINE F mul(const F& a, const F& b) {
    return map([&](int i) { return a.part[i] * b.part[i]; });
  }
  static SMF_INLINE F div(const F& a, const F& b) {
    return map([&](int i) { return a.part[i] / b.part[i]; });
  }
  // If a is not a number: b.
  static SMF_INLINE F max(const F& a, const F& b) {
    return map([&](int i) { return a.part[i] > b.part[i] ? a.part[i] : b.part[i]; });
  }
  static SMF_INLINE F min(const F& a, const F& b) {
    return map([&](int i) { return a.part[i] < b.part[i] ? a.part[i] : b.part[i]; });
  }
  // Two roundings: a fused one would be a library call where there is no instruction.
  static SMF_INLINE F fma(const F& a, const F& b, const F& c) {
    return map([&](int i) { return a.part[i] * b.part[i] + c.part[i]; });
  }
  // a * 2^n, n in the low bits of `biased` (exp2_within).
  static SMF_INLINE F shift_exponent(const F& a, const F& biased) {
    return map([&](int i) {
      return bits_of<Floats>(bits_of<Words>(a.part[i]) + (bits_of<Words>(biased.part[i]) << 23));
    });
  }
  static SMF_INLINE float sum(const F& a) {
    const Floats four = (a.part[0] + a.part[2]) + (a.part[1] + a.part[3]);
    return (four[0] + four[2]) + (four[1] + four[3]);
  }
  static SMF_INLINE float top(const F& a) {
    float best = a.part[0][0];
    for (int i = 1; i < kRows; ++i) {
      const float other = a.part[i / 4][i % 4];
      best = other > best ? other : best;
    }
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

struct FloatProduct : Product {
  using Acc = Lanes::F;
  static constexpr bool kScaled = false;
  static SMF_INLINE Acc start(const std::byte*, int) { return Lanes::set1(0.0f); }
  static SMF_INLINE Lanes::F to_float(const Acc& sum) { return sum; }
};

struct Float32 : FloatProduct {
  static constexpr int kActBytes = 4;
  using Act = float;
  static SMF_INLINE Act broadcast(const std::byte* p) { return read<float>(p); }
  static SMF_INLINE Acc mac(const Acc& sum, Weight w, Act a) {
    return Lanes::map([&](int i) { return sum.part[i] + read<Floats>(w + 16 * i) * a; });
  }
  static SMF_INLINE void keep(const Lanes::F& h, std::byte* out) {
    Lanes::store(reinterpret_cast<float*>(out), h);
  }
};

// A pair of bfloat16 in 32 bits: the upper one is a float32 once the lower is
// cleared, the lower one once it is shifted up.
struct Bfloat16 : FloatProduct {
  static constexpr int kActBytes = 2;
  struct Act {
    float even, odd;
  };
  static SMF_INLINE Act broadcast(const std::byte* p) {
    const std::uint32_t pair = read<std::uint32_t>(p);
    return {bits_of<float>(pair << 16), bits_of<float>(pair & 0xffff0000u)};
  }
  static SMF_INLINE Acc mac(const Acc& sum, Weight w, Act a) {
    return Lanes::map([&](int i) {
      const Words pairs = read<Words>(w + 16 * i);
      return sum.part[i] + bits_of<Floats>(pairs << 16) * a.even +
             bits_of<Floats>(pairs & 0xffff0000u) * a.odd;
    });
  }
  // Rounds to nearest, ties to even.
  static SMF_INLINE void keep(const Lanes::F& h, std::byte* out) {
    std::uint32_t bits[kRows];
    std::uint16_t half[kRows];
    std::memcpy(bits, h.part, sizeof bits);
    for (int i = 0; i < kRows; ++i)
      half[i] = static_cast<std::uint16_t>((bits[i] + 0x7fffu + ((bits[i] >> 16) & 1u)) >> 16);
    std::memcpy(out, half, sizeof half);
  }
};

// Products of bytes in 16-bit lanes: codes are at most 127, so that a lane's two
// products sum to at most 2 * 127 * 127 = 32,258 < 2^15.
struct Int8 : Product {
  static constexpr int kActBytes = 1;
  static constexpr bool kScaled = true;
  struct Acc {
    Ints part[kParts];
  };
  struct Act {
    Shorts even, odd;  // bytes 0 and 2, bytes 1 and 3 of each group
  };
  static SMF_INLINE Shorts low(Shorts pair) { return (pair << 8) >> 8; }
  static SMF_INLINE Shorts high(Shorts pair) { return pair >> 8; }
  static SMF_INLINE Acc start(const std::byte*, int) { return {}; }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    const std::int32_t group = read<std::int32_t>(p);
    const Shorts pairs = bits_of<Shorts>(Ints{group, group, group, group});
    return {low(pairs), high(pairs)};
  }
  static SMF_INLINE Ints mac_part(Ints sum, Shorts w, const Act& a) {
    const Ints pairs = bits_of<Ints>(low(w) * a.even + high(w) * a.odd);
    return sum + ((pairs << 16) >> 16) + (pairs >> 16);
  }
  static SMF_INLINE Acc mac(const Acc& sum, Weight w, const Act& a) {
    return {{mac_part(sum.part[0], read<Shorts>(w), a),
             mac_part(sum.part[1], read<Shorts>(w + 16), a),
             mac_part(sum.part[2], read<Shorts>(w + 32), a),
             mac_part(sum.part[3], read<Shorts>(w + 48), a)}};
  }
  static SMF_INLINE Lanes::F to_float(const Acc& sum) {
    return Lanes::map([&](int i) { return __builtin_convertvector(sum.part[i], Floats); });
  }
  static SMF_INLINE void keep(const Lanes::F& h, std::byte* out) {
    float value[kRows];
    Lanes::store(value, h);
    std::int8_t code[kRows];
    for (int i = 0; i < kRows; ++i)
      code[i] = static_cast<std::int8_t>(std::lrintf(value[i] * 127.0f));
    std::memcpy(out, code, sizeof code);
  }
};

constexpr Ops kFloat32 = ops_of<Lanes, Float32>();
constexpr Ops kBfloat16 = ops_of<Lanes, Bfloat16>();
constexpr Ops kInt8 = ops_of<Lanes, Int8>();

}  // namespace

const Ops& portable_ops(Precision precision) {
  return precision == Precision::float32    ? kFloat32
         : precision == Precision::bfloat16 ? kBfloat16
                                            : kInt8;
}

}  // namespace smfosc
