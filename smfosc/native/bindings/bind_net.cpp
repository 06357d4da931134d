// smfosc._core.UdpDrain, where the system has what it needs (Linux).
#include <nanobind/nanobind.h>

namespace nb = nanobind;

#if defined(__linux__)
#include "udp_drain.h"

using smfosc::Sender;
using smfosc::UdpDrain;

namespace {

// Up to `limit` datagrams as tuples (arrival_ns, sender, packet). Control thread.
nb::list drain(UdpDrain& self, int limit) {
  nb::list datagrams;
  self.drain(limit, [&](std::int64_t arrival_ns, const Sender& sender, auto packet) {
    datagrams.append(nb::make_tuple(arrival_ns, nb::bytes(sender.bytes, sender.size),
                                    nb::bytes(packet.data(), packet.size())));
  });
  return datagrams;
}

// Receivers, packed as senders are, that something did not reach. Control thread.
nb::list unreached(UdpDrain& self) {
  nb::list receivers;
  for (Sender receiver; self.unreached(receiver);)
    receivers.append(nb::bytes(receiver.bytes, receiver.size));
  return receivers;
}

// (sender, datagrams) of those that sent too many since the last call. Control thread.
nb::list limited(UdpDrain& self) {
  nb::list found;
  self.take_limited([&](const Sender& sender, std::uint64_t count) {
    found.append(nb::make_tuple(nb::bytes(sender.bytes, sender.size), count));
  });
  return found;
}

}  // namespace

void bind_net(nb::module_& module) {
  nb::class_<UdpDrain>(module, "UdpDrain")
      .def(nb::init<int, std::size_t, double>(), nb::arg("fd"), nb::arg("ring_bytes"),
           nb::arg("most_per_s") = 0.0)
      .def("stop", &UdpDrain::stop, nb::call_guard<nb::gil_scoped_release>())
      .def("fileno", &UdpDrain::wake_fd)
      .def("drain", &drain, nb::arg("limit"))
      .def("unreached", &unreached)
      .def("limited", &limited)
      .def_prop_ro("received", &UdpDrain::received)
      .def_prop_ro("system_drops", &UdpDrain::system_drops)
      .def_prop_ro("ring_drops", &UdpDrain::ring_drops);
}
#else
void bind_net(nb::module_&) {}
#endif
