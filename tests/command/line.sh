#!/bin/sh
# The command line: exit status, streams, errors with a way out, outputs whole or absent.
set -eu
program=$1
source=$2
case=$source/fixtures/condition-2-check-on
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
certificate=$source/tests/command/certificates/c-both.pem
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# run STATUS ARGUMENTS...: stdout in out, stderr in err
run() {
    want=$1
    shift
    got=0
    "$program" "$@" >out 2>err </dev/null || got=$?
    [ "$got" = "$want" ] || {
        fail "expdiag $*: exit status $got, not $want"
        cat out err
    }
}

says() { # file, pattern
    grep -qE -- "$2" "$1" || {
        fail "$1 does not say '$2':"
        cat "$1"
    }
}

empty() {
    [ ! -s "$1" ] || {
        fail "$1 is not empty:"
        cat "$1"
    }
}

one_line() {
    [ "$(wc -l <"$1")" = 1 ] || {
        fail "$1 has not one line:"
        cat "$1"
    }
}

run 0 --help
says out 'expdiag analyze'
[ "$(wc -l <out)" -le 24 ] || fail "--help does not fit a screen"
empty err
for command in analyze flows certs whatif show diff xconfiguration xstatus batch fleet explain; do
    run 0 $command --help
    [ "$(wc -l <out)" -le 24 ] || fail "$command --help does not fit a screen"
    if grep -n '.\{80\}' out; then
        fail "$command --help is wider than a terminal"
    fi
    says out "^expdiag $command"
    says out '^Examples'
done
run 0 --version
says out '^expdiag [0-9]+\.[0-9]+\.[0-9]+$'

# Usage: 2, one line that names what is wrong and the way out.
for arguments in '' '--no-such-option x' '--format pdf x' '--at yesterday x' \
    '--fail-on bad x' '--port 0 flows x' '--json' 'certs --failed x' 'explain a b' \
    'explain no-such-finding' 'flows --filter ((( x'; do
    # shellcheck disable=SC2086
    run 2 $arguments
    empty out
    one_line err
    says err '^expdiag: '
done

# A script may give every command the same ones; none of them is ignored that hides names.
for command in 'explain client-eku-missing' "certs $certificate" "xstatus Zones $case" \
    "flows $case" "diff $case $case"; do
    # shellcheck disable=SC2086
    run 0 $command --color never --no-progress --verbose --reproducible --fail-on critical \
        --at 2026-01-01T00:00:00Z --hyperlink never --redact
done
run 2 explain --redact --redact-map map.json
one_line err
says err 'tells nothing of anybody'
run 2 diff --html x "$case" "$case"
says err 'has no HTML form'

# No form that was asked for is lost: to a file only, or refused.
run 1 --format json --json form.json "$case"
empty out
says form.json '"client-eku-missing"'
run 2 --json a --json b "$case"
one_line err
says err "^expdiag: --json 'b': given before as 'a'"
run 1 --json form.json --json form.json "$case"

# Inputs that cannot be read: 3, one line; the rest is still reported.
run 3 "$work/none.tar.gz"
empty out
one_line err
says err 'none.tar.gz'
echo 'This is no bundle.' >letter.txt
run 3 letter.txt
empty out
one_line err
says err '^expdiag: letter.txt: '
mkdir empty-folder
run 3 empty-folder
one_line err
run 3 --json report.json letter.txt "$case"
says err 'letter.txt'
says report.json '"client-eku-missing"'
# What is not there is not damaged, and the report says no more than that.
run 3 --json report.json --text report.txt "$work/none.tar.gz" "$case"
says err 'none.tar.gz: cannot be opened: No such file or directory'
says report.json '"An input could not be opened \(.*none.tar.gz\)"'
says report.json '"problem": *"cannot be opened: No such file or directory"'
if grep -q 'is damaged or cannot be trusted (' report.txt; then
    fail "an input that does not exist is called damaged"
fi

# A verdict of another time says so, in every form and when it is shown again.
run 1 --at 2027-06-01T00:00:00Z --text at.txt --html at.html --json at.json "$case"
says at.txt 'Judged as of 2027-06-01 00:00:00Z \(--at\)'
says at.html 'Judged as of <time datetime="2027-06-01T00:00:00Z">'
says at.json '"judged_at": "2027-06-01T00:00:00.000000Z"'
run 1 show at.html
says out 'Judged as of 2027-06-01'

# The finding of the case, by exit status and by --fail-on.
run 1 --reproducible "$case"
cp out plain
run 1 --reproducible analyze "$case"
cmp -s out plain || fail "'analyze' and no command differ"
run 1 --fail-on critical "$case"
run 1 -q "$case"
empty out

# Filters that hide conversations are named, and nothing reads as if there were none.
run 0 --color never flows --port 9 --failed --html flows.html --text flows.txt "$case"
says flows.txt '^None of [0-9]+ connections matches the filters --port 9, --failed\.$'
says flows.html 'None of [0-9]+&nbsp;connections matches the filters --port 9, --failed\.'
run 0 flows --host nobody.example --text flows.txt "$case"
says flows.txt '^None of [0-9]+ connections matches the filters --host nobody\.example\. The'
says flows.txt 'The host is the name of no node, server or DNS answer among them'
run 0 flows --port 7001 --html flows.html --text flows.txt "$case"
says flows.txt 'Filters: --port 7001; [0-9]+ connections? do(es)? not match\.'
says flows.html 'Filters: --port 7001; [0-9]+&nbsp;connections? do(es)? not match\.'
run 0 flows --filter 'tcp port 9' --text flows.txt "$case"
says flows.txt '^No TLS.* in this input matches the filters --filter tcp port 9\.$'
run 0 flows --html flows.html "$case"
if grep -q 'Filters:' flows.html; then
    fail "filters are named where there are none"
fi

# Reports to files; nothing else is left in the folder.
mkdir reports
run 1 --json reports/r.json --text reports/r.txt "$case"
empty out
[ "$(ls reports | wc -l)" = 2 ] || fail "more than two reports: $(ls reports)"
run 1 -o reports/o.json --format json "$case"
empty out
python3 -m json.tool reports/o.json >/dev/null || fail "no JSON in o.json"
run 2 -o missing-folder/r.txt "$case"
one_line err
says err 'missing-folder'
run 2 -o reports "$case"
says err 'is a folder'

# A link stays a link, and standard output is written where it stands
echo before >whole
ln -s ../whole reports/link
run 1 -q --text reports/link "$case"
[ -L reports/link ] || fail "an output replaced a link"
says whole 'Expressway'
echo before >whole
"$program" -q --text /dev/stdout "$case" >>whole 2>err || :
says whole '^before$'
says whole 'Expressway'
run 2 --text - --json /dev/stdout "$case"
says err 'two reports cannot go to one file'
run 2 --json '' "$case"
says err 'needs the name of a file'
[ -z "$(find . -name '.??*')" ] || fail "something is left of a report without a name"

# The page's first screen keeps a stopgap's warning, and joins what one outage stops.
run 1 --reproducible --html first.html "$case"
sed -n '/<section id="answer"/,/<\/section>/p' first.html >answer.html
says answer.html 'Only as a stopgap: .*need clientAuth all the same'
says answer.html '<li>WebRTC proxy'

# A page of whatif leads with what the change leads to, as the text does.
run 1 whatif --eku-check off --text tried.txt --html tried.html --json tried.json "$case"
says tried.txt '^With '
says tried.html '<title>With .*the SSH tunnels'
says tried.html '<h1>With .*the SSH tunnels'
[ "$(grep -c '<h1' tried.html)" = 1 ] || fail "whatif: more than one first heading"
says tried.json '"tried"'
run 1 whatif --html tried.html "$case"
if grep -q 'id="tried"' tried.html; then
    fail "a change is told where none was tried"
fi

# A full disk is an error with words, not half a report.
if [ -w /dev/full ]; then
    got=0
    "$program" "$case" >/dev/full 2>err </dev/null || got=$?
    [ "$got" = 4 ] || fail "full disk: exit status $got"
    says err 'No space left'
fi

# The same bytes twice, in another time zone and locale, and from standard input.
run 1 --reproducible --format json "$case"
cp out one.json
TZ=Asia/Kolkata LC_ALL=C run 1 --reproducible --format json "$case"
cmp -s out one.json || fail "two runs over one input differ"
bundle=$(find "$case" -name 'diagnostic_log_*.tar.gz' | sort | head -n 1)
got=0
"$program" --format json - <"$bundle" >out 2>err || got=$?
[ "$got" -le 1 ] || fail "standard input: exit status $got"
says out '"path": *"-"'

# The very same path twice is one input.
run 1 --reproducible --format json "$case"
cp out one.json
run 1 --reproducible --format json "$case" "$case"
one_line err
says err 'is named more than once; it is read once'
cmp -s out one.json || fail "a path that is named twice changes the report"

# A slip of the fingers gets the word that was meant; an input is never overwritten.
run 2 analyse "$case"
says err "did you mean 'expdiag analyze'"
run 2 --reproducable "$case"
says err "did you mean '--reproducible'"
run 2 explain client-eku-mising
says err "did you mean 'client-eku-missing'"
run 2 explain EKU
says err "did you mean 'client-eku-missing' or 'server-eku-missing' or"
# what is wrong, where, and the way out
while IFS='|' read -r arguments words; do
    # shellcheck disable=SC2086
    run 2 $arguments
    one_line err
    empty out
    says err "$words"
done <<END
--fail-on warn $case|did you mean 'warning'
--format JSON $case|did you mean 'json'
--ver|short for several: --verbose, --version
--no-colour $case|did you mean '--color never'
--port 7001 $case|'--port' goes with 'flows', not with 'analyze'
-o $case|'$case' was taken as the value of --output; give BUNDLE
xconfiguration Zones|'Zones': no such file; the bundle stands last
xconfiguration Zones Zone|as in 'expdiag xconfiguration Zones Zone C-bundle.tar.gz'
help flow|did you mean 'flows'
help nosuch|'expdiag --help' lists them
-x $case|option '-x': there is none
--json|'--json': needs a value
--completions ksh|--completions: choose bash, zsh or fish
--completions|--completions: choose bash, zsh or fish
flows --port https $case|give a number from 1 to 65535
whatif --eku-check vcs8x=off $case|did you mean 'vcs8c'
whatif --client-cert letter.txt $case|letter.txt: holds no certificate; give one in PEM or DER
END
run 3 show .
says err 'name a report that expdiag wrote'
run 2 --color atuo "$case"
says err "^expdiag: --color 'atuo': did you mean 'auto'\? choose auto, always or never"
run 0 flows --host smartslvae "$case"
says out 'did you mean "smartslave"\?'
run 2 explain client-eku
says err "did you mean 'client-eku-missing' or 'ssh-client-eku-missing'"
one_line err
run 2 client-eku-missing
says err "did you mean 'expdiag explain client-eku-missing'"
run 0 help
says out '^Commands'
run 0 help flows
says out '^expdiag flows'
cp "$bundle" mine.tar.gz
run 2 -o mine.tar.gz mine.tar.gz
says err 'is an input'
cmp -s "$bundle" mine.tar.gz || fail "an input was overwritten"

# Nor is a bundle that an option took for the name of its report.
for option in --json --html --text -o; do
    run 2 analyze $option mine.tar.gz "$bundle"
    one_line err
    says err '^expdiag: mine.tar.gz: is an archive, and no report is written over evidence'
done
cmp -s "$bundle" mine.tar.gz || fail "a bundle was replaced by a report"
run 2 batch --html mine.tar.gz --ndjson rows.ndjson "$bundle"
says err 'mine.tar.gz: is an archive'
run 1 batch --ndjson rows.ndjson "$bundle"
cp "$certificate" mine.pem
run 2 fleet --html mine.pem rows.ndjson
says err 'mine.pem: is certificates'
for again in 1 2; do
    run 0 xconfiguration -o dump.txt sip "$bundle"
    run 0 certs --verbose -o certs.txt --html certs.html "$bundle"
    run 0 flows --verbose -o flows.txt "$bundle"
    run 1 analyze --verbose -o report.txt --html report.html "$bundle"
done

# Nor is the file of an option, by whatever path, and no report goes over another.
cp "$certificate" new.pem
ln new.pem hard.pem
ln -s new.pem soft.pem
for path in new.pem ./new.pem hard.pem soft.pem; do
    for option in --client-cert --server-cert --ca --public-roots --keylog; do
        run 2 whatif -q --html $path $option new.pem "$case"
        one_line err
        says err "^expdiag: $path: is an input; write the report elsewhere"
    done
done
run 2 whatif -q --json new.json --html hard.pem --client-cert vcs8c=new.pem "$case"
[ ! -e new.json ] || fail "a report was written before the refusal"
cmp -s "$certificate" new.pem || fail "the file of an option was overwritten"
for outputs in '--json x --html x' '-o x --html ./x' '--json new.pem --text hard.pem' \
    '--json - --html -' '-o x --text x' '--format json -o x --json y'; do
    # shellcheck disable=SC2086
    run 2 $outputs "$case"
    empty out
    one_line err
    [ ! -e x ] || fail "a report was written with $outputs"
done
cmp -s "$certificate" new.pem || fail "a report was written over another"
run 1 --json /dev/null --html /dev/null "$case"

# Names of a zip that are not ASCII are read, whatever the locale.
python3 - "$case"/*_vcs8c_*.tar.gz <<'END'
import sys, tarfile, zipfile
with zipfile.ZipFile("zip.zip", "w") as z, tarfile.open(sys.argv[1]) as tar:
    for member in tar:
        if member.isfile():
            z.writestr("D\u00e9p\u00f4t/" + member.name, tar.extractfile(member).read())
END
LC_ALL=C "$program" certs --format json zip.zip >zip.json || fail "a zip was not read"
says zip.json 'server_'
says zip.json 'server-pem'

# Nothing of a name acts on a terminal.
name=$(printf 'a\033[31m\302\233\342\200\256b')
run 3 "$name"
if LC_ALL=C grep -q "$(printf '[\033\302\342]')" err; then
    fail "a name reached the terminal as it was"
fi

# explain
run 0 explain
says out 'client-eku-missing'
run 0 explain client-eku-missing
says out 'What to do'
# a stored report is shown, not analysed; a table of CAs keeps a row a line at 80 columns
run 1 --json report.json --html report.html --quiet "$case"
for report in report.json report.html; do
    run 3 "$report"
    one_line err
    says err "a report that expdiag wrote is opened by 'expdiag show'"
done
COLUMNS=80 run 0 certs "$case"
says out '^ nordlab-WIN-DC-01-CA +itself +2036-05-04  5ddfe02e94d61676b6d5924fc98fe272$'
run 0 flows "$case"
says out 'presented "smartslave.nordlab.example" \(a chain of 3\) from both stores'
# a date is its midnight
run 1 --reproducible --json date.json --at 2026-11-22 "$case"
run 1 --reproducible --json time.json --at 2026-11-22T00:00:00Z "$case"
cmp -s date.json time.json || fail "a date is not its midnight"
for at in 2026-13-22 2026-11-2 2026-11-22T 2026-11-22T00; do
    run 2 --at "$at" "$case"
    says err "^expdiag: --at '$at': give a time such as"
done
# what a log or a trace says: its findings
run 0 explain 35013
says out '^Alarm 35013, "Unified'
says out '^  critical  ssh-client-eku-missing '
for sign in 48 unknown_ca 'alert 48' 'tlsv1 alert unknown ca' 'Unknown CA'; do
    run 0 explain "$sign"
    says out '^TLS alert 48, unknown_ca: it may stand for'
    says out '^  critical  incomplete-chain '
done
for sign in 'code=26' X509_V_ERR_INVALID_PURPOSE 'unsuitable certificate purpose' 26; do
    run 0 explain "$sign"
    says out '^Verify error of OpenSSL 26, "unsuitable certificate purpose"'
    says out '^  critical  client-eku-missing '
done
run 0 explain close_notify
says out '^TLS alert 0, close_notify: no finding rests on it'
for name in CLIENT-EKU-MISSING client_eku_missing; do
    run 0 explain "$name"
    says out '^client-eku-missing \(critical\)'
done
run 2 explain unknwon_ca
says err "did you mean '(unknown_ca|unknown-ca)'"
run 2 explain 99999
says err "'expdiag explain' lists them"
run 0 explain ca-name-duplicate
says out '^ca-name-duplicate \(warning; critical if it explains a failure\)'
run 0 explain client-store-server-only
says out '^client-store-server-only \(error on C, warning on E\)'
exit $failed
