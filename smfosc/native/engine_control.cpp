// The control side's part of the engine: how it is made, and what any thread but the audio
// thread asks of it.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine.h"

namespace smfosc {

namespace {

// Room that only adds, frees, swaps and clears may use: they must get through a full queue.
constexpr std::uint32_t kKeptFree = 1024;

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
