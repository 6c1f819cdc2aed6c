# The table and the file of a benchmark run. Sourced by Benchmarks/run when all is measured.

verdict() { awk -v v="$1" -v t="$2" 'BEGIN { print (v <= t) ? "pass" : "FAIL" }'; }
ratio_unary=$(median "${unary_all[@]}")
ratio_load=$(median "${unary_load[@]}")
ratio_paced=$(median "${paced_ratio[@]}")
memory_mb=$(median "${mine_mb[@]}")
unary_verdict=$(verdict "$ratio_unary" 1.3)
paced_verdict=$(verdict "$ratio_paced" 1.1)
memory_verdict=$(verdict "$memory_mb" 40)

row() { printf '%-44s %12s %12s %9s %9s  %s\n' "$@"; }
echo
row "medians of $repetitions repetitions" "$candidate" nginx ratio limit ''
row 'CPU per unary 2 KB request, posted (us)' "$(median "${mine_unary[@]}")" "$(median "${nginx_unary[@]}")" \
    "$(printf %.2f "$ratio_unary")" 1.30 "$unary_verdict"
row '  of it until the load ends (ratio)' '' '' "$(printf %.2f "$ratio_load")" '' ''
row 'CPU per paced chunk, 64 streams (us)' "$(median "${mine_paced[@]}")" "$(median "${nginx_paced[@]}")" \
    "$(printf %.2f "$ratio_paced")" 1.10 "$paced_verdict"
row 'memory at 1,000 streams (MiB, PSS)' "$memory_mb" "$(median "${nginx_mb[@]}")" '' 40 "$memory_verdict"
row 'unary requests a second, 32 connections' "$(median "${mine_rate[@]}")" "$(median "${nginx_rate[@]}")" '' '' ''
row '  latency p50 / p99 (us)' "$(median "${mine_p50[@]}")/$(median "${mine_p99[@]}")" \
    "$(median "${nginx_p50[@]}")/$(median "${nginx_p99[@]}")" '' '' ''
if [ ${#rates[@]} -gt 0 ]; then row 'shipper (records a second)' "$(median "${rates[@]}")" '' '' '' ''; fi

list() { local IFS=,; echo "[$*]"; }
mkdir -p "$(dirname "$results")"
cat >"$results" <<JSON
{"repetitions":$repetitions,"seconds":$seconds,"candidate":"$candidate",
"unary_cpu_us":{"mine":$(list "${mine_unary[@]}"),"nginx":$(list "${nginx_unary[@]}"),"ratio":$ratio_unary,"ratio_until_load_ends":$ratio_load,"limit":1.3,"pass":$([ "$unary_verdict" = pass ] && echo true || echo false)},
"chunk_cpu_us":{"mine":$(list "${mine_paced[@]}"),"nginx":$(list "${nginx_paced[@]}"),"ratio":$ratio_paced,"limit":1.1,"pass":$([ "$paced_verdict" = pass ] && echo true || echo false)},
"memory_mib":{"mine":$(list "${mine_mb[@]}"),"nginx":$(list "${nginx_mb[@]}"),"limit":40,"pass":$([ "$memory_verdict" = pass ] && echo true || echo false)},
"unary_requests_per_second":{"mine":$(list "${mine_rate[@]}"),"nginx":$(list "${nginx_rate[@]}")},
"shipper_records_per_second":$(list "${rates[@]}")}
JSON
echo
echo "every run: $results"
case "$unary_verdict$paced_verdict$memory_verdict" in *FAIL*) exit 2 ;; esac
