#!/bin/sh
# The Debian package: made by CPack, clean to lintian, installed in a root that holds
# nothing but the packages it depends on (copied from this machine: nothing is downloaded),
# and run there.
set -eu
cpack=$1 source=$2 build=$3
. "$(dirname "$0")/../lint/skip.sh"
need dpkg-deb
need dpkg-shlibdeps
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
"$cpack" -G DEB --config "$build/CPackConfig.cmake" -B "$work" >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
deb=$(echo "$work"/*.deb)
[ -f "$deb" ] || {
    echo "cpack made no package"
    exit 1
}
dpkg-deb -I "$deb"
status=0
version=$(sed -n 's/^project(expdiag VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
[ "$(dpkg-deb -f "$deb" Version)" = "$version" ] || {
    echo "the package's version is not $version"
    status=1
}
dpkg-deb -c "$deb" >"$work/contents"
for file in bin/expdiag share/man/man1/expdiag.1.gz share/man/man1/expdiag-analyze.1.gz \
    share/man/man5/expdiag-report.5.gz share/man/man7/expdiag-findings.7.gz \
    share/bash-completion/completions/expdiag share/zsh/vendor-completions/_expdiag \
    share/fish/vendor_completions.d/expdiag.fish share/doc/expdiag/copyright \
    share/doc/expdiag/changelog.gz \
    share/doc/expdiag/CHANGELOG.md share/expdiag/expdiag-report-1.schema.json \
    share/expdiag/expdiag-batch-1.schema.json share/expdiag/expdiag-diff-1.schema.json \
    share/expdiag/expdiag-fleet-1.schema.json share/expdiag/expdiag-redaction-1.schema.json; do
    grep -q " ./usr/$file\$" "$work/contents" || {
        echo "not in the package: $file"
        status=1
    }
done
# Its change log is the project's: version, day and entries.
dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/share/doc/expdiag/changelog.gz | gzip -dc >"$work/changelog"
day=$(sed -n "s/^## $version (\\(.*\\))\$/\\1/p" "$source/CHANGELOG.md")
{
    head -n 1 "$work/changelog" | grep -qx "expdiag ($version) unstable; urgency=medium" &&
        grep -q "^ -- .*  $(LC_ALL=C date -u -d "$day" '+%a, %d %b %Y') 00:00:00 +0000\$" "$work/changelog" &&
        [ "$(grep -c '^  \* ' "$work/changelog")" = "$(grep -c '^- ' "$source/CHANGELOG.md")" ]
} || {
    echo "the package's change log is not that of CHANGELOG.md:"
    cat "$work/changelog"
    status=1
}
if command -v lintian >/dev/null; then
    # No bug of the archive asks for this package, and nobody signs it.
    lintian --tag-display-limit 0 --fail-on error,warning \
        --suppress-tags initial-upload-closes-no-bugs "$deb" || status=1
fi
[ $status = 0 ] || exit 1

# What few need is no dependency.
{ dpkg-deb -f "$deb" Suggests | grep -q libpq5 && ! dpkg-deb -f "$deb" Depends | grep -q libpq5; } || {
    echo "libpq5 is loaded where it is wanted: suggested, not depended on"
    exit 1
}

# What it depends on, and what that depends on.
wanted=$(dpkg-deb -f "$deb" Depends)
known=
list=$(printf '%s' "$wanted" | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/:any//; s/ //g')
while [ -n "$list" ]; do
    next=
    for package in $list; do
        case " $known " in *" $package "*) continue ;; esac
        dpkg-query -s "$package" >/dev/null 2>&1 || continue # virtual
        known="$known $package"
        next="$next $(dpkg-query -W -f '${Depends},${Pre-Depends}' "$package" |
            tr ',' '\n' | sed 's/|.*//; s/(.*//; s/:any//; s/ //g' | tr '\n' ' ')"
    done
    list=$(printf '%s' "$next" | tr -s ' ' | sed 's/^ //; s/ $//')
done
root=$work/root
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64" "$root/var/lib/dpkg/info" \
    "$root/var/lib/dpkg/updates" "$root/dev" "$root/tmp"
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
for package in $known; do
    dpkg -L "$package" | while read -r file; do
        [ -d "$file" ] && [ ! -L "$file" ] || printf '%s\n' "$file"
    done
    dpkg-query -s "$package" >>"$root/var/lib/dpkg/status"
    echo >>"$root/var/lib/dpkg/status"
done | grep '^/' | sort -u >"$work/files"
tar -C / -c --no-recursion -T "$work/files" 2>/dev/null | tar -C "$root" -x --keep-directory-symlink
: >"$root/dev/null"
if [ "$(id -u)" = 0 ]; then
    dpkg --root="$root" --force-depends -i "$deb" >"$work/log" 2>&1 || {
        cat "$work/log"
        exit 1
    }
    into=chroot
elif unshare -r true 2>/dev/null; then
    dpkg-deb -x "$deb" "$root"
    into='unshare -r chroot'
else
    echo "no root for the package can be entered here"
    [ -z "${EXPDIAG_NO_SKIP:-}" ] || exit 1
    exit 77
fi
[ ! -e "$root/usr/bin/cc" ] && [ ! -e "$root/usr/bin/gcc" ] && [ ! -e "$root/usr/bin/ld" ] || {
    echo "the root has a compiler"
    exit 1
}
cp -r "$source/fixtures/condition-2-check-on" "$source/fixtures/public-roots.pem" "$root/tmp"
[ "$($into "$root" /usr/bin/expdiag --version)" = "expdiag $version" ] || {
    echo "the installed program does not say its version"
    exit 1
}
got=0
$into "$root" /usr/bin/expdiag --reproducible --public-roots /tmp/public-roots.pem \
    --json /tmp/report.json /tmp/condition-2-check-on || got=$?
[ "$got" = 1 ] && grep -q '"id": "client-eku-missing"' "$root/tmp/report.json" || {
    echo "the installed program: exit status $got"
    exit 1
}
echo "run in a root of $(echo "$known" | wc -w) packages"
