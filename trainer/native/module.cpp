// trainer._native: the factory's one native loop. A module apart from smfosc._core, so
// that the daemon loads nothing of the factory's.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "phase_integration.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Spectrograms = nb::ndarray<const float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Spectrogram = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Phases = nb::ndarray<float, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

void require(bool ok, const char* text) {
  if (!ok) throw std::invalid_argument(text);
}

void integrate_phases(const Spectrograms& log_magnitude, const Spectrogram& background,
                      const Phases& out, double gamma, double hop, double fft, float depth) {
  const std::size_t frames = log_magnitude.shape(1);
  const std::size_t bins = log_magnitude.shape(2);
  const std::size_t size = frames * bins;
  require(frames > 0 && bins > 1 && size < (std::size_t{1} << 31), "log_magnitude: bad shape");
  require(background.shape(0) == frames && background.shape(1) == bins, "background: bad shape");
  require(out.shape(0) == log_magnitude.shape(0) && out.shape(1) == frames && out.shape(2) == bins,
          "out: the shape of log_magnitude wanted");
  require(gamma > 0 && hop > 0 && fft > 0, "gamma, hop and fft: positive numbers wanted");
  const float* values = log_magnitude.data();
  require(
      std::all_of(values, values + log_magnitude.size(), [](float x) { return std::isfinite(x); }),
      "log_magnitude: finite numbers wanted");

  nb::gil_scoped_release unlocked;
  smfosc::PhaseIntegration integration({frames, bins, gamma, hop, fft});
  for (std::size_t clip = 0; clip < log_magnitude.shape(0); ++clip)
    integration.integrate(values + clip * size, background.data(), depth, out.data() + clip * size);
}

}  // namespace

NB_MODULE(_native, module) {
  module.def("integrate_phases", &integrate_phases, "log_magnitude"_a, "background"_a, "out"_a,
             nb::kw_only(), "gamma"_a, "hop"_a, "fft"_a, "depth"_a,
             "Fill out (N, T, F) with the phases of log_magnitude (N, T, F): see "
             "trainer/spectral/pghi.py. Releases the GIL.");
}
