#!/bin/sh
# "cmake --install" brings the program, its manual pages and the schema, and they work.
set -eu
cmake=$1 source=$2 build=$3
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT INT TERM
"$cmake" --install "$build" --prefix "$root/usr" >/dev/null
for file in bin/expdiag share/man/man1/expdiag.1 share/man/man1/expdiag-analyze.1 \
    share/man/man1/expdiag-diff.1 share/man/man1/expdiag-xstatus.1 \
    share/bash-completion/completions/expdiag share/zsh/vendor-completions/_expdiag \
    share/fish/vendor_completions.d/expdiag.fish share/doc/expdiag/copyright \
    share/doc/expdiag/CHANGELOG.md share/man/man5/expdiag-report.5 \
    share/man/man7/expdiag-findings.7 share/expdiag/expdiag-report-1.schema.json share/expdiag/expdiag-diff-1.schema.json; do
    [ -f "$root/usr/$file" ] || {
        echo "not installed: $file"
        exit 1
    }
done
version=$("$root/usr/bin/expdiag" --version)
expected=$(sed -n 's/^project(expdiag VERSION \([0-9.]*\).*/expdiag \1/p' "$source/CMakeLists.txt")
[ "$version" = "$expected" ] || {
    echo "--version says '$version', the project '$expected'"
    exit 1
}
