#!/bin/sh
# The completions of bash, zsh and fish, asked in those shells where they are there.
set -eu
folder=$1
failed=0

offers() { # shell, line, words that are offered, words that are not
    got=$(printf '%s\n' "$2" | "ask_$1" | tr '\n' ' ')
    for word in $3; do
        case " $got" in *" $word "*) ;; *)
            echo "FAILED: $1: '$2' does not offer $word: $got"
            failed=1
            ;;
        esac
    done
    for word in $4; do
        case " $got" in *" $word "*)
            echo "FAILED: $1: '$2' offers $word"
            failed=1
            ;;
        esac
    done
}

ask_bash() {
    bash --norc -c '
        . "$1"
        IFS= read -r line
        line=${line//=/ = }
        COMP_WORDS=($line)
        [ "${line% }" != "$line" ] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _expdiag
        printf "%s\n" "${COMPREPLY[@]}"' bash "$folder/expdiag"
}

ask_fish() {
    fish --no-config -c '
        source $argv[1]
        read -l line
        complete -C "$line" | string split -f1 \t' "$folder/expdiag.fish"
}

ask_all() {
    offers "$1" 'expdiag ' 'analyze xconfiguration explain' ''
    offers "$1" 'expdiag an' analyze flows
    offers "$1" 'expdiag flows --f' '--failed --format' '--html --fail-on'
    offers "$1" 'expdiag --fail-on ' 'info critical' ''
    offers "$1" 'expdiag diff --format ' 'text json' html
    offers "$1" 'expdiag analyze --format=j' '' text
    offers "$1" 'expdiag explain client-' 'client-eku-missing client-store-server-only' clock-skew
    offers "$1" 'expdiag whatif --eku-check ' 'on off' ''
}

missing=
for shell in bash fish; do
    if command -v $shell >/dev/null; then
        ask_all $shell
    else
        missing="$missing $shell"
    fi
done
# zsh completes on a terminal alone: it reads the file, and knows the function.
if command -v zsh >/dev/null; then
    zsh -f -c 'autoload -Uz compinit && compinit -D -u && . "$1" && whence _expdiag >/dev/null &&
        [[ ${_comps[expdiag]} == _expdiag ]]' zsh "$folder/_expdiag" || {
        echo "FAILED: zsh does not take its file"
        failed=1
    }
else
    missing="$missing zsh"
fi
[ $failed = 0 ] || exit 1
[ -z "$missing" ] || {
    echo "not installed:$missing"
    . "$(dirname "$0")/../lint/skip.sh"
    for shell in $missing; do need "$shell"; done
}
