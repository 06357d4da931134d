#include "parameters.h"

#include <algorithm>
#include <stdexcept>

namespace smfosc {

Parameters::Parameters(const std::vector<ParamRange>& ranges, const std::vector<double>& values)
    : size_(static_cast<std::uint32_t>(ranges.size())) {
  if (ranges.size() > kMost || values.size() != ranges.size())
    throw std::invalid_argument("parameters: wanted at most 16, and one value for each");
  for (std::uint32_t i = 0; i < size_; ++i) {
    ranges_[i] = ranges[i];
    ramps_[i].jump(std::clamp(values[i], ranges[i].low, ranges[i].high));
    refresh(i);
  }
}

void Parameters::set(std::uint32_t index, double value, std::uint64_t steps) noexcept {
  if (index >= size_) return;
  ramps_[index].to(std::clamp(value, ranges_[index].low, ranges_[index].high), steps);
}

bool Parameters::advance() noexcept {
  bool moved = false;
  for (std::uint32_t i = 0; i < size_; ++i) {
    if (!ramps_[i].moving()) continue;
    ramps_[i].next();
    refresh(i);
    moved = true;
  }
  return moved;
}

void Parameters::finish_ramps() noexcept {
  for (std::uint32_t i = 0; i < size_; ++i) {
    ramps_[i].finish();
    refresh(i);
  }
}

void Parameters::inherit(const Parameters& from, const std::array<int, kMost>& mapping,
                         double ratio) noexcept {
  for (std::uint32_t i = 0; i < size_; ++i) {
    if (mapping[i] < 0) continue;
    ramps_[i] = from.ramps_[static_cast<std::uint32_t>(mapping[i])];
    ramps_[i].rescale(ratio, ranges_[i].low, ranges_[i].high);
    refresh(i);
  }
}

void Parameters::refresh(std::uint32_t index) noexcept {
  const auto [low, high] = ranges_[index];
  const double part = high > low ? (ramps_[index].value() - low) / (high - low) : 0.0;
  normalized_[index] = static_cast<float>(part);
}

}  // namespace smfosc
