// exp and the GRU's gates for 16 lanes at once, over an instruction set S (its
// 16-float vector S::F and the operations on it; gru_portable.cpp reads plainest).
#pragma once
#include "packed.h"

#define SMF_INLINE __attribute__((always_inline)) inline

namespace smfosc {

// exp(x) for lo <= x <= hi (clamped; lo >= -86, hi <= 87), relative error < 2e-7.
// x = n ln 2 + r with n whole and |r| <= ln 2 / 2; exp(x) = 2^n exp(r). Adding
// 1.5 * 2^23 rounds to a whole number and leaves n in the low bits of the float.
// ln 2 is split so that n * ln2_high is exact. Source of the split and of the
// polynomial: S. Moshier, Cephes, expf.c.
template <class S>
SMF_INLINE typename S::F exp_within(typename S::F x, float lo, float hi) {
  using F = typename S::F;
  constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23
  x = S::min(S::max(x, S::set1(lo)), S::set1(hi));
  const F biased = S::fma(x, S::set1(1.44269504088896341f), S::set1(kRounder));
  const F n = S::sub(biased, S::set1(kRounder));
  F r = S::fma(n, S::set1(-0.693359375f), x);
  r = S::fma(n, S::set1(2.12194440e-4f), r);
  F p = S::set1(1.9875691500e-4f);
  p = S::fma(p, r, S::set1(1.3981999507e-3f));
  p = S::fma(p, r, S::set1(8.3334519073e-3f));
  p = S::fma(p, r, S::set1(4.1665795894e-2f));
  p = S::fma(p, r, S::set1(1.6666665459e-1f));
  p = S::fma(p, r, S::set1(5.0000001201e-1f));
  p = S::add(S::fma(p, S::mul(r, r), r), S::set1(1.0f));
  return S::shift_exponent(p, biased);
}

// h' = (1 - z) n + z h with r = sigmoid(in_r), z = sigmoid(in_z),
// n = tanh(in_n + r * hidden_n). Source: torch.nn.GRU.
// With e_z = exp(-in_z) and e_n = exp(2 (in_n + r hidden_n)):
//   z = 1 / (1 + e_z), n = (e_n - 1) / (e_n + 1), so
//   h' = ((e_n - 1) e_z + h (e_n + 1)) / ((1 + e_z) (1 + e_n)),
// one division for both. Clamped at +-40, where sigmoid and tanh are 0 or 1 to
// within 1e-17, so that no product exceeds e^80 = 5.5e34.
template <class S>
SMF_INLINE typename S::F next_hidden(typename S::F in_r, typename S::F in_z, typename S::F in_n,
                                     typename S::F hidden_n, typename S::F h) {
  using F = typename S::F;
  constexpr float kLimit = 40.0f;
  const F one = S::set1(1.0f);
  const F e_r = exp_within<S>(S::sub(S::set1(0.0f), in_r), -kLimit, kLimit);
  const F e_z = exp_within<S>(S::sub(S::set1(0.0f), in_z), -kLimit, kLimit);
  const F c = S::add(in_n, S::div(hidden_n, S::add(one, e_r)));
  const F e_n = exp_within<S>(S::add(c, c), -kLimit, kLimit);
  const F above = S::fma(S::sub(e_n, one), e_z, S::mul(h, S::add(e_n, one)));
  return S::div(above, S::mul(S::add(one, e_z), S::add(one, e_n)));
}

}  // namespace smfosc
