#include "bus.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "player.h"
#include "voice.h"

namespace smfosc {

namespace {

// Where a bus goes has so many channels, and comes before it.
std::size_t channels_into(const std::vector<BusSpec>& buses, std::size_t bus,
                          std::uint32_t outputs) {
  const int into = buses[bus].into;
  if (into < 0) return outputs;
  if (static_cast<std::size_t>(into) >= bus)
    throw std::invalid_argument("bus " + std::to_string(bus) + ": into wanted below " +
                                std::to_string(bus) + ", got " + std::to_string(into));
  return buses[static_cast<std::size_t>(into)].channels.size();
}

BusSpec bus_of_all(std::uint32_t outputs) {
  BusSpec all;
  for (std::uint32_t c = 0; c < outputs; ++c) all.channels.push_back(c);
  all.pan.speakers = std::min(outputs, 2u);
  return all;
}

}  // namespace

std::vector<BusSpec> checked_buses(const std::vector<BusSpec>& buses, std::uint32_t outputs) {
  if (buses.empty()) return {bus_of_all(outputs)};
  for (std::size_t b = 0; b < buses.size(); ++b) {
    const auto& channels = buses[b].channels;
    const std::size_t most = channels_into(buses, b, outputs);
    const bool panned = buses[b].pan.speakers >= 1 && buses[b].pan.speakers <= channels.size();
    if (!panned || std::any_of(channels.begin(), channels.end(),
                               [&](std::uint32_t channel) { return channel >= most; }))
      throw std::invalid_argument("bus " + std::to_string(b) + ": wanted channels below " +
                                  std::to_string(most) + " and 1.." +
                                  std::to_string(channels.size()) + " speakers");
  }
  return buses;
}

Bus::Bus(const BusSpec& spec, double rate)
    : spec_(spec),
      rate_(rate),
      sound_(spec.channels.size(), std::vector<float>(kMaxPass)),
      amplitude_(kMaxPass),
      gain_(spec.gain),
      published_gain_(spec.gain) {
  for (auto& channel : sound_) pointers_.push_back(channel.data());
}

void Bus::append(std::uint32_t node, EventHeap& events) noexcept {
  if (tail_ == kNoNode)
    head_ = node;
  else
    events[tail_].next = node;
  tail_ = node;
}

void Bus::clear(std::uint32_t n) noexcept {
  for (float* channel : pointers_) std::fill_n(channel, n, 0.0f);
}

void Bus::render(EventHeap& events, float* const* target, std::uint64_t start,
                 std::uint32_t n) noexcept {
  std::uint32_t at = 0;
  while (head_ != kNoNode) {
    const std::uint32_t node = head_;
    const Event& event = events[node].event;
    const std::uint64_t due = std::max(event.frame, start) - start;
    const auto stop = static_cast<std::uint32_t>(std::min<std::uint64_t>(due, n));
    span(target, at, stop - at);
    at = stop;
    gain_.to(event.value, ramp_steps(event.ramp_ms, rate_, ramp_steps(kClick_ms, rate_, 1)));
    head_ = events[node].next;
    events.recycle(node);
  }
  tail_ = kNoNode;
  span(target, at, n - at);
  published_gain_.store(gain_.value(), std::memory_order_relaxed);
}

void Bus::span(float* const* target, std::uint32_t offset, std::uint32_t n) noexcept {
  if (gain_.moving())
    for (std::uint32_t f = 0; f < n; ++f) amplitude_[f] = static_cast<float>(gain_.next());
  else
    std::fill_n(amplitude_.begin(), n, static_cast<float>(gain_.value()));
  for (std::size_t c = 0; c < pointers_.size(); ++c) {
    const float* sound = pointers_[c] + offset;
    float* out = target[spec_.channels[c]] + offset;
    for (std::uint32_t f = 0; f < n; ++f) out[f] += sound[f] * amplitude_[f];
  }
}

}  // namespace smfosc
