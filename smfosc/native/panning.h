// Where a pan lies between loudspeakers, and what the two beside it get: equal power,
// the squares of the two gains sum to one, all others are silent.
//
//   line of N:  x = (pan + 1) / 2 * (N - 1)   -1 is the first, 1 the last
//   ring of N:  x = pan / 2 * N  (mod N)       0 is the first, 1 and -1 are opposite it
//   first = floor(x), second = first + 1 (mod N)
//   gains = cos, sin of (x - first) * pi / 2
//
// Source: V. Pulkki, "Virtual sound source positioning using vector base amplitude
// panning", J. Audio Eng. Soc. 45 (1997); pairwise, by the sine law of equal power.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace smfosc {

struct PanLaw {
  std::uint32_t speakers = 2;  // at least 1
  bool ring = false;
};

struct PanGains {
  std::uint32_t first = 0, second = 0;
  float first_gain = 1.0f, second_gain = 0.0f;
};

inline PanGains pan_gains(double pan, const PanLaw& law) noexcept {
  if (law.speakers == 1) return {};
  const double n = law.speakers;
  double place = law.ring ? pan / 2.0 * n : (pan + 1.0) / 2.0 * (n - 1.0);
  if (place < 0.0) place += n;
  const std::uint32_t last = law.ring ? law.speakers - 1 : law.speakers - 2;
  const std::uint32_t first = std::min(static_cast<std::uint32_t>(place), last);
  const double angle = (place - first) * (std::numbers::pi / 2.0);
  return {first, (first + 1) % law.speakers, static_cast<float>(std::cos(angle)),
          static_cast<float>(std::sin(angle))};
}

}  // namespace smfosc
