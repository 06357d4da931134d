// How many datagrams a sender may send: a token bucket for each, in a table of fixed size.
//
// A bucket holds one second's worth and fills at the rate. A sender that is new takes the
// place of the one among kWays that was heard longest ago; who is forgotten that way starts
// with a full bucket, so a table that is too small lets more through, never less. Any
// number of addresses costs the same memory and time.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <vector>

#include "datagram_ring.h"

namespace smfosc {

class SenderLimits {
 public:
  static constexpr std::size_t kSets = 512, kWays = 8;  // 4,096 senders

  // per_s: datagrams per second of one sender; 0: any number.
  explicit SenderLimits(double per_s) : per_s_(per_s), buckets_(per_s > 0.0 ? kSets * kWays : 0) {}

  // Receive thread. Whether a datagram that came at now_ns is let through.
  bool admits(const Sender& sender, std::int64_t now_ns) noexcept {
    if (buckets_.empty()) return true;
    const std::lock_guard lock(mutex_);
    Bucket& bucket = bucket_of(sender, now_ns);
    const double filled = 1e-9 * static_cast<double>(now_ns - bucket.heard_ns) * per_s_;
    bucket.left = std::min(per_s_, bucket.left + std::max(0.0, filled));
    bucket.heard_ns = now_ns;
    if (bucket.left >= 1.0) {
      bucket.left -= 1.0;
      return true;
    }
    ++bucket.dropped;
    any_dropped_ = true;
    return false;
  }

  // Any other thread: calls tell(sender, count) for those that had datagrams dropped since
  // the last call.
  template <typename Tell>
  void take_dropped(Tell tell) {
    const std::lock_guard lock(mutex_);
    if (!any_dropped_) return;
    any_dropped_ = false;
    for (Bucket& bucket : buckets_) {
      if (bucket.dropped > 0) tell(bucket.sender, bucket.dropped);
      bucket.dropped = 0;
    }
  }

 private:
  struct Bucket {
    Sender sender;
    double left = 0.0;
    std::int64_t heard_ns = 0;
    std::uint64_t dropped = 0;
  };

  static bool same(const Sender& a, const Sender& b) noexcept {
    return a.size == b.size && std::memcmp(a.bytes, b.bytes, a.size) == 0;
  }

  // FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
  static std::uint64_t hash(const Sender& sender) noexcept {
    std::uint64_t sum = 14695981039346656037ull;
    for (int i = 0; i < sender.size; ++i) sum = (sum ^ sender.bytes[i]) * 1099511628211ull;
    return sum ^ sum >> 32;
  }

  Bucket& bucket_of(const Sender& sender, std::int64_t now_ns) noexcept {
    Bucket* const first = &buckets_[hash(sender) % kSets * kWays];
    Bucket* oldest = first;
    for (Bucket* bucket = first; bucket != first + kWays; ++bucket) {
      if (same(bucket->sender, sender)) return *bucket;
      if (bucket->heard_ns < oldest->heard_ns) oldest = bucket;
    }
    *oldest = Bucket{sender, per_s_, now_ns, 0};
    return *oldest;
  }

  const double per_s_;
  std::mutex mutex_;  // the control thread's looks are rare and take microseconds
  std::vector<Bucket> buckets_;
  bool any_dropped_ = false;
};

}  // namespace smfosc
