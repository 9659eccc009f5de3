#!/bin/bash
# What runs as guest: /home/guest/entrypoint.*.sh in the order of their names, in one shell, then what it is told to run. A fragment that fails ends it.
set -eu

cd "$HOME"
for fragment in "$HOME"/entrypoint.*.sh; do
  [ -e "$fragment" ] || continue
  # shellcheck source=/dev/null
  . "$fragment"
done
exec "$@"
