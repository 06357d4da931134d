#!/bin/sh
# Installs the Debian packages of system-packages.txt that are missing, where it may;
# else prints the exact command. Never fails: tests of missing parts skip and say so.
set -u
list="$(dirname "$0")/system-packages.txt"
missing=""
for package in $(grep -v '^#' "$list"); do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then run=""
elif sudo -n true 2>/dev/null; then run="sudo -n"
else
  echo "tests of these parts will be skipped; to install them: sudo $command"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq && $run $command >/dev/null || echo "could not install; try: $command"
