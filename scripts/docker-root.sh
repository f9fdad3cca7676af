#!/bin/sh
# Makes the root folder of an image FROM scratch: the program, the libraries that it names, a user, an
# empty /data and /tmp. The Dockerfile runs it, and so do the tests of such a root.
# Usage: docker-root.sh PROGRAM LICENSE FOLDER
set -eu
program=$1
license=$2
root=$3
user=65532

mkdir -p "$root/data" "$root/tmp" "$root/etc"
cp "$program" "$root/tinybase"
cp "$license" "$root/LICENSE"
chmod 755 "$root" "$root/tinybase"
chmod 1777 "$root/tmp"

# "libc.so.6 => /lib/…/libc.so.6 (0x…)", and the loader itself without an arrow.
libraries=$(ldd "$program" | grep -oE '/[^ ]+')
for library in $libraries; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

echo "tinybase:x:$user:$user::/data:/none" >"$root/etc/passwd"
echo "tinybase:x:$user:" >"$root/etc/group"
chmod 700 "$root/data"
chown "$user:$user" "$root/data"
