# The table of a run beside other proxies, as Markdown: to the terminal, to .build/peers.md, and with --readme
# between the markers of README.md. Sourced by Benchmarks/Proxies/run when all is measured.

m() { [ -n "${values[$1]:-}" ] && median ${values[$1]} || echo; }
# ratio CASE NAME: the median of the ratios to nginx, taken within each repetition
ratio() {
    [ -n "${values[$1.$2]:-}" ] || { echo; return; }
    median $(paste <(tr ' ' '\n' <<<"${values[$1.$2]% }") <(tr ' ' '\n' <<<"${values[$1.nginx]% }") | awk '{ print $1 / $2 }')
}
cell() {
    local value
    value=$(m "$1.$2")
    [ -n "$value" ] || { echo " "; return; }
    printf '%.1f µs (%.2f×)' "$value" "$(ratio "$1" "$2")"
}
# added KIND NAME: microseconds more than without a proxy
added() {
    [ -n "${values[$1.$2]:-}" ] || { echo " "; return; }
    printf '%.0f µs' "$(median $(paste <(tr ' ' '\n' <<<"${values[$1.$2]% }") <(tr ' ' '\n' <<<"${values[$1.direct]% }") |
        awk '{ print $1 - $2 }'))"
}
plainly() { local value; value=$(m "$1.$2"); [ -n "$value" ] && printf "$3" "$value" || echo " "; }

line() { # line TITLE FORMATTER ARGUMENTS... - one cell a proxy
    local title=$1 name
    shift
    printf '| %s |' "$title"
    for name in "${plain[@]}"; do printf ' %s |' "$("$@" "$name")"; done
    echo
}
cost() { cell "$1" "$2"; }
rate() { plainly "$1-rate" "$2" '%.0f/s'; }
mib() { plainly "$1" "$2" '%.1f MiB'; }
ms() { plainly "$1" "$2" '%.1f ms'; }

table() {
    local name
    printf '| medians of %s |' "$repetitions"
    for name in "${plain[@]}"; do printf ' %s |' "$name"; done
    printf '\n| --- |'
    for name in "${plain[@]}"; do printf ' --- |'; done
    echo
    line 'CPU a call, 2 KB up, 4 KB down' cost plain
    line 'CPU a call, provider behind TLS' cost tls
    line 'CPU a call, 100 KB up' cost long
    line 'CPU a paced chunk, 64 streams' cost paced
    line 'calls at saturation, 32 connections' rate plain
    line 'added at 200 calls a second, p50' added p50
    line 'added at 200 calls a second, p99' added p99
    line "added to a stream's first chunk, p50" added chunk50
    line 'memory, 2,000 streams' mib streams
    line 'memory, 10,000 idle connections' mib idle
    line 'start to first answer' ms start
}
table | tee .build/peers.md
echo
echo "Tollbook had everything posted $(m plain-posted.tollbook) ms after the load at saturation ended."
for key in "${!values[@]}"; do echo "$key ${values[$key]}"; done | sort >.build/peers.txt
echo "every value: .build/peers.txt"
if [ "${BENCH_README:-}" = 1 ]; then
    awk -v table=.build/peers.md '/<!-- peers -->/ { print; while ((getline row < table) > 0) print row; hidden = 1 }
        /<!-- end of peers -->/ { hidden = 0 } !hidden' README.md >.build/README.md
    mv .build/README.md README.md
fi
