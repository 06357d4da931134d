// A bus: the sum of some voices on channels of its own, at a gain, added to the outputs or
// to another bus.
#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

#include "event_heap.h"
#include "panning.h"
#include "ramp.h"

namespace smfosc {

struct BusSpec {
  std::vector<std::uint32_t> channels;  // from 0: of `into`, or of the outputs
  int into = -1;                        // a bus before this one; -1: the outputs
  PanLaw pan;                           // of the voices in it, over its first channels
  double gain = 1.0;                    // linear
};

// The same, or, when there are none, one over all outputs, panned over the first two.
// Throws std::invalid_argument for a bus that leads nowhere.
std::vector<BusSpec> checked_buses(const std::vector<BusSpec>& buses, std::uint32_t outputs);

class Bus {
 public:
  // spec: of checked_buses. rate: frames per second.
  Bus(const BusSpec& spec, double rate);

  // -- Audio thread ----------------------------------------------------------
  void append(std::uint32_t node, EventHeap& events) noexcept;  // a gain, due in this pass
  void clear(std::uint32_t n) noexcept;
  // Adds its n frames from `start` on to the channels of where it goes.
  void render(EventHeap& events, float* const* target, std::uint64_t start,
              std::uint32_t n) noexcept;

  float* const* pointers() const noexcept { return pointers_.data(); }
  const BusSpec& spec() const noexcept { return spec_; }
  // -- Any thread --------------------------------------------------------------
  double gain() const noexcept { return published_gain_.load(std::memory_order_relaxed); }

 private:
  void span(float* const* target, std::uint32_t offset, std::uint32_t n) noexcept;

  const BusSpec spec_;
  const double rate_;
  std::vector<std::vector<float>> sound_;  // (channels, kMaxPass)
  std::vector<float*> pointers_;
  std::vector<float> amplitude_;
  Ramp gain_;
  std::uint32_t head_ = kNoNode, tail_ = kNoNode;
  std::atomic<double> published_gain_;
};

}  // namespace smfosc
