// Phase gradient heap integration (PGHI): the phase of a Gaussian-window short-time
// Fourier transform from its log-magnitude alone.
// Source: Prusa, Balazs, Sondergaard: A noniterative method for reconstruction of phase
// from STFT magnitude (IEEE/ACM TASLP 25(5), 2017).
// trainer/spectral/pghi_reference.py is the same, slow and in the paper's words.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace smfosc {

struct Lattice {
  std::size_t frames;  // T, circular
  std::size_t bins;    // F = fft / 2 + 1, DC to Nyquist
  double gamma;        // the window is exp(-pi t^2 / gamma), t in samples
  double hop;          // samples from frame to frame
  double fft;          // samples that one turn of bin 1 takes
};

// The work space of one thread; `integrate` may be called any number of times.
// Throws std::bad_alloc only when made. Not for the audio thread.
class PhaseIntegration {
 public:
  explicit PhaseIntegration(const Lattice& lattice);

  // log_magnitude, background, phase: (T, F), frames outermost. Natural logarithm, finite.
  // Bins more than `depth` below the maximum (or as much) get their background phase.
  // phase: radians in -pi ... pi relative to each frame's centre.
  void integrate(const float* log_magnitude, const float* background, float depth, float* phase);

 private:
  void differentiate(const float* s);
  void seed(const float* s, float threshold);
  bool strongest_left();
  void spread(std::uint32_t from);
  void reach(std::uint32_t to, double phase);

  Lattice lattice_;
  const float* magnitude_ = nullptr;
  std::vector<double> along_time_;       // half of the phase gradient per hop
  std::vector<double> along_frequency_;  // half of the phase gradient per bin
  std::vector<double> phase_;
  std::vector<std::uint8_t> open_;         // above the threshold and without a phase
  std::size_t left_ = 0;                   // how many are open
  std::vector<std::uint64_t> frontier_;    // heap of bins whose neighbours may be open
  std::vector<std::uint64_t> candidates_;  // heap of bins to start an island from
};

}  // namespace smfosc
