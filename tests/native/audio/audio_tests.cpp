// What the sound system's callbacks deliver, against what the engine renders by itself.
#include <atomic>
#include <chrono>
#include <thread>

#include "audio_callbacks.h"
#include "check.h"
#include "rig.h"

using namespace rig;
using namespace std::chrono_literals;

namespace {

const auto kHash = std::make_shared<stub::Hash>(1);
constexpr std::uint32_t kRate = 48000;

// Two voices of noise, so that every frame differs from every other.
void add_noise(Rig& rig) {
  rig.add(kHash, short_taps(16000, kRate), {0.5}, true, 1, 1, 0);
  rig.add(kHash, short_taps(16000, kRate), {0.5}, true, 2, 2, 0);
}

Sound rendered(std::uint32_t nframes) {
  Rig rig(offline(kRate));
  add_noise(rig);
  rig.render(nframes);
  return rig.sound;
}

// Stands for jack_port_get_buffer: a port is its buffer.
void* buffer_of(void* port, std::uint32_t) { return port; }

bool equal(const std::vector<float>& interleaved, const Sound& sound, std::size_t frames) {
  for (std::size_t t = 0; t < frames; ++t)
    for (std::size_t c = 0; c < sound.size(); ++c)
      if (interleaved[t * sound.size() + c] != sound[c][t]) return false;
  return true;
}

}  // namespace

TEST(jack_gets_what_the_engine_renders_in_any_block_size) {
  Rig rig(offline(kRate));
  add_noise(rig);
  float left[4096], right[4096];
  JackCallback callback(rig.engine, buffer_of, {left, right});
  const Sound wanted = rendered(256 + 1 + 4096 + 64);
  std::size_t at = 0;
  for (const std::uint32_t n : {256u, 1u, 4096u, 64u}) {
    CHECK(JackCallback::process(n, &callback) == 0);
    CHECK(std::equal(left, left + n, wanted[0].begin() + static_cast<std::ptrdiff_t>(at)));
    CHECK(std::equal(right, right + n, wanted[1].begin() + static_cast<std::ptrdiff_t>(at)));
    at += n;
    CHECK(callback.counts.blocksize == n);
  }
  CHECK(callback.counts.blocks == 4 && callback.counts.frames == at);
}

TEST(what_jack_tells_is_a_flag_and_nothing_more) {
  Rig rig({.realtime = true});
  float out[64];
  JackCallback callback(rig.engine, buffer_of, {out});
  CHECK(!callback.gone && !callback.freewheeling && callback.samplerate_hz == 0);
  JackCallback::freewheel(1, &callback);
  CHECK(callback.freewheeling && !rig.engine.realtime());
  JackCallback::freewheel(0, &callback);
  CHECK(!callback.freewheeling && rig.engine.realtime());
  CHECK(JackCallback::samplerate(44100, &callback) == 0 && callback.samplerate_hz == 44100);
  CHECK(JackCallback::xrun(&callback) == 0 && callback.counts.xruns == 1);
  JackCallback::shutdown(0x20, "gone", &callback);
  CHECK(callback.gone);
}

TEST(portaudio_gets_it_interleaved_and_blocks_longer_than_its_own_buffer) {
  Rig rig(offline(kRate));
  add_noise(rig);
  PortAudioCallback callback(rig.engine, 2);
  const Sound wanted = rendered(3000);
  std::vector<float> out(2 * 3000);
  CHECK(PortAudioCallback::process(nullptr, out.data(), 100, nullptr, 0, &callback) == 0);
  CHECK(PortAudioCallback::process(nullptr, out.data() + 200, 2900, nullptr, 4, &callback) == 0);
  CHECK(equal(out, wanted, 3000));
  CHECK(callback.counts.xruns == 1);
}

TEST(channels_beyond_what_fits_are_refused) {
  Rig rig(offline(kRate));
  for (const int channels : {0, -1, kMaxPorts + 1}) {
    bool refused = false;
    try {
      PortAudioCallback callback(rig.engine, channels);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CHECK(refused);
  }
}

TEST(a_ring_gives_every_frame_once_in_order_and_refuses_what_does_not_fit) {
  FrameRing ring(100, 2);  // rounded up to 128
  float left[64], right[64], out[256];
  float* in[] = {left, right};
  float next = 0.0f, expected = 0.0f;
  for (int round = 0; round < 1000; ++round) {
    for (int t = 0; t < 64; ++t) {
      left[t] = next + static_cast<float>(t);
      right[t] = -left[t];
    }
    CHECK(ring.push(in, 64));
    CHECK(ring.push(in, 0));
    next += 64.0f;
    const std::size_t n = ring.pop(out, static_cast<std::size_t>(round % 128));
    for (std::size_t t = 0; t < n; ++t, expected += 1.0f)
      CHECK(out[2 * t] == expected && out[2 * t + 1] == -expected);
    if (ring.readable() > 64) {
      CHECK(!ring.push(in, 64));
      while (ring.readable() > 64) {
        CHECK(ring.pop(out, 1) == 1 && out[0] == expected);
        expected += 1.0f;
      }
    }
  }
  FrameRing none(0, 2);
  CHECK(!none.push(in, 1) && none.pop(out, 1) == 0);
}

TEST(the_paced_clock_keeps_every_frame_for_a_reader_and_keeps_in_step) {
  Rig rig({.samplerate = kRate, .realtime = true});
  add_noise(rig);
  Pacer pacer(rig.engine, kRate, 64, 2, kRate);
  const auto start = std::chrono::steady_clock::now();
  pacer.start();
  pacer.start();  // harmless
  std::vector<float> out(2 * kRate);
  std::size_t got = 0;
  std::thread reader([&] {
    while (std::chrono::steady_clock::now() - start < 300ms)
      got += pacer.read(out.data() + 2 * got, 100);
  });
  reader.join();
  pacer.stop();
  pacer.stop();
  got += pacer.read(out.data() + 2 * got, kRate - got);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  CHECK(got == pacer.counts.frames && got % 64 == 0 && pacer.lost_frames == 0);
  CHECK(pacer.readable() == 0);
  // Never ahead of time by more than the block that has begun; how late is the machine's.
  CHECK(static_cast<double>(got) <= took.count() * kRate + 64);
  CHECK(got > kRate / 10);
  CHECK(equal(out, rendered(static_cast<std::uint32_t>(got)), got));
}

TEST(a_reader_that_sleeps_costs_whole_blocks_that_are_counted) {
  Rig rig({.samplerate = kRate, .realtime = true});
  Pacer pacer(rig.engine, kRate, 64, 2, 1024);
  pacer.start();
  while (pacer.lost_frames == 0) std::this_thread::sleep_for(1ms);
  pacer.stop();
  CHECK(pacer.readable() == 1024);
  CHECK(pacer.counts.frames == 1024 + pacer.lost_frames && pacer.lost_frames % 64 == 0);
}

TEST(a_clock_without_a_ring_keeps_nothing_and_loses_nothing) {
  Rig rig({.samplerate = kRate, .realtime = true});
  Pacer pacer(rig.engine, kRate, 64, 2, 0);
  pacer.start();
  while (pacer.counts.frames < 1024) std::this_thread::sleep_for(1ms);
  pacer.stop();
  CHECK(pacer.readable() == 0 && pacer.lost_frames == 0);
}

int main(int argc, char** argv) { return run_tests(argc, argv); }
