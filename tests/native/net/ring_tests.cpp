// The datagram ring: records keep their bytes and their order through every wrap, a full
// ring refuses whole records, and one producer and one consumer may run side by side.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "datagram_ring.h"

using smfosc::DatagramRing;
using smfosc::Sender;

namespace {

void check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

// The packet that belongs to a number: its length and every byte follow from it.
std::vector<std::byte> packet_of(std::uint32_t number) {
  std::vector<std::byte> packet((number * 2654435761u >> 20) % 300);
  for (std::size_t i = 0; i < packet.size(); ++i) {
    packet[i] = static_cast<std::byte>(number + 31 * i);
  }
  return packet;
}

Sender sender_of(std::uint32_t number) {
  Sender sender;
  sender.size = number % 2 ? 6 : 22;
  for (int i = 0; i < sender.size; ++i) sender.bytes[i] = static_cast<std::uint8_t>(number + i);
  return sender;
}

void check_record(std::uint32_t number, std::int64_t arrival_ns, const Sender& sender,
                  std::span<const std::byte> packet) {
  const std::vector<std::byte> wanted = packet_of(number);
  check(arrival_ns == number * std::int64_t{1000003}, "arrival");
  const Sender from = sender_of(number);
  check(sender.size == from.size, "sender's size");
  check(std::ranges::equal(sender.bytes, from.bytes), "sender");
  check(std::ranges::equal(packet, wanted), "packet");
}

bool push(DatagramRing& ring, std::uint32_t number) {
  return ring.push(number * std::int64_t{1000003}, sender_of(number), packet_of(number));
}

void records_survive_every_wrap() {
  DatagramRing ring(4096);
  std::mt19937 random(1);
  std::uint32_t pushed = 0, taken = 0;
  while (taken < 200'000) {
    for (std::uint32_t n = random() % 20; n > 0 && push(ring, pushed); --n) ++pushed;
    ring.drain(static_cast<int>(random() % 20), [&](auto... record) {
      check_record(taken, record...);
      ++taken;
    });
  }
  ring.drain(1'000'000, [&](auto... record) { check_record(taken++, record...); });
  check(taken == pushed && ring.empty(), "as many out as in");
}

void a_full_ring_refuses_and_keeps_what_it_has() {
  DatagramRing ring(4096);
  std::uint32_t pushed = 0, taken = 0;
  while (push(ring, pushed)) ++pushed;
  check(pushed > 5, "some fitted");
  check(!ring.push(0, {}, std::vector<std::byte>(65536)), "one larger than the ring");
  ring.drain(1'000'000, [&](auto... record) { check_record(taken++, record...); });
  check(taken == pushed, "all that were accepted");
}

void two_threads_share_it() {
  DatagramRing ring(1 << 16);
  constexpr std::uint32_t kCount = 400'000;
  std::thread producer([&] {
    for (std::uint32_t number = 0; number < kCount;) {
      if (push(ring, number))
        ++number;
      else
        std::this_thread::yield();
    }
  });
  std::uint32_t taken = 0;
  while (taken < kCount) {
    if (ring.drain(64, [&](auto... record) { check_record(taken++, record...); }) == 0) {
      std::this_thread::yield();
    }
  }
  producer.join();
  check(ring.empty(), "nothing left");
}

}  // namespace

int main() {
  records_survive_every_wrap();
  a_full_ring_refuses_and_keeps_what_it_has();
  two_threads_share_it();
  std::puts("ring: all well");
}
