// Powers of two and the GRU's gates for 16 lanes at once, over an instruction set S (its
// 16-float vector S::F and the operations on it; gru_portable.cpp reads plainest).
#pragma once
#include "packed.h"

#define SMF_INLINE __attribute__((always_inline)) inline
// Before a loop of constant length over arrays that are to live in registers; and
// before a long loop (10 % for 2 and 3 voices).
#ifdef __clang__
#define SMF_UNROLL _Pragma("clang loop unroll(full)")
#define SMF_UNROLL_TWICE _Pragma("clang loop unroll_count(2)")
#else
#define SMF_UNROLL _Pragma("GCC unroll 8")
#define SMF_UNROLL_TWICE _Pragma("GCC unroll 2")
#endif

namespace smfosc {

constexpr float kLog2E = 1.44269504088896341f;  // exp(x) = 2^(x log2 e)

// 2^x for lo <= x <= hi (clamped; lo >= -125, hi <= 127), relative error < 2e-7.
// x = n + f with n whole and |f| <= 1/2; 2^x = 2^n 2^f. Adding 1.5 * 2^23 rounds to
// a whole number and leaves n in the low bits of the float. The polynomial is the
// minimax one of degree 5 for the relative error of 2^f, 9.1e-8, with 2^0 = 1.
template <class S>
SMF_INLINE typename S::F exp2_within(typename S::F x, float lo, float hi) {
  using F = typename S::F;
  constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23
  x = S::min(S::max(x, S::set1(lo)), S::set1(hi));
  const F biased = S::add(x, S::set1(kRounder));
  const F f = S::sub(x, S::sub(biased, S::set1(kRounder)));
  F p = S::set1(1.326472725e-3f);
  p = S::fma(p, f, S::set1(9.671512786e-3f));
  p = S::fma(p, f, S::set1(5.550733744e-2f));
  p = S::fma(p, f, S::set1(2.402224208e-1f));
  p = S::fma(p, f, S::set1(6.931469776e-1f));
  p = S::fma(p, f, S::set1(1.0f));
  return S::shift_exponent(p, biased);
}

// h' = (1 - z) n + z h with r = sigmoid(in_r), z = sigmoid(in_z),
// n = tanh(in_n + r * hidden_n). Source: torch.nn.GRU.
// With e_z = exp(-in_z) and e_n = exp(2 (in_n + r hidden_n)):
//   z = 1 / (1 + e_z), n = (e_n - 1) / (e_n + 1), so
//   h' = ((e_n - 1) e_z + h (e_n + 1)) / ((1 + e_z) (1 + e_n)),
// one division for both. Clamped at 2^+-60, where sigmoid and tanh are 0 or 1 to
// within 1e-18, so that no product exceeds 2^121 of float32's 2^127.
template <class S>
SMF_INLINE typename S::F next_hidden(typename S::F in_r, typename S::F in_z, typename S::F in_n,
                                     typename S::F hidden_n, typename S::F h) {
  using F = typename S::F;
  constexpr float kLimit = 60.0f;
  const F one = S::set1(1.0f), minus = S::set1(-kLog2E);
  const F e_r = exp2_within<S>(S::mul(in_r, minus), -kLimit, kLimit);
  const F e_z = exp2_within<S>(S::mul(in_z, minus), -kLimit, kLimit);
  const F c = S::add(in_n, S::div(hidden_n, S::add(one, e_r)));
  const F e_n = exp2_within<S>(S::mul(c, S::set1(2.0f * kLog2E)), -kLimit, kLimit);
  const F above = S::fma(S::sub(e_n, one), e_z, S::mul(h, S::add(e_n, one)));
  return S::div(above, S::mul(S::add(one, e_z), S::add(one, e_n)));
}

}  // namespace smfosc
