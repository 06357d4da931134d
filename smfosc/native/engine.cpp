// The audio thread's part of the engine.
#include "engine.h"

#include <algorithm>
#include <numbers>
#include <utility>

#include "denormals.h"

namespace smfosc {

namespace {

// Draining an event costs some 50 ns. Live, no more than this many per pass (0.2 ms);
// a longer backlog is spread over the next ones.
constexpr std::uint32_t kMostDrained = 4096;
// Workers must be done by this part of the period, so that the mix can follow.
constexpr double kWorkerShare = 0.9;
// Smoothing of the load.
constexpr double kLoadTime_s = 0.5;

bool belongs_to_a_voice_or_note(const Event& event) {
  return event.kind == Kind::add || event.kind == Kind::swap || event.kind == Kind::free ||
         event.kind == Kind::note_off;
}

// What acts behind the resampler waits as long as a sample takes through it, so that
// an event of any kind is heard delay_frames after its frame: a note's attack never
// carries the pitch before it.
bool acts_on_sound(Kind kind) {
  return kind == Kind::gain || kind == Kind::pan || kind == Kind::gate || kind == Kind::note ||
         kind == Kind::note_off || kind == Kind::free || kind == Kind::bus_gain ||
         kind == Kind::rest;
}

}  // namespace

void Engine::render(float* const* outputs, std::uint32_t nframes, std::int64_t now_ns) noexcept {
  const FlushDenormals flush;
  const std::int64_t start_ns = monotonic_ns();
  const bool live = realtime();
  meter_.start(start_ns);
  slow_ = false;
  clock_.tick(now_ns ? now_ns : start_ns, frame_, nframes, live);
  audio_thread_.store(this_thread(), std::memory_order_relaxed);
  const double budget_ns = 1e9 * kWorkerShare * nframes / options_.samplerate;
  deadline_ns_ = live ? start_ns + static_cast<std::int64_t>(budget_ns) : 0;

  std::copy_n(outputs, options_.channels, channels_.begin());
  for (std::uint32_t left = nframes; left > 0;) {
    const std::uint32_t n = std::min(left, kMaxPass);
    render_pass(channels_.data(), n);
    for (float*& channel : channels_) channel += n;
    left -= n;
  }
  if (nframes > 0) account(nframes);
}

void Engine::render_pass(float* const* outputs, std::uint32_t n) noexcept {
  drain();
  return_missed();
  distribute(frame_ + n);
  meter_.lap();
  make_samples(frame_ + n);
  mix(outputs, n);
  frame_ += n;
  settle_voices();
  counters_.frames.store(frame_, std::memory_order_release);
}

void Engine::drain() noexcept {
  Event event;
  const std::uint32_t most = deadline_ns_ ? kMostDrained : kMaxEvents;
  for (std::uint32_t i = 0; i < most && inbox_.pop(event); ++i) receive(event);
}

void Engine::receive(Event event) noexcept {
  place(event);
  if (event.kind != Kind::clear) return events_.push(event);
  events_.keep_only(belongs_to_a_voice_or_note);
  events_.push(event);  // counted as done when it is popped
}

// Events of the past act at once, in the order of sending.
void Engine::place(Event& event) noexcept {
  if (event.frame < frame_) {
    const double ms = 1e3 * static_cast<double>(frame_ - event.frame) / options_.samplerate;
    count(counters_.late_events);
    notify({NoticeKind::late, event.kind, event.voice, event.index, static_cast<float>(ms)});
  }
  if (event.frame == kAtOnce || event.frame < frame_) event.frame = frame_;
  if (acts_on_sound(event.kind)) event.frame += options_.delay_frames;
}

// Voices whose late worker is done sound again from this pass on.
void Engine::return_missed() noexcept {
  for (Voice* voice : voices_) {
    if (!voice || !voice->missed || voice->tasks.load(std::memory_order_acquire) != 0) continue;
    voice->resume(frame_);
    std::uint32_t node = std::exchange(voice->deferred_head, kNoNode);
    voice->deferred_tail = kNoNode;
    while (node != kNoNode) {
      const std::uint32_t next = std::exchange(events_[node].next, kNoNode);
      deliver(node, *voice);
      node = next;
    }
  }
}

void Engine::distribute(std::uint64_t end) noexcept {
  while (events_.due_before(end)) dispatch(events_.pop());
}

void Engine::dispatch(std::uint32_t node) noexcept {
  EventNode& at = events_[node];
  at.next = kNoNode;
  if (at.event.kind == Kind::clear) return events_.recycle(node);
  if (at.event.kind == Kind::add) {
    auto* voice = static_cast<Voice*>(at.event.payload);
    voice->begin(at.event.frame);
    voices_[slot_of(voice->handle())] = voice;
    return events_.recycle(node);
  }
  if (at.event.kind == Kind::bus_gain) return buses_[at.event.voice].append(node, events_);
  Voice* voice = find(at.event.voice);
  if (!voice) {
    count(counters_.stray_events);
    return events_.recycle(node);
  }
  if (!voice->missed) return deliver(node, *voice);
  if (voice->deferred_tail == kNoNode)
    voice->deferred_head = node;
  else
    events_[voice->deferred_tail].next = node;
  voice->deferred_tail = node;
}

void Engine::deliver(std::uint32_t node, Voice& voice) noexcept {
  Event& event = events_[node].event;
  if (!translate(event, voice)) {
    count(counters_.stray_events);
    return events_.recycle(node);
  }
  voice.append(node, events_);
  if (voice.wakes_by(event)) voice.wake(frame_);
  if (event.kind == Kind::swap)
    voice.attach(static_cast<Player*>(event.payload), std::max(event.frame, frame_), events_);
}

// A parameter's index belongs to the model that the voice had when it was sent; a
// swap may have come in between.
bool Engine::translate(Event& event, const Voice& voice) const noexcept {
  if (event.kind != Kind::param || event.generation == voice.generation()) return true;
  if (static_cast<std::uint8_t>(event.generation + 1) != voice.generation()) return false;
  const auto& mapping = voice.newest().mapping();
  const auto found = std::find(mapping.begin(), mapping.end(), static_cast<int>(event.index));
  if (found == mapping.end()) return false;
  event.index = static_cast<std::uint32_t>(found - mapping.begin());
  return true;
}

Voice* Engine::find(Handle handle) const noexcept {
  const std::uint32_t slot = slot_of(handle);
  Voice* voice = slot < voices_.size() ? voices_[slot] : nullptr;
  return voice && voice->handle() == handle ? voice : nullptr;
}

void Engine::make_samples(std::uint64_t end) noexcept {
  std::uint32_t count = 0;
  for (Voice* voice : voices_) {
    if (!voice || voice->missed) continue;
    if (voice->resting) {
      voice->rest(events_, end);
      continue;
    }
    for (std::uint32_t i = 0; i < voice->player_count(); ++i)
      seats_[count++] = {&voice->player(i), voice};
  }
  workers_.run(seats_.data(), count, end, deadline_ns_, meter_);
  slow_ = slow_ || workers_.slow();
}

// Voices are added in the order of their slots, whoever made their samples; a bus after all
// that go into it.
void Engine::mix(float* const* outputs, std::uint32_t n) noexcept {
  for (std::uint32_t c = 0; c < options_.channels; ++c) std::fill_n(outputs[c], n, 0.0f);
  for (Bus& bus : buses_) bus.clear(n);
  for (Voice* voice : voices_) {
    if (!voice) continue;
    const Bus& bus = buses_[voice->bus()];
    const Mix mix{bus.pointers(), sound_.data(), part_.data(), amplitude_.data()};
    voice->render(events_, mix, frame_, frame_ + n);
    meter_.lap();
  }
  for (auto bus = buses_.rbegin(); bus != buses_.rend(); ++bus) {
    const int into = bus->spec().into;
    bus->render(events_, into < 0 ? outputs : buses_[static_cast<std::size_t>(into)].pointers(),
                frame_, n);
  }
  show(outputs, n);
}

// For meters and scopes. The scope's sum has a voice in the middle at its own level.
void Engine::show(float* const* outputs, std::uint32_t n) noexcept {
  const LevelDecay decay(n, options_.samplerate);
  for (Voice* voice : voices_)
    if (voice) voice->end_level(n, decay);
  for (std::uint32_t c = 0; c < options_.channels; ++c) {
    levels_[c].add(outputs[c], nullptr, n);
    levels_[c].end_block(n, decay);
  }
  const float scale = options_.channels > 1 ? std::numbers::sqrt2_v<float> / 2.0f : 1.0f;
  scope_.begin(n);
  for (std::uint32_t f = 0; f < n; ++f) {
    float sum = 0.0f;
    for (std::uint32_t c = 0; c < options_.channels; ++c) sum += outputs[c][f];
    scope_.put(f, scale * sum);
  }
  scope_.end();
}

void Engine::settle_voices() noexcept {
  for (Voice* voice : voices_) {
    if (!voice) continue;
    if (voice->missed) {
      count(voice->stolen ? counters_.stolen_passes
            : voice->slow ? counters_.slow_passes
                          : counters_.missed_passes);
      notify({NoticeKind::missed, Kind::add, voice->handle(), 0, 0.0f});
    } else {
      settle(*voice);
    }
  }
}

void Engine::settle(Voice& voice) noexcept {
  voice.recycle_events(events_);
  voice.fall_asleep_if_silent();
  for (std::uint32_t i = 0; i < voice.player_count(); ++i) {
    Player& player = voice.player(i);
    player.end_pass();
    const std::uint32_t restarts = player.take_restarts();
    count(counters_.resets, restarts);
    if (restarts) notify({NoticeKind::restarted, Kind::reset, voice.handle(), restarts, 0.0f});
  }
  while (Player* player = voice.shed_player()) {
    returned_.push({voice.handle(), player});
    notify({NoticeKind::swapped, Kind::swap, voice.handle(), 0, 0.0f});
  }
  voice.publish();
  if (voice.finished()) hand_back(voice);
}

void Engine::hand_back(Voice& voice) noexcept {
  const Handle handle = voice.handle();
  voices_[slot_of(handle)] = nullptr;
  notify({NoticeKind::freed, Kind::free, handle, 0, 0.0f});
  returned_.push({handle, nullptr});
}

void Engine::notify(const Notice& notice) noexcept {
  if (!notices_.push(notice)) count(counters_.dropped_notices);
}

void Engine::account(std::uint32_t nframes) noexcept {
  meter_.lap();
  const double period_ns = 1e9 * nframes / options_.samplerate;
  const double load = static_cast<double>(meter_.cpu_ns()) / period_ns;
  const double weight = std::min(1.0, nframes / (kLoadTime_s * options_.samplerate));
  const double before = counters_.load.load(std::memory_order_relaxed);
  counters_.load.store(before + weight * (load - before), std::memory_order_relaxed);
  if (load > counters_.peak_load.load(std::memory_order_relaxed))
    counters_.peak_load.store(load, std::memory_order_relaxed);
  count(counters_.blocks);
  if (!deadline_ns_ || static_cast<double>(meter_.wall_ns()) <= period_ns) return;
  count(load <= 1.0 ? counters_.wall_misses : slow_ ? counters_.slow_blocks : counters_.underruns);
}

}  // namespace smfosc
