// Settling: every coefficient in turn takes the phase that its neighbours foretell, as a
// weighted sum. trainer/spectral/settling.py says why, and from where the weights are;
// settling_reference.py is the same, slow.
#pragma once
#include <complex>
#include <cstddef>
#include <vector>

namespace smfosc {

// V[n, m] is foretold as the sum over j of weights[j * bins + m] V[n + frame[j], m + bin[j]].
struct Prediction {
  std::size_t frames;  // T, circular
  std::size_t bins;    // F, DC to Nyquist; beyond them the spectrum is mirrored, conjugate
  std::vector<int> frame;
  std::vector<int> bin;
  std::vector<std::complex<float>> weights;  // (J, F)
};

// The work space of one thread; `settle` may be called any number of times.
// Throws std::bad_alloc only when made. Not for the audio thread.
class PhaseSettling {
 public:
  explicit PhaseSettling(const Prediction& prediction);

  // coefficients: (T, F), frames outermost, changed in place: their phases only, and of
  // those only that are stronger than `tolerance` of the strongest. `sweeps` times, frame
  // by frame.
  void settle(std::complex<float>* coefficients, float tolerance, int sweeps);

 private:
  // One frame's real and imaginary parts lie apart, with `margin_` mirrored bins around.
  void load(const std::complex<float>* coefficients);
  void store(std::complex<float>* coefficients) const;
  void mirror(float* re, float* im, std::size_t bin) const;
  void foretell_from_other_frames(std::size_t frame);
  void settle_frame(std::size_t frame, float weakest);
  void settle_bin(std::size_t frame, std::size_t bin);
  float* real(std::size_t frame) { return real_.data() + frame * stride_ + margin_; }
  float* imaginary(std::size_t frame) { return imaginary_.data() + frame * stride_ + margin_; }

  struct Tap {
    std::size_t frames_ahead;  // 0 ... T - 1, modulo T
    int bin;
    std::vector<float> real, imaginary;  // (F,), the weights
  };

  std::size_t frames_, bins_, margin_, stride_;
  std::vector<Tap> other_frames_, same_frame_;
  std::vector<float> real_, imaginary_;  // (T, stride)
  std::vector<float> magnitude_;         // (T, F)
  std::vector<float> sum_real_, sum_imaginary_;
};

}  // namespace smfosc
