// What a block cost, without a system call on the audio thread.
//
// Reading a thread's CPU clock is a system call, so CPU time is inferred from wall
// time (vDSO): the block laps the meter after every step of its work. No step of
// ours lasts longer than kLongestLap_ns; what a lap takes beyond that, the thread
// did not run (preempted, stalled host). Four model samples at 16 kHz: a machine
// whose steps really took so long would overrun by four times, and be counted.
#pragma once
#include <algorithm>
#include <cstdint>

#include "clock.h"

namespace smfosc {

class Meter {
 public:
  static constexpr std::int64_t kLongestLap_ns = 250'000;

  void start(std::int64_t now_ns) noexcept {
    start_ns_ = last_ns_ = now_ns;
    cpu_ns_ = 0;
  }
  std::int64_t lap() noexcept {
    const std::int64_t now = monotonic_ns();
    cpu_ns_ += std::min(now - last_ns_, kLongestLap_ns);
    return last_ns_ = now;
  }
  std::int64_t cpu_ns() const noexcept { return cpu_ns_; }
  std::int64_t wall_ns() const noexcept { return last_ns_ - start_ns_; }
  std::int64_t start_ns() const noexcept { return start_ns_; }

 private:
  std::int64_t start_ns_ = 0, last_ns_ = 0, cpu_ns_ = 0;
};

}  // namespace smfosc
