// When a player's model samples are due.
//
// Backend rate R, model rate S, R/S = L/M in lowest terms (`up`/`down`): model
// sample k is due at frame origin + ceil(k*L/M). Kept as quotient and remainder
// of k*L/M, so that it is exact for ever.
#pragma once
#include <cstdint>

namespace smfosc {

class SampleClock {
 public:
  SampleClock(std::uint32_t up, std::uint32_t down) noexcept
      : whole_(up / down), part_(up % down), down_(down) {}

  void restart(std::uint64_t origin) noexcept {
    frame_ = origin;
    rest_ = 0;
  }
  std::uint64_t due() const noexcept { return frame_ + (rest_ > 0); }
  void next() noexcept {
    frame_ += whole_;
    rest_ += part_;
    if (rest_ >= down_) {
      rest_ -= down_;
      ++frame_;
    }
  }

 private:
  std::uint32_t whole_, part_, down_;
  std::uint32_t rest_ = 0;
  std::uint64_t frame_ = 0;
};

}  // namespace smfosc
