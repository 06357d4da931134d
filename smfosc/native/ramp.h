// A straight line from the present value to a target in n steps.
//
//   value after step i = start + (target - start) * i / n,   i = 1 ... n
//
// In closed form, not accumulated: no drift, and the value depends on the step's
// number alone, so that any split into blocks gives the same bits.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace smfosc {

class Ramp {
 public:
  explicit Ramp(double value = 0.0) noexcept { jump(value); }

  void jump(double value) noexcept {
    start_ = target_ = value_ = value;
    step_ = steps_ = 0;
  }
  void finish() noexcept { jump(target_); }

  // steps >= 1; the first step already moves. A jump on the same step counts as made: a
  // line that begins with `64, then to 76` begins at 64.
  void to(double target, std::uint64_t steps) noexcept {
    start_ = steps_ == 1 && step_ == 0 ? target_ : value_;
    target_ = target;
    step_ = 0;
    steps_ = steps;
  }

  double next() noexcept {
    if (step_ < steps_) settle(step_ + 1);
    return value_;
  }

  double value() const noexcept { return value_; }
  double target() const noexcept { return target_; }
  bool moving() const noexcept { return step_ < steps_; }

  // The same line for another step rate and range (a model swap under a ramp).
  void rescale(double ratio, double low, double high) noexcept {
    start_ = std::clamp(start_, low, high);
    target_ = std::clamp(target_, low, high);
    value_ = std::clamp(value_, low, high);
    if (!moving()) return;
    steps_ = std::max<std::uint64_t>(1, std::llround(static_cast<double>(steps_) * ratio));
    settle(std::min<std::uint64_t>(steps_, std::llround(static_cast<double>(step_) * ratio)));
  }

 private:
  void settle(std::uint64_t step) noexcept {
    step_ = step;
    const double part = static_cast<double>(step_) / static_cast<double>(steps_);
    value_ = step_ == steps_ ? target_ : start_ + (target_ - start_) * part;
  }

  double start_ = 0.0, target_ = 0.0, value_ = 0.0;
  std::uint64_t step_ = 0, steps_ = 0;
};

// Steps of a ramp of `ms` at `rate` steps per second, at least `least`.
inline std::uint64_t ramp_steps(double ms, double rate, std::uint64_t least) noexcept {
  constexpr double kLongest = 1e15;  // also what infinity becomes
  const double steps = ms > 0.0 ? std::min(kLongest, ms * rate * 1e-3) : 0.0;
  return std::max<std::uint64_t>(least, static_cast<std::uint64_t>(std::llround(steps)));
}

}  // namespace smfosc
