// Kernels whose samples can be written down: for tests exact to the sample.
#pragma once
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numbers>
#include <thread>

#include "kernel.h"

namespace stub {

using smfosc::Kernel;
using smfosc::KernelState;

struct Memory {
  float params[16];
  double phase;
  std::uint64_t hidden;
};

inline Memory& memory_of(KernelState& state) { return *reinterpret_cast<Memory*>(state.memory); }

// What all stubs share. sample() is one voice's next.
class Stub : public Kernel {
 public:
  explicit Stub(int parameters = 1) : parameters_(parameters) {}
  int parameters() const noexcept override { return parameters_; }
  int levels() const noexcept override { return 256; }
  smfosc::Precision precision() const noexcept override { return smfosc::Precision::float32; }
  smfosc::Isa isa() const noexcept override { return smfosc::Isa::portable; }
  std::size_t weight_bytes() const noexcept override { return 0; }
  std::size_t state_bytes() const noexcept override { return 128; }
  void reset(KernelState& state) const noexcept override {
    memory_of(state) = {};
    state.previous = 0.0f;
    state.counter = 0;
  }
  void condition(KernelState& state, const float* params) const noexcept override {
    for (int i = 0; i < parameters_; ++i) memory_of(state).params[i] = params[i];
  }
  void step(KernelState* const*, int, float*) const noexcept override {}
  void generate(KernelState* const* states, int n, float* samples) const noexcept override {
    for (int i = 0; i < n; ++i) {
      samples[i] = states[i]->previous = sample(*states[i], memory_of(*states[i]));
      ++states[i]->counter;
    }
  }
  int draw(const float*, float, float, double) const noexcept override { return 0; }

 protected:
  virtual float sample(KernelState& state, Memory& memory) const noexcept = 0;

 private:
  int parameters_;
};

// The first parameter itself.
class Level : public Stub {
  using Stub::Stub;
  float sample(KernelState&, Memory& memory) const noexcept override { return memory.params[0]; }
};

// The first parameter, and how often it was asked for.
class Counted : public Stub {
 public:
  using Stub::Stub;
  mutable std::atomic<int> made{0};

 private:
  float sample(KernelState&, Memory& memory) const noexcept override {
    ++made;
    return memory.params[0];
  }
};

// Half-scale sine at 16 kHz; the first parameter is its frequency over 8 kHz.
class Sine : public Stub {
  using Stub::Stub;
  float sample(KernelState&, Memory& memory) const noexcept override {
    memory.phase += std::numbers::pi * memory.params[0];
    return 0.5f * static_cast<float>(std::sin(memory.phase));
  }
};

// Depends on all that a voice remembers, as a network would: any slip of one sample,
// parameter, seed or draw changes everything after it.
class Hash : public Stub {
  using Stub::Stub;
  float sample(KernelState& state, Memory& memory) const noexcept override {
    std::uint64_t h = memory.hidden ^ state.seed ^ (state.counter * 0x9e3779b97f4a7c15u);
    for (float p : memory.params) h = h * 31 + static_cast<std::uint64_t>(p * 1e6f);
    h ^= static_cast<std::uint64_t>(state.temperature * 1e3f);
    h = (h ^ (h >> 31)) * 0xbf58476d1ce4e5b9u;
    memory.hidden = h ^ (h >> 29);
    return static_cast<float>(static_cast<std::int64_t>(memory.hidden) * 0x1p-64);
  }
};

// Noise that turns into NaN every 1,000 draws.
class Failing : public Hash {
  using Hash::Hash;
  float sample(KernelState& state, Memory& memory) const noexcept override {
    const float noise = static_cast<float>((state.counter * 7919 % 1000) * 1e-3 - 0.5);
    memory.hidden = state.counter;
    return state.counter % 1000 == 999 ? std::numeric_limits<float>::quiet_NaN() : noise;
  }
};

// The first parameter, slowly when told to: on the audio thread slow enough for a worker
// to come and take its share, elsewhere far slower than any block.
class Slow : public Stub {
 public:
  using Stub::Stub;
  static inline std::atomic<bool> slow_audio{false}, slow_worker{false};
  static inline std::atomic<int> busy_audio_us{0}, busy_worker_us{0};  // computing, per sample
  static inline std::atomic<bool> worker_inside{false};                // has begun to be slow
  static inline std::thread::id audio_thread;

 private:
  float sample(KernelState&, Memory& memory) const noexcept override {
    const bool audio = std::this_thread::get_id() == audio_thread;
    if (audio && slow_audio) std::this_thread::sleep_for(std::chrono::microseconds(200));
    if (!audio && slow_worker) {
      worker_inside = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const std::chrono::microseconds busy(audio ? busy_audio_us : busy_worker_us);
    const auto end = std::chrono::steady_clock::now() + busy;
    while (std::chrono::steady_clock::now() < end) {
    }
    return memory.params[0];
  }
};

// Computes (or sleeps) for so long at every so manyth sample, else is silent.
class Costly : public Stub {
 public:
  Costly(bool busy, int every, std::chrono::microseconds duration)
      : busy_(busy), every_(every), duration_(duration) {}

 private:
  float sample(KernelState& state, Memory&) const noexcept override {
    if (state.counter % every_ != 0) return 0.0f;
    const auto end = std::chrono::steady_clock::now() + duration_;
    if (!busy_) std::this_thread::sleep_until(end);
    while (std::chrono::steady_clock::now() < end) {
    }
    return 0.0f;
  }

  bool busy_;
  std::uint64_t every_;
  std::chrono::microseconds duration_;
};

}  // namespace stub
