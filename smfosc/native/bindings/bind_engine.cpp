// smfosc._core.Engine: the native engine for smfosc/engine.py, which checks values
// and knows the model; here shapes and types are checked, and the GIL let go.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "engine.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using smfosc::Engine;
using smfosc::Handle;
using smfosc::Kernel;
using smfosc::Kind;
using smfosc::Parameters;
using smfosc::PlayerSpec;
using smfosc::Taps;

using Rows = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Samples = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Line = nb::ndarray<float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Sound = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

std::uint64_t frame_or_now(std::optional<std::uint64_t> frame) {
  return frame.value_or(smfosc::kAtOnce);
}

std::shared_ptr<const Taps> make_taps(std::uint32_t up, std::uint32_t down, Rows rows) {
  if (up < 1 || down < 1 || rows.shape(0) != up || rows.shape(1) < 1)
    throw std::invalid_argument("taps: wanted rows of shape (up, length), up and down >= 1");
  return Taps::make(up, down, static_cast<std::uint32_t>(rows.shape(1)), rows.data());
}

// nframes and how many of the samples they took.
nb::tuple resample(smfosc::Resampler& resampler, Samples samples, std::uint32_t nframes) {
  auto* out = new float[nframes + 1];
  nb::ndarray<nb::numpy, float> owner(
      out, {nframes}, nb::capsule(out, [](void* p) noexcept { delete[] static_cast<float*>(p); }));
  const float* source = samples.data();
  resampler.run(source, samples.data() + samples.shape(0), out, nframes);
  return nb::make_tuple(owner, source - samples.data());
}

PlayerSpec make_spec(std::shared_ptr<const Kernel> kernel, std::shared_ptr<const Taps> taps,
                     double samplerate, const std::vector<std::pair<double, double>>& ranges,
                     const std::vector<double>& values, std::uint64_t seed,
                     const std::vector<int>& mapping) {
  if (static_cast<int>(ranges.size()) != kernel->parameters())
    throw std::invalid_argument("parameters: the kernel has " +
                                std::to_string(kernel->parameters()) + ", got " +
                                std::to_string(ranges.size()));
  PlayerSpec spec{std::move(kernel), std::move(taps), samplerate, {}, values, mapping, seed};
  for (const auto& [low, high] : ranges) spec.ranges.push_back({low, high});
  return spec;
}

// A player that was built and warmed up, until a voice takes it.
struct PreparedPlayer {
  std::unique_ptr<smfosc::Player> player;
  std::unique_ptr<smfosc::Player> take() {
    if (!player) throw std::invalid_argument("player: taken already");
    return std::move(player);
  }
};

bool send(Engine& engine, Handle voice, int kind, std::optional<std::uint64_t> frame, double value,
          std::uint64_t bits, double ramp_ms, std::uint32_t index) {
  smfosc::Event event;
  event.voice = voice;
  event.kind = static_cast<Kind>(kind);
  event.frame = frame_or_now(frame);
  event.value = value;
  event.bits = bits;
  event.ramp_ms = static_cast<float>(ramp_ms);
  event.index = index;
  return engine.send(event);
}

void render(Engine& engine, Sound out) {
  if (out.shape(0) != engine.channels())
    throw std::invalid_argument("out: wanted " + std::to_string(engine.channels()) +
                                " channels, got " + std::to_string(out.shape(0)));
  const std::size_t n = out.shape(1);
  std::vector<float*> channels;
  for (std::size_t c = 0; c < out.shape(0); ++c) channels.push_back(out.data() + c * n);
  const nb::gil_scoped_release unlocked;
  engine.render(channels.data(), static_cast<std::uint32_t>(n));
}

nb::dict counters(const Engine& engine) {
  const smfosc::Counters& c = engine.counters();
  nb::dict all;
  const auto put = [&](const char* name, const auto& value) {
    all[name] = value.load(std::memory_order_relaxed);
  };
  put("frames", c.frames);
  put("blocks", c.blocks);
  put("load", c.load);
  put("peak_load", c.peak_load);
  put("late_events", c.late_events);
  put("stray_events", c.stray_events);
  put("resets", c.resets);
  put("underruns", c.underruns);
  put("wall_misses", c.wall_misses);
  put("missed_passes", c.missed_passes);
  put("stolen_passes", c.stolen_passes);
  put("slow_blocks", c.slow_blocks);
  put("slow_passes", c.slow_passes);
  put("dropped_events", c.dropped_events);
  put("dropped_notices", c.dropped_notices);
  return all;
}

nb::object next_notice(Engine& engine) {
  smfosc::Notice n;
  if (!engine.next_notice(n)) return nb::none();
  return nb::make_tuple(static_cast<int>(n.kind), n.voice, static_cast<int>(n.event), n.index,
                        n.ms);
}

// (values, gain, pan, temperature, gate) or None.
nb::object state_of(Engine& engine, Handle voice, std::size_t parameters) {
  const smfosc::Published* state = engine.published(voice);
  if (state == nullptr) return nb::none();
  nb::list values;
  for (std::size_t i = 0; i < parameters && i < Parameters::kMost; ++i)
    values.append(state->values[i].load(std::memory_order_relaxed));
  return nb::make_tuple(values, state->gain.load(), state->pan.load(), state->temperature.load(),
                        state->open.load());
}

bool is_resting(Engine& engine, Handle voice) {
  const smfosc::Published* state = engine.published(voice);
  return state != nullptr && state->resting.load(std::memory_order_relaxed);
}

// (channels, into or -1, speakers that pan goes over, whether they are a ring, gain)
using Bus = std::tuple<std::vector<std::uint32_t>, int, std::uint32_t, bool, double>;

smfosc::BusSpec bus_from(const Bus& bus) {
  const auto& [channels, into, speakers, ring, gain] = bus;
  return {channels, into, {speakers, ring}, gain};
}

// (peak, rms) of a voice, or None.
nb::object level_of(Engine& engine, Handle voice) {
  const smfosc::Published* state = engine.published(voice);
  if (state == nullptr) return nb::none();
  return nb::make_tuple(state->level.peak(), state->level.rms());
}

// (peak, rms) per output channel.
nb::list levels(const Engine& engine) {
  nb::list all;
  for (std::uint32_t c = 0; c < engine.channels(); ++c)
    all.append(nb::make_tuple(engine.level(c).peak(), engine.level(c).rms()));
  return all;
}

// False: the audio thread was faster.
bool read_scope(const Engine& engine, Line out) {
  if (out.shape(0) > engine.scope().kept())
    throw std::invalid_argument("out: wanted at most " + std::to_string(engine.scope().kept()) +
                                " frames");
  return engine.scope().read(out.data(), out.shape(0));
}

void raise_if_refused(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

void bind_engine(nb::module_& module) {
  nb::class_<Taps>(module, "Taps", "Polyphase taps of one pair of rates; see smfosc/taps.py.")
      .def(nb::new_(&make_taps), "up"_a, "down"_a, "rows"_a);

  nb::class_<smfosc::Resampler>(module, "Resampler",
                                "One stream through some taps; the engine's own, for tests.")
      .def(nb::init<std::shared_ptr<const Taps>>(), "taps"_a)
      .def("reset", &smfosc::Resampler::reset)
      .def("run", &resample, "samples"_a.noconvert(), "nframes"_a);

  nb::class_<PreparedPlayer>(module, "PreparedPlayer", "A warm player that no voice has yet.")
      .def(
          "__init__",
          [](PreparedPlayer* self, std::shared_ptr<const Kernel> kernel,
             std::shared_ptr<const Taps> taps, double samplerate,
             const std::vector<std::pair<double, double>>& ranges,
             const std::vector<double>& values, std::uint64_t seed,
             const std::vector<int>& mapping) {
            const PlayerSpec spec = make_spec(std::move(kernel), std::move(taps), samplerate,
                                              ranges, values, seed, mapping);
            const nb::gil_scoped_release unlocked;
            new (self) PreparedPlayer{std::make_unique<smfosc::Player>(spec)};
          },
          "kernel"_a, "taps"_a, nb::kw_only(), "samplerate"_a, "ranges"_a, "values"_a, "seed"_a,
          "mapping"_a);

  nb::class_<Engine>(module, "Engine", "See smfosc.engine.Engine.")
      .def(
          "__init__",
          [](Engine* self, double samplerate, std::uint32_t channels, std::uint32_t max_voices,
             std::uint32_t workers, bool realtime, double attack_s, double release_s,
             std::uint64_t first_frame, std::uint64_t delay_frames, const std::vector<Bus>& buses) {
            smfosc::EngineOptions options{samplerate,   channels, max_voices, workers,
                                          realtime,     attack_s, release_s,  first_frame,
                                          delay_frames, {}};
            for (const Bus& bus : buses) options.buses.push_back(bus_from(bus));
            new (self) Engine(options);
          },
          nb::kw_only(), "samplerate"_a, "channels"_a, "max_voices"_a, "workers"_a, "realtime"_a,
          "attack_s"_a, "release_s"_a, "first_frame"_a, "delay_frames"_a,
          "buses"_a = std::vector<Bus>())
      .def(
          "add_voice",
          [](Engine& engine, PreparedPlayer& prepared, std::uint32_t channel, bool gate,
             double gain, double pan, std::uint32_t bus, std::optional<std::uint64_t> frame) {
            const smfosc::VoiceStart start{channel, gate, gain, pan, bus};
            return engine.add_voice(prepared.take(), start, frame_or_now(frame));
          },
          "player"_a, nb::kw_only(), "channel"_a, "gate"_a, "gain"_a, "pan"_a, "bus"_a = 0,
          "frame"_a.none())
      .def(
          "swap_model",
          [](Engine& engine, Handle voice, PreparedPlayer& prepared, double fade_ms,
             std::optional<std::uint64_t> frame) {
            return engine.swap_model(voice, prepared.take(), fade_ms, frame_or_now(frame));
          },
          "voice"_a, "player"_a, nb::kw_only(), "fade_ms"_a, "frame"_a.none())
      .def("has_room_to_swap", &Engine::has_room_to_swap, "voice"_a)
      .def("send", &send, "voice"_a, "kind"_a, "frame"_a.none(), "value"_a, "bits"_a, "ramp_ms"_a,
           "index"_a)
      .def(
          "set_bus_gain",
          [](Engine& engine, std::uint32_t bus, double gain, double ramp_ms,
             std::optional<std::uint64_t> frame) {
            return engine.set_bus_gain(bus, gain, ramp_ms, frame_or_now(frame));
          },
          "bus"_a, "gain"_a, "ramp_ms"_a, "frame"_a.none())
      .def("bus_gain", &Engine::bus_gain, "bus"_a)
      .def("is_resting", &is_resting, "voice"_a)
      .def("clear_scheduled", &Engine::clear_scheduled)
      .def("next_notice", &next_notice)
      .def("collect", &Engine::collect)
      .def("state_of", &state_of, "voice"_a, "parameters"_a)
      .def("level_of", &level_of, "voice"_a)
      .def("levels", &levels)
      .def("read_scope", &read_scope, "out"_a.noconvert())
      .def("counters", &counters)
      .def("clock",
           [](const Engine& engine) {
             const smfosc::ClockReading c = engine.clock();
             return nb::make_tuple(c.frame, c.monotonic_ns, c.samplerate, c.blocksize);
           })
      .def_prop_ro("frame", &Engine::frame)
      .def_prop_rw("realtime", &Engine::realtime, &Engine::set_realtime)
      .def("render", &render, "out"_a.noconvert())
      .def("adopt_priority",
           [](Engine& engine) { raise_if_refused(engine.adopt_priority(), "adopt_priority"); })
      .def_prop_ro("address",
                   [](const Engine& engine) { return reinterpret_cast<std::uintptr_t>(&engine); });
}
