// Single-producer, single-consumer ring. Wait-free on both sides; all memory is
// taken (and touched) at construction.
#pragma once
#include <atomic>
#include <bit>
#include <cstddef>
#include <vector>

namespace smfosc {

template <typename T>
class SpscQueue {
 public:
  explicit SpscQueue(std::size_t capacity) : cells_(std::bit_ceil(capacity)) {}

  // Producer. False when full.
  bool push(const T& item) noexcept {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == cells_.size()) return false;
    cells_[tail & (cells_.size() - 1)] = item;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Consumer. False when empty.
  bool pop(T& item) noexcept {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    item = cells_[head & (cells_.size() - 1)];
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

 private:
  std::vector<T> cells_;
  // A cache line each: producer and consumer must not share one.
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace smfosc
