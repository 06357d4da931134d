// What the audio thread counts. Relaxed atomics: each is a figure by itself.
#pragma once
#include <atomic>
#include <cstdint>

namespace smfosc {

struct Counters {
  std::atomic<std::uint64_t> frames{0};  // rendered; first frame of the next block
  std::atomic<std::uint64_t> blocks{0};
  std::atomic<double> load{0.0};  // CPU time of render / period, smoothed
  std::atomic<double> peak_load{0.0};
  std::atomic<std::uint64_t> late_events{0};
  std::atomic<std::uint64_t> stray_events{0};   // for a voice or model that is gone
  std::atomic<std::uint64_t> resets{0};         // restarts by the watch
  std::atomic<std::uint64_t> underruns{0};      // render's CPU time exceeded the period
  std::atomic<std::uint64_t> wall_misses{0};    // wall time did, CPU time did not
  std::atomic<std::uint64_t> missed_passes{0};  // voices silent for a pass: a worker was late
  std::atomic<std::uint64_t> stolen_passes{0};  // the same, but the worker was kept from running
  // As underruns and missed_passes, but the same work took more CPU time than usual (pace.h)
  std::atomic<std::uint64_t> slow_blocks{0};
  std::atomic<std::uint64_t> slow_passes{0};
  std::atomic<std::uint64_t> dropped_events{0};   // control: queue full
  std::atomic<std::uint64_t> dropped_notices{0};  // notices queue full
};

// One writer: a plain add, no locked instruction.
inline void count(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

}  // namespace smfosc
