// ARM NEON with the dot product (ARMv8.2): 16 lanes in four registers. Compiled with
// its own flags (kernel.cmake).
#include <arm_neon.h>

#include "gru_core.h"

namespace smfosc {
namespace {

constexpr int kParts = 4;

struct Lanes {
  struct F {
    float32x4_t part[kParts];
  };

  template <class Function>
  static SMF_INLINE F map(Function f) {
    return {{f(0), f(1), f(2), f(3)}};
  }
  static SMF_INLINE F load(const float* p) {
    return map([&](int i) { return vld1q_f32(p + 4 * i); });
  }
  static SMF_INLINE void store(float* p, const F& a) {
    SMF_UNROLL
    for (int i = 0; i < kParts; ++i) vst1q_f32(p + 4 * i, a.part[i]);
  }
  static SMF_INLINE F set1(float a) {
    return map([&](int) { return vdupq_n_f32(a); });
  }
  static SMF_INLINE F add(const F& a, const F& b) {
    return map([&](int i) { return vaddq_f32(a.part[i], b.part[i]); });
  }
  static SMF_INLINE F sub(const F& a, const F& b) {
    return map([&](int i) { return vsubq_f32(a.part[i], b.part[i]); });
  }
  static SMF_INLINE F mul(const F& a, const F& b) {
    return map([&](int i) { return vmulq_f32(a.part[i], b.part[i]); });
  }
  static SMF_INLINE F div(const F& a, const F& b) {
    return map([&](int i) { return vdivq_f32(a.part[i], b.part[i]); });
  }
  // The "number" forms give the number when the other is none, as x86's do here.
  static SMF_INLINE F max(const F& a, const F& b) {
    return map([&](int i) { return vmaxnmq_f32(a.part[i], b.part[i]); });
  }
  static SMF_INLINE F min(const F& a, const F& b) {
    return map([&](int i) { return vminnmq_f32(a.part[i], b.part[i]); });
  }
  static SMF_INLINE F fma(const F& a, const F& b, const F& c) {
    return map([&](int i) { return vfmaq_f32(c.part[i], a.part[i], b.part[i]); });
  }
  static SMF_INLINE F shift_exponent(const F& a, const F& biased) {
    return map([&](int i) {
      const int32x4_t shift = vshlq_n_s32(vreinterpretq_s32_f32(biased.part[i]), 23);
      return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(a.part[i]), shift));
    });
  }
  static SMF_INLINE float sum(const F& a) {
    return vaddvq_f32(vaddq_f32(vaddq_f32(a.part[0], a.part[2]), vaddq_f32(a.part[1], a.part[3])));
  }
  static SMF_INLINE float top(const F& a) {
    return vmaxvq_f32(vmaxq_f32(vmaxq_f32(a.part[0], a.part[2]), vmaxq_f32(a.part[1], a.part[3])));
  }
};

struct Product {
  static constexpr int kTile = 2, kOutTile = 1, kSums = 6;
  static constexpr bool kUnsignedWeights = false;
  static SMF_INLINE void finish(std::byte*, int) {}
};

struct Float32 : Product {
  static constexpr int kActBytes = 4;
  static constexpr bool kScaled = false;
  using Acc = Lanes::F;
  using Weight = Lanes::F;
  using Act = float32x4_t;
  static SMF_INLINE Acc start(const std::byte*, int) { return Lanes::set1(0.0f); }
  static SMF_INLINE Weight load(const std::byte* p) {
    return Lanes::load(reinterpret_cast<const float*>(p));
  }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    return vld1q_dup_f32(reinterpret_cast<const float*>(p));
  }
  static SMF_INLINE Acc mac(const Acc& sum, const Weight& w, Act a) {
    return Lanes::map([&](int i) { return vfmaq_f32(sum.part[i], w.part[i], a); });
  }
  static SMF_INLINE Lanes::F to_float(const Acc& sum) { return sum; }
  static SMF_INLINE void keep(const Lanes::F& h, std::byte* out) {
    Lanes::store(reinterpret_cast<float*>(out), h);
  }
};

// A pair of bfloat16 in 32 bits: the upper one is a float32 once the lower is
// cleared, the lower one once it is shifted up.
struct Bfloat16 : Product {
  static constexpr int kActBytes = 2;
  static constexpr bool kScaled = false;
  using Acc = Lanes::F;
  struct Weight {
    uint32x4_t part[kParts];
  };
  struct Act {
    float32x4_t even, odd;
  };
  static SMF_INLINE float32x4_t even_of(uint32x4_t pair) {
    return vreinterpretq_f32_u32(vshlq_n_u32(pair, 16));
  }
  static SMF_INLINE float32x4_t odd_of(uint32x4_t pair) {
    return vreinterpretq_f32_u32(vandq_u32(pair, vdupq_n_u32(0xffff0000u)));
  }
  static SMF_INLINE Acc start(const std::byte*, int) { return Lanes::set1(0.0f); }
  static SMF_INLINE Weight load(const std::byte* p) {
    const std::uint32_t* unit = reinterpret_cast<const std::uint32_t*>(p);
    return {{vld1q_u32(unit), vld1q_u32(unit + 4), vld1q_u32(unit + 8), vld1q_u32(unit + 12)}};
  }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    const uint32x4_t pair = vld1q_dup_u32(reinterpret_cast<const std::uint32_t*>(p));
    return {even_of(pair), odd_of(pair)};
  }
  static SMF_INLINE Acc mac(const Acc& sum, const Weight& w, const Act& a) {
    return Lanes::map([&](int i) {
      return vfmaq_f32(vfmaq_f32(sum.part[i], even_of(w.part[i]), a.even), odd_of(w.part[i]),
                       a.odd);
    });
  }
  static SMF_INLINE Lanes::F to_float(const Acc& sum) { return sum; }
  // Upper halves, rounded to nearest, ties to even.
  static SMF_INLINE uint16x4_t round_part(float32x4_t h) {
    const uint32x4_t bits = vreinterpretq_u32_f32(h);
    const uint32x4_t last = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
    return vshrn_n_u32(vaddq_u32(bits, vaddq_u32(last, vdupq_n_u32(0x7fff))), 16);
  }
  static SMF_INLINE void keep(const Lanes::F& h, std::byte* out) {
    std::uint16_t* half = reinterpret_cast<std::uint16_t*>(out);
    SMF_UNROLL
    for (int i = 0; i < kParts; ++i) vst1_u16(half + 4 * i, round_part(h.part[i]));
  }
};

struct Int8 : Product {
  static constexpr int kActBytes = 1;
  static constexpr bool kScaled = true;
  struct Acc {
    int32x4_t part[kParts];
  };
  struct Weight {
    int8x16_t part[kParts];
  };
  using Act = int8x16_t;
  static SMF_INLINE Acc start(const std::byte*, int) {
    const int32x4_t zero = vdupq_n_s32(0);
    return {{zero, zero, zero, zero}};
  }
  static SMF_INLINE Weight load(const std::byte* p) {
    const std::int8_t* unit = reinterpret_cast<const std::int8_t*>(p);
    return {{vld1q_s8(unit), vld1q_s8(unit + 16), vld1q_s8(unit + 32), vld1q_s8(unit + 48)}};
  }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    return vreinterpretq_s8_s32(vld1q_dup_s32(reinterpret_cast<const std::int32_t*>(p)));
  }
  static SMF_INLINE Acc mac(const Acc& sum, const Weight& w, Act a) {
    return {{vdotq_s32(sum.part[0], w.part[0], a), vdotq_s32(sum.part[1], w.part[1], a),
             vdotq_s32(sum.part[2], w.part[2], a), vdotq_s32(sum.part[3], w.part[3], a)}};
  }
  static SMF_INLINE Lanes::F to_float(const Acc& sum) {
    return Lanes::map([&](int i) { return vcvtq_f32_s32(sum.part[i]); });
  }
  static SMF_INLINE int16x4_t codes(float32x4_t h) {
    return vmovn_s32(vcvtnq_s32_f32(vmulq_n_f32(h, 127.0f)));
  }
  static SMF_INLINE void keep(const Lanes::F& h, std::byte* out) {
    std::int8_t* code = reinterpret_cast<std::int8_t*>(out);
    vst1_s8(code, vqmovn_s16(vcombine_s16(codes(h.part[0]), codes(h.part[1]))));
    vst1_s8(code + 8, vqmovn_s16(vcombine_s16(codes(h.part[2]), codes(h.part[3]))));
  }
};

constexpr Ops kFloat32 = ops_of<Lanes, Float32>();
constexpr Ops kBfloat16 = ops_of<Lanes, Bfloat16>();
constexpr Ops kInt8 = ops_of<Lanes, Int8>();

}  // namespace

const Ops& neon_ops(Precision precision) {
  return precision == Precision::float32    ? kFloat32
         : precision == Precision::bfloat16 ? kBfloat16
                                            : kInt8;
}

}  // namespace smfosc
