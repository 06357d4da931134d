// A thread that only empties a UDP socket into a ring, so that no burst overruns the
// system's receive buffer while Python is busy. Linux.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "datagram_ring.h"
#include "queue.h"
#include "sender_limits.h"

namespace smfosc {

class UdpDrain {
 public:
  // Starts receiving from the bound socket `fd`, which stays the caller's and must stay
  // open. most_per_s: datagrams of one sender, 0: any number. Throws std::system_error.
  UdpDrain(int fd, std::size_t ring_bytes, double most_per_s = 0.0);
  ~UdpDrain();
  UdpDrain(const UdpDrain&) = delete;
  UdpDrain& operator=(const UdpDrain&) = delete;

  // Ends the thread and waits for it. Any thread but the drain's own; safe to call twice.
  void stop() noexcept;

  // An eventfd that is readable while datagrams wait. Consumer's.
  int wake_fd() const noexcept { return wake_fd_; }

  // Consumer: calls take(arrival_ns, sender, packet) for up to `limit` datagrams.
  // arrival_ns: CLOCK_MONOTONIC, from the system's own stamp of the arrival.
  template <typename Take>
  int drain(int limit, Take take) {
    rest();
    const int taken = ring_.drain(limit, take);
    if (!ring_.empty()) wake();
    return taken;
  }

  // Consumer: the next receiver that something we sent did not reach, as its host or the
  // network told. False: none.
  bool unreached(Sender& receiver) noexcept { return unreached_.pop(receiver); }

  // Consumer: calls tell(sender, count) for those that had datagrams dropped since the last
  // call, as they had sent too many.
  template <typename Tell>
  void take_limited(Tell tell) {
    limits_.take_dropped(tell);
  }

  // Any thread: datagrams received, lost in the system's buffer, lost for want of room here.
  std::uint64_t received() const noexcept { return received_.load(std::memory_order_relaxed); }
  std::uint64_t system_drops() const noexcept { return drops_.load(std::memory_order_relaxed); }
  std::uint64_t ring_drops() const noexcept { return full_.load(std::memory_order_relaxed); }

 private:
  void run() noexcept;
  int receive() noexcept;
  void keep(int count) noexcept;
  void read_errors() noexcept;
  void wake() noexcept;
  void rest() noexcept;

  struct Batch;
  int fd_;
  int wake_fd_ = -1;
  int stop_fd_ = -1;
  DatagramRing ring_;
  SenderLimits limits_;
  SpscQueue<Sender> unreached_{256};
  std::unique_ptr<Batch> batch_;
  std::atomic<bool> woken_{false};
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> drops_{0};
  std::atomic<std::uint64_t> full_{0};
  std::thread thread_;
};

}  // namespace smfosc
