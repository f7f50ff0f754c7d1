#!/bin/sh
# run.sh PROGRAM SOURCE: the HTML report of some fixtures, of one with hostile text, and the
# page over an archive of such, in a browser.  .ci/install puts the browser and the modules there.
set -eu
program=$1 source=$2
. "$source/tests/lint/skip.sh"
modules=$source/build/browser
need node
need chromium
if [ ! -d "$modules/node_modules" ]; then
    echo "the modules of tests/browser are not installed: sh .ci/install browser"
    [ -z "${EXPDIAG_NO_SKIP:-}" ] || exit 1
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
for case in condition-2-check-on condition-2.1-success log-only-bundle; do
    (
        cd "$source/fixtures/$case"
        # shellcheck disable=SC2046
        "$program" $(cat args) --quiet --html "$folder/$case.html"
    ) || [ $? = 1 ]
done
python3 "$source/tests/report/html_hostile.py" --write "$folder/hostile.html" "$program" \
    "$source/fixtures"
python3 "$source/tests/report/html_many.py" --write "$folder/many.html" "$program" "$source/fixtures"
python3 "$source/tests/batch/fleet.py" "$program" "$source/fixtures" --write "$folder/fleet.html"
node "$source/tests/browser/page.mjs" "$modules" "$folder"/*.html
