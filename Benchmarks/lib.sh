# What Benchmarks/run is made of: processes that are started and always ended, and measures of them.
# Sourced, not run. Expects: folder (scratch), tollbook (the binary), upstream (the simulator's port).

pids=()

# Ends everything that was started, by process id, whatever happens.
end_all() {
    local pid
    for pid in "${pids[@]}"; do kill -CONT "$pid" 2>/dev/null || true; done
    if [ -n "${frozen:-}" ]; then kill -CONT $frozen 2>/dev/null || true; fi
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do
        for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || continue 2; sleep 0.1; done
        kill -KILL "$pid" 2>/dev/null || true
    done
    pids=()
}

# A port on 127.0.0.1 that nobody listens on.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port && return; }
    done
}

# Waits until something listens on a port: await_port PORT PID WHAT
await_port() {
    for _ in $(seq 300); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    echo "bench: $3 did not start; its last words:" >&2
    tail -n 20 "$folder/$3.log" >&2
    exit 69
}

# Nanoseconds of CPU of all threads of the processes: cpu PID...
cpu() {
    local pid
    for pid in "$@"; do cat /proc/"$pid"/task/*/schedstat 2>/dev/null || true; done |
        awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# Nanoseconds of CPU by thread name of one process: threads PID
threads() {
    local task
    for task in /proc/"$1"/task/*; do
        echo "$(cat "$task/comm") $(cut -d' ' -f1 "$task/schedstat")"
    done 2>/dev/null | awk '{ sum[$1] += $2 } END { for (name in sum) printf "%s %.0f\n", name, sum[name] }' | sort
}

# Proportional set size in KiB of the processes: pss PID...
pss() {
    local pid
    for pid in "$@"; do grep '^Pss:' /proc/"$pid"/smaps_rollup 2>/dev/null || true; done |
        awk '{ sum += $2 } END { print sum + 0 }'
}

start_simulator() {
    mkfifo "$folder/simulator.port"
    taskset -c "$load_core" "$tollbook" simulate >"$folder/simulator.port" 2>"$folder/simulator.log" &
    pids+=($!)
    read -r _ address <"$folder/simulator.port"
    upstream=${address##*:}
}

# start_nginx NAME: sets NAME_port and NAME_pids.
start_nginx() {
    local port name=$1 user=
    port=$(free_port)
    [ "$(id -u)" != 0 ] || user='user root;'
    mkdir -p "$folder/$name"
    sed -e "s|@USER@|$user|; s|@FOLDER@|$folder/$name|; s|@PORT@|$port|; s|@UPSTREAM@|$upstream|" \
        Benchmarks/nginx.conf.in >"$folder/$name/nginx.conf"
    taskset -c "$proxy_core" "$nginx" -p "$folder/$name" -c "$folder/$name/nginx.conf" 2>"$folder/$name.log" &
    local master=$!
    pids+=("$master")
    await_port "$port" "$master" "$name"
    printf -v "${name}_port" %s "$port"
    printf -v "${name}_pids" %s "$master $(cat /proc/$master/task/$master/children)"
}

# start_tollbook: sets tollbook_port, admin_port and tollbook_pids; the spool lies in $folder/data. Where
# tls_port is set, the upstream `secure` is the provider behind TLS there.
start_tollbook() {
    tollbook_port=$(free_port)
    admin_port=$(free_port)
    cat >"$folder/tollbook.yaml" <<CONF
listen: 127.0.0.1:$tollbook_port
admin: 127.0.0.1:$admin_port
database: "$TOLLBOOK_TEST_DATABASE"
data_dir: $folder/data
durability: strict
upstreams:
  openai:
    url: http://127.0.0.1:$upstream/openai
CONF
    [ -z "${tls_port:-}" ] || cat >>"$folder/tollbook.yaml" <<CONF
  secure:
    url: https://localhost:$tls_port/openai
    provider: openai
    ca_file: $folder/certificates/ca.pem
CONF
    taskset -c "$load_core" "$tollbook" migrate --config "$folder/tollbook.yaml" >"$folder/migrate.log" 2>&1 ||
        { cat "$folder/migrate.log" >&2; exit 69; }
    taskset -c "$proxy_core" "$tollbook" serve --config "$folder/tollbook.yaml" >"$folder/tollbook.log" 2>&1 &
    pids+=($!)
    tollbook_pids=$!
    await_port "$tollbook_port" "$tollbook_pids" tollbook
}

# Records in the spool that PostgreSQL does not have yet, from the metrics page.
backlog() {
    local line count=
    exec 4<>"/dev/tcp/127.0.0.1/$admin_port"
    printf 'GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n' >&4
    while read -r line <&4; do
        case $line in 'tollbook_spool_records '*) count=${line#* } ;; esac
    done
    exec 4>&-
    echo "${count%$'\r'}"
}

# Waits until PostgreSQL has everything. nginx has no ledger, so it waits for nothing.
settle() {
    [ "$1" = tollbook ] || return 0
    for _ in $(seq 1200); do [ "$(backlog)" != 0 ] || return 0; sleep 0.1; done
    echo "bench: the spool did not empty within two minutes" >&2
    exit 70
}

median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
