#!/bin/sh
# Prints the licences and notices of the modules that a program is made of, and of Go: who hands out the program must hand them out as well.
#
#   GOOS=linux GOARCH=arm64 sh cmd/licences.sh ./cmd/controller
set -eu
modules=$(go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' "$1" | LC_ALL=C sort -u)
[ -n "$modules" ] || { echo "$1 has no modules" >&2; exit 1; }
printf 'Go %s %s\n%s\n' "$(go env GOVERSION)" "$(go env GOROOT)" "$modules" | while read -r module version folder; do
	for file in "$folder"/LICEN[CS]E* "$folder"/COPYING* "$folder"/NOTICE*; do
		[ -f "$file" ] || continue
		printf '==== %s %s: %s\n\n' "$module" "$version" "${file##*/}"
		cat "$file"
		printf '\n'
	done
done
