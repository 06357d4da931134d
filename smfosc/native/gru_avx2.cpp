// AVX2 with FMA: 16 lanes in two registers. Compiled with its own flags (kernel.cmake).
#include <immintrin.h>

#include "gru_core.h"

namespace smfosc {
namespace {

struct Lanes {
  struct F {
    __m256 low, high;
  };

  static SMF_INLINE F load(const float* p) { return {_mm256_load_ps(p), _mm256_load_ps(p + 8)}; }
  static SMF_INLINE void store(float* p, F a) {
    _mm256_store_ps(p, a.low);
    _mm256_store_ps(p + 8, a.high);
  }
  static SMF_INLINE F set1(float a) { return {_mm256_set1_ps(a), _mm256_set1_ps(a)}; }
  static SMF_INLINE F add(F a, F b) {
    return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
  }
  static SMF_INLINE F sub(F a, F b) {
    return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
  }
  static SMF_INLINE F mul(F a, F b) {
    return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
  }
  static SMF_INLINE F div(F a, F b) {
    return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
  }
  static SMF_INLINE F max(F a, F b) {
    return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
  }
  static SMF_INLINE F min(F a, F b) {
    return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
  }
  static SMF_INLINE F fma(F a, F b, F c) {
    return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
  }
  static SMF_INLINE __m256 shift_half(__m256 a, __m256 biased) {
    return _mm256_castsi256_ps(_mm256_add_epi32(
        _mm256_castps_si256(a), _mm256_slli_epi32(_mm256_castps_si256(biased), 23)));
  }
  static SMF_INLINE F shift_exponent(F a, F biased) {
    return {shift_half(a.low, biased.low), shift_half(a.high, biased.high)};
  }
  static SMF_INLINE float sum(F a) {
    const __m256 eight = _mm256_add_ps(a.low, a.high);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
  }
  static SMF_INLINE float top(F a) {
    const __m256 eight = _mm256_max_ps(a.low, a.high);
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    four = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
  }
};

struct Product {
  static constexpr int kTile = 2, kOutTile = 1, kSums = 6;
  static constexpr bool kUnsignedWeights = false;
  struct Weight {
    __m256i low, high;
  };
  static SMF_INLINE Weight load(const std::byte* p) {
    const __m256i* unit = reinterpret_cast<const __m256i*>(p);
    return {_mm256_load_si256(unit), _mm256_load_si256(unit + 1)};
  }
  static SMF_INLINE __m256i spread(const std::byte* p) {
    return _mm256_set1_epi32(*reinterpret_cast<const int*>(p));
  }
  static SMF_INLINE void finish(std::byte*, int) {}
};

struct FloatProduct : Product {
  using Acc = Lanes::F;
  static constexpr bool kScaled = false;
  static SMF_INLINE Acc start(const std::byte*, int) { return Lanes::set1(0.0f); }
  static SMF_INLINE Lanes::F to_float(Acc sum) { return sum; }
};

struct Float32 : FloatProduct {
  static constexpr int kActBytes = 4;
  using Act = __m256;
  static SMF_INLINE Act broadcast(const std::byte* p) { return _mm256_castsi256_ps(spread(p)); }
  static SMF_INLINE Acc mac(Acc sum, Weight w, Act a) {
    return {_mm256_fmadd_ps(_mm256_castsi256_ps(w.low), a, sum.low),
            _mm256_fmadd_ps(_mm256_castsi256_ps(w.high), a, sum.high)};
  }
  static SMF_INLINE void keep(Lanes::F h, std::byte* out) {
    Lanes::store(reinterpret_cast<float*>(out), h);
  }
};

// A pair of bfloat16 in 32 bits: the upper one is a float32 once the lower is
// cleared, the lower one once it is shifted up.
struct Bfloat16 : FloatProduct {
  static constexpr int kActBytes = 2;
  struct Act {
    __m256 even, odd;
  };
  static SMF_INLINE __m256 even_of(__m256i pair) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(pair, 16));
  }
  static SMF_INLINE __m256 odd_of(__m256i pair) {
    return _mm256_castsi256_ps(_mm256_and_si256(pair, _mm256_set1_epi32(-65536)));
  }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    const __m256i pair = spread(p);
    return {even_of(pair), odd_of(pair)};
  }
  static SMF_INLINE __m256 mac_half(__m256 sum, __m256i w, Act a) {
    return _mm256_fmadd_ps(odd_of(w), a.odd, _mm256_fmadd_ps(even_of(w), a.even, sum));
  }
  static SMF_INLINE Acc mac(Acc sum, Weight w, Act a) {
    return {mac_half(sum.low, w.low, a), mac_half(sum.high, w.high, a)};
  }
  // Upper halves, rounded to nearest, ties to even; left in the lower 16 bits.
  static SMF_INLINE __m256i round_half(__m256 h) {
    const __m256i bits = _mm256_castps_si256(h);
    const __m256i last = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i bias = _mm256_add_epi32(last, _mm256_set1_epi32(0x7fff));
    return _mm256_srli_epi32(_mm256_add_epi32(bits, bias), 16);
  }
  static SMF_INLINE void keep(Lanes::F h, std::byte* out) {
    const __m256i mixed = _mm256_packus_epi32(round_half(h.low), round_half(h.high));
    _mm256_store_si256(reinterpret_cast<__m256i*>(out), _mm256_permute4x64_epi64(mixed, 0xD8));
  }
};

// VPMADDUBSW wants unsigned by signed bytes and saturates at 16 bits. It gets |a|
// and w with a's sign: the products are the same, and since both are at most 127 a
// pair is at most 2 * 127 * 127 = 32,258 < 2^15, so that nothing ever saturates.
struct Int8 : Product {
  struct Acc {
    __m256i low, high;
  };
  struct Act {
    __m256i value, size;
  };
  static constexpr int kActBytes = 1;
  static constexpr bool kScaled = true;
  static SMF_INLINE Acc start(const std::byte*, int) {
    return {_mm256_setzero_si256(), _mm256_setzero_si256()};
  }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    const __m256i value = spread(p);
    return {value, _mm256_abs_epi8(value)};
  }
  static SMF_INLINE __m256i mac_half(__m256i sum, __m256i w, Act a) {
    const __m256i pairs = _mm256_maddubs_epi16(a.size, _mm256_sign_epi8(w, a.value));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  static SMF_INLINE Acc mac(Acc sum, Weight w, Act a) {
    return {mac_half(sum.low, w.low, a), mac_half(sum.high, w.high, a)};
  }
  static SMF_INLINE Lanes::F to_float(Acc sum) {
    return {_mm256_cvtepi32_ps(sum.low), _mm256_cvtepi32_ps(sum.high)};
  }
  static SMF_INLINE __m256i codes(__m256 h) {
    return _mm256_cvtps_epi32(_mm256_mul_ps(h, _mm256_set1_ps(127.0f)));
  }
  static SMF_INLINE void keep(Lanes::F h, std::byte* out) {
    const __m256i mixed = _mm256_packs_epi32(codes(h.low), codes(h.high));
    const __m256i words = _mm256_permute4x64_epi64(mixed, 0xD8);
    _mm_store_si128(
        reinterpret_cast<__m128i*>(out),
        _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
  }
};

constexpr Ops kFloat32 = ops_of<Lanes, Float32>();
constexpr Ops kBfloat16 = ops_of<Lanes, Bfloat16>();
constexpr Ops kInt8 = ops_of<Lanes, Int8>();

}  // namespace

const Ops& avx2_ops(Precision precision) {
  return precision == Precision::float32    ? kFloat32
         : precision == Precision::bfloat16 ? kBfloat16
                                            : kInt8;
}

}  // namespace smfosc
