#!/bin/sh
# Runs the fuzz targets for a time and says what came of it.
#
#   run.sh [-m | -a] [-t SECONDS] [-j JOBS] [-d FOLDER] [-b BUILD] [TARGET...]
#
# SECONDS are a target's; JOBS targets run at once.  FOLDER keeps corpora, findings and
# totals.tsv (a line a run: target, executions, CPU seconds, edges, findings) from run to
# run; without it they lie in BUILD/fuzz.  BUILD is made where it is missing.  -m takes
# MSan in place of ASan and UBSan, for the targets that use no library; -a takes AFL++
# (afl-clang-fast, afl-fuzz) in place of libFuzzer.
set -eu

seconds=60 jobs=1 folder='' build='' sanitizer=SANITIZE tree=fuzz compiler=clang one=one
while getopts mat:j:d:b: option; do
    case $option in
    m) sanitizer=MSAN tree=fuzz-msan ;;
    a) compiler=afl-clang-fast tree=fuzz-afl one=afl ;;
    t) seconds=$OPTARG ;;
    j) jobs=$OPTARG ;;
    d) folder=$OPTARG ;;
    b) build=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
build=${build:-$project/build/$tree}
folder=${folder:-$build/fuzz}
if [ $# -eq 0 ] && [ $sanitizer = MSAN ]; then
    set -- words frames tls ssh dns keylog pem dump_text log options
elif [ $# -eq 0 ]; then
    # shellcheck disable=SC2046
    set -- $(sed -n 's/^xd_fuzz_\(target\|loader\)(\([a-z0-9_]*\) .*/\2/p' "$here/CMakeLists.txt")
fi

[ -f "$build/build.ninja" ] ||
    cmake -S "$project" -B "$build" -G Ninja -DCMAKE_C_COMPILER=$compiler \
        -DCMAKE_BUILD_TYPE=Debug "-DEXPDIAG_$sanitizer=ON" -DEXPDIAG_FUZZ=ON >/dev/null
for target in "$@"; do
    set -- "$@" "fuzz_$target"
    shift
done
cmake --build "$build" --target "$@" >/dev/null
python3 "$here/seeds.py" "$project" "$folder/seeds"

cat >"$folder/one.sh" <<'END'
#!/bin/sh
# one.sh HERE BUILD FOLDER SECONDS fuzz_TARGET
here=$1 build=$2 folder=$3 seconds=$4 target=${5#fuzz_}
mkdir -p "$folder/corpus/$target" "$folder/found/$target" "$folder/log"
dictionary=
[ ! -f "$here/dict/$target.dict" ] || dictionary=-dict=$here/dict/$target.dict
regressions=
[ ! -d "$here/regressions/$target" ] || regressions=$here/regressions/$target
longest=
case $target in
options | words | filter | keylog) longest=-max_len=512 ;;
case | whole | report | redact | inspect) longest=-max_len=400000 ;;
esac
# shellcheck disable=SC2086
"$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=90 -report_slow_units=60 -rss_limit_mb=3000 \
    -malloc_limit_mb=1500 -use_value_profile=0 -print_final_stats=1 -reload=0 \
    -artifact_prefix="$folder/found/$target/" $dictionary $longest \
    "$folder/corpus/$target" "$folder/seeds/$target" $regressions \
    >"$folder/log/$target" 2>&1
times >"$folder/log/$target.times"
cpu=$(awk 'NR == 2 { split($1, u, /[ms]/); split($2, s, /[ms]/)
                     print u[1] * 60 + u[2] + s[1] * 60 + s[2] }' "$folder/log/$target.times")
edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$folder/log/$target" | tail -1)
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log/$target" | tail -1)
[ -n "$runs" ] || runs=$(sed -n 's/^#\([0-9]*\).* cov: .*/\1/p' "$folder/log/$target" | tail -1)
rm -f "$folder/found/$target"/slow-unit-* # a machine with much to do
found=$(find "$folder/found/$target" -type f | wc -l)
printf '%s\t%s\t%s\t%s\t%s\n' "$target" "${runs:-0}" "$cpu" "${edges:-0}" "$found" |
    tee -a "$folder/totals.tsv"
END
cat >"$folder/afl.sh" <<'END'
#!/bin/sh
# afl.sh HERE BUILD FOLDER SECONDS fuzz_TARGET
here=$1 build=$2 folder=$3 seconds=$4 target=${5#fuzz_}
mkdir -p "$folder/afl" "$folder/found/$target" "$folder/log"
dictionary=
[ ! -f "$here/dict/$target.dict" ] || dictionary="-x $here/dict/$target.dict"
seeds=$folder/seeds/$target
[ ! -d "$folder/afl/$target/default/queue" ] || seeds=- # go on where it was
export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 \
    AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_FAST_CAL=1 \
    ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0 \
    UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:symbolize=0
# shellcheck disable=SC2086
afl-fuzz -V "$seconds" -t 20000+ -m none $dictionary -i "$seeds" -o "$folder/afl/$target" \
    -- "$build/tests/fuzz/fuzz_$target" >"$folder/log/$target" 2>&1
times >"$folder/log/$target.times"
cpu=$(awk 'NR == 2 { split($1, u, /[ms]/); split($2, s, /[ms]/)
                     print u[1] * 60 + u[2] + s[1] * 60 + s[2] }' "$folder/log/$target.times")
said() {
    sed -n "s/^$1 *: *//p" "$folder/afl/$target/default/fuzzer_stats"
}
cp "$folder/afl/$target/default"/crashes/id* "$folder/found/$target" 2>/dev/null
found=$(find "$folder/found/$target" -type f | wc -l)
printf '%s\t%s\t%s\t%s\t%s\n' "$target" "$(said execs_done)" "$cpu" "$(said edges_found)" \
    "$found" | tee -a "$folder/totals.tsv"
END
printf '%s\t%s\t%s\t%s\t%s\n' target executions 'CPU s' edges findings
printf '%s\n' "$@" |
    xargs -P "$jobs" -n 1 sh "$folder/$one.sh" "$here" "$build" "$folder" "$seconds"
[ -z "$(find "$folder/found" -type f)" ] || {
    echo "Findings lie in $folder/found"
    exit 1
}
