#include "phase_integration.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace smfosc {

namespace {

constexpr double kPi = std::numbers::pi;

// Orders as the magnitude does, then as the bin does: a positive float's bits order as
// it does, a negative one's backwards.
std::uint64_t heap_key(float magnitude, std::uint32_t bin) {
  const auto bits = std::bit_cast<std::uint32_t>(magnitude + 0.0f);  // -0 is 0
  const std::uint32_t order = (bits >> 31) ? ~bits : bits | 0x80000000u;
  return (static_cast<std::uint64_t>(order) << 32) | bin;
}

std::uint32_t bin_of(std::uint64_t key) { return static_cast<std::uint32_t>(key); }

std::uint64_t pop(std::vector<std::uint64_t>& heap) {
  std::pop_heap(heap.begin(), heap.end());
  const std::uint64_t top = heap.back();
  heap.pop_back();
  return top;
}

float principal(double radians) {
  return static_cast<float>(radians - 2 * kPi * std::nearbyint(radians / (2 * kPi)));
}

}  // namespace

PhaseIntegration::PhaseIntegration(const Lattice& lattice)
    : lattice_(lattice),
      along_time_(lattice.frames * lattice.bins),
      along_frequency_(along_time_.size()),
      phase_(along_time_.size()),
      open_(along_time_.size()) {
  frontier_.reserve(along_time_.size());
  candidates_.reserve(along_time_.size());
}

void PhaseIntegration::integrate(const float* log_magnitude, const float* background, float depth,
                                 float* phase) {
  const std::size_t size = phase_.size();
  magnitude_ = log_magnitude;
  differentiate(log_magnitude);
  std::copy(background, background + size, phase_.begin());
  seed(log_magnitude, *std::max_element(log_magnitude, log_magnitude + size) - depth);
  while (strongest_left())
    while (!frontier_.empty()) spread(bin_of(pop(frontier_)));
  std::transform(phase_.begin(), phase_.end(), phase, principal);
}

// The phase's gradient by centred differences of s = log magnitude over frames (n) and
// bins (m). A real signal's spectrum is even about DC and Nyquist, so ds/dm is 0 there:
//   dphi/dn = 2 pi m hop / fft + hop fft / gamma * ds/dm
//   dphi/dm = -gamma / (hop fft) * ds/dn
// The halves of the trapezoidal rule are taken here. In double, so that what is half-way
// between two real numbers (`reach`) is so for the slow twin too.
void PhaseIntegration::differentiate(const float* s) {
  const auto [frames, bins, gamma, hop, fft] = lattice_;
  const double per_bin = hop * fft / gamma / 4;
  const double per_frame = -gamma / (hop * fft) / 4;
  const double turn = kPi * hop / fft;
  for (std::size_t n = 0; n < frames; ++n) {
    const float* now = s + n * bins;
    const float* before = s + (n ? n - 1 : frames - 1) * bins;
    const float* after = s + (n + 1 < frames ? n + 1 : 0) * bins;
    double* time = along_time_.data() + n * bins;
    double* frequency = along_frequency_.data() + n * bins;
    for (std::size_t m = 0; m < bins; ++m)
      frequency[m] = per_frame * (static_cast<double>(after[m]) - before[m]);
    for (std::size_t m = 1; m + 1 < bins; ++m)
      time[m] =
          turn * static_cast<double>(m) + per_bin * (static_cast<double>(now[m + 1]) - now[m - 1]);
    time[0] = 0;
    time[bins - 1] = turn * static_cast<double>(bins - 1);
  }
}

void PhaseIntegration::seed(const float* s, float threshold) {
  frontier_.clear();
  candidates_.clear();
  for (std::uint32_t bin = 0; bin < open_.size(); ++bin) {
    open_[bin] = s[bin] > threshold;
    if (open_[bin]) candidates_.push_back(heap_key(s[bin], bin));
  }
  left_ = candidates_.size();
  std::make_heap(candidates_.begin(), candidates_.end());
}

// Starts an island, with phase 0, at the strongest bin that has none.
bool PhaseIntegration::strongest_left() {
  while (left_ > 0) {
    const std::uint32_t bin = bin_of(pop(candidates_));
    if (!open_[bin]) continue;
    reach(bin, 0.0);
    return true;
  }
  return false;
}

// A real sound's transform is real at DC and Nyquist: 0 or pi, whichever is nearer.
void PhaseIntegration::reach(std::uint32_t to, double phase) {
  const std::size_t bin = to % lattice_.bins;
  const bool real = bin == 0 || bin + 1 == lattice_.bins;
  phase_[to] = real ? kPi * std::nearbyint(phase / kPi) : phase;
  open_[to] = 0;
  --left_;
  frontier_.push_back(heap_key(magnitude_[to], to));
  std::push_heap(frontier_.begin(), frontier_.end());
}

// The four neighbours of a bin, by the trapezoidal rule. Not from the last frame on to
// the first: what is known of the phase does not outlast the seam.
void PhaseIntegration::spread(std::uint32_t from) {
  const auto bins = static_cast<std::uint32_t>(lattice_.bins);
  const auto size = static_cast<std::uint32_t>(open_.size());
  const std::uint32_t bin = from % bins;
  const double phase = phase_[from];
  const double time = along_time_[from];
  const double frequency = along_frequency_[from];
  if (from + bins < size && open_[from + bins])
    reach(from + bins, phase + (time + along_time_[from + bins]));
  if (from >= bins && open_[from - bins])
    reach(from - bins, phase - (time + along_time_[from - bins]));
  if (bin + 1 < bins && open_[from + 1])
    reach(from + 1, phase + (frequency + along_frequency_[from + 1]));
  if (bin > 0 && open_[from - 1]) reach(from - 1, phase - (frequency + along_frequency_[from - 1]));
}

}  // namespace smfosc
