#include "resampler.h"

#include <algorithm>
#include <utility>

namespace smfosc {

namespace {

// Lanes are summed apart and joined in a fixed order: the compiler may use vectors
// of any width and the bits stay.
float dot(const float* a, const float* b, std::uint32_t n) noexcept {
  float lane[Taps::kLanes] = {};
  for (std::uint32_t i = 0; i < n; i += Taps::kLanes)
    for (std::uint32_t l = 0; l < Taps::kLanes; ++l) lane[l] += a[i + l] * b[i + l];
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

}  // namespace

std::shared_ptr<const Taps> Taps::make(std::uint32_t up, std::uint32_t down, std::uint32_t length,
                                       const float* rows) {
  auto taps = std::make_shared<Taps>();
  taps->up = up;
  taps->down = down;
  taps->length = (length + kLanes - 1) / kLanes * kLanes;
  taps->rows.assign(std::size_t{up} * taps->length, 0.0f);
  for (std::uint32_t p = 0; p < up; ++p)
    std::reverse_copy(rows + std::size_t{p} * length, rows + std::size_t{p + 1} * length,
                      taps->rows.data() + std::size_t{p + 1} * taps->length - length);
  return taps;
}

Resampler::Resampler(std::shared_ptr<const Taps> taps)
    : taps_(std::move(taps)), history_(2 * std::size_t{taps_->length}) {
  reset();
}

void Resampler::reset() noexcept {
  std::fill(history_.begin(), history_.end(), 0.0f);
  newest_ = taps_->length - 1;
  restart();
}

void Resampler::push(float sample) noexcept {
  newest_ = newest_ + 1 == taps_->length ? 0 : newest_ + 1;
  history_[newest_] = history_[newest_ + taps_->length] = sample;
}

void Resampler::run(const float*& source, const float* end, float* out, std::uint32_t n) noexcept {
  const Taps& t = *taps_;
  for (std::uint32_t i = 0; i < n; ++i) {
    for (; ahead_ >= t.up; ahead_ -= t.up) push(source < end ? *source++ : 0.0f);
    if (out) out[i] = dot(t.rows.data() + std::size_t{ahead_} * t.length, window(), t.length);
    ahead_ += t.down;
  }
}

}  // namespace smfosc
