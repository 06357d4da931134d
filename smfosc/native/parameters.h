// A player's parameters: own units outside, 0..1 to the kernel, linear ramps per
// model sample. A plain value: copied to look ahead (see Player::foresee).
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "ramp.h"

namespace smfosc {

struct ParamRange {
  double low = 0.0, high = 1.0;
};

class Parameters {
 public:
  static constexpr std::uint32_t kMost = 16;  // P of the model format

  // Throws std::invalid_argument.
  Parameters(const std::vector<ParamRange>& ranges, const std::vector<double>& values);

  std::uint32_t size() const noexcept { return size_; }
  void set(std::uint32_t index, double value, std::uint64_t steps) noexcept;
  // One model sample on. True if a value moved since the last call.
  bool advance() noexcept;
  void finish_ramps() noexcept;
  // Takes value and ramp of from[mapping[i]] where mapping[i] >= 0; `ratio` is
  // this model's rate over the other's.
  void inherit(const Parameters& from, const std::array<int, kMost>& mapping,
               double ratio) noexcept;

  double value(std::uint32_t index) const noexcept { return ramps_[index].value(); }
  const float* normalized() const noexcept { return normalized_.data(); }

 private:
  void refresh(std::uint32_t index) noexcept;

  std::uint32_t size_;
  std::array<ParamRange, kMost> ranges_;
  std::array<Ramp, kMost> ramps_;
  std::array<float, kMost> normalized_{};
};

}  // namespace smfosc
