// A control thread does everything at once to an engine that renders with workers;
// another reads all that can be read. For the thread sanitizer, and for the address
// sanitizer's eye on what is handed back and freed.
#include <random>
#include <thread>

#include "check.h"
#include "rig.h"

using namespace rig;

namespace {

void render_until(Engine& engine, const std::atomic<bool>& stop, std::uint32_t seed) {
  std::mt19937 draw(seed);
  std::vector<std::vector<float>> channels(2, std::vector<float>(2048));
  float* outputs[] = {channels[0].data(), channels[1].data()};
  while (!stop) engine.render(outputs, 1 + draw() % 600);
}

void read_until(Engine& engine, const std::atomic<bool>& stop) {
  std::uint64_t frame = 0;
  while (!stop) {
    const ClockReading reading = engine.clock();
    CHECK(reading.frame >= frame);
    frame = reading.frame;
    (void)engine.counters().load.load();
    std::this_thread::yield();
  }
}

class Player_of_everything {
 public:
  Player_of_everything(Rig& rig, std::uint32_t seed) : rig_(rig), draw_(seed) {}

  void act() {
    if (voices_.size() < 6) voices_.push_back(add());
    const std::size_t which = draw_() % voices_.size();
    const Handle voice = voices_[which];
    for (int i = 0; i < 20; ++i)
      rig_.send(voice, any_kind(), when(), (draw_() % 10) / 10.0, draw_() % 30);
    rig_.engine.set_bus_gain(0, (draw_() % 10) / 10.0, draw_() % 30, when());
    (void)rig_.engine.bus_gain(0);
    if (draw_() % 4 == 0) swap(voice);
    if (draw_() % 8 == 0) free(which);
    if (draw_() % 16 == 0) rig_.engine.clear_scheduled();
    if (const Published* state = rig_.engine.published(voice)) (void)state->values[0].load();
    rig_.notices();
    rig_.engine.collect();
  }
  void free_all() {
    while (!voices_.empty()) free(0);
  }

 private:
  Handle add() {
    return rig_.add(kernels_[draw_() % 2], taps_, {0.1, 0.2}, true, draw_() % 3, draw_());
  }
  Kind any_kind() {
    const auto kind = draw_() % 10;
    return kind == 9 ? Kind::rest : static_cast<Kind>(kind);
  }
  void swap(Handle voice) {
    auto spec = rig_.spec(kernels_[draw_() % 2], taps_, {0.3, 0.4});
    spec.mapping = {1, 0};
    rig_.engine.swap_model(voice, spec, draw_() % 20, when());
  }
  void free(std::size_t which) {
    if (rig_.send(voices_[which], Kind::free, when())) voices_.erase(voices_.begin() + which);
  }
  std::uint64_t when() {
    const std::uint64_t frame = rig_.engine.frame() + draw_() % 2000;
    return draw_() % 3 ? kAtOnce : frame > 500 ? frame - 500 : frame;
  }

  Rig& rig_;
  std::mt19937 draw_;
  std::shared_ptr<const Kernel> kernels_[2] = {std::make_shared<stub::Hash>(2),
                                               std::make_shared<stub::Failing>(2)};
  std::shared_ptr<const Taps> taps_ = short_taps(16000, 48000);
  std::vector<Handle> voices_;
};

void play_for(double seconds, EngineOptions options, std::uint32_t seed) {
  options.max_voices = 8;
  Rig rig(options);
  std::atomic<bool> stop{false};
  std::thread audio([&] { render_until(rig.engine, stop, seed); });
  std::thread reader([&] { read_until(rig.engine, stop); });
  Player_of_everything player(rig, seed);
  const std::int64_t end = monotonic_ns() + static_cast<std::int64_t>(seconds * 1e9);
  while (monotonic_ns() < end) try {
      player.act();
    } catch (const EngineFull&) {  // eight voices are still being released
      rig.engine.collect();
    }
  player.free_all();
  stop = true;
  audio.join();
  reader.join();
}

}  // namespace

TEST(everything_at_once_with_workers_and_no_bound) {
  for (const std::uint32_t workers : {0, 2}) play_for(2.0, offline(48000, 2, workers), workers);
}

TEST(everything_at_once_with_workers_that_are_often_late) {
  // A machine with fewer cores than threads, and deadlines of some microseconds.
  EngineOptions options;
  options.workers = 3;
  play_for(3.0, options, 5);
}

int main(int argc, char** argv) { return run_tests(argc, argv); }
