#!/bin/sh
# Installs TinyBase for Linux and macOS: downloads the archive of this platform, checks its SHA-256 sum
# against that of the release, and puts the program into a folder of yours. No sudo, nothing else changed.
#
#   curl -fsSL URL/install.sh | sh
#
# TINYBASE_INSTALL_DIR   where to; else ~/.local/bin
# TINYBASE_VERSION       which version; else the newest
# TINYBASE_DOWNLOAD_URL  where releases are; else where this script is from
set -eu

# Written by scripts/release.ts.
RELEASES_URL=''

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

is_musl() {
  # Of Alpine and others; ldd of glibc tells of GLIBC instead.
  for loader in /lib/ld-musl-*.so.1; do
    [ -e "$loader" ] && ! ldd --version 2>&1 | grep -qi 'glibc\|gnu libc' && return 0
  done
  return 1
}

find_target() {
  case "$(uname -m)" in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) fail "TinyBase is not built for the processor $(uname -m): only for x86_64 and arm64." ;;
  esac
  case "$(uname -s)" in
    Linux) if is_musl; then target="linux-$cpu-musl"; else target="linux-$cpu"; fi ;;
    Darwin)
      # A shell that is translated by Rosetta tells of x86_64 on Apple silicon.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then cpu=arm64; fi
      target="darwin-$cpu"
      ;;
    MINGW* | MSYS* | CYGWIN*) fail "On Windows, download the zip archive of windows-x64 instead and unpack tinybase.exe." ;;
    *) fail "TinyBase is not built for $(uname -s): only for Linux, macOS and Windows." ;;
  esac
}

# Only over TLS; without it from this machine alone, for tests and mirrors.
check_url() {
  case "$1" in
    https://*) protocols='=https' ;;
    http://localhost[:/]* | http://127.0.0.1[:/]*) protocols='=http,https' ;;
    '') fail "This script does not know where releases are: set TINYBASE_DOWNLOAD_URL." ;;
    *) fail "TINYBASE_DOWNLOAD_URL is $1: it must begin with https://." ;;
  esac
}

# wget goes from https:// to http:// where it is sent there, so it follows nothing, and we do.
download_by_wget() {
  wget --help 2>&1 | grep -q -e --max-redirect ||
    fail "This wget cannot be kept from going on without TLS: install curl, or GNU wget."
  address=$1
  for _ in 1 2 3 4 5 6 7 8; do
    wget -q -S -T 30 --max-redirect=0 -O "$2" "$address" 2>"$work/answer" && return 0
    address=$(sed -n 's/^ *[Ll]ocation: *\([^[:space:]]*\).*/\1/p' "$work/answer" | head -n 1)
    case "$protocols $address" in
      *' https://'* | '=http,https http://'*) ;;
      *) return 1 ;;
    esac
  done
  return 1
}

download() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --proto "$protocols" --retry 2 --connect-timeout 30 -o "$2" "$1" || return 1
  elif command -v wget >/dev/null 2>&1; then
    download_by_wget "$1" "$2" || return 1
  else
    fail "Neither curl nor wget is there: install one of them."
  fi
}

sum_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 "$1" | sed 's/.*= *//'
  else
    fail "Neither sha256sum, shasum nor openssl is there: the download could not be checked."
  fi
}

main() {
  url=${TINYBASE_DOWNLOAD_URL:-$RELEASES_URL}
  url=${url%/}
  check_url "$url"
  find_target
  folder=${TINYBASE_INSTALL_DIR:-${HOME:?HOME is not set: set TINYBASE_INSTALL_DIR}/.local/bin}
  mkdir -p "$folder" 2>/dev/null || fail "The folder $folder cannot be made: set TINYBASE_INSTALL_DIR to one of yours."
  # Beside the place that it is for, so that the last step is one rename.
  work=$(mktemp -d "$folder/.tinybase-install.XXXXXX" 2>/dev/null) ||
    fail "Nothing can be written to $folder: set TINYBASE_INSTALL_DIR to a folder of yours."
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP

  if [ -n "${TINYBASE_VERSION:-}" ]; then
    sums="$url/download/v${TINYBASE_VERSION#v}/SHA256SUMS"
  else
    sums="$url/latest/download/SHA256SUMS"
  fi
  download "$sums" "$work/SHA256SUMS" || fail "The list of sums could not be downloaded: $sums"
  line=$(grep -E "^[0-9a-f]{64}  tinybase-[0-9A-Za-z.+-]+-$target\.tar\.gz\$" "$work/SHA256SUMS" |
    grep -E -- "-[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*-$target\.tar\.gz\$" | head -n 1 || true)
  [ -n "$line" ] || fail "This release has no archive for $target: see $sums"
  expected=${line%% *}
  archive=${line##* }
  version=${archive#tinybase-}
  version=${version%-"$target".tar.gz}

  say "Downloading TinyBase $version for $target"
  download "$url/download/v$version/$archive" "$work/$archive" ||
    fail "The archive could not be downloaded: $url/download/v$version/$archive"
  found=$(sum_of "$work/$archive")
  if [ "$found" != "$expected" ]; then
    fail "The sum of $archive is wrong: nothing was installed.
  expected $expected
  found    $found"
  fi
  tar -xzf "$work/$archive" -C "$work" "tinybase-$version-$target/tinybase" ||
    fail "The archive could not be unpacked: nothing was installed."
  program="$work/tinybase-$version-$target/tinybase"
  if ! said=$("$program" --version 2>&1); then
    case $target in
      *-musl) hint=' On Alpine: apk add libstdc++ libgcc' ;;
      *) hint='' ;;
    esac
    fail "The program does not start on this machine: nothing was installed.$hint
$said"
  fi
  mv -f "$program" "$folder/tinybase"
  say "Installed TinyBase $said: $folder/tinybase"
  case ":${PATH:-}:" in
    *":$folder:"*) say "Start it in a folder for your project: tinybase serve" ;;
    *)
      say "That folder is not in your PATH. Add this line to the start-up file of your shell:"
      say "  export PATH=\"$folder:\$PATH\""
      ;;
  esac
}

# Last, so that a script that was cut off on its way does nothing.
main "$@"
