// 16 floats in one AVX-512 register: what lanes_math.h computes with. For sources that are
// compiled with the instructions (kernel.cmake).
#pragma once
#include <immintrin.h>

#include "lanes_math.h"

namespace smfosc {
namespace {

struct Avx512Lanes {
  using F = __m512;
  static SMF_INLINE F load(const float* p) { return _mm512_load_ps(p); }
  static SMF_INLINE void store(float* p, F a) { _mm512_store_ps(p, a); }
  static SMF_INLINE F set1(float a) { return _mm512_set1_ps(a); }
  static SMF_INLINE F add(F a, F b) { return _mm512_add_ps(a, b); }
  static SMF_INLINE F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static SMF_INLINE F mul(F a, F b) { return _mm512_mul_ps(a, b); }
  static SMF_INLINE F div(F a, F b) { return _mm512_div_ps(a, b); }
  static SMF_INLINE F max(F a, F b) { return _mm512_max_ps(a, b); }
  static SMF_INLINE F min(F a, F b) { return _mm512_min_ps(a, b); }
  static SMF_INLINE F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static SMF_INLINE F shift_exponent(F a, F biased) {
    return _mm512_castsi512_ps(_mm512_add_epi32(
        _mm512_castps_si512(a), _mm512_slli_epi32(_mm512_castps_si512(biased), 23)));
  }
  static SMF_INLINE float sum(F a) { return _mm512_reduce_add_ps(a); }
  static SMF_INLINE float top(F a) { return _mm512_reduce_max_ps(a); }
};

}  // namespace
}  // namespace smfosc
