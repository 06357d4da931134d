// What acts on which frame, and what the sound is then. Every expectation is computed
// here from the equations, not taken from a run.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "check.h"
#include "rig.h"

using namespace rig;

namespace {

const auto kLevel = std::make_shared<stub::Level>(1);
const auto kSine = std::make_shared<stub::Sine>(1);
const auto kHash = std::make_shared<stub::Hash>(2);
constexpr float kCentre = 0.70710678f;

bool near(double a, double b, double tolerance = 1e-6) { return std::abs(a - b) <= tolerance; }

EngineOptions mono16k() {
  EngineOptions options = offline(16000, 1);
  options.attack_s = options.release_s = 0.0;
  return options;
}

}  // namespace

TEST(a_parameter_acts_on_the_first_model_sample_due_at_or_after_its_frame) {
  // At 48 kHz model samples are due at frames 0, 3, 6, ...; with linear interpolation
  // the old value sounds up to the due frame and the new one is reached 3 later.
  for (std::uint64_t at : {300, 301, 302, 303}) {
    EngineOptions options = offline(48000, 1);
    options.attack_s = 0.0;
    Rig rig(options);
    const Handle voice = rig.add(kLevel, short_taps(16000, 48000), {0.25}, true, 1);
    rig.send(voice, Kind::param, at, 0.75);
    rig.render(600);
    const std::uint64_t due = (at + 2) / 3 * 3;
    CHECK(near(rig.sound[0][due], 0.25));
    CHECK(near(rig.sound[0][due + 1], 0.25 + 0.5 / 3));
    CHECK(near(rig.sound[0][due + 3], 0.75));
  }
}

TEST(a_ramp_is_a_straight_line_per_model_sample_from_the_present_value) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.0}, true, 1);
  rig.send(voice, Kind::param, 100, 1.0, 100.0);  // 1,600 samples
  rig.send(voice, Kind::param, 900, 0.0, 50.0);   // from 0.5 on, 800 samples
  rig.render(2000);
  for (int i = 0; i < 2000; ++i) {
    double wanted = 0.0;
    if (i >= 100 && i < 900) wanted = (i - 99) / 1600.0;
    if (i >= 900 && i < 1700) wanted = 0.5 - 0.5 * (i - 899) / 800.0;
    CHECK(near(rig.sound[0][i], wanted));
  }
}

TEST(gain_moves_from_its_frame_on_and_never_faster_than_in_2_ms) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.5}, true, 1);
  rig.send(voice, Kind::gain, 1001, 0.0);        // 32 frames at 16 kHz
  rig.send(voice, Kind::gain, 2003, 1.0, 10.0);  // 160 frames
  rig.render(3000);
  CHECK(rig.sound[0][1000] == 0.5f);
  for (int i = 0; i < 32; ++i) CHECK(near(rig.sound[0][1001 + i], 0.5 * (1 - (i + 1) / 32.0)));
  CHECK(rig.sound[0][2002] == 0.0f);
  for (int i = 0; i < 160; ++i) CHECK(near(rig.sound[0][2003 + i], 0.5 * (i + 1) / 160.0));
  CHECK(rig.sound[0][2999] == 0.5f);
}

TEST(pan_keeps_the_power_and_moves_from_its_frame_on) {
  EngineOptions options = offline(16000, 2);
  options.attack_s = 0.0;
  Rig rig(options);
  const Handle voice = rig.add(kLevel, no_taps(), {0.5});
  rig.send(voice, Kind::pan, 501, -1.0, 10.0);
  rig.send(voice, Kind::pan, 901, 1.0);
  rig.render(1500);
  CHECK(near(rig.sound[0][500], 0.5 * kCentre) && near(rig.sound[1][500], 0.5 * kCentre));
  CHECK(rig.sound[0][501] > rig.sound[0][500]);
  CHECK(near(rig.sound[0][800], 0.5) && near(rig.sound[1][800], 0.0));
  CHECK(near(rig.sound[0][1400], 0.0) && near(rig.sound[1][1400], 0.5));
  for (int i = 2; i < 1500; ++i) CHECK(near(std::hypot(rig.sound[0][i], rig.sound[1][i]), 0.5));
}

TEST(the_gate_opens_and_closes_from_its_frame_on_in_straight_lines) {
  EngineOptions options = offline(16000, 1);  // 5 ms: 80 frames; 50 ms: 800 frames
  Rig rig(options);
  const Handle voice = rig.add(kLevel, no_taps(), {1.0}, false, 1);
  rig.send(voice, Kind::gate, 777, 1.0);
  rig.send(voice, Kind::gate, 1777, 0.0);
  rig.send(voice, Kind::gate, 2177, 1.0);  // from one half: half the attack
  rig.render(3000);
  for (int i = 0; i < 777; ++i) CHECK(rig.sound[0][i] == 0.0f);
  for (int i = 0; i < 80; ++i) CHECK(near(rig.sound[0][777 + i], (i + 1) / 80.0));
  for (int i = 0; i < 400; ++i) CHECK(near(rig.sound[0][1777 + i], 1 - (i + 1) / 800.0));
  for (int i = 0; i < 40; ++i) CHECK(near(rig.sound[0][2177 + i], 0.5 + (i + 1) / 80.0));
  CHECK(rig.sound[0][2999] == 1.0f);
}

TEST(a_note_ends_only_by_its_own_id) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {1.0}, false, 1);
  rig.send(voice, Kind::note, 100, 0.5, 0.0, 7);
  rig.send(voice, Kind::note, 200, 0.25, 0.0, 8);
  rig.send(voice, Kind::note_off, 300, 0.0, 0.0, 7);
  rig.send(voice, Kind::note_off, 400, 0.0, 0.0, 8);
  rig.render(500);
  CHECK(rig.sound[0][99] == 0.0f && rig.sound[0][100] == 0.5f);
  CHECK(near(rig.sound[0][200], 0.5 - 0.25 / 32) && near(rig.sound[0][240], 0.25));
  CHECK(rig.sound[0][350] == 0.25f && rig.sound[0][400] == 0.0f);
}

TEST(a_note_at_level_0_releases_and_a_gate_plays_at_full_level) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {1.0}, false, 1);
  rig.send(voice, Kind::note, 100, 0.5, 0.0, 7);
  rig.send(voice, Kind::note, 200, 0.0, 0.0, 8);
  rig.send(voice, Kind::gate, 300, 1.0);
  rig.render(400);
  CHECK(rig.sound[0][199] == 0.5f && rig.sound[0][200] == 0.0f && rig.sound[0][300] == 1.0f);
}

TEST(a_voice_with_a_channel_sounds_there_alone_and_without_pan) {
  EngineOptions options = offline(16000, 4);
  options.attack_s = 0.0;
  Rig rig(options);
  const Handle voice = rig.add(kLevel, no_taps(), {0.5}, true, 3);
  rig.send(voice, Kind::pan, 0, -1.0);
  rig.render(100);
  for (int channel : {0, 1, 3}) CHECK(rig.sound[channel][50] == 0.0f);
  CHECK(rig.sound[2][50] == 0.5f);
  bool refused = false;
  try {
    rig.add(kLevel, no_taps(), {0.5}, true, 5);
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  CHECK(refused);
}

// ------------------------------------------------------------ buses

namespace {

// The power of each frame, summed over the channels.
double power(const Sound& sound, std::size_t frame) {
  double sum = 0.0;
  for (const auto& channel : sound) sum += double{channel[frame]} * channel[frame];
  return sum;
}

int sounding_channels(const Sound& sound, std::size_t frame) {
  return static_cast<int>(std::count_if(sound.begin(), sound.end(), [&](const auto& channel) {
    return std::abs(channel[frame]) > 1e-7f;
  }));
}

EngineOptions round_of(std::uint32_t speakers, bool ring) {
  EngineOptions options = offline(16000, speakers);
  options.attack_s = 0.0;
  BusSpec bus;
  for (std::uint32_t c = 0; c < speakers; ++c) bus.channels.push_back(c);
  bus.pan = {speakers, ring};
  options.buses = {bus};
  return options;
}

}  // namespace

TEST(a_pan_over_any_number_of_loudspeakers_keeps_the_power_and_sounds_in_two_at_most) {
  for (const bool ring : {false, true})
    for (const std::uint32_t speakers : {1u, 2u, 3u, 8u, 24u}) {
      Rig rig(round_of(speakers, ring));
      const Handle voice = rig.add(kLevel, no_taps(), {0.5});
      rig.send(voice, Kind::pan, 0, -1.0);
      rig.send(voice, Kind::pan, 200, 1.0, 100.0);  // over all of them in 1,600 frames
      rig.render(2000);
      for (std::size_t f = 2; f < 2000; ++f) {
        CHECK(near(power(rig.sound, f), 0.25));
        CHECK(sounding_channels(rig.sound, f) <= 2);
      }
      for (const auto& channel : rig.sound) CHECK(largest_jump(channel, 40, 2000) < 0.02f);
      const std::uint32_t end = ring ? speakers / 2 : speakers - 1;
      if (!ring || speakers % 2 == 0) CHECK(near(rig.sound[end][1999], 0.5));
    }
}

TEST(a_bus_has_a_gain_of_its_own_that_acts_on_its_frame) {
  EngineOptions options = offline(16000, 3);
  options.attack_s = 0.0;
  options.buses = {{{0, 1, 2}, -1, {3, false}, 1.0}, {{2, 0}, 0, {2, false}, 0.5}};
  Rig rig(options);
  rig.add_to(0, kLevel, {0.25}, 2);
  rig.add_to(1, kLevel, {0.5}, 1);  // the bus's first channel: the third output
  CHECK(rig.engine.set_bus_gain(1, 1.0, 10.0, 300));
  CHECK(rig.engine.set_bus_gain(0, 0.0, 0.0, 700));
  rig.render(1000);
  CHECK(near(rig.sound[1][200], 0.25) && near(rig.sound[2][200], 0.25));
  CHECK(rig.sound[2][299] == rig.sound[2][200] && rig.sound[2][300] > rig.sound[2][299]);
  CHECK(near(rig.sound[2][600], 0.5) && rig.sound[0][600] == 0.0f);
  CHECK(rig.sound[1][699] == 0.25f && rig.sound[1][700] < 0.25f);
  for (const auto& channel : rig.sound) CHECK(channel[900] == 0.0f);
  CHECK(rig.engine.bus_gain(0) == 0.0 && rig.engine.bus_gain(1) == 1.0);
}

TEST(a_bus_that_leads_nowhere_is_refused) {
  const std::vector<std::vector<BusSpec>> wrong = {
      {{{2}, -1, {1, false}, 1.0}},
      {{{0}, -1, {2, false}, 1.0}},
      {{{0}, -1, {0, false}, 1.0}},
      {{{0}, 0, {1, false}, 1.0}},
      {{{0}, -1, {1, false}, 1.0}, {{1}, 0, {1, false}, 1.0}},
  };
  for (const auto& buses : wrong) {
    EngineOptions options = offline(16000, 2);
    options.buses = buses;
    bool refused = false;
    try {
      Engine engine(options);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CHECK(refused);
  }
}

// ------------------------------------------------------------- rest

TEST(a_resting_voice_makes_no_samples_and_wakes_in_step_when_its_gate_opens) {
  EngineOptions options = offline(48000, 2);
  Rig rig(options);
  const auto counted = std::make_shared<stub::Counted>(1);
  const Handle sleeper = rig.add(counted, short_taps(16000, 48000), {0.5}, true, 1);
  const Handle other = rig.add(kLevel, short_taps(16000, 48000), {0.25}, true, 2);
  rig.render(4800);
  rig.send(sleeper, Kind::rest, 4800, 1.0);
  rig.render(4800);  // 50 ms of release end in it
  CHECK(rig.engine.published(sleeper)->resting && !rig.engine.published(other)->resting);
  const int made = counted->made;
  CHECK(largest_jump(rig.sound[0], 4800, 9600) < 0.01f && rig.sound[0].back() == 0.0f);
  rig.send(sleeper, Kind::param, rig.engine.frame() + 10, 0.75, 5000.0);
  rig.send(sleeper, Kind::gate, rig.engine.frame() + 20, 0.0);
  for (int i = 0; i < 10; ++i) rig.render(480);
  CHECK(counted->made == made && rig.sound[1].back() == 0.25f);
  rig.send(sleeper, Kind::note, rig.engine.frame() + 100, 1.0, 0.0, 3);
  rig.render(960);
  CHECK(counted->made > made && !rig.engine.published(sleeper)->resting);
  CHECK(near(rig.sound[0].back(), 0.75));  // the new value, its ramp over
  rig.send(sleeper, Kind::free, kAtOnce);
  rig.render(4800);
  CHECK(rig.engine.collect() == 1);
}

TEST(a_resting_voice_can_get_another_model_and_be_reset) {
  Rig rig(offline(48000, 1));
  const Handle voice = rig.add(kLevel, short_taps(16000, 48000), {0.5}, false, 1);
  rig.send(voice, Kind::rest, kAtOnce, 1.0);
  for (int i = 0; i < 10; ++i) rig.render(480);
  auto spec = rig.spec(kLevel, short_taps(16000, 48000), {0.25});
  spec.mapping = {-1};
  CHECK(rig.engine.swap_model(voice, spec, 10.0, kAtOnce));
  rig.send(voice, Kind::reset, rig.engine.frame() + 30);
  for (int i = 0; i < 100; ++i) rig.render(480);
  CHECK(rig.engine.published(voice)->resting && rig.engine.collect() == 1);
  rig.send(voice, Kind::rest, kAtOnce, 0.0);
  rig.send(voice, Kind::gate, kAtOnce, 1.0);
  rig.render(960);
  CHECK(near(rig.sound[0].back(), 0.25));
}

TEST(a_gate_that_opens_before_silence_is_reached_keeps_a_voice_awake) {
  Rig rig(offline(48000, 1));
  const Handle voice = rig.add(kLevel, short_taps(16000, 48000), {0.5}, true, 1);
  rig.render(960);
  rig.send(voice, Kind::rest, kAtOnce, 1.0);
  rig.render(480);
  rig.send(voice, Kind::gate, kAtOnce, 1.0);
  for (int i = 0; i < 20; ++i) rig.render(480);
  CHECK(!rig.engine.published(voice)->resting && rig.sound[0].back() == 0.5f);
}

TEST(a_late_event_acts_at_once_and_is_told_with_its_lateness) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.25}, true, 1);
  rig.render(160);
  rig.send(voice, Kind::param, 0, 0.75);
  rig.render(160);
  CHECK(rig.sound[0][159] == 0.25f && rig.sound[0][160] == 0.75f);
  const auto notices = rig.notices();
  CHECK(notices.size() == 1 && notices[0].kind == NoticeKind::late);
  CHECK(notices[0].event == Kind::param && near(notices[0].ms, 10.0));
  CHECK(rig.engine.counters().late_events == 1);
}

TEST(an_event_at_once_is_never_late) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.25}, true, 1);
  rig.render(160);
  rig.send(voice, Kind::param, kAtOnce, 0.75);
  rig.render(160);
  CHECK(rig.sound[0][160] == 0.75f && rig.engine.counters().late_events == 0);
}

TEST(events_of_one_frame_act_in_the_order_of_sending) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.0}, true, 1);
  for (int i = 1; i <= 100; ++i) rig.send(voice, Kind::param, 50, i / 100.0);
  for (int i = 1; i <= 100; ++i) rig.send(voice, Kind::param, 200 - i, 1.0 - i / 200.0);
  rig.render(300);
  CHECK(near(rig.sound[0][50], 1.0) && near(rig.sound[0][100], 0.5) &&
        near(rig.sound[0][299], 0.995));
}

TEST(a_full_queue_refuses_and_counts_and_loses_nothing_that_it_took) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.0}, true, 1);
  rig.render(10);  // the add has acted
  std::uint32_t taken = 0;
  for (int i = 0; i < 70000; ++i) taken += rig.send(voice, Kind::param, 1000, i / 70000.0);
  CHECK(taken > 64000 && taken < 65536);
  CHECK(rig.engine.counters().dropped_events == 70000 - taken);
  rig.render(490);
  CHECK(!rig.send(voice, Kind::param, 600, 0.5));  // all still to come
  rig.render(1000);
  CHECK(near(rig.sound[0][1499], (taken - 1) / 70000.0));
  CHECK(rig.send(voice, Kind::param, 1600, 1.0));
  rig.render(500);
  CHECK(rig.sound[0][1999] == 1.0f);
}

TEST(clearing_gets_through_a_full_queue_and_spares_the_ends_of_notes) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.25}, false, 1);
  rig.send(voice, Kind::note, 10, 1.0, 0.0, 1);
  rig.send(voice, Kind::note_off, 600, 0.0, 0.0, 1);
  while (rig.send(voice, Kind::param, 500, 0.75)) {
  }
  rig.render(100);
  rig.engine.clear_scheduled();
  rig.render(900);
  CHECK(rig.sound[0][550] == 0.25f && rig.sound[0][600] == 0.0f);
}

TEST(events_for_a_freed_voice_do_not_reach_its_successor) {
  EngineOptions options = mono16k();
  options.max_voices = 1;
  Rig rig(options);
  const Handle first = rig.add(kLevel, no_taps(), {0.25}, true, 1);
  rig.send(first, Kind::param, 5000, 1.0);
  rig.send(first, Kind::free, 100);
  rig.render(200);
  CHECK(rig.count(NoticeKind::freed) == 1 && rig.engine.collect() == 1);
  const Handle second = rig.add(kLevel, no_taps(), {0.5}, true, 1);
  CHECK(first != second && rig.engine.published(first) == nullptr);
  CHECK(!rig.send(first, Kind::param, 300, 1.0));
  rig.render(6000);
  CHECK(rig.sound[0].back() == 0.5f && rig.engine.counters().stray_events == 1);
}

TEST(frames_beyond_32_bits_count_on) {
  EngineOptions options = mono16k();
  options.first_frame = (std::uint64_t{1} << 32) - 100;
  Rig rig(options);
  const Handle voice = rig.add(kLevel, no_taps(), {0.25}, true, 1);
  rig.send(voice, Kind::param, (std::uint64_t{1} << 32) + 50, 0.75);
  rig.render(64);
  rig.render(200);
  CHECK(rig.sound[0][149] == 0.25f && rig.sound[0][150] == 0.75f);
  CHECK(rig.engine.frame() == (std::uint64_t{1} << 32) + 164);
  CHECK(rig.engine.counters().late_events == 0);
}

TEST(what_can_be_read_follows_the_sound) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.0}, false, 1);
  const Published& state = *rig.engine.published(voice);
  rig.send(voice, Kind::param, 0, 1.0, 100.0);
  rig.send(voice, Kind::gain, 0, 0.5);
  rig.send(voice, Kind::pan, 0, -0.5);
  rig.send(voice, Kind::temperature, 0, 0.7);
  rig.send(voice, Kind::gate, 0, 1.0);
  rig.render(800);
  CHECK(near(state.values[0], 0.5) && state.gain == 0.5 && state.pan == -0.5);
  CHECK(near(state.temperature, 0.7) && state.open);
}

// ------------------------------------------------------------- determinism

namespace {

// Everything that can happen to voices, at odd frames, the same for every rig.
void play_everything(Rig& rig, const std::vector<Handle>& voices) {
  std::mt19937 draw(7);
  for (int i = 0; i < 400; ++i) {
    const Handle voice = voices[draw() % voices.size()];
    const std::uint64_t frame = draw() % 9000;
    const double part = (draw() % 1000) / 1000.0;
    switch (draw() % 8) {
      case 0:
        rig.send(voice, Kind::param, frame, part, 30 * part, draw() % 2);
        break;
      case 1:
        rig.send(voice, Kind::gain, frame, part, 20 * part);
        break;
      case 2:
        rig.send(voice, Kind::pan, frame, 2 * part - 1, 20 * part);
        break;
      case 3:
        rig.send(voice, Kind::gate, frame, part > 0.4);
        break;
      case 4:
        rig.send(voice, Kind::note, frame, part, 0.0, i);
        break;
      case 5:
        rig.send(voice, Kind::temperature, frame, 0.1 + part);
        break;
      case 6:
        rig.send(voice, Kind::seed, frame, 1e9 * part);
        break;
      case 7:
        rig.send(voice, Kind::reset, frame);
        break;
    }
  }
}

std::vector<Handle> add_voices(Rig& rig, std::shared_ptr<const Taps> taps, int count) {
  std::vector<Handle> voices;
  for (int i = 0; i < count; ++i)
    voices.push_back(rig.add(kHash, taps, {0.1, 0.2}, true, 0, 100 + i, 37 * i));
  return voices;
}

Sound played(EngineOptions options, const std::vector<std::uint32_t>& blocks) {
  Rig rig(options);
  const auto taps = short_taps(16000, static_cast<std::uint32_t>(options.samplerate));
  const auto voices = add_voices(rig, taps, 5);
  play_everything(rig, voices);
  for (std::uint64_t frame : {1001, 1400, 5003}) {
    auto spec = rig.spec(std::make_shared<stub::Hash>(2), taps, {0.5, 0.6}, 9);
    spec.mapping = {1, -1};
    CHECK(rig.engine.swap_model(voices[1], spec, 40.0, frame));
  }
  rig.send(voices[2], Kind::free, 4321);
  for (const std::uint32_t n : blocks) rig.render(n);
  return rig.sound;
}

std::vector<std::uint32_t> cut(std::uint32_t total, std::uint32_t block) {
  std::vector<std::uint32_t> blocks;
  for (std::uint32_t at = 0; at < total; at += block) blocks.push_back(std::min(block, total - at));
  return blocks;
}

}  // namespace

TEST(any_block_size_gives_the_same_samples) {
  for (const double rate : {48000.0, 44100.0, 16000.0, 11025.0}) {
    const Sound wanted = played(offline(rate), {10000});
    for (const std::uint32_t block : {1, 2, 7, 64, 96, 441, 1024, 4096, 8191})
      CHECK(played(offline(rate), cut(10000, block)) == wanted);
  }
}

TEST(any_number_of_workers_gives_the_same_samples) {
  const Sound wanted = played(offline(48000), cut(10000, 64));
  for (const std::uint32_t workers : {1, 2, 3})
    CHECK(played(offline(48000, 2, workers), cut(10000, 64)) == wanted);
}

TEST(a_voice_sounds_the_same_whoever_plays_beside_it) {
  Sound alone;
  for (const int others : {0, 1, 6, 7, 20}) {
    Rig rig(offline(48000, 3));
    const auto taps = short_taps(16000, 48000);
    const Handle voice = rig.add(kHash, taps, {0.3, 0.4}, true, 3, 5, 11);
    rig.send(voice, Kind::param, 500, 0.9, 20.0);
    add_voices(rig, taps, others);
    for (int i = 0; i < 30; ++i) rig.render(100);
    if (others == 0) alone = rig.sound;
    CHECK(rig.sound[2] == alone[2]);
  }
}

// ------------------------------------------------------------- reset

TEST(after_a_reset_a_voice_sounds_as_if_it_were_new) {
  const auto taps = short_taps(16000, 44100);
  const std::vector<double> values{0.3, 0.8};
  Rig fresh(offline(44100));
  fresh.add(kHash, taps, values);
  fresh.render(4000);
  Rig used(offline(44100));
  const Handle voice = used.add(kHash, taps, values);
  used.send(voice, Kind::param, 100, 0.9, 50.0, 1);
  used.send(voice, Kind::param, 900, 0.8, 500.0, 1);  // runs when the reset comes
  used.send(voice, Kind::gain, 900, 0.2, 10.0);
  used.send(voice, Kind::gain, 1800, 1.0, 500.0);
  used.send(voice, Kind::pan, 1800, 0.0, 500.0);
  used.send(voice, Kind::gate, 1700, 0.0);
  used.send(voice, Kind::gate, 1900, 1.0);
  used.send(voice, Kind::reset, 2003);
  used.render(6003);
  for (int c : {0, 1})
    CHECK(std::equal(fresh.sound[c].begin(), fresh.sound[c].end(), used.sound[c].begin() + 2003));
}

TEST(a_reset_keeps_the_parameters_and_ends_their_ramps) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.25}, true, 1);
  rig.send(voice, Kind::param, 100, 0.75, 1000.0);
  rig.send(voice, Kind::gain, 100, 0.5, 1000.0);
  rig.send(voice, Kind::reset, 200);
  rig.render(300);
  CHECK(rig.sound[0][199] < 0.3f && rig.sound[0][200] == 0.375f && rig.sound[0][299] == 0.375f);
}

TEST(a_reset_ends_a_crossfade) {
  const auto taps = short_taps(16000, 48000);
  Rig fresh(offline(48000));
  const auto next = std::make_shared<stub::Hash>(2);
  fresh.add(next, taps, {0.3, 0.4});
  fresh.render(3000);
  Rig used(offline(48000));
  const Handle voice = used.add(kHash, taps, {0.1, 0.2});
  auto spec = used.spec(next, taps, {0.3, 0.4});
  spec.mapping = {-1, -1};
  CHECK(used.engine.swap_model(voice, spec, 500.0, 300));
  used.send(voice, Kind::reset, 1000);
  for (int i = 0; i < 40; ++i) used.render(100);
  for (int c : {0, 1})
    CHECK(std::equal(fresh.sound[c].begin(), fresh.sound[c].end(), used.sound[c].begin() + 1000));
  CHECK(used.count(NoticeKind::swapped) == 1 && used.engine.collect() == 1);
}

// ------------------------------------------------------------- continuity

namespace {

constexpr double kTone = 440.0 / 8000.0;

// The steepest slope of a steady half-scale tone as heard on one side of the middle.
float slope_of_the_tone() {
  Rig rig(offline(48000));
  rig.add(kSine, short_taps(16000, 48000), {kTone});
  rig.render(9000);
  return largest_jump(rig.sound[0], 1000, 9000);
}

}  // namespace

TEST(voices_come_and_go_under_sound_without_a_jump) {
  const float steady = slope_of_the_tone();
  const auto taps = short_taps(16000, 48000);
  Rig rig(offline(48000));
  rig.add(kSine, taps, {kTone});
  for (int i = 0; i < 20; ++i) {
    const Handle voice = rig.add(kSine, taps, {kTone / 2}, true, 0, i, 1000 + 400 * i);
    rig.send(voice, Kind::free, 1200 + 400 * i);
  }
  for (int i = 0; i < 200; ++i) rig.render(64);
  CHECK(rig.count(NoticeKind::freed) == 20 && rig.engine.collect() == 20);
  // Each of several such voices adds half a tone's slope and 1/240 of its level per frame.
  CHECK(largest_jump(rig.sound[0], 100, 12800) < 5 * steady);
  CHECK(largest_jump(rig.sound[0], 12000, 12800) <= 1.0001f * steady);
}

TEST(a_crossfade_of_two_unlike_sounds_keeps_the_power) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kHash, no_taps(), {0.1, 0.2}, true, 1);
  auto spec = rig.spec(std::make_shared<stub::Hash>(2), no_taps(), {0.3, 0.4}, 5);
  spec.mapping = {-1, -1};
  CHECK(rig.engine.swap_model(voice, spec, 1000.0, 4000));
  rig.render(24000);
  for (std::size_t at = 0; at < 24000; at += 2000) {
    const auto from = rig.sound[0].begin() + static_cast<std::ptrdiff_t>(at);
    const double power = std::inner_product(from, from + 2000, from, 0.0) / 2000;
    CHECK(near(power * 12, 1.0, 0.12));  // noise between -1/2 and 1/2; 0.02 is one sigma
  }
}

TEST(a_model_swap_crossfades_without_a_jump) {
  const float steady = slope_of_the_tone();
  const auto taps = short_taps(16000, 48000);
  Rig rig(offline(48000));
  const Handle voice = rig.add(kSine, taps, {kTone});
  for (const std::uint64_t frame : {3000, 5000, 5500}) {  // the third while the second fades
    auto spec = rig.spec(std::make_shared<stub::Sine>(1), taps, {0.9});
    spec.mapping = {0};
    CHECK(rig.engine.swap_model(voice, spec, 20.0, frame));
  }
  for (int i = 0; i < 100; ++i) rig.render(100);
  // Two tones at once, each below full level, and fades of 1/960 of it per frame.
  CHECK(largest_jump(rig.sound[0], 1000, 10000) < 1.5f * steady);
  CHECK(rig.count(NoticeKind::swapped) == 3 && rig.engine.collect() == 3);
  CHECK(near(rig.engine.published(voice)->values[0], kTone, 1e-12));
}

TEST(gain_pan_and_gate_move_without_a_jump) {
  const float steady = slope_of_the_tone();
  Rig rig(offline(48000));
  const Handle voice = rig.add(kSine, short_taps(16000, 48000), {kTone});
  for (int i = 0; i < 10; ++i) {
    rig.send(voice, Kind::gain, 1000 + 977 * i, i % 2);
    rig.send(voice, Kind::pan, 1200 + 977 * i, i % 3 - 1);
    rig.send(voice, Kind::gate, 1500 + 977 * i, i % 2);
  }
  rig.render(12000);
  // Full scale in 2 ms is 1/96 per frame; pan to one side is sqrt(2) louder.
  const float allowed = 1.42f * steady + 0.5f * (1.0f / 96 + 1.58f / 96);
  CHECK(largest_jump(rig.sound[0], 0, 12000) < allowed);
  CHECK(largest_jump(rig.sound[1], 0, 12000) < allowed);
}

// ------------------------------------------------------------- model swaps

TEST(a_swap_takes_over_values_and_running_ramps_by_name) {
  Rig rig(mono16k());
  const Handle voice = rig.add(std::make_shared<stub::Level>(2), no_taps(), {0.0, 0.9}, true, 1);
  rig.send(voice, Kind::param, 100, 1.0, 100.0, 0);  // 1,600 samples
  auto spec = rig.spec(std::make_shared<stub::Level>(3), no_taps(), {0.3, 0.3, 0.3});
  spec.mapping = {0, -1, 1};
  CHECK(rig.engine.swap_model(voice, spec, 2.0, 901));
  rig.render(1000);
  CHECK(near(rig.sound[0][999], 900 / 1600.0));
  CHECK(near(rig.engine.published(voice)->values[1], 0.3));
  CHECK(near(rig.engine.published(voice)->values[2], 0.9));
  rig.render(1000);
  CHECK(near(rig.sound[0][1999], 1.0));
}

TEST(a_ramp_takes_as_long_in_a_model_of_another_rate) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.0}, true, 1);
  rig.send(voice, Kind::param, 0, 1.0, 100.0);  // 1,600 frames
  auto spec = rig.spec(std::make_shared<stub::Level>(1), short_taps(8000, 16000), {0.0});
  spec.samplerate = 8000.0;
  spec.mapping = {0};
  CHECK(rig.engine.swap_model(voice, spec, 2.0, 400));
  rig.render(2000);
  for (int i = 500; i < 1600; ++i) CHECK(near(rig.sound[0][i], i / 1600.0, 3 / 1600.0));
  CHECK(rig.sound[0][1700] == 1.0f);
}

TEST(an_event_sent_before_a_swap_means_the_old_models_parameter) {
  Rig rig(mono16k());
  const Handle voice = rig.add(std::make_shared<stub::Level>(2), no_taps(), {0.1, 0.9}, true, 1);
  rig.send(voice, Kind::param, 1500, 0.5, 0.0, 1);
  auto spec = rig.spec(std::make_shared<stub::Level>(2), no_taps(), {0.3, 0.3});
  spec.mapping = {1, -1};  // the old second is the new first
  CHECK(rig.engine.swap_model(voice, spec, 2.0, 1000));
  rig.send(voice, Kind::param, 1500, 0.7, 0.0, 1);
  rig.render(2000);
  CHECK(near(rig.sound[0][1400], 0.9) && near(rig.sound[0][1999], 0.5));
  CHECK(near(rig.engine.published(voice)->values[1], 0.7));
}

TEST(a_fourth_swap_while_three_fade_ends_the_oldest_in_5_ms_without_a_click) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.5}, true, 1);
  rig.render(1000);
  auto spec = rig.spec(kLevel, no_taps(), {0.5});
  spec.mapping = {0};
  float last = rig.sound[0][999], steepest = 0.0f;
  for (int i = 0; i < 4; ++i) {
    CHECK(rig.engine.has_room_to_swap(voice));
    CHECK(rig.engine.swap_model(voice, spec, 1000.0, kAtOnce));
    rig.render(100);
    for (int f = 0; f < 100; ++f) {
      steepest = std::max(steepest, std::abs(rig.sound[0][f] - last));
      last = rig.sound[0][f];
    }
  }
  CHECK(steepest < 1.2 * 0.5 * 1.571 / 80);  // a quarter of a sine over 80 frames
  CHECK(rig.engine.collect() == 1);
  CHECK(rig.engine.has_room_to_swap(voice));
}

TEST(a_fifth_swap_at_once_is_refused) {
  Rig rig(mono16k());
  const Handle voice = rig.add(kLevel, no_taps(), {0.5}, true, 1);
  auto spec = rig.spec(kLevel, no_taps(), {0.5});
  spec.mapping = {0};
  for (int i = 0; i < 4; ++i) CHECK(rig.engine.swap_model(voice, spec, 10.0, kAtOnce));
  CHECK(!rig.engine.has_room_to_swap(voice));
  CHECK(!rig.engine.swap_model(voice, spec, 10.0, kAtOnce));
  for (int i = 0; i < 10; ++i) rig.render(100);
  CHECK(rig.engine.collect() == 4);
  CHECK(rig.engine.swap_model(voice, spec, 10.0, kAtOnce));
}

// ------------------------------------------------------------- watch

TEST(a_voice_whose_model_yields_nan_is_restarted_and_told) {
  Rig rig(mono16k());
  rig.add(std::make_shared<stub::Failing>(1), no_taps(), {0.5}, true, 1);
  for (int i = 0; i < 100; ++i) rig.render(64);
  for (const float sample : rig.sound[0]) CHECK(std::isfinite(sample));
  CHECK(rig.engine.counters().resets > 0);
  CHECK(rig.count(NoticeKind::restarted) == rig.engine.counters().resets);
}

TEST(a_voice_that_is_stuck_for_half_a_second_is_restarted) {
  Rig rig(mono16k());
  rig.add(kLevel, no_taps(), {0.5}, true, 1);
  rig.render(7990);
  CHECK(rig.engine.counters().resets == 0);
  rig.render(20);
  CHECK(rig.engine.counters().resets == 1);
}

// ------------------------------------------------------------- late workers

TEST(a_late_worker_silences_its_voices_and_they_come_back) {
  using stub::Slow;
  EngineOptions options;
  options.workers = 1;
  options.channels = 4;
  Rig rig(options);
  Slow::audio_thread = std::this_thread::get_id();
  std::vector<Handle> voices;
  for (std::uint32_t c = 1; c <= 4; ++c)
    voices.push_back(rig.add(std::make_shared<Slow>(1), short_taps(16000, 48000), {0.25}, true, c));
  for (int i = 0; i < 20; ++i) rig.render(256);
  Slow::slow_audio = Slow::slow_worker = true;
  while (!Slow::worker_inside) rig.render(256);
  CHECK(rig.engine.counters().stolen_passes > 0);
  Slow::slow_audio = false;

  // The worker is in the middle of it, for a second or so. Nobody waits for it, its
  // voices have rung out, the others sound, and what is sent to it is kept.
  for (const Handle voice : voices) {
    rig.send(voice, Kind::param, kAtOnce, 0.75);
    rig.send(voice, Kind::gain, kAtOnce, 0.5);
  }
  std::int64_t quickest_ns = 1'000'000'000;
  for (int i = 0; i < 10; ++i) {
    const std::int64_t start_ns = monotonic_ns();
    rig.render(256);
    quickest_ns = std::min(quickest_ns, monotonic_ns() - start_ns);
  }
  CHECK(quickest_ns < 2'000'000);  // its bound would be 4.8 ms
  int silent = 0;
  for (const auto& channel : rig.sound) silent += channel.back() == 0.0f;
  CHECK(silent > 0 && rig.count(NoticeKind::missed) > 0);

  Slow::slow_worker = false;
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  rig.render(256);
  for (const auto& channel : rig.sound) {
    CHECK(near(channel[channel.size() - 100], 0.375));  // the new value and gain, at once
    CHECK(std::isfinite(channel.back()));
  }
  const std::uint64_t stolen = rig.engine.counters().stolen_passes;
  for (const Handle voice : voices) rig.send(voice, Kind::free, kAtOnce);
  for (int i = 0; i < 50; ++i) rig.render(256);
  CHECK(rig.engine.collect() == 4 && rig.engine.counters().stolen_passes == stolen);
}

namespace {

// Four voices of a Slow kernel each, on two threads.
void add_slow_voices(Rig& rig) {
  stub::Slow::audio_thread = std::this_thread::get_id();
  for (std::uint32_t c = 1; c <= 4; ++c) {
    PlayerSpec spec = rig.spec(std::make_shared<stub::Slow>(1), short_taps(16000, 48000), {0.25});
    spec.samplerate = 4;  // one sample of warm-up
    rig.engine.add_voice({spec, 0, true}, kAtOnce);
  }
}

}  // namespace

TEST(a_pass_that_a_worker_missed_because_it_did_not_run_is_the_machines) {
  EngineOptions options;
  options.workers = 1;
  Rig rig(options);
  add_slow_voices(rig);
  stub::Slow::slow_worker = true;
  const Counters& counted = rig.engine.counters();
  for (int i = 0; i < 10 || (counted.stolen_passes == 0 && i < 500); ++i) rig.render(768);
  stub::Slow::slow_worker = false;
  CHECK(counted.stolen_passes > 0 && counted.missed_passes == 0);
}

TEST(a_pass_that_a_worker_missed_because_it_had_too_much_to_do_is_ours) {
  EngineOptions options;
  options.workers = 1;
  Rig rig(options);
  add_slow_voices(rig);
  stub::Slow::busy_audio_us = 10;   // two voices: 0.6 ms a block, of 1.8 that there are
  stub::Slow::busy_worker_us = 50;  // 3.2 ms: short, so that other processes seldom cut in
  const Counters& counted = rig.engine.counters();
  for (int i = 0; i < 10 || (counted.missed_passes == 0 && i < 5000); ++i) rig.render(96);
  stub::Slow::busy_audio_us = stub::Slow::busy_worker_us = 0;
  CHECK(counted.missed_passes > 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the late batch ends
}

TEST(a_pass_whose_batches_take_longer_than_they_usually_do_is_the_slow_machines) {
  EngineOptions options;
  options.workers = 1;
  Rig rig(options);
  add_slow_voices(rig);
  stub::Slow::busy_audio_us = stub::Slow::busy_worker_us = 2;  // usually
  for (int i = 0; i < 1000; ++i) rig.render(96);
  const Counters& counted = rig.engine.counters();
  const std::uint64_t before = counted.underruns + counted.missed_passes;
  stub::Slow::busy_audio_us = 10;
  stub::Slow::busy_worker_us = 50;
  for (int i = 0; counted.slow_passes == 0 && i < 2000; ++i) rig.render(96);
  stub::Slow::busy_audio_us = stub::Slow::busy_worker_us = 0;
  CHECK(counted.slow_passes > 0);
  CHECK(counted.underruns + counted.missed_passes == before);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the late batch ends
}

TEST(pace_knows_what_a_batch_usually_takes_after_500_of_them) {
  Pace pace;
  const int one = 0, other = 0;
  for (std::uint32_t i = 1; i < Pace::kLearned; ++i) pace.learn(&one, 3, i % 2 ? 90.0 : 110.0);
  CHECK(pace.usual_ns(&one, 3) == 0.0);
  pace.learn(&one, 3, 110.0);
  CHECK(near(pace.usual_ns(&one, 3), 100.0, 0.5));
  CHECK(pace.usual_ns(&one, 2) == 0.0 && pace.usual_ns(&other, 3) == 0.0);
}

TEST(pace_takes_what_lasts_for_usual_and_a_burst_not) {
  Pace pace;
  const int kernel = 0;
  for (std::uint32_t i = 0; i < Pace::kRemembered; ++i) pace.learn(&kernel, 3, 100.0);
  for (std::uint32_t i = 0; i < Pace::kRemembered / 50; ++i) pace.learn(&kernel, 3, 150.0);
  CHECK(pace.usual_ns(&kernel, 3) < 102.0);
  for (std::uint32_t i = 0; i < 5 * Pace::kRemembered; ++i) pace.learn(&kernel, 3, 150.0);
  CHECK(near(pace.usual_ns(&kernel, 3), 150.0, 0.5));
}

TEST(pace_forgets_the_batch_that_was_not_seen_for_longest) {
  Pace pace;
  std::array<int, 65> kernels{};
  for (std::uint32_t i = 0; i < Pace::kLearned; ++i)
    for (std::size_t k = 0; k < 64; ++k) pace.learn(&kernels[k], 1, 10.0);
  pace.learn(&kernels[64], 1, 20.0);
  CHECK(pace.usual_ns(&kernels[0], 1) == 0.0);
  for (std::size_t k = 1; k < 64; ++k) CHECK(near(pace.usual_ns(&kernels[k], 1), 10.0, 1e-9));
}

// ------------------------------------------------------------- load

namespace {

// 10 blocks of 16 ms (256 model samples) with a voice of this kernel.
void render_ten_blocks(Rig& rig, std::shared_ptr<const Kernel> kernel) {
  PlayerSpec spec = rig.spec(kernel, short_taps(16000, 48000), {0.0});
  spec.samplerate = 4;  // one sample of warm-up
  rig.engine.add_voice({spec, 0, true}, kAtOnce);
  for (int i = 0; i < 10; ++i) rig.render(768);
}

}  // namespace

TEST(a_block_whose_computing_exceeds_the_period_is_an_underrun) {
  Rig rig(EngineOptions{});
  render_ten_blocks(rig, std::make_shared<stub::Costly>(true, 1, std::chrono::microseconds(100)));
  CHECK(rig.engine.counters().underruns == 10 && rig.engine.counters().wall_misses == 0);
  CHECK(rig.engine.counters().load > 0.1 && rig.engine.counters().peak_load > 1.5);
}

TEST(a_block_in_which_the_thread_did_not_run_for_a_while_is_a_wall_miss) {
  Rig rig(EngineOptions{});
  render_ten_blocks(rig, std::make_shared<stub::Costly>(false, 256, std::chrono::milliseconds(30)));
  CHECK(rig.engine.counters().underruns == 0 && rig.engine.counters().wall_misses >= 9);
}

TEST(offline_nothing_is_an_underrun) {
  Rig rig(offline(48000));
  render_ten_blocks(rig, std::make_shared<stub::Costly>(true, 1, std::chrono::microseconds(100)));
  CHECK(rig.engine.counters().underruns == 0 && rig.engine.counters().wall_misses == 0);
}

// ------------------------------------------------------------- clock

TEST(the_clock_filters_jitter_and_finds_the_true_rate) {
  DelayLockedClock clock(48000.0);
  std::mt19937 draw(3);
  const double true_rate = 48000.0 * (1 + 50e-6);
  double worst_ns = 0.0;
  for (std::uint64_t block = 0; block < 20000; ++block) {
    const double due_ns = 5e9 + 1e9 * 256.0 * static_cast<double>(block) / true_rate;
    const double late_ns = draw() % 1000000;  // up to 1 ms
    clock.tick(static_cast<std::int64_t>(due_ns + late_ns), block * 256, 256, true);
    if (block > 5000)
      worst_ns = std::max(worst_ns, std::abs(clock.read().monotonic_ns - due_ns - 0.5e6));
  }
  CHECK(worst_ns < 0.15e6);  // jitter of 1 ms, filtered
  CHECK(near(clock.read().samplerate, true_rate, 0.5));
}

TEST(the_clock_starts_anew_after_a_gap_and_runs_by_frames_offline) {
  DelayLockedClock clock(48000.0);
  clock.tick(1'000'000'000, 0, 480, true);
  clock.tick(9'000'000'000, 480, 480, true);
  CHECK(clock.read().monotonic_ns == 9'000'000'000);
  clock.tick(123, 960, 480, false);
  CHECK(clock.read().monotonic_ns == 20'000'000 && clock.read().frame == 960);
}

int main(int argc, char** argv) { return run_tests(argc, argv); }
