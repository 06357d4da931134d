// A voice: one player (more during model crossfades), gain, pan, the gate's
// envelope, the note's level.
//
// Built and destroyed by the control side; in between it belongs to the audio
// thread, but for `Published`, which anyone may read.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "envelope.h"
#include "event_heap.h"
#include "levels.h"
#include "panning.h"
#include "player.h"
#include "ramp.h"

namespace smfosc {

// Gain, pan and level never jump: a change without a ramp takes 2 ms. At 48 kHz a
// full-scale step is then spread over 96 frames, 1 % each: the steepest slope of a
// sine of the same level at 80 Hz, lost in any sound above that.
constexpr double kClick_ms = 2.0;

// Crossfades that may run or wait in one voice, each at its own pace. With one more the
// oldest player is faded out in kHurry_ms, as long as an attack takes; until it is gone
// the control side refuses further swaps.
constexpr std::uint32_t kMaxFades = 3;
constexpr double kHurry_ms = 5.0;
constexpr std::uint32_t kMaxPlayers = kMaxFades + 2;  // the sounding one, and the hurried

struct VoiceTiming {
  double rate;  // frames per second
  double attack_frames;
  double release_frames;
  std::uint64_t delay_frames;  // from a model sample to its sound: the resampler's
  std::uint64_t steps_of(double ms) const noexcept {
    return ramp_steps(ms, rate, ramp_steps(kClick_ms, rate, 1));
  }
};

// What a voice begins with. channel: 0 is panned over its bus, else adds to that one of
// the bus's channels (from 1) alone. gain: linear.
struct VoiceStart {
  std::uint32_t channel = 0;
  bool open = false;
  double gain = 1.0;
  double pan = 0.0;
  std::uint32_t bus = 0;
};

// What /get answers; written once per block.
struct Published {
  std::array<std::atomic<double>, Parameters::kMost> values{};
  std::atomic<double> gain{1.0}, pan{0.0}, temperature{1.0};
  std::atomic<bool> open{false}, resting{false};
  Level level;
};

// Where a voice adds its sound: its bus's channels at the pass's first frame, and
// room for kMaxPass frames of a voice and of its amplitude.
struct Mix {
  float* const* channels;
  float* sound;
  float* part;
  float* amplitude;
};

class Voice {
 public:
  Voice(Handle handle, const VoiceStart& start, Player* player, const VoiceTiming& timing,
        const PanLaw& law) noexcept;

  // -- Audio thread -------------------------------------------------------
  void begin(std::uint64_t frame) noexcept;
  void append(std::uint32_t node, EventHeap& events) noexcept;
  void attach(Player* player, std::uint64_t frame, const EventHeap& events) noexcept;
  void resume(std::uint64_t frame) noexcept;
  // While it rests it makes no samples: events act, ramps jump, and the model stands still.
  void rest(const EventHeap& events, std::uint64_t end) noexcept;
  bool wakes_by(const Event& event) const noexcept;
  void wake(std::uint64_t frame) noexcept;
  void fall_asleep_if_silent() noexcept { resting |= drowsy_ && envelope_.closed(); }
  void render(const EventHeap& events, const Mix& mix, std::uint64_t start,
              std::uint64_t end) noexcept;
  void end_level(std::uint32_t n, const LevelDecay& decay) noexcept {
    published.level.end_block(n, decay);
  }
  void publish() noexcept;
  void recycle_events(EventHeap& events) noexcept;
  // Removes a player that is heard no more; null when there is none.
  Player* shed_player() noexcept;

  bool finished() const noexcept { return freeing_ && envelope_.closed(); }
  Handle handle() const noexcept { return handle_; }
  std::uint32_t bus() const noexcept { return bus_; }
  std::uint8_t generation() const noexcept { return generation_; }
  std::uint32_t player_count() const noexcept { return player_count_; }
  Player& player(std::uint32_t i) const noexcept { return *players_[i]; }
  Player& newest() const noexcept { return *players_[player_count_ - 1]; }

  Published published;
  std::atomic<std::uint32_t> tasks{0};  // batches of this voice not yet done in this pass
  bool missed = false;                  // a worker was late: silent, events wait
  bool stolen = false;                  // ... because the machine did not let it run
  bool slow = false;                    // ... because the machine was slower than usual
  bool resting = false;                 // makes no samples until its gate opens
  std::uint32_t deferred_head = kNoNode, deferred_tail = kNoNode;

 private:
  void act(const Event& event) noexcept;
  void start_note(std::int64_t holder, double level) noexcept;
  void set_gate(bool open) noexcept;
  void reset() noexcept;
  void start_fade(double ms) noexcept;
  void span(const Mix& mix, std::uint32_t offset, std::uint32_t n) noexcept;
  void pass_silently(std::uint32_t n) noexcept;
  void skip_pan(std::uint32_t n) noexcept;
  void sound_players(const Mix& mix, std::uint32_t n) noexcept;
  bool fill_amplitude(float* amplitude, std::uint32_t n) noexcept;
  void add(const Mix& mix, std::uint32_t offset, std::uint32_t n) noexcept;
  void add_panned(const Mix& mix, std::uint32_t offset, std::uint32_t n) noexcept;
  void set_pan_gains() noexcept;

  Handle handle_;
  std::uint32_t bus_;
  std::uint32_t channel_;
  const VoiceTiming& timing_;
  const PanLaw law_;

  std::array<Player*, kMaxPlayers> players_{};  // oldest first
  std::uint32_t player_count_ = 0;
  std::uint32_t sounding_ = 0;  // second pass: players whose first frame has come
  std::uint32_t silenced_ = 0;  // of those, the oldest that a reset has cut off
  std::uint8_t generation_ = 0;

  std::uint32_t head_ = kNoNode, tail_ = kNoNode;  // events of this block
  std::uint32_t cursor_ = kNoNode;                 // second pass: the next one
  std::uint64_t first_frame_ = 0;

  Ramp gain_{1.0}, pan_{0.0}, level_{1.0};
  PanGains pan_gains_;
  Envelope envelope_;
  bool open_;
  bool freeing_ = false;
  bool drowsy_ = false;       // rests as soon as it is silent
  std::int64_t holder_ = -1;  // note id that holds the gate open; -1: the gate itself
};

}  // namespace smfosc
