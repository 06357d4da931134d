// AVX-512 with VNNI and BF16: 16 lanes in one register, so that a block's sums for
// up to 8 voices stay in registers. Compiled with its own flags (kernel.cmake).
#include "gru_core.h"
#include "lanes_avx512.h"

namespace smfosc {
namespace {

struct Product {
  static constexpr int kTile = 5, kOutTile = 5, kSums = 12;
  static constexpr bool kUnsignedWeights = false;
  using Weight = __m512i;
  using Act = __m512i;
  static SMF_INLINE Weight load(const std::byte* p) { return _mm512_load_si512(p); }
  static SMF_INLINE Act broadcast(const std::byte* p) {
    return _mm512_set1_epi32(*reinterpret_cast<const int*>(p));
  }
  static SMF_INLINE void finish(std::byte*, int) {}
};

struct FloatProduct : Product {
  using Acc = __m512;
  static constexpr bool kScaled = false;
  static SMF_INLINE Acc start(const std::byte*, int) { return _mm512_setzero_ps(); }
  static SMF_INLINE __m512 to_float(Acc sum) { return sum; }
};

struct Float32 : FloatProduct {
  static constexpr int kActBytes = 4;
  static SMF_INLINE Acc mac(Acc sum, Weight w, Act a) {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(w), _mm512_castsi512_ps(a), sum);
  }
  static SMF_INLINE void keep(__m512 h, std::byte* out) { _mm512_store_ps(out, h); }
};

struct Bfloat16 : FloatProduct {
  static constexpr int kActBytes = 2;
  static SMF_INLINE Acc mac(Acc sum, Weight w, Act a) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(w), reinterpret_cast<__m512bh>(a));
  }
  static SMF_INLINE void keep(__m512 h, std::byte* out) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(out),
                       reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(h)));
  }
};

// VPDPBUSD multiplies unsigned by signed bytes. The weights are the unsigned ones,
// stored + 128, so that what this adds to a sum, 128 * sum(activations), is the same
// for all rows: it is kept behind each copy of h and taken off at the start.
struct Int8 : Product {
  using Acc = __m512i;
  static constexpr int kActBytes = 1;
  static constexpr bool kScaled = true;
  static constexpr bool kUnsignedWeights = true;
  static SMF_INLINE Acc start(const std::byte* acts, int groups) {
    return _mm512_set1_epi32(*reinterpret_cast<const int*>(acts + 4 * groups));
  }
  static SMF_INLINE Acc mac(Acc sum, Weight w, Act a) { return _mm512_dpbusd_epi32(sum, w, a); }
  static SMF_INLINE __m512 to_float(Acc sum) { return _mm512_cvtepi32_ps(sum); }
  static SMF_INLINE void keep(__m512 h, std::byte* out) {
    const __m512i code = _mm512_cvtps_epi32(_mm512_mul_ps(h, _mm512_set1_ps(127.0f)));
    _mm_store_si128(reinterpret_cast<__m128i*>(out), _mm512_cvtsepi32_epi8(code));
  }
  static SMF_INLINE void finish(std::byte* acts, int groups) {
    __m512i sum = _mm512_setzero_si512();
    int k = 0;
    for (; k + 16 <= groups; k += 16)
      sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), _mm512_loadu_si512(acts + 4 * k));
    const __mmask16 rest = static_cast<__mmask16>((1u << (groups - k)) - 1u);
    sum =
        _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), _mm512_maskz_loadu_epi32(rest, acts + 4 * k));
    *reinterpret_cast<int*>(acts + 4 * groups) = -128 * _mm512_reduce_add_epi32(sum);
  }
};

constexpr Ops kFloat32 = ops_of<Avx512Lanes, Float32>();
constexpr Ops kBfloat16 = ops_of<Avx512Lanes, Bfloat16>();
constexpr Ops kInt8 = ops_of<Avx512Lanes, Int8>();

}  // namespace

const Ops& avx512_ops(Precision precision) {
  return precision == Precision::float32    ? kFloat32
         : precision == Precision::bfloat16 ? kBfloat16
                                            : kInt8;
}

}  // namespace smfosc
