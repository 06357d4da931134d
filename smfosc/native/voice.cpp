#include "voice.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace smfosc {

namespace {

constexpr double kHalfPi = std::numbers::pi / 2.0;

// Equal power: the squares of a fade's two sides sum to one.
float fade_gain(double share) noexcept {
  return share >= 1.0 ? 1.0f : static_cast<float>(std::sin(share * kHalfPi));
}

void skip(Ramp& ramp, std::uint32_t n) noexcept {
  for (std::uint32_t i = 0; ramp.moving() && i < n; ++i) ramp.next();
}

}  // namespace

Voice::Voice(Handle handle, const VoiceStart& start, Player* player, const VoiceTiming& timing,
             const PanLaw& law) noexcept
    : handle_(handle),
      bus_(start.bus),
      channel_(start.channel),
      timing_(timing),
      law_(law),
      gain_(start.gain),
      pan_(start.pan),
      envelope_(timing.attack_frames, timing.release_frames),
      open_(start.open) {
  players_[player_count_++] = player;
  envelope_.restart(timing_.delay_frames);
  if (open_) envelope_.open();
  set_pan_gains();
  publish();
}

void Voice::begin(std::uint64_t frame) noexcept {
  first_frame_ = frame;
  sounding_ = 1;
  players_[0]->begin(frame);
}

void Voice::append(std::uint32_t node, EventHeap& events) noexcept {
  if (tail_ == kNoNode)
    head_ = node;
  else
    events[tail_].next = node;
  tail_ = node;
  if (cursor_ == kNoNode) cursor_ = node;
  for (std::uint32_t i = 0; i < player_count_; ++i)
    if (players_[i]->cursor == kNoNode) players_[i]->cursor = node;
}

void Voice::attach(Player* player, std::uint64_t frame, const EventHeap& events) noexcept {
  player->begin(frame);
  player->inherit(newest(), events);
  player->fade.jump(0.0);
  players_[player_count_++] = player;
  ++generation_;
}

// After a missed pass: back in step at `frame`, swelling in from nothing.
void Voice::resume(std::uint64_t frame) noexcept {
  missed = stolen = slow = false;
  for (std::uint32_t i = 0; i < player_count_; ++i) players_[i]->resume(frame);
}

void Voice::rest(const EventHeap& events, std::uint64_t end) noexcept {
  for (std::uint32_t i = 0; i < player_count_; ++i) players_[i]->rest(events, end);
}

bool Voice::wakes_by(const Event& event) const noexcept {
  const bool sounds = event.kind == Kind::gate || event.kind == Kind::note;
  return resting && (sounds ? event.value > 0.0 : event.kind == Kind::rest && event.value <= 0.0);
}

void Voice::wake(std::uint64_t frame) noexcept {
  resting = drowsy_ = false;
  for (std::uint32_t i = 0; i < player_count_; ++i) players_[i]->resume(frame);
}

void Voice::render(const EventHeap& events, const Mix& mix, std::uint64_t start,
                   std::uint64_t end) noexcept {
  for (std::uint64_t at = std::max(start, first_frame_); at < end;) {
    for (; !missed && cursor_ != kNoNode && events[cursor_].event.frame <= at;
         cursor_ = events[cursor_].next)
      act(events[cursor_].event);
    const bool more = !missed && cursor_ != kNoNode;
    const std::uint64_t stop = more ? std::min(end, events[cursor_].event.frame) : end;
    span(mix, static_cast<std::uint32_t>(at - start), static_cast<std::uint32_t>(stop - at));
    at = stop;
  }
}

void Voice::act(const Event& event) noexcept {
  switch (event.kind) {
    case Kind::gain:
      gain_.to(event.value, timing_.steps_of(event.ramp_ms));
      break;
    case Kind::pan:
      pan_.to(event.value, timing_.steps_of(event.ramp_ms));
      break;
    case Kind::gate:
      start_note(-1, event.value > 0.0 ? 1.0 : 0.0);
      break;
    case Kind::note:
      start_note(event.index, event.value);
      break;
    case Kind::note_off:
      if (holder_ == event.index) set_gate(false);
      break;
    case Kind::reset:
      reset();
      break;
    case Kind::swap:
      start_fade(event.ramp_ms);
      break;
    case Kind::rest:
      drowsy_ = event.value > 0.0;
      if (drowsy_) start_note(-1, 0.0);
      break;
    case Kind::free:
      freeing_ = true;
      set_gate(false);
      break;
    default:
      break;
  }
}

// level 0 closes: the sound is released at the level that it has.
void Voice::start_note(std::int64_t holder, double level) noexcept {
  holder_ = holder;
  set_gate(level > 0.0);
  if (level <= 0.0) return;
  drowsy_ = false;
  // From silence there is nothing to click: the note starts at its own level.
  if (envelope_.value() == 0.0)
    level_.jump(level);
  else
    level_.to(level, timing_.steps_of(0.0));
}

void Voice::set_gate(bool open) noexcept {
  open_ = open && !freeing_;
  if (open_)
    envelope_.open();
  else
    envelope_.close();
}

void Voice::reset() noexcept {
  for (Ramp* ramp : {&gain_, &pan_, &level_}) ramp->finish();
  set_pan_gains();
  envelope_.restart(timing_.delay_frames);
  set_gate(open_);
  silenced_ = sounding_ - 1;
  Player& heard = *players_[sounding_ - 1];
  heard.fade.jump(1.0);
  heard.reset_resampler();
}

void Voice::start_fade(double ms) noexcept {
  const std::uint64_t frames = timing_.steps_of(ms);
  const std::uint64_t hurry = std::min(frames, timing_.steps_of(kHurry_ms));
  const std::uint32_t hurried = player_count_ == kMaxPlayers ? 1 : 0;
  for (std::uint32_t i = silenced_; i < sounding_; ++i)
    players_[i]->fade.to(0.0, i < hurried ? hurry : frames);
  players_[sounding_++]->fade.to(1.0, frames);
}

void Voice::span(const Mix& mix, std::uint32_t offset, std::uint32_t n) noexcept {
  if (!fill_amplitude(mix.amplitude, n)) return pass_silently(n);
  sound_players(mix, n);
  published.level.add(mix.sound, mix.amplitude, n);
  add(mix, offset, n);
}

// What is multiplied by zero need not be computed, only moved on.
void Voice::pass_silently(std::uint32_t n) noexcept {
  for (std::uint32_t i = silenced_; i < sounding_; ++i) {
    players_[i]->resample(nullptr, n, missed || resting);
    skip(players_[i]->fade, n);
  }
  skip_pan(n);
}

void Voice::skip_pan(std::uint32_t n) noexcept {
  if (!pan_.moving()) return;
  skip(pan_, n);
  set_pan_gains();
}

// Sum of the players into mix.sound.
void Voice::sound_players(const Mix& mix, std::uint32_t n) noexcept {
  Player& newest = *players_[sounding_ - 1];
  newest.resample(mix.sound, n, missed);
  if (newest.fade.moving())
    for (std::uint32_t f = 0; f < n; ++f) mix.sound[f] *= fade_gain(newest.fade.next());
  for (std::uint32_t i = silenced_; i + 1 < sounding_; ++i) {
    players_[i]->resample(mix.part, n, missed);
    for (std::uint32_t f = 0; f < n; ++f)
      mix.sound[f] += mix.part[f] * fade_gain(players_[i]->fade.next());
  }
}

// gain * level * envelope, frame by frame. False if all of it is zero.
bool Voice::fill_amplitude(float* amplitude, std::uint32_t n) noexcept {
  const bool moving = gain_.moving() || level_.moving() || envelope_.moving();
  if (!moving) {
    const double steady = gain_.value() * level_.value() * envelope_.value();
    std::fill_n(amplitude, n, static_cast<float>(steady));
    return steady != 0.0;
  }
  for (std::uint32_t f = 0; f < n; ++f)
    amplitude[f] = static_cast<float>(gain_.next() * level_.next() * envelope_.next());
  return true;
}

void Voice::add(const Mix& mix, std::uint32_t offset, std::uint32_t n) noexcept {
  if (channel_ == 0 && law_.speakers > 1) return add_panned(mix, offset, n);
  skip_pan(n);
  float* out = mix.channels[channel_ == 0 ? 0 : channel_ - 1] + offset;
  for (std::uint32_t f = 0; f < n; ++f) out[f] += mix.sound[f] * mix.amplitude[f];
}

void Voice::add_panned(const Mix& mix, std::uint32_t offset, std::uint32_t n) noexcept {
  std::uint32_t f = 0;
  for (; f < n && pan_.moving(); ++f) {
    pan_.next();
    set_pan_gains();
    const float sound = mix.sound[f] * mix.amplitude[f];
    mix.channels[pan_gains_.first][offset + f] += sound * pan_gains_.first_gain;
    mix.channels[pan_gains_.second][offset + f] += sound * pan_gains_.second_gain;
  }
  float* first = mix.channels[pan_gains_.first] + offset;
  float* second = mix.channels[pan_gains_.second] + offset;
  for (; f < n; ++f) {
    const float sound = mix.sound[f] * mix.amplitude[f];
    first[f] += sound * pan_gains_.first_gain;
    second[f] += sound * pan_gains_.second_gain;
  }
}

void Voice::set_pan_gains() noexcept { pan_gains_ = pan_gains(pan_.value(), law_); }

void Voice::publish() noexcept {
  const Player& heard = newest();
  const auto put = [](auto& cell, auto value) { cell.store(value, std::memory_order_relaxed); };
  for (std::uint32_t i = 0; i < heard.size(); ++i) put(published.values[i], heard.value(i));
  put(published.gain, gain_.value());
  put(published.pan, pan_.value());
  put(published.temperature, heard.temperature());
  put(published.open, open_);
  put(published.resting, resting);
}

void Voice::recycle_events(EventHeap& events) noexcept {
  while (head_ != kNoNode) {
    const std::uint32_t node = head_;
    head_ = events[node].next;
    events.recycle(node);
  }
  tail_ = kNoNode;
}

Player* Voice::shed_player() noexcept {
  Player* oldest = players_[0];
  const bool unheard = silenced_ > 0 || (!oldest->fade.moving() && oldest->fade.value() == 0.0);
  if (sounding_ < 2 || !unheard) return nullptr;
  std::move(players_.begin() + 1, players_.begin() + player_count_, players_.begin());
  --player_count_;
  --sounding_;
  silenced_ -= silenced_ > 0;
  return oldest;
}

}  // namespace smfosc
