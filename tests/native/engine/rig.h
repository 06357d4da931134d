// An engine with voices, and what it rendered.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "engine.h"
#include "stub_kernels.h"

namespace rig {

using namespace smfosc;

// A plain delay of two frames at equal rates, else a triangle (linear interpolation):
// short, so that what comes out can be written down.
inline std::shared_ptr<const Taps> short_taps(std::uint32_t model_rate, std::uint32_t rate) {
  const std::uint32_t common = std::gcd(model_rate, rate);
  const std::uint32_t up = rate / common, down = model_rate / common;
  std::vector<float> rows(std::size_t{up} * 2);
  for (std::uint32_t p = 0; p < up; ++p) {
    rows[2 * p] = static_cast<float>(p) / static_cast<float>(up);
    rows[2 * p + 1] = 1.0f - rows[2 * p];
  }
  return Taps::make(up, down, 2, rows.data());
}

// No delay at all: frame n is model sample n.
inline std::shared_ptr<const Taps> no_taps() {
  const float one = 1.0f;
  return Taps::make(1, 1, 1, &one);
}

using Sound = std::vector<std::vector<float>>;  // (channels, frames)

struct Rig {
  explicit Rig(EngineOptions options = {.realtime = false}) : options(options), engine(options) {}

  Handle add(std::shared_ptr<const Kernel> kernel, std::shared_ptr<const Taps> taps,
             std::vector<double> values, bool open = true, std::uint32_t channel = 0,
             std::uint64_t seed = 1, std::uint64_t frame = kAtOnce) {
    return engine.add_voice({spec(kernel, taps, values, seed), channel, open}, frame);
  }
  PlayerSpec spec(std::shared_ptr<const Kernel> kernel, std::shared_ptr<const Taps> taps,
                  std::vector<double> values, std::uint64_t seed = 1) {
    PlayerSpec spec{std::move(kernel), std::move(taps), 16000.0, {}, std::move(values), {}, seed};
    spec.ranges.assign(spec.values.size(), {0.0, 1.0});
    return spec;
  }
  bool send(Handle voice, Kind kind, std::uint64_t frame, double value = 0.0, double ramp_ms = 0.0,
            std::uint32_t index = 0) {
    Event event;
    event.voice = voice;
    event.kind = kind;
    event.frame = frame;
    event.value = value;
    event.bits = static_cast<std::uint64_t>(value);
    event.ramp_ms = static_cast<float>(ramp_ms);
    event.index = index;
    return engine.send(event);
  }
  Handle add_to(std::uint32_t bus, std::shared_ptr<const Kernel> kernel, std::vector<double> values,
                std::uint32_t channel = 0) {
    return engine.add_voice({spec(kernel, no_taps(), values), channel, true, bus}, kAtOnce);
  }
  // Appends what the next frames hold to `sound`.
  void render(std::uint32_t nframes) {
    sound.resize(options.channels);
    std::vector<float*> out;
    for (auto& channel : sound) {
      channel.resize(channel.size() + nframes);
      out.push_back(channel.data() + channel.size() - nframes);
    }
    engine.render(out.data(), nframes);
  }
  std::vector<Notice> notices() {
    std::vector<Notice> all;
    for (Notice notice; engine.next_notice(notice);) all.push_back(notice);
    return all;
  }
  std::size_t count(NoticeKind kind) {
    const auto all = notices();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const Notice& n) { return n.kind == kind; }));
  }

  EngineOptions options;
  Engine engine;
  Sound sound;
};

inline EngineOptions offline(double samplerate, std::uint32_t channels = 2,
                             std::uint32_t workers = 0) {
  EngineOptions options;
  options.samplerate = samplerate;
  options.channels = channels;
  options.workers = workers;
  options.realtime = false;
  return options;
}

inline float largest_jump(const std::vector<float>& sound, std::size_t from, std::size_t to) {
  float largest = 0.0f;
  for (std::size_t i = from + 1; i < to; ++i)
    largest = std::max(largest, std::abs(sound[i] - sound[i - 1]));
  return largest;
}

}  // namespace rig
