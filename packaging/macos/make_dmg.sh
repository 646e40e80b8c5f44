#!/usr/bin/env bash
# make_dmg.sh rkviz.app rkviz.dmg: the application beside a link to Applications, to drag it there.
# Signed for this machine only (ad hoc), unless CODESIGN_IDENTITY names a certificate.
set -euo pipefail
application=$1
image=$2
codesign --force --deep --sign "${CODESIGN_IDENTITY:--}" "$application"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$application" "$folder/"
ln -s /Applications "$folder/Applications"
rm -f "$image"
hdiutil create -volname rkviz -srcfolder "$folder" -fs HFS+ -format UDZO -quiet "$image"
