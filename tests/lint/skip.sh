# Sourced by the checks: "need PROGRAM" skips where it is missing, and fails where
# EXPDIAG_NO_SKIP says that everything must be there.
need() {
    command -v "$1" >/dev/null && return 0
    echo "$1 is not installed"
    [ -n "${EXPDIAG_NO_SKIP:-}" ] && exit 1
    exit 77
}
