// The events that the audio thread holds: a pool of nodes, a binary heap of those
// still to come, and the free list. Audio thread; allocates only when built.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "event.h"

namespace smfosc {

constexpr std::uint32_t kNoNode = ~std::uint32_t{0};

struct EventNode {
  Event event;
  std::uint32_t next = kNoNode;  // in a voice's list of the block, or the free list
};

class EventHeap {
 public:
  explicit EventHeap(std::uint32_t capacity) : nodes_(capacity) {
    order_.reserve(capacity);
    for (std::uint32_t i = 0; i < capacity; ++i)
      nodes_[i].next = i + 1 < capacity ? i + 1 : kNoNode;
    unused_ = 0;
  }

  // The sender bounds what is outstanding to the pool's size, so there is room.
  void push(const Event& event) noexcept {
    const std::uint32_t node = unused_;
    unused_ = nodes_[node].next;
    nodes_[node] = {event, kNoNode};
    order_.push_back({event.frame, event.sequence, node});
    std::push_heap(order_.begin(), order_.end(), Later{});
  }

  bool due_before(std::uint64_t frame) const noexcept {
    return !order_.empty() && order_.front().frame < frame;
  }

  std::uint32_t pop() noexcept {
    std::pop_heap(order_.begin(), order_.end(), Later{});
    const std::uint32_t node = order_.back().node;
    order_.pop_back();
    return node;
  }

  void recycle(std::uint32_t node) noexcept {
    nodes_[node].next = unused_;
    unused_ = node;
    recycled_.fetch_add(1, std::memory_order_release);
  }

  template <typename Keep>
  void keep_only(Keep keep) noexcept {
    auto kept = order_.begin();
    for (const Entry& entry : order_) {
      if (keep(nodes_[entry.node].event))
        *kept++ = entry;
      else
        recycle(entry.node);
    }
    order_.erase(kept, order_.end());
    std::make_heap(order_.begin(), order_.end(), Later{});
  }

  const EventNode& operator[](std::uint32_t node) const noexcept { return nodes_[node]; }
  EventNode& operator[](std::uint32_t node) noexcept { return nodes_[node]; }

  // Any thread: events that have acted or were dropped since the start.
  std::uint64_t recycled() const noexcept { return recycled_.load(std::memory_order_acquire); }

 private:
  struct Entry {
    std::uint64_t frame, sequence;
    std::uint32_t node;
  };
  struct Later {  // std's heaps keep the greatest in front
    bool operator()(const Entry& a, const Entry& b) const noexcept {
      return a.frame != b.frame ? a.frame > b.frame : a.sequence > b.sequence;
    }
  };

  std::vector<EventNode> nodes_;
  std::vector<Entry> order_;
  std::uint32_t unused_ = kNoNode;
  std::atomic<std::uint64_t> recycled_{0};
};

}  // namespace smfosc
