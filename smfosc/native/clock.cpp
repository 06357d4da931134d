#include "clock.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

namespace smfosc {

namespace {

// 0.1 Hz averages the jitter of hundreds of callbacks but settles in seconds; so the
// loop begins at 4 Hz and narrows as it knows more.
constexpr double kBandwidth_hz = 0.1;
constexpr double kFirstBandwidth_hz = 4.0;
// Stable and damped up to here, also with blocks of 4,096 frames.
constexpr double kMostOmega = 0.3;
// Beyond this the stream has stopped and gone on: start anew.
constexpr double kLost_ns = 50e6;

}  // namespace

// std::chrono::steady_clock is CLOCK_MONOTONIC on Linux.
std::int64_t monotonic_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

DelayLockedClock::DelayLockedClock(double samplerate) noexcept
    : nominal_ns_(1e9 / samplerate), frame_ns_(nominal_ns_), samplerate_(samplerate) {}

void DelayLockedClock::tick(std::int64_t now_ns, std::uint64_t frame, std::uint32_t nframes,
                            bool locked) noexcept {
  const double due_ns = locked ? follow(static_cast<double>(now_ns), nframes)
                               : static_cast<double>(frame) * nominal_ns_;
  if (!locked) frame_ns_ = nominal_ns_;
  locked_ = locked;
  publish(frame, due_ns, nframes);
}

// When this block was due; predicts the next.
double DelayLockedClock::follow(double now_ns, std::uint32_t nframes) noexcept {
  if (!locked_ || std::abs(now_ns - expected_ns_) > kLost_ns) {
    expected_ns_ = now_ns;
    locked_s_ = 0.0;
  }
  const double due_ns = expected_ns_;
  const double error_ns = now_ns - due_ns;
  const double period_s = nframes * frame_ns_ * 1e-9;
  const double bandwidth_hz =
      std::clamp(1.0 / (locked_s_ + 1e-3), kBandwidth_hz, kFirstBandwidth_hz);
  const double omega = std::min(kMostOmega, 2.0 * std::numbers::pi * bandwidth_hz * period_s);
  locked_s_ += period_s;
  expected_ns_ += std::numbers::sqrt2 * omega * error_ns + nframes * frame_ns_;
  frame_ns_ += omega * omega * error_ns / nframes;
  return due_ns;
}

void DelayLockedClock::publish(std::uint64_t frame, double due_ns, std::uint32_t nframes) noexcept {
  const std::uint32_t sequence = sequence_.load(std::memory_order_relaxed);
  sequence_.store(sequence + 1, std::memory_order_relaxed);
  frame_.store(frame, std::memory_order_release);
  monotonic_ns_.store(std::llround(due_ns), std::memory_order_release);
  samplerate_.store(1e9 / frame_ns_, std::memory_order_release);
  blocksize_.store(nframes, std::memory_order_release);
  sequence_.store(sequence + 2, std::memory_order_release);
}

ClockReading DelayLockedClock::read() const noexcept {
  for (;;) {
    const std::uint32_t before = sequence_.load(std::memory_order_acquire);
    ClockReading reading{
        frame_.load(std::memory_order_acquire), monotonic_ns_.load(std::memory_order_acquire),
        samplerate_.load(std::memory_order_acquire), blocksize_.load(std::memory_order_acquire)};
    if (before % 2 == 0 && sequence_.load(std::memory_order_relaxed) == before) return reading;
  }
}

}  // namespace smfosc
