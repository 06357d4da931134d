#include "udp_drain.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace smfosc {
namespace {

constexpr int kBatch = 32;                          // datagrams per system call
constexpr std::size_t kMaxDatagram = 65536;         // UDP's own limit is 65,507
constexpr std::int64_t kOldest_ns = 1'000'000'000;  // an older stamp is a clock that jumped

std::int64_t now_ns(clockid_t clock) noexcept {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

void enable(int fd, int option, const char* what) {
  const int on = 1;
  checked(setsockopt(fd, SOL_SOCKET, option, &on, sizeof on), what);
}

Sender sender_of(const sockaddr_storage& from) noexcept {
  Sender sender;
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    std::memcpy(sender.bytes, &v4.sin_port, 2);
    std::memcpy(sender.bytes + 2, &v4.sin_addr, 4);
    sender.size = 6;
  } else if (from.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    std::memcpy(sender.bytes, &v6.sin6_port, 2);
    std::memcpy(sender.bytes + 2, &v6.sin6_addr, 16);
    std::memcpy(sender.bytes + 18, &v6.sin6_scope_id, 4);
    sender.size = 22;
  }
  return sender;
}

// The lowest real-time priority keeps the buffer empty beside busy threads; the audio
// thread stands far above it. Without the right to it the thread runs as it is.
void ask_for_priority() noexcept {
  sched_param parameters{};
  parameters.sched_priority = 1;
  pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
}

}  // namespace

struct UdpDrain::Batch {
  struct Control {
    alignas(cmsghdr) std::byte bytes[CMSG_SPACE(sizeof(timespec)) + CMSG_SPACE(4)];
  };
  std::array<std::array<std::byte, kMaxDatagram>, kBatch> packets;
  std::array<iovec, kBatch> parts;
  std::array<sockaddr_storage, kBatch> from;
  std::array<Control, kBatch> controls;
  std::array<mmsghdr, kBatch> messages;

  // The system writes the lengths in place, so they are set anew before each call.
  void prepare() noexcept {
    for (int i = 0; i < kBatch; ++i) {
      parts[i] = {packets[i].data(), packets[i].size()};
      msghdr& header = messages[i].msg_hdr;
      header = {};
      header.msg_name = &from[i];
      header.msg_namelen = sizeof from[i];
      header.msg_iov = &parts[i];
      header.msg_iovlen = 1;
      header.msg_control = controls[i].bytes;
      header.msg_controllen = sizeof controls[i].bytes;
    }
  }
};

UdpDrain::UdpDrain(int fd, std::size_t ring_bytes, double most_per_s)
    : fd_(fd), ring_(ring_bytes), limits_(most_per_s), batch_(std::make_unique<Batch>()) {
  enable(fd_, SO_TIMESTAMPNS, "SO_TIMESTAMPNS");
  enable(fd_, SO_RXQ_OVFL, "SO_RXQ_OVFL");
  // Have the system keep who could not be reached. One of the two is not of our family.
  const int on = 1;
  setsockopt(fd_, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  setsockopt(fd_, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  wake_fd_ = checked(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
  stop_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (stop_fd_ < 0) {
    const int error = errno;
    close(wake_fd_);
    throw std::system_error(error, std::generic_category(), "eventfd");
  }
  thread_ = std::thread([this] { run(); });
}

UdpDrain::~UdpDrain() {
  stop();
  close(wake_fd_);
  close(stop_fd_);
}

void UdpDrain::stop() noexcept {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(stop_fd_, &one, sizeof one);
  thread_.join();
}

void UdpDrain::run() noexcept {
  pthread_setname_np(pthread_self(), "smfosc-net");
  ask_for_priority();
  std::array<pollfd, 2> waits{pollfd{fd_, POLLIN, 0}, pollfd{stop_fd_, POLLIN, 0}};
  while (true) {
    if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if (waits[0].revents & POLLERR) read_errors();
    const int count = receive();
    if (count > 0) keep(count);
  }
}

int UdpDrain::receive() noexcept {
  batch_->prepare();
  const int count = recvmmsg(fd_, batch_->messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED) {
    poll(nullptr, 0, 10);  // a broken socket must not make this thread spin
  }
  return count;
}

void UdpDrain::keep(int count) noexcept {
  // The system stamps with CLOCK_REALTIME; the audio clock lives on CLOCK_MONOTONIC.
  const std::int64_t monotonic = now_ns(CLOCK_MONOTONIC);
  const std::int64_t realtime = now_ns(CLOCK_REALTIME);
  for (int i = 0; i < count; ++i) {
    std::int64_t age = 0;
    msghdr& header = batch_->messages[i].msg_hdr;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      if (c->cmsg_level != SOL_SOCKET) continue;
      if (c->cmsg_type == SO_TIMESTAMPNS) {
        timespec stamp{};
        std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
        age = realtime - (std::int64_t{stamp.tv_sec} * 1'000'000'000 + stamp.tv_nsec);
      } else if (c->cmsg_type == SO_RXQ_OVFL) {
        std::uint32_t drops = 0;
        std::memcpy(&drops, CMSG_DATA(c), sizeof drops);
        drops_.store(drops, std::memory_order_relaxed);
      }
    }
    if (age < 0 || age > kOldest_ns) age = 0;
    const std::span packet(batch_->packets[i].data(), batch_->messages[i].msg_len);
    const Sender sender = sender_of(batch_->from[i]);
    received_.fetch_add(1, std::memory_order_relaxed);
    if (!limits_.admits(sender, monotonic)) continue;
    if (!ring_.push(monotonic - age, sender, packet)) {
      full_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  wake();
}

// Empties the socket's error queue; left in it, errors would make poll() return for ever.
void UdpDrain::read_errors() noexcept {
  while (true) {
    sockaddr_storage to{};
    alignas(cmsghdr) std::byte control[512];
    std::byte ignored;
    iovec part{&ignored, sizeof ignored};
    msghdr header{};
    header.msg_name = &to;
    header.msg_namelen = sizeof to;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    if (recvmsg(fd_, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
      const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
      if (!v4 && !v6) continue;
      sock_extended_err error{};
      std::memcpy(&error, CMSG_DATA(c), sizeof error);
      if (error.ee_errno != EMSGSIZE) unreached_.push(sender_of(to));  // full: it is told again
    }
  }
}

void UdpDrain::wake() noexcept {
  if (woken_.exchange(true, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_fd_, &one, sizeof one);
}

// Before the ring is read: what is pushed from here on wakes the consumer again.
void UdpDrain::rest() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(wake_fd_, &count, sizeof count);
  // An exchange, not a store: if wake() came first, this acquires what it had pushed.
  woken_.exchange(false, std::memory_order_acq_rel);
}

}  // namespace smfosc
