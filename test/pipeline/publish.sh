#!/bin/sh
# Makes the release on GitHub: its notes and its files. The tag must be there already.
#
#   publish.sh TAG NOTES FOLDER
set -eu
tag=${1:?usage: publish.sh TAG NOTES FOLDER} notes=${2:?NOTES is missing} folder=${3:?FOLDER is missing}
set -- --verify-tag --title "$tag" --notes-file "$notes"
case $tag in
*-*) set -- "$@" --prerelease ;;
esac
exec gh release create "$tag" "$@" "$folder"/*
