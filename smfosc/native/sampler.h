// Softmax and draw: one level from Q logits, by the inverse of the cumulated
// probabilities. The order of every sum is fixed: a tree inside 16 levels, then
// from the lowest 16 to the highest.
#pragma once
#include "lanes_math.h"

namespace smfosc {

constexpr float kNoLevel = -1e30f;  // logit of the padding: its probability is 0

static inline int most_likely(const PackedModel& m, const float* logits) {
  int best = m.silence;
  for (int q = 0; q < m.levels; ++q)
    if (logits[q] > logits[best]) best = q;
  return best;
}

// odds = exp((logits - top) / temperature), in place of probabilities: their
// common factor is left to `pick`.
template <class S>
SMF_INLINE void odds_of(const float* logits, int rows, float temperature, float* odds) {
  using F = typename S::F;
  F top = S::load(logits);
  for (int q = kRows; q < rows; q += kRows) top = S::max(top, S::load(logits + q));
  const F peak = S::set1(S::top(top));
  const F slope = S::set1(kLog2E / temperature);
  for (int q = 0; q < rows; q += kRows) {
    const F x = S::mul(S::sub(S::load(logits + q), peak), slope);
    S::store(odds + q, exp2_within<S>(x, -125.0f, 0.0f));
  }
}

// sums[i] = odds of levels below 16 (i + 1). Returns the total.
template <class S>
SMF_INLINE double cumulate(const float* odds, int rows, double* sums) {
  double total = 0.0;
  for (int q = 0; q < rows; q += kRows) {
    total += static_cast<double>(S::sum(S::load(odds + q)));
    sums[q / kRows] = total;
  }
  return total;
}

// LPCNet's floor: what lies below `pdf_floor` as a probability is never drawn.
template <class S>
SMF_INLINE void subtract_floor(float* odds, int rows, float threshold) {
  const typename S::F zero = S::set1(0.0f);
  for (int q = 0; q < rows; q += kRows)
    S::store(odds + q, S::max(S::sub(S::load(odds + q), S::set1(threshold)), zero));
}

// The first level whose cumulated odds exceed `target`. Inside 16 levels the sum
// runs in another order than the tree's: should rounding leave none, the highest
// possible of the 16.
static inline int pick(const float* odds, const double* sums, int rows, double target) {
  int block = 0;
  while (block < rows / kRows - 1 && !(sums[block] > target)) ++block;
  double below = block > 0 ? sums[block - 1] : 0.0;
  int chosen = block * kRows;
  for (int q = block * kRows; q < (block + 1) * kRows; ++q) {
    if (odds[q] > 0.0f) chosen = q;
    below += static_cast<double>(odds[q]);
    if (below > target) return q;
  }
  return chosen;
}

// logits: out_tiles * kOutRows floats, padded with kNoLevel, 64-byte aligned.
template <class S>
int draw_level(const PackedModel& m, const float* logits, float temperature, float pdf_floor,
               double uniform) {
  alignas(64) float odds[kMaxLevels];
  double sums[kMaxLevels / kRows];
  const int rows = m.out_tiles * kOutRows;
  odds_of<S>(logits, rows, temperature, odds);
  double total = cumulate<S>(odds, rows, sums);
  if (pdf_floor > 0.0f) {
    subtract_floor<S>(odds, rows, static_cast<float>(pdf_floor * total));
    total = cumulate<S>(odds, rows, sums);
  }
  if (!(total > 0.0)) return most_likely(m, logits);  // all under the floor, or not a number
  const int level = pick(odds, sums, rows, uniform * total);
  return level < m.levels ? level : m.levels - 1;
}

}  // namespace smfosc
