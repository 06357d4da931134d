// Where audio time stands against CLOCK_MONOTONIC.
//
// The callbacks' times jitter; a delay-locked loop of second order filters them
// (F. Adriaensen, "Using a DLL to filter time", LAC 2005):
//   e = t - t1;  t0 = t1;  t1 += b*e + period;  period += c*e
//   omega = 2*pi*B*period,  b = sqrt(2)*omega,  c = omega^2
// The period is kept per frame, so that the blocksize may change.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

namespace smfosc {

struct ClockReading {
  std::uint64_t frame = 0;        // first frame of the newest block
  std::int64_t monotonic_ns = 0;  // when it was due
  double samplerate = 0.0;        // measured frames per second
  std::uint32_t blocksize = 0;
};

class DelayLockedClock {
 public:
  explicit DelayLockedClock(double samplerate) noexcept;

  // Audio thread, at the start of each block. locked: follow `now`; else (offline,
  // freewheel) time runs by the frames at the nominal rate.
  void tick(std::int64_t now_ns, std::uint64_t frame, std::uint32_t nframes, bool locked) noexcept;

  // Any thread.
  ClockReading read() const noexcept;

 private:
  double follow(double now_ns, std::uint32_t nframes) noexcept;
  void publish(std::uint64_t frame, double due_ns, std::uint32_t nframes) noexcept;

  const double nominal_ns_;   // per frame
  double frame_ns_;           // per frame, measured
  double expected_ns_ = 0.0;  // of the next block; exact to 0.2 ns for 20 days of uptime
  double locked_s_ = 0.0;     // since the loop began to follow
  bool locked_ = false;

  // A sequence lock: odd while the writer is inside. Its stores are releases and
  // the reader's loads acquires, so that no fence is needed.
  std::atomic<std::uint32_t> sequence_{0};
  std::atomic<std::uint64_t> frame_{0};
  std::atomic<std::int64_t> monotonic_ns_{0};
  std::atomic<double> samplerate_{0.0};
  std::atomic<std::uint32_t> blocksize_{0};
};

// CLOCK_MONOTONIC without a system call (vDSO).
std::int64_t monotonic_ns() noexcept;

}  // namespace smfosc
