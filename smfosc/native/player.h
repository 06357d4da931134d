// One model being played: its state, its parameters, its resampler.
//
// A block has two passes. First every player generates the model samples that fall
// due in it (any thread, in lock-step with others of its kernel); then the audio
// thread resamples and mixes. Both passes walk the voice's events of the block,
// each with its own cursor.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "event_heap.h"
#include "kernel.h"
#include "model_state.h"
#include "parameters.h"
#include "resampler.h"
#include "sample_clock.h"

namespace smfosc {

// Frames that one pass takes at most; longer blocks are cut. Sizes the buffers.
constexpr std::uint32_t kMaxPass = 8192;

struct PlayerSpec {
  std::shared_ptr<const Kernel> kernel;
  std::shared_ptr<const Taps> taps;
  double samplerate = 16000.0;  // of the model
  std::vector<ParamRange> ranges;
  std::vector<double> values;  // start values, own units
  std::vector<int> mapping;    // swap: new parameter -> old one, or -1
  std::uint64_t seed = 0;
};

class Player {
 public:
  // Loader thread; warms up. Throws std::invalid_argument.
  explicit Player(const PlayerSpec& spec);

  // -- Audio thread, between the passes ------------------------------------
  void begin(std::uint64_t frame) noexcept;  // origin of its first sample
  // Values, ramps, temperature and seed that `from` will have at this player's
  // first frame, when the events before it in its list have acted.
  void inherit(const Player& from, const EventHeap& events) noexcept;
  // A pass was missed: the samples not made are skipped.
  void resume(std::uint64_t frame) noexcept;
  // A pass in which no samples are made, until `end`.
  void rest(const EventHeap& events, std::uint64_t end) noexcept;

  // -- First pass: one thread at a time ---------------------------------------
  // Lets the events act that are due by the next sample. True if that sample
  // falls due before `end`.
  bool prepare(const EventHeap& events, std::uint64_t end) noexcept;
  void take(float sample) noexcept;  // what generate made
  KernelState& state() noexcept { return model_.state(); }
  const Kernel& kernel() const noexcept { return model_.kernel(); }

  // -- Second pass: audio thread ---------------------------------------------
  // out (n): resampled; null moves on unheard. `silent`: as if no samples were made.
  void resample(float* out, std::uint32_t n, bool silent) noexcept;
  void reset_resampler() noexcept { resampler_.reset(); }
  void end_pass() noexcept;

  double value(std::uint32_t index) const noexcept { return parameters_.value(index); }
  std::uint32_t size() const noexcept { return parameters_.size(); }
  const std::array<int, Parameters::kMost>& mapping() const noexcept { return mapping_; }
  double temperature() const noexcept { return temperature_.value(); }
  // Restarts since the last call, because of a bad sample or a stuck output.
  std::uint32_t take_restarts() noexcept { return std::exchange(restarts_, 0); }

  Ramp fade{1.0};                  // second pass: share of a crossfade
  std::uint32_t cursor = kNoNode;  // first pass: next event of the block

 private:
  // What a player hands on to the one that takes over.
  struct Outlook {
    Parameters parameters;
    Ramp temperature;
    std::uint64_t seed;
    void act(const Event& event, std::uint64_t steps) noexcept;
  };
  // As of the first frame of `next`, whose swap is in the list.
  Outlook foresee(const Player& next, const EventHeap& events) const noexcept;

  const KernelState& model_state() const noexcept { return model_.state(); }
  void advance() noexcept;
  void act(const Event& event) noexcept;
  void reset(std::uint64_t frame) noexcept;
  void follow_swap(const Player& next) noexcept;
  void restart_model() noexcept;
  std::uint64_t steps_of(double ms) const noexcept { return ramp_steps(ms, samplerate_, 1); }

  ModelState model_;
  Parameters parameters_;
  Ramp temperature_{1.0};
  Resampler resampler_;
  SampleClock clock_;
  double samplerate_;
  std::array<int, Parameters::kMost> mapping_;  // new parameter -> the one before
  std::array<int, Parameters::kMost> listens_;  // parameter of an event -> own
  std::vector<float> made_;                     // samples of this block
  std::uint32_t made_count_ = 0;
  const float* unread_ = nullptr;
  std::uint64_t origin_ = 0;
  bool conditioned_ = false;
  bool superseded_ = false;  // a swap has come: fades out
  bool ended_ = false;       // a reset has come after that: makes no more samples
  float last_ = 0.0f;
  std::uint32_t same_ = 0;  // samples equal to the one before
  std::uint32_t stuck_;     // so many are a fault
  std::uint32_t restarts_ = 0;
};

}  // namespace smfosc
