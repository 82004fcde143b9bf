#!/bin/sh
# Runs one long build quietly: what it is and how long it takes first, a sign of life every minute, and the whole output
# only if it fails.
#
#   build.sh WHAT HOW-LONG COMMAND [ARGUMENT...]
set -u
what=$1 long=$2
shift 2
log=$(mktemp "${TMPDIR:-/tmp}/sluice-build.XXXXXX") || exit 1
start=$(date +%s)
echo "building $what: $long, once"

"$@" >"$log" 2>&1 &
build=$!
(
	# The sleep outlives this loop when it is killed: it must not hold the output open, or a reader of it waits a minute.
	while sleep 60 >/dev/null 2>&1; do
		echo "  $((($(date +%s) - start) / 60)) min, $(grep -c 'go: downloading' "$log") modules downloaded so far"
	done
) &
clock=$!

# What runs in the background of a script ignores Ctrl-C, so the build has to be told.
trap 'kill "$build" "$clock" 2>/dev/null; rm -f "$log"; exit 130' INT TERM HUP
status=0
wait "$build" || status=$?
kill "$clock" 2>/dev/null

if [ "$status" -ne 0 ]; then
	cat "$log" >&2
	echo "building $what failed with status $status" >&2
else
	echo "  done in $(($(date +%s) - start)) s"
fi
rm -f "$log"
exit "$status"
