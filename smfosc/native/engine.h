// The engine: events in, sound out.
//
// `render` runs on the audio thread and neither allocates, locks, logs, throws nor
// enters the kernel (but for one wake of the workers). Everything else runs on any
// other thread; those calls exclude one another by a mutex that render never takes.
// Voices and players belong to the control side from construction to destruction;
// the audio thread only borrows them between an add or swap event and handing back.
#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "bus.h"
#include "clock.h"
#include "counters.h"
#include "event.h"
#include "event_heap.h"
#include "levels.h"
#include "meter.h"
#include "player.h"
#include "queue.h"
#include "voice.h"
#include "workers.h"

namespace smfosc {

// Newest frames of the outputs' sum that can be read back: more than kMaxPass, and 85 ms
// at 192 kHz.
constexpr std::size_t kScopeFrames = 16384;

// No slot for a voice, or no room for its add.
struct EngineFull : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct EngineOptions {
  double samplerate = 48000.0;
  std::uint32_t channels = 2;
  std::uint32_t max_voices = 256;
  std::uint32_t workers = 0;  // native threads beside the audio thread
  bool realtime = true;       // false: no deadlines, time runs by the frames
  double attack_s = 0.005;
  double release_s = 0.05;
  std::uint64_t first_frame = 0;  // where counting begins: that of an engine that this one replaces
  std::uint64_t delay_frames = 0;  // the taps': gain, pan, gate and notes wait for it too
  std::vector<BusSpec> buses{};    // none: one over all channels, panned over the first two
};

struct VoiceSpec {
  PlayerSpec player;
  std::uint32_t channel = 0;  // 0: panned over its bus; else that one alone, from 1
  bool open = false;          // the gate at first
  std::uint32_t bus = 0;
};

class Engine {
 public:
  explicit Engine(const EngineOptions& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // -- Audio thread ----------------------------------------------------------
  // outputs: channels() pointers to nframes floats, overwritten. now_ns: when the
  // block was due by CLOCK_MONOTONIC if the backend knows, else 0.
  void render(float* const* outputs, std::uint32_t nframes, std::int64_t now_ns = 0) noexcept;

  // -- Any thread ------------------------------------------------------------
  std::uint32_t channels() const noexcept { return options_.channels; }
  double samplerate() const noexcept { return options_.samplerate; }
  std::uint64_t frame() const noexcept { return counters_.frames.load(std::memory_order_relaxed); }
  const Counters& counters() const noexcept { return counters_; }
  ClockReading clock() const noexcept { return clock_.read(); }
  const Level& level(std::uint32_t channel) const noexcept { return levels_[channel]; }
  const Scope& scope() const noexcept { return scope_; }
  bool realtime() const noexcept { return realtime_.load(std::memory_order_relaxed); }
  void set_realtime(bool on) noexcept { realtime_.store(on, std::memory_order_relaxed); }

  // -- Control side ----------------------------------------------------------
  // Builds and warms up (takes tens of ms), then queues the add. Throws
  // std::invalid_argument, EngineFull.
  Handle add_voice(const VoiceSpec& spec, std::uint64_t frame);
  // The same with a player that was built before: quick, so that many can begin together.
  Handle add_voice(std::unique_ptr<Player> player, const VoiceStart& start, std::uint64_t frame);
  // The same for the model of a voice; spec.mapping and `frame` as in Player.
  // False: too many swaps of this voice are still to finish, or it is gone.
  bool swap_model(Handle voice, const PlayerSpec& spec, double fade_ms, std::uint64_t frame);
  bool swap_model(Handle voice, std::unique_ptr<Player> player, double fade_ms,
                  std::uint64_t frame);
  // Whether one more swap would be taken; what was handed back counts until collect().
  bool has_room_to_swap(Handle voice);
  // False: queue full (counted), or a voice that is gone.
  bool send(Event event);
  // False: queue full. Throws std::invalid_argument when there is no such bus.
  bool set_bus_gain(std::uint32_t bus, double gain, double ramp_ms, std::uint64_t frame);
  double bus_gain(std::uint32_t bus) const;
  void clear_scheduled();
  bool next_notice(Notice& notice);
  // Destroys what the audio thread handed back. Returns how many objects.
  std::size_t collect();
  // Null when there is no such voice. Valid until the next collect().
  const Published* published(Handle voice);

  // Gives the workers the audio thread's scheduling, as it is now; render must
  // have run and its thread must be alive. False: the system refuses (errno).
  bool adopt_priority();

 private:
  struct Owned {                 // one slot, as the control side sees it
    std::uint32_t occupant = 0;  // handles given out for this slot
    std::unique_ptr<Voice> voice;
    std::vector<std::unique_ptr<Player>> players;
    std::uint8_t generation = 0;  // swaps sent
  };
  struct Returned {  // player null: the voice with all its players
    Handle voice;
    Player* player;
  };

  // Audio thread, in this order in every pass.
  void render_pass(float* const* outputs, std::uint32_t n) noexcept;
  void drain() noexcept;
  void receive(Event event) noexcept;
  void place(Event& event) noexcept;
  void return_missed() noexcept;
  void distribute(std::uint64_t end) noexcept;
  void dispatch(std::uint32_t node) noexcept;
  void deliver(std::uint32_t node, Voice& voice) noexcept;
  bool translate(Event& event, const Voice& voice) const noexcept;
  void make_samples(std::uint64_t end) noexcept;
  void mix(float* const* outputs, std::uint32_t n) noexcept;
  void show(float* const* outputs, std::uint32_t n) noexcept;
  void settle_voices() noexcept;
  void settle(Voice& voice) noexcept;
  void hand_back(Voice& voice) noexcept;
  void account(std::uint32_t nframes) noexcept;
  void notify(const Notice& notice) noexcept;
  Voice* find(Handle handle) const noexcept;

  // Control side, under mutex_.
  bool enqueue(Event& event);
  Owned* owned(Handle handle);
  std::uint32_t free_slot();
  const Bus& checked_bus(std::uint32_t bus) const;
  void check_place(std::uint32_t bus, std::uint32_t channel) const;

  const EngineOptions options_;
  const VoiceTiming timing_;
  Counters counters_;
  DelayLockedClock clock_;
  std::atomic<bool> realtime_;
  std::atomic<std::uintptr_t> audio_thread_{0};

  SpscQueue<Event> inbox_{kMaxEvents};
  SpscQueue<Notice> notices_{4096};
  SpscQueue<Returned> returned_;

  // Audio thread.
  EventHeap events_{kMaxEvents};
  std::vector<Voice*> voices_;  // by slot
  std::vector<Seat> seats_;
  Meter meter_;
  std::deque<Bus> buses_;      // each goes into the outputs or into one before it
  std::vector<Level> levels_;  // of the outputs
  Scope scope_{kScopeFrames};
  std::uint64_t frame_;
  std::int64_t deadline_ns_ = 0;
  bool slow_ = false;  // the machine was slower than usual in this block
  std::vector<float*> channels_;
  std::vector<float> sound_, part_, amplitude_;

  // Control side.
  std::mutex mutex_;
  std::vector<Owned> owned_;
  std::uint64_t sent_ = 0;

  Workers workers_;  // last: its threads use what is above
};

}  // namespace smfosc
