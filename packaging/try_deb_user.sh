#!/usr/bin/env bash
# What the user of try_deb.sh does. Runs inside the root, without a network.
set -euo pipefail
cd "$HOME"
export LC_ALL=C.UTF-8
say() { printf '  %s\n' "$*"; }

rkviz --version
rkviz doctor >doctor.txt || { cat doctor.txt; exit 1; }
if touch /usr/lib/rkviz/probe 2>/dev/null; then say "the installation can be written"; exit 1; fi

Xvfb -displayfd 3 -nolisten tcp -screen 0 1366x768x24 -fbdir . 3>display 2>/dev/null &
until [ -s display ]; do sleep 0.1; done
export DISPLAY=:$(cat display)
picture() { cp Xvfb_screen0 "$1.xwd"; }
title_of() { xdotool search --onlyvisible --name "$1" 2>/dev/null | head -1; }
wait_for() { # TITLE SECONDS
    for _ in $(seq $((10 * $2))); do
        if [ -n "$(title_of "$1")" ]; then return; fi
        sleep 0.1
    done
    say "no window called $1"
    picture failed
    exit 1
}
settled() { # until the screen stays the same for three seconds
    local last='' now
    for _ in $(seq 200); do
        sleep 3
        now=$(cksum <Xvfb_screen0)
        if [ "$now" = "$last" ]; then return; fi
        last=$now
    done
}
# Without a window manager nobody gives the keys to a window.
keys() { # TITLE KEY
    xdotool windowfocus --sync "$(title_of "$1")"
    xdotool key --clearmodifiers "$2"
}

rkviz 2>stderr.txt &
window=$!
wait_for '^rkviz$' 60
settled
picture 1_welcome
say "F1"
keys '^rkviz$' F1
for _ in $(seq 50); do
    if [ -s browser.txt ]; then break; fi
    sleep 0.2
done
page=$(sed 's,^file://,,' browser.txt || true)
[ -s "$page" ] || { picture failed; say "F1 shows no page of the manual: $page"; exit 1; }
say "$page"
if grep -e ^LD_LIBRARY_PATH -e ^QT_PLUGIN_PATH browser_env.txt; then
    say "the browser is given our libraries"
    exit 1
fi
say "clicking on the demo"
# The welcome card is in the middle of the window; its second button opens the demo.
eval "$(xdotool getwindowgeometry --shell "$(title_of '^rkviz$')")"
xdotool mousemove $((X + WIDTH / 2 + 76)) $((Y + HEIGHT / 2 + 113)) click 1
wait_for 'ch_PP-OCRv4_det_infer' 180
settled
picture 2_demo_open
say "running"
keys 'ch_PP-OCRv4_det_infer' F5
# The report can be exported once the analysis is done.
for _ in $(seq 100); do
    keys 'ch_PP-OCRv4_det_infer' ctrl+shift+e
    sleep 2
    if [ -n "$(title_of 'Export HTML report')" ]; then break; fi
done
say "exporting the report"
wait_for 'Export HTML report' 10
settled
picture 3_export
keys 'Export HTML report' Return
for _ in $(seq 100); do
    if [ -s ch_PP-OCRv4_det_infer.html ]; then break; fi
    sleep 0.2
done
[ -s ch_PP-OCRv4_det_infer.html ] || { picture failed; say "no report was written"; exit 1; }
settled
picture 4_analysed
say "saving, closing, opening again by the file"
keys 'ch_PP-OCRv4_det_infer' ctrl+s
wait_for 'Save project as' 60
keys 'Save project as' Return
for _ in $(seq 100); do
    if [ -s ch_PP-OCRv4_det_infer.rkviz ]; then break; fi
    sleep 0.2
done
wait_for 'ch_PP-OCRv4_det_infer.rkviz' 60
keys 'ch_PP-OCRv4_det_infer' ctrl+q
wait "$window"
rkviz "$PWD/ch_PP-OCRv4_det_infer.rkviz" 2>>stderr.txt &
window=$!
wait_for 'ch_PP-OCRv4_det_infer.rkviz' 90
settled
picture 5_opened_again
keys 'ch_PP-OCRv4_det_infer' ctrl+q
wait "$window"
[ ! -s .local/state/rkviz/log/rkviz.log ] || { cat .local/state/rkviz/log/rkviz.log; exit 1; }
if [ -e .cache/Microsoft ]; then say "onnxruntime numbered this machine"; exit 1; fi
[ ! -s stderr.txt ] || cat stderr.txt
