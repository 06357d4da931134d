// Datagrams on their way from the receive thread to the control thread: a ring of
// bytes for one producer and one consumer. All memory is taken at construction.
#pragma once
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace smfosc {

// Who sent it: port, then address, as the socket gives them (network byte order).
struct Sender {
  std::uint8_t size = 0;  // bytes used: 6 for IPv4, 22 for IPv6 (with its scope)
  std::uint8_t bytes[23] = {};
};

class DatagramRing {
 public:
  // capacity: bytes, rounded up to a power of two.
  explicit DatagramRing(std::size_t capacity)
      : memory_(std::bit_ceil(std::max<std::size_t>(capacity, 4096)) / kUnit) {}

  // Producer. False, and nothing is written, when there is no room.
  bool push(std::int64_t arrival_ns, const Sender& sender,
            std::span<const std::byte> packet) noexcept {
    const std::uint64_t size = units(packet.size());
    std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    const std::uint64_t to_end = memory_.size() - (tail & mask());
    const std::uint64_t skipped = to_end < size ? to_end : 0;  // records do not wrap
    if (tail + skipped + size - head > memory_.size()) return false;
    if (skipped) {
      Record skip;
      skip.length = kSkip;
      std::memcpy(at(tail), &skip.length, sizeof skip.length);
      tail += skipped;
    }
    Record record{static_cast<std::uint32_t>(packet.size()), arrival_ns, sender};
    std::memcpy(at(tail), &record, sizeof record);
    if (!packet.empty()) std::memcpy(at(tail) + sizeof record, packet.data(), packet.size());
    tail_.store(tail + size, std::memory_order_release);
    return true;
  }

  // Consumer. Calls take(arrival_ns, sender, packet) for up to `limit` datagrams.
  template <typename Take>
  int drain(int limit, Take take) {
    int taken = 0;
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    while (taken < limit && head != tail_.load(std::memory_order_acquire)) {
      Record record;
      std::memcpy(&record.length, at(head), sizeof record.length);
      if (record.length == kSkip) {
        head += memory_.size() - (head & mask());
        continue;
      }
      std::memcpy(&record, at(head), sizeof record);
      take(record.arrival_ns, record.sender,
           std::span<const std::byte>(at(head) + sizeof record, record.length));
      head += units(record.length);
      head_.store(head, std::memory_order_release);
      ++taken;
    }
    return taken;
  }

  bool empty() const noexcept {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }

 private:
  struct Record {
    std::uint32_t length = 0;  // of the packet; kSkip: the rest of the ring is unused
    std::int64_t arrival_ns = 0;
    Sender sender;
  };
  struct alignas(8) Unit {
    std::byte bytes[8];
  };
  static constexpr std::size_t kUnit = sizeof(Unit);
  static constexpr std::uint32_t kSkip = ~std::uint32_t{0};

  static std::uint64_t units(std::size_t packet) noexcept {
    return (sizeof(Record) + packet + kUnit - 1) / kUnit;
  }
  std::uint64_t mask() const noexcept { return memory_.size() - 1; }
  std::byte* at(std::uint64_t unit) noexcept { return memory_[unit & mask()].bytes; }

  std::vector<Unit> memory_;
  // In units since the start; a cache line each.
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace smfosc
