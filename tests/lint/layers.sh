#!/bin/sh
# Each third-party library has one owner, and each module only looks down.
set -eu
cd "$1"
status=0

only() { # pattern of a third party's header, the folders that may include it
    pattern=$1
    shift
    allowed=$(printf '|%s' "$@")
    found=$(grep -rnE "^#[[:space:]]*include[[:space:]]*<$pattern" include src |
        grep -vE "^(${allowed#|})" || true)
    [ -z "$found" ] || {
        printf '<%s...> belongs in %s alone:\n%s\n' "$pattern" "$*" "$found"
        status=1
    }
}

only 'openssl/' src/crypto/ src/x509/
only 'pcap' src/capture/
only 'libxml/' src/load/
only 'archive' src/bundle/
only 'isa-l' src/bundle/
only 'jansson' src/report/ src/inspect/ src/batch/
only 'sqlite3' src/batch/
only 'libpq' src/batch/

# What our own headers a module may see; its own ("...priv.h" and the like) it always may.
base='base|alloc|arena|buf|map|addr|clock|text|rune|limits'
model="$base|entry|cert|dump|logevent|flow|trace|node|finding|case"
sees() { # module, headers
    found=$(grep -rnE '^#[[:space:]]*include[[:space:]]*"expdiag/' "src/$1" |
        grep -vE "\"expdiag/($2)\.h\"" || true)
    [ -z "$found" ] || {
        printf 'src/%s looks up or sideways:\n%s\n' "$1" "$found"
        status=1
    }
}

sees base "$base"
sees crypto "$base|crypto"
sees model "$model|batch"
sees bundle "$base|entry|bundle|crypto"
sees load "$model|load|crypto"
sees wire "$model|wire|crypto"
sees capture "$model|wire|capture|crypto"
sees x509 "$model|x509|crypto"
sees diagnose "$model|x509|diagnose"
sees report "$model|batch|fleet|report|x509"
sees worker "$base|entry|bundle|worker"
sees inspect "$model|inspect"
sees batch "$model|bundle|crypto|diagnose|load|pipeline|report|worker|x509|batch|fleet"
sees command "$model|bundle|inspect|crypto|pipeline|report|worker|x509|batch|fleet"

# Nobody reaches into another module's folder.
found=$(grep -rnE '^#[[:space:]]*include[[:space:]]*"(\.\./|src/)' src || true)
[ -z "$found" ] || {
    printf 'includes across folders:\n%s\n' "$found"
    status=1
}
exit $status
