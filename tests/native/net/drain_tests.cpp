// The drain on a real loopback socket: everything arrives in order with a credible stamp
// and its sender, the wake descriptor never sleeps through a datagram, stopping is prompt.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "udp_drain.h"

using smfosc::Sender;
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
  stops_promptly_and_twice();
  a_bad_descriptor_is_an_error();
  std::puts("drain: all well");
}
