// The gate's envelope: straight lines at a constant slope, from wherever it is.
#pragma once
#include <cmath>

#include "ramp.h"

namespace smfosc {

class Envelope {
 public:
  Envelope(double attack_frames, double release_frames) noexcept
      : attack_frames_(attack_frames), release_frames_(release_frames) {}

  void open() noexcept { head_for(1.0, attack_frames_); }
  void close() noexcept { head_for(0.0, release_frames_); }
  // Silent for hold_frames, whatever is asked, then from 0.
  void restart(std::uint64_t hold_frames) noexcept {
    level_.jump(0.0);
    hold_frames_ = hold_frames;
  }

  double next() noexcept {
    if (hold_frames_ == 0) return level_.next();
    --hold_frames_;
    return 0.0;
  }
  double value() const noexcept { return level_.value(); }
  bool moving() const noexcept { return hold_frames_ > 0 || level_.moving(); }
  bool closed() const noexcept { return !moving() && level_.value() == 0.0; }

 private:
  void head_for(double level, double frames_of_full_swing) noexcept {
    if (level_.target() == level && (level_.moving() || level_.value() == level)) return;
    const double frames = std::ceil(std::abs(level - level_.value()) * frames_of_full_swing);
    level_.to(level, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(frames)));
  }

  double attack_frames_, release_frames_;
  std::uint64_t hold_frames_ = 0;
  Ramp level_;
};

}  // namespace smfosc
