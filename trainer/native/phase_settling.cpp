#include "phase_settling.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace smfosc {

namespace {

std::size_t furthest(const std::vector<int>& offsets) {
  int most = 0;
  for (const int offset : offsets) most = std::max(most, std::abs(offset));
  return static_cast<std::size_t>(most);
}

}  // namespace

PhaseSettling::PhaseSettling(const Prediction& prediction)
    : frames_(prediction.frames),
      bins_(prediction.bins),
      margin_(furthest(prediction.bin)),
      stride_(bins_ + 2 * margin_),
      real_(frames_ * stride_),
      imaginary_(frames_ * stride_),
      magnitude_(frames_ * bins_),
      sum_real_(bins_),
      sum_imaginary_(bins_) {
  const auto frames = static_cast<int>(frames_);
  for (std::size_t j = 0; j < prediction.frame.size(); ++j) {
    const int ahead = (prediction.frame[j] % frames + frames) % frames;
    Tap tap{static_cast<std::size_t>(ahead), prediction.bin[j], {}, {}};
    for (std::size_t m = 0; m < bins_; ++m) {
      tap.real.push_back(prediction.weights[j * bins_ + m].real());
      tap.imaginary.push_back(prediction.weights[j * bins_ + m].imag());
    }
    (ahead ? other_frames_ : same_frame_).push_back(tap);
  }
}

void PhaseSettling::settle(std::complex<float>* coefficients, float tolerance, int sweeps) {
  load(coefficients);
  const float weakest = tolerance * *std::max_element(magnitude_.begin(), magnitude_.end());
  for (int sweep = 0; sweep < sweeps; ++sweep)
    for (std::size_t n = 0; n < frames_; ++n) {
      foretell_from_other_frames(n);
      settle_frame(n, weakest);
    }
  store(coefficients);
}

void PhaseSettling::load(const std::complex<float>* coefficients) {
  for (std::size_t n = 0; n < frames_; ++n) {
    for (std::size_t m = 0; m < bins_; ++m) {
      const std::complex<float> value = coefficients[n * bins_ + m];
      real(n)[m] = value.real();
      imaginary(n)[m] = value.imag();
      magnitude_[n * bins_ + m] = std::sqrt(std::norm(value));
      mirror(real(n), imaginary(n), m);
    }
  }
}

void PhaseSettling::store(std::complex<float>* coefficients) const {
  for (std::size_t n = 0; n < frames_; ++n)
    for (std::size_t m = 0; m < bins_; ++m) {
      const std::size_t at = n * stride_ + margin_ + m;
      coefficients[n * bins_ + m] = {real_[at], imaginary_[at]};
    }
}

// What lies beyond DC and Nyquist follows its bin at once, so that both stay real.
void PhaseSettling::mirror(float* re, float* im, std::size_t bin) const {
  const auto here = static_cast<std::ptrdiff_t>(bin);
  const auto last = static_cast<std::ptrdiff_t>(bins_) - 1;
  if (bin > 0 && bin <= margin_) {
    re[-here] = re[here];
    im[-here] = -im[here];
  }
  if (bin + margin_ + 1 >= bins_ && here < last) {
    re[2 * last - here] = re[here];
    im[2 * last - here] = -im[here];
  }
}

// These do not change while the frame is settled, so that the loop over bins is a vector's.
void PhaseSettling::foretell_from_other_frames(std::size_t frame) {
  std::fill(sum_real_.begin(), sum_real_.end(), 0.0f);
  std::fill(sum_imaginary_.begin(), sum_imaginary_.end(), 0.0f);
  float* __restrict sum_re = sum_real_.data();
  float* __restrict sum_im = sum_imaginary_.data();
  for (const Tap& tap : other_frames_) {
    const std::size_t there = (frame + tap.frames_ahead) % frames_;
    const float* re = real(there) + tap.bin;
    const float* im = imaginary(there) + tap.bin;
    const float* weight_re = tap.real.data();
    const float* weight_im = tap.imaginary.data();
    for (std::size_t m = 0; m < bins_; ++m) {
      sum_re[m] += weight_re[m] * re[m] - weight_im[m] * im[m];
      sum_im[m] += weight_re[m] * im[m] + weight_im[m] * re[m];
    }
  }
}

// In passes over bins so far apart that none foretells another: so the processor need not
// wait for one to be done, and the twelve neighbours' latest phases still count.
void PhaseSettling::settle_frame(std::size_t frame, float weakest) {
  const std::size_t apart = margin_ + 1;
  for (std::size_t first = 0; first < apart; ++first)
    for (std::size_t m = first; m < bins_; m += apart)
      if (magnitude_[frame * bins_ + m] > weakest) settle_bin(frame, m);
}

void PhaseSettling::settle_bin(std::size_t frame, std::size_t bin) {
  float* re = real(frame) + bin;
  float* im = imaginary(frame) + bin;
  float foretold_re = sum_real_[bin];
  float foretold_im = sum_imaginary_[bin];
  for (const Tap& tap : same_frame_) {
    foretold_re += tap.real[bin] * re[tap.bin] - tap.imaginary[bin] * im[tap.bin];
    foretold_im += tap.real[bin] * im[tap.bin] + tap.imaginary[bin] * re[tap.bin];
  }
  const float size = std::sqrt(foretold_re * foretold_re + foretold_im * foretold_im);
  if (!(size > 0)) return;
  const float scale = magnitude_[frame * bins_ + bin] / size;
  *re = foretold_re * scale;
  *im = foretold_im * scale;
  mirror(real(frame), imaginary(frame), bin);
}

}  // namespace smfosc
