"""One ensemble file on several hosts (docs/several-hosts.md).

part       what of the file one host plays
multicast  OSC for all hosts at once
clocks     how far the hosts' clocks are apart, measured
peers      the other hosts' voices, as the first host shows them and passes messages on
"""
