// trainer._native: the factory's native loops. A module apart from smfosc._core, so
// that the daemon loads nothing of the factory's.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "bind_gru_window.h"
#include "phase_integration.h"
#include "phase_settling.h"

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

using Coefficients = nb::ndarray<std::complex<float>, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Weights = nb::ndarray<const std::complex<float>, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Offsets = nb::ndarray<const int, nb::shape<-1, 2>, nb::c_contig, nb::device::cpu>;

smfosc::Prediction prediction_of(const Offsets& offsets, const Weights& weights, std::size_t frames,
                                 std::size_t bins) {
  smfosc::Prediction prediction{
      frames, bins, {}, {}, {weights.data(), weights.data() + weights.size()}};
  for (std::size_t j = 0; j < offsets.shape(0); ++j) {
    const int frame = offsets(j, 0);
    const int bin = offsets(j, 1);
    require(frame != 0 || bin != 0, "offsets: a bin does not foretell itself");
    require(static_cast<std::size_t>(std::abs(frame)) < frames &&
                static_cast<std::size_t>(std::abs(bin)) < bins,
            "offsets: within the spectrogram wanted");
    prediction.frame.push_back(frame);
    prediction.bin.push_back(bin);
  }
  return prediction;
}

void settle_phases(const Coefficients& coefficients, const Offsets& offsets, const Weights& weights,
                   float tolerance, int sweeps) {
  const std::size_t frames = coefficients.shape(1);
  const std::size_t bins = coefficients.shape(2);
  require(frames > 0 && bins > 1, "coefficients: bad shape");
  require(weights.shape(0) == offsets.shape(0) && weights.shape(1) == bins, "weights: bad shape");
  const smfosc::Prediction prediction = prediction_of(offsets, weights, frames, bins);

  nb::gil_scoped_release unlocked;
  smfosc::PhaseSettling settling(prediction);
  for (std::size_t clip = 0; clip < coefficients.shape(0); ++clip)
    settling.settle(coefficients.data() + clip * frames * bins, tolerance, sweeps);
}

}  // namespace

NB_MODULE(_native, module) {
  smfosc::bind_gru_window(module);
  module.def("integrate_phases", &integrate_phases, "log_magnitude"_a, "background"_a, "out"_a,
             nb::kw_only(), "gamma"_a, "hop"_a, "fft"_a, "depth"_a,
             "Fill out (N, T, F) with the phases of log_magnitude (N, T, F): see "
             "trainer/spectral/pghi.py. Releases the GIL.");
  module.def("settle_phases", &settle_phases, "coefficients"_a, "offsets"_a, "weights"_a,
             nb::kw_only(), "tolerance"_a, "sweeps"_a,
             "Settle coefficients (N, T, F) in place: see trainer/spectral/settling.py. "
             "Releases the GIL.");
}
