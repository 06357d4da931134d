// The three threads of a model that is made ahead: the audio thread that plays and resets, the
// renderer that makes samples, the loader that makes and frees voices. For the thread sanitizer.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "ahead.h"
#include "check.h"
#include "rig.h"

using namespace rig;

namespace {

constexpr std::uint32_t kLead = 64, kChunk = 16;

// What a renderer in Python does (smfosc/onnx_engine/renderer.py): a sample is its first parameter.
void render_ahead(AheadKernel& kernel, const std::atomic<bool>& stop) {
  std::vector<std::shared_ptr<AheadStream>> seats;
  std::vector<AheadRow> rows(kChunk);
  std::vector<float> samples(kLead);
  while (!stop) {
    kernel.wait(0.01);
    for (auto& stream : kernel.starting()) {
      samples.assign(kLead, stream->start().row.params[0]);
      stream->begin(samples.data());
      seats.push_back(std::move(stream));
    }
    std::erase_if(seats, [](const auto& seat) { return seat->closed(); });
    for (const auto& seat : seats) {
      if (!seat->due()) continue;
      seat->take(rows.data());
      for (std::uint32_t i = 0; i < kChunk; ++i) samples[i] = rows[i].params[0];
      seat->put(samples.data());
    }
    (void)kernel.late();
  }
}

// Voices come, move, are reset and go while they are played.
void play_ahead(const EngineOptions& options, int rounds) {
  auto kernel = std::make_shared<AheadKernel>(1, 256, kLead, kChunk);
  std::atomic<bool> stop{false};
  std::thread renderer([&] { render_ahead(*kernel, stop); });
  {
    Rig rig(options);
    std::atomic<bool> silent{false};
    std::thread audio([&] {
      std::vector<std::vector<float>> channels(options.channels, std::vector<float>(512));
      std::vector<float*> outputs;
      for (auto& channel : channels) outputs.push_back(channel.data());
      while (!silent) rig.engine.render(outputs.data(), 256);
    });
    std::vector<Handle> voices;
    for (int round = 0; round < rounds; ++round) {
      voices.push_back(rig.add(kernel, short_taps(16000, 48000), {0.25}, true));
      for (const Handle voice : voices) {
        rig.send(voice, Kind::param, kAtOnce, 0.1 * (round % 10));
        if (round % 3 == 0) rig.send(voice, Kind::reset, kAtOnce);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (voices.size() < 4) continue;
      rig.send(voices.front(), Kind::free, kAtOnce);
      voices.erase(voices.begin());
      rig.notices();
      rig.engine.collect();
    }
    CHECK(kernel->streams() >= voices.size());
    silent = true;
    audio.join();
  }
  CHECK(kernel->streams() == 0);
  stop = true;
  renderer.join();
}

}  // namespace

TEST(voices_that_are_made_ahead_come_and_go_while_the_audio_thread_never_waits) {
  play_ahead(EngineOptions{}, 100);
}

TEST(voices_that_are_made_ahead_come_and_go_while_the_audio_thread_waits_for_them) {
  for (const std::uint32_t workers : {0, 2}) play_ahead(offline(48000, 2, workers), 40);
}

int main(int argc, char** argv) { return run_tests(argc, argv); }
