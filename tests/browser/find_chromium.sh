#!/usr/bin/env bash
# Prints the path of a Chromium for the browser tests: one that is there, else Debian's package
# where this is root on a system with apt, else a sentence that says what to install.
set -u
find_one() {
  for name in "${SEEDANCE_NB_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}
find_one && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Debian's chromium for the browser tests ..." >&2
  if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >&2 2>/dev/null; then
    find_one && exit 0
  fi
fi
echo "The browser tests need Chromium or Chrome. Install one (Debian and Ubuntu: apt-get install chromium)," >&2
echo "or set SEEDANCE_NB_CHROMIUM to the path of one." >&2
exit 1
