#!/bin/sh
# What the release promises of its binary: PIE, full RELRO, no executable stack,
# stack protector, fortified calls, control-flow protection.
set -eu
program=$1
status=0
want() { # words, the tool's output, pattern
    printf '%s\n' "$2" | grep -qE "$3" || {
        echo "missing: $1"
        status=1
    }
}
header=$(readelf -hW "$program")
segments=$(readelf -lW "$program")
dynamic=$(readelf -dW "$program")
symbols=$(readelf --dyn-syms -W "$program")
want 'position independence' "$header" 'Type:[[:space:]]+DYN'
want 'RELRO' "$segments" 'GNU_RELRO'
want 'binding at start' "$dynamic" 'BIND_NOW|FLAGS.*NOW'
want 'stack protector' "$symbols" '__stack_chk_fail'
want 'fortified calls' "$symbols" '__[a-z]+_chk@'
case $(uname -m) in
x86_64)
    # The note on the whole binary is lost to start files that lack it; our code has it.
    landings=$(objdump -d "$program" | grep -c endbr64)
    [ "$landings" -gt 100 ] || {
        echo "missing: control-flow protection ($landings landing pads)"
        status=1
    }
    ;;
esac
# Where the segment is missing, the kernel makes the stack executable.
want 'a stack that cannot be executed' "$segments" 'GNU_STACK.* RW +0x'
if printf '%s\n' "$segments" | grep -E 'LOAD' | grep -q 'RWE'; then
    echo 'a part of the program can be written and executed'
    status=1
fi
if printf '%s\n' "$dynamic" | grep -qE 'TEXTREL|RPATH|RUNPATH'; then
    echo 'code is relocated, or libraries are looked for in folders of the builder'
    status=1
fi
exit $status
