// What a thread of ours computes, without a system call on it.
//
// Reading a thread's CPU clock is a system call, so CPU time is inferred from wall
// time (vDSO): a thread laps its meter after every step of its work. No step of ours
// lasts longer than kLongestLap_ns; what a lap takes beyond that, the thread did not
// run (preempted, stalled host). Four model samples at 16 kHz: a machine whose steps
// really took so long would overrun by four times, and be counted.
//
// The audio thread has one, started with each block; each worker has one that runs on
// and that the audio thread may read.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>

#include "clock.h"

namespace smfosc {

class Meter {
 public:
  static constexpr std::int64_t kLongestLap_ns = 250'000;

  // -- Its thread --------------------------------------------------------------
  void start(std::int64_t now_ns) noexcept {
    start_ns_ = now_ns;
    cpu_ns_.store(0, std::memory_order_relaxed);
    pause(now_ns);
  }
  // The time since the last lap was not work: it slept.
  void pause(std::int64_t now_ns) noexcept { last_ns_.store(now_ns, std::memory_order_relaxed); }
  std::int64_t lap() noexcept {
    const std::int64_t now = monotonic_ns();
    cpu_ns_.store(cpu_ns_at(now), std::memory_order_relaxed);
    last_ns_.store(now, std::memory_order_relaxed);
    return now;
  }
  std::int64_t cpu_ns() const noexcept { return cpu_ns_.load(std::memory_order_relaxed); }
  std::int64_t wall_ns() const noexcept {
    return last_ns_.load(std::memory_order_relaxed) - start_ns_;
  }

  // -- Any thread --------------------------------------------------------------
  // With the step that is under way: to be compared with an earlier reading.
  std::int64_t cpu_ns_at(std::int64_t now_ns) const noexcept {
    const std::int64_t step_ns = now_ns - last_ns_.load(std::memory_order_relaxed);
    return cpu_ns() + std::clamp<std::int64_t>(step_ns, 0, kLongestLap_ns);
  }

 private:
  std::int64_t start_ns_ = 0;
  std::atomic<std::int64_t> last_ns_{0}, cpu_ns_{0};
};

}  // namespace smfosc
