// How loud something is, as a meter shows it, and its newest sound, as a scope does.
// The audio thread writes; anyone reads.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace smfosc {

// Falls 20 dB in 1.7 s, as IEC 60268-10 has it for peak meters of type I.
constexpr double kPeakFall_per_s = 2.302585 / 1.7;
constexpr double kMean_s = 0.3;  // the integration time of a VU meter, IEC 60268-17

// How much of a level is left after n frames.
struct LevelDecay {
  LevelDecay(std::uint32_t n, double rate) noexcept
      : peak(static_cast<float>(std::exp(-kPeakFall_per_s * n / rate))),
        mean(static_cast<float>(std::exp(-1.0 / kMean_s * n / rate))) {}
  float peak, mean;
};

// Peak and mean square of a stream of blocks.
class Level {
 public:
  // Audio thread: part of a block. scale: what each frame is multiplied by; null: by 1.
  void add(const float* sound, const float* scale, std::uint32_t n) noexcept {
    std::array<float, kLanes> peaks{}, sums{};
    std::uint32_t f = 0;
    for (; f + kLanes <= n; f += kLanes)
      for (std::uint32_t i = 0; i < kLanes; ++i) {
        const float x = scale ? sound[f + i] * scale[f + i] : sound[f + i];
        peaks[i] = std::max(peaks[i], std::abs(x));
        sums[i] += x * x;
      }
    for (; f < n; ++f) {
      const float x = scale ? sound[f] * scale[f] : sound[f];
      peaks[0] = std::max(peaks[0], std::abs(x));
      sums[0] += x * x;
    }
    block_peak_ = std::max(block_peak_, *std::max_element(peaks.begin(), peaks.end()));
    for (const float sum : sums) block_sum_ += sum;
  }
  // Audio thread: the block of n frames is over.
  void end_block(std::uint32_t n, const LevelDecay& decay) noexcept {
    const float peak = peak_.load(std::memory_order_relaxed) * decay.peak;
    const float mean = mean_square_.load(std::memory_order_relaxed) * decay.mean;
    peak_.store(std::max(block_peak_, peak), std::memory_order_relaxed);
    mean_square_.store(mean + (1.0f - decay.mean) * block_sum_ / static_cast<float>(n),
                       std::memory_order_relaxed);
    block_peak_ = block_sum_ = 0.0f;
  }
  // Any thread. Linear; 1 is full scale.
  float peak() const noexcept { return peak_.load(std::memory_order_relaxed); }
  float rms() const noexcept { return std::sqrt(mean_square_.load(std::memory_order_relaxed)); }

 private:
  static constexpr std::uint32_t kLanes = 8;  // sums that a compiler can keep side by side
  float block_peak_ = 0.0f, block_sum_ = 0.0f;
  std::atomic<float> peak_{0.0f}, mean_square_{0.0f};
};

// The newest frames of one stream; the writer never waits for a reader. Who reads a frame
// that is being overwritten sees it in `writing_`: each frame is released after that was set,
// and acquired before it is looked at.
class Scope {
 public:
  explicit Scope(std::size_t kept) : frames_(kept) {}  // a power of two

  // Audio thread.
  void begin(std::uint32_t n) noexcept {
    writing_.store(written_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void put(std::uint32_t offset, float value) noexcept {
    const std::uint64_t at = written_.load(std::memory_order_relaxed) + offset;
    frames_[at & mask()].store(value, std::memory_order_release);
  }
  void end() noexcept {
    written_.store(writing_.load(std::memory_order_relaxed), std::memory_order_release);
  }
  // Any thread: the newest n frames, n <= kept. False: they were overwritten meanwhile.
  bool read(float* out, std::uint64_t n) const noexcept {
    const std::uint64_t end = written_.load(std::memory_order_acquire);
    for (std::uint64_t i = 0; i < n; ++i) {
      const std::uint64_t at = end + i - n;
      out[i] = end + i < n ? 0.0f : frames_[at & mask()].load(std::memory_order_acquire);
    }
    return writing_.load(std::memory_order_relaxed) + n <= end + frames_.size();
  }
  std::size_t kept() const noexcept { return frames_.size(); }

 private:
  std::size_t mask() const noexcept { return frames_.size() - 1; }
  std::vector<std::atomic<float>> frames_;
  std::atomic<std::uint64_t> written_{0}, writing_{0};
};

}  // namespace smfosc
