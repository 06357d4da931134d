// The drain on a real loopback socket: everything arrives in order with a credible stamp
// and its sender, the wake descriptor never sleeps through a datagram, stopping is prompt.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "udp_drain.h"

using smfosc::Sender;
using smfosc::SenderLimits;
using smfosc::UdpDrain;

namespace {

void check(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::exit(1);
}

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

struct Loopback {
  int receiver = socket(AF_INET, SOCK_DGRAM, 0);
  int sender = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in sender_address{};

  Loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int bytes = 4 << 20;
    setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    check(bind(receiver, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
    getsockname(receiver, reinterpret_cast<sockaddr*>(&address), &size);
    check(connect(sender, reinterpret_cast<sockaddr*>(&address), size) == 0, "connect");
    getsockname(sender, reinterpret_cast<sockaddr*>(&sender_address), &size);
  }
  ~Loopback() {
    close(receiver);
    close(sender);
  }
  // So many at once, as quickly as the system takes them.
  void send_many() const {
    constexpr int kMany = 64;
    std::uint32_t number = 0;
    iovec part{&number, sizeof number};
    mmsghdr messages[kMany] = {};
    for (mmsghdr& message : messages) {
      message.msg_hdr.msg_iov = &part;
      message.msg_hdr.msg_iovlen = 1;
    }
    check(sendmmsg(sender, messages, kMany, 0) > 0, "sendmmsg");
  }
  void send_number(std::uint32_t number) const {
    check(send(sender, &number, sizeof number, 0) == sizeof number, "send");
  }
};

// Waits on the wake descriptor alone: a lost wake would show as a timeout.
void wait_and_drain_in_order() {
  const Loopback loopback;
  UdpDrain drain(loopback.receiver, 1 << 20);
  constexpr std::uint32_t kCount = 50'000;
  std::thread sending([&] {
    for (std::uint32_t number = 0; number < kCount; ++number) {
      loopback.send_number(number);
      if (number % 64 == 63) std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  });
  std::uint32_t expected = 0;
  while (expected < kCount) {
    pollfd wait{drain.wake_fd(), POLLIN, 0};
    check(poll(&wait, 1, 5000) == 1, "woken within 5 s");
    drain.drain(7, [&](std::int64_t arrival_ns, const Sender& sender, auto packet) {
      std::uint32_t number = 0;
      check(packet.size() == sizeof number, "whole packet");
      std::memcpy(&number, packet.data(), sizeof number);
      check(number == expected++, "in order, none lost");
      const std::int64_t age = now_ns() - arrival_ns;
      check(age >= -1'000'000 && age < 5'000'000'000, "a stamp of just now");
      check(sender.size == 6, "IPv4");
      check(std::memcmp(sender.bytes, &loopback.sender_address.sin_port, 2) == 0, "port");
      check(std::memcmp(sender.bytes + 2, &loopback.sender_address.sin_addr, 4) == 0, "address");
    });
  }
  sending.join();
  check(drain.received() == kCount, "all counted");
  check(drain.system_drops() == 0 && drain.ring_drops() == 0, "no drops");
}

Sender sender_number(std::uint32_t number) {
  Sender sender;
  sender.size = 6;
  std::memcpy(sender.bytes, &number, sizeof number);
  return sender;
}

void a_bucket_holds_a_second_and_fills_at_the_rate() {
  constexpr std::int64_t kSecond = 1'000'000'000;
  SenderLimits limits(100.0);
  const auto admitted = [&](std::uint32_t sender, std::int64_t at_ns) {
    int count = 0;
    for (int i = 0; i < 500; ++i) count += limits.admits(sender_number(sender), at_ns);
    return count;
  };
  check(admitted(1, kSecond) == 100, "a second's worth at once");
  check(admitted(2, kSecond) == 100, "each has its own");
  check(admitted(1, kSecond * 3 / 2) == 50, "then the rate");
  check(admitted(1, kSecond * 9) == 100, "never more than a second's worth");
  std::uint64_t dropped = 0;
  limits.take_dropped([&](const Sender&, std::uint64_t count) { dropped += count; });
  check(dropped == 4 * 500 - 350, "those dropped are told");
  limits.take_dropped([&](const Sender&, std::uint64_t) { check(false, "only once"); });
  check(SenderLimits(0.0).admits(sender_number(1), 0), "no limit");
}

void any_number_of_senders_finds_room() {
  SenderLimits limits(1.0);
  for (std::uint32_t n = 0; n < 100'000; ++n)
    check(limits.admits(sender_number(n), n + 1), "a new sender is let through");
  for (std::uint32_t n = 99'900; n < 100'000; ++n)
    check(!limits.admits(sender_number(n), 100'001), "the newest are remembered");
}

// The real default against all that one socket can send, beside a sender that sends little.
void a_flood_is_cut_to_its_rate_and_who_sends_little_loses_nothing() {
  constexpr double kRate = 50'000.0;
  constexpr std::uint32_t kQuiet = 500;
  const Loopback loopback;
  UdpDrain drain(loopback.receiver, 16 << 20, kRate);
  const int quiet = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(loopback.receiver, reinterpret_cast<sockaddr*>(&address), &size);
  check(connect(quiet, reinterpret_cast<sockaddr*>(&address), size) == 0, "connect");
  std::atomic<bool> ended{false};
  std::thread flood([&] {
    while (!ended) loopback.send_many();
  });
  std::uint32_t heard = 0, loud = 0, sent = 0;
  std::uint64_t limited = 0, others = 0;
  const std::int64_t began = now_ns();
  const auto take = [&](std::int64_t, const Sender& sender, auto) {
    const bool is_loud = std::memcmp(sender.bytes, &loopback.sender_address.sin_port, 2) == 0;
    ++(is_loud ? loud : heard);
  };
  const auto count = [&](const Sender& sender, std::uint64_t dropped) {
    const bool is_loud = std::memcmp(sender.bytes, &loopback.sender_address.sin_port, 2) == 0;
    (is_loud ? limited : others) += dropped;
  };
  while (sent < kQuiet) {
    check(send(quiet, &sent, sizeof sent, 0) == sizeof sent, "send");
    ++sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(4));
    while (drain.drain(4096, take) > 0) {
    }
  }
  ended = true;
  flood.join();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const double seconds = 1e-9 * static_cast<double>(now_ns() - began);
  while (drain.drain(4096, take) > 0) {
  }
  drain.take_limited(count);
  std::printf("flood: %.0f packets/s received for %.1f s, %u let through, %llu limited\n",
              static_cast<double>(drain.received()) / seconds, seconds, loud,
              static_cast<unsigned long long>(limited));
  check(loud <= kRate * (1.0 + seconds), "no more than a second's worth and the rate");
  check(loud + heard + limited + drain.ring_drops() == drain.received(), "every one is counted");
  check(others == 0, "who sends little is not limited");
  check(drain.system_drops() > 0 || heard == kQuiet, "and is heard, unless the system lost it");
  if (static_cast<double>(drain.received()) > 1.2 * kRate * (1.0 + seconds))
    check(limited > 0, "the flood is limited");
  close(quiet);
}

void stops_promptly_and_twice() {
  const Loopback loopback;
  UdpDrain drain(loopback.receiver, 1 << 16);
  const std::int64_t began = now_ns();
  drain.stop();
  drain.stop();
  check(now_ns() - began < 1'000'000'000, "within a second");
}

void a_bad_descriptor_is_an_error() {
  try {
    UdpDrain drain(-1, 1 << 16);
  } catch (const std::system_error&) {
    return;
  }
  check(false, "a system_error for descriptor -1");
}

}  // namespace

int main() {
  wait_and_drain_in_order();
  a_bucket_holds_a_second_and_fills_at_the_rate();
  any_number_of_senders_finds_room();
  a_flood_is_cut_to_its_rate_and_who_sends_little_loses_nothing();
  stops_promptly_and_twice();
  a_bad_descriptor_is_an_error();
  std::puts("drain: all well");
}
