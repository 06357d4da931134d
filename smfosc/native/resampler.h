// From the model's rate to the backend's: a causal polyphase FIR.
//
// R/S = L/M in lowest terms. Frame n after the origin lies at model time n*M/L;
// its newest model sample is k = floor(n*M/L), its phase p = n*M mod L:
//   y[n] = sum_j taps[p][j] * x[k - j]
// The taps come from smfosc/taps.py, which states delay and stop band.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

namespace smfosc {

// Immutable, shared by all players of one model rate.
struct Taps {
  std::uint32_t up = 1;      // L: phases
  std::uint32_t down = 1;    // M
  std::uint32_t length = 0;  // taps per phase, a multiple of kLanes
  std::vector<float> rows;   // (L, length), each row oldest sample first

  static constexpr std::uint32_t kLanes = 8;
  // rows: (up, length) newest sample first, as the equation has them; any length.
  static std::shared_ptr<const Taps> make(std::uint32_t up, std::uint32_t down,
                                          std::uint32_t length, const float* rows);
};

class Resampler {
 public:
  explicit Resampler(std::shared_ptr<const Taps> taps);

  // Silent past; the next frame is an origin.
  void reset() noexcept;
  // The next frame is an origin; the past still rings out.
  void restart() noexcept { ahead_ = taps_->up; }

  // n frames from the model samples at `source`, which is moved past those used.
  // Beyond `end` silence is used. out null: only the history moves.
  void run(const float*& source, const float* end, float* out, std::uint32_t n) noexcept;

  const Taps& taps() const noexcept { return *taps_; }

 private:
  void push(float sample) noexcept;
  const float* window() const noexcept { return history_.data() + newest_ + 1; }

  std::shared_ptr<const Taps> taps_;
  std::vector<float> history_;  // twice: sample i also at i + length, so windows are contiguous
  std::uint32_t newest_ = 0;
  std::uint32_t ahead_ = 0;  // L times the model time of the next frame, less the samples taken
};

}  // namespace smfosc
