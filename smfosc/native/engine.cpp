#include "engine.h"

#include <algorithm>
#include <numbers>
#include <stdexcept>
#include <string>
#include <utility>

#include "denormals.h"

namespace smfosc {

namespace {

// Draining an event costs some 50 ns. Live, no more than this many per pass (0.2 ms);
// a longer backlog is spread over the next ones.
constexpr std::uint32_t kMostDrained = 4096;
// Room that only adds, frees, swaps and clears may use: they must get through a full queue.
constexpr std::uint32_t kKeptFree = 1024;
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

EngineOptions checked(const EngineOptions& options) {
  if (!(options.samplerate >= 1000.0 && options.samplerate <= 1e6))
    throw std::invalid_argument("samplerate: wanted 1000..1000000, got " +
                                std::to_string(options.samplerate));
  if (options.channels < 1 || options.channels > 1024)
    throw std::invalid_argument("channels: wanted 1..1024");
  if (options.max_voices < 1 || options.max_voices > 65535)
    throw std::invalid_argument("max_voices: wanted 1..65535");
  return options;
}

}  // namespace

Engine::Engine(const EngineOptions& options)
    : options_(checked(options)),
      timing_{options.samplerate, options.attack_s * options.samplerate,
              options.release_s * options.samplerate, options.delay_frames},
      clock_(options.samplerate),
      realtime_(options.realtime),
      returned_(std::size_t{options.max_voices} * (kMaxPlayers + 1)),
      voices_(options.max_voices),
      seats_(std::size_t{options.max_voices} * kMaxPlayers),
      levels_(options.channels),
      frame_(options.first_frame),
      channels_(options.channels),
      sound_(kMaxPass),
      part_(kMaxPass),
      amplitude_(kMaxPass),
      owned_(options.max_voices),
      workers_(options.workers, options.max_voices * kMaxPlayers, events_) {
  counters_.frames.store(frame_);
  for (const BusSpec& bus : checked_buses(options.buses, options.channels))
    buses_.emplace_back(bus, options.samplerate);
}

Engine::~Engine() = default;

// ---------------------------------------------------------------- audio thread

void Engine::render(float* const* outputs, std::uint32_t nframes, std::int64_t now_ns) noexcept {
  const FlushDenormals flush;
  const std::int64_t start_ns = monotonic_ns();
  const bool live = realtime();
  meter_.start(start_ns);
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
      count(voice->stolen ? counters_.stolen_passes : counters_.missed_passes);
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
  count(load > 1.0 ? counters_.underruns : counters_.wall_misses);
}

// ---------------------------------------------------------------- control side

bool Engine::enqueue(Event& event) {
  const bool structural = event.kind >= Kind::add;
  if (sent_ - events_.recycled() >= kMaxEvents - (structural ? 0 : kKeptFree)) {
    count(counters_.dropped_events);
    return false;
  }
  event.sequence = ++sent_;
  return inbox_.push(event);
}

Engine::Owned* Engine::owned(Handle handle) {
  const std::uint32_t slot = slot_of(handle);
  if (slot >= owned_.size()) return nullptr;
  Owned& owned = owned_[slot];
  return owned.voice && owned.voice->handle() == handle ? &owned : nullptr;
}

std::uint32_t Engine::free_slot() {
  for (std::uint32_t slot = 0; slot < owned_.size(); ++slot)
    if (!owned_[slot].voice) return slot;
  throw EngineFull("voices: all " + std::to_string(owned_.size()) + " are taken");
}

const Bus& Engine::checked_bus(std::uint32_t bus) const {
  if (bus >= buses_.size())
    throw std::invalid_argument("bus: wanted 0.." + std::to_string(buses_.size() - 1) + ", got " +
                                std::to_string(bus));
  return buses_[bus];
}

void Engine::check_place(std::uint32_t bus, std::uint32_t channel) const {
  const std::size_t channels = checked_bus(bus).spec().channels.size();
  if (channel > channels)
    throw std::invalid_argument("channel: wanted 0.." + std::to_string(channels) + ", got " +
                                std::to_string(channel));
}

Handle Engine::add_voice(const VoiceSpec& spec, std::uint64_t frame) {
  check_place(spec.bus, spec.channel);
  const VoiceStart start{spec.channel, spec.open, 1.0, 0.0, spec.bus};
  return add_voice(std::make_unique<Player>(spec.player), start, frame);
}

Handle Engine::add_voice(std::unique_ptr<Player> player, const VoiceStart& start,
                         std::uint64_t frame) {
  check_place(start.bus, start.channel);
  const PanLaw& law = buses_[start.bus].spec().pan;
  const std::lock_guard lock(mutex_);
  const std::uint32_t slot = free_slot();
  Owned& owned = owned_[slot];
  const Handle handle = (++owned.occupant & 0x7fffu) << 16 | slot;
  auto voice = std::make_unique<Voice>(handle, start, player.get(), timing_, law);
  Event event;
  event.kind = Kind::add;
  event.frame = frame;
  event.voice = handle;
  event.payload = voice.get();
  if (!enqueue(event)) throw EngineFull("events: the queue is full");
  owned.voice = std::move(voice);
  owned.players.push_back(std::move(player));
  owned.generation = 0;
  return handle;
}

bool Engine::swap_model(Handle voice, const PlayerSpec& spec, double fade_ms, std::uint64_t frame) {
  return swap_model(voice, std::make_unique<Player>(spec), fade_ms, frame);
}

bool Engine::swap_model(Handle voice, std::unique_ptr<Player> player, double fade_ms,
                        std::uint64_t frame) {
  const std::lock_guard lock(mutex_);
  Owned* owned = this->owned(voice);
  if (!owned || owned->players.size() >= kMaxPlayers) return false;
  Event event;
  event.kind = Kind::swap;
  event.frame = frame;
  event.voice = voice;
  event.payload = player.get();
  event.ramp_ms = static_cast<float>(fade_ms);
  if (!enqueue(event)) return false;
  owned->players.push_back(std::move(player));
  ++owned->generation;
  return true;
}

bool Engine::has_room_to_swap(Handle voice) {
  const std::lock_guard lock(mutex_);
  const Owned* owned = this->owned(voice);
  return owned && owned->players.size() < kMaxPlayers;
}

bool Engine::send(Event event) {
  const std::lock_guard lock(mutex_);
  const Owned* owned = this->owned(event.voice);
  if (!owned || event.kind == Kind::bus_gain) return false;
  event.generation = owned->generation;
  return enqueue(event);
}

bool Engine::set_bus_gain(std::uint32_t bus, double gain, double ramp_ms, std::uint64_t frame) {
  checked_bus(bus);
  const std::lock_guard lock(mutex_);
  Event event;
  event.kind = Kind::bus_gain;
  event.frame = frame;
  event.voice = bus;
  event.value = gain;
  event.ramp_ms = static_cast<float>(ramp_ms);
  return enqueue(event);
}

double Engine::bus_gain(std::uint32_t bus) const { return checked_bus(bus).gain(); }

void Engine::clear_scheduled() {
  const std::lock_guard lock(mutex_);
  Event event;
  event.kind = Kind::clear;
  enqueue(event);
}

bool Engine::next_notice(Notice& notice) {
  const std::lock_guard lock(mutex_);
  return notices_.pop(notice);
}

std::size_t Engine::collect() {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (Returned item; returned_.pop(item); ++count) {
    Owned* owned = this->owned(item.voice);
    if (!owned) continue;
    if (item.player) {
      std::erase_if(owned->players, [&](const auto& p) { return p.get() == item.player; });
    } else {
      owned->voice.reset();
      owned->players.clear();
    }
  }
  return count;
}

const Published* Engine::published(Handle voice) {
  const std::lock_guard lock(mutex_);
  const Owned* owned = this->owned(voice);
  return owned ? &owned->voice->published : nullptr;
}

bool Engine::adopt_priority() {
  Scheduling found;
  return scheduling_of(audio_thread_.load(std::memory_order_relaxed), found) &&
         workers_.set_scheduling(found);
}

}  // namespace smfosc
