"""Tollbook, nginx and haproxy, each as a reverse proxy in front of an upstream of its own. Sizes and times are set
alike, so that what they do differently is about form. Every process ends with this one."""
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

NGINX = """daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr crit; {user}
events {{ worker_connections 256; }}
http {{
    access_log off; client_max_body_size 0; server_tokens off;
    client_header_buffer_size 32k; large_client_header_buffers 4 32k; proxy_buffer_size 64k; proxy_buffers 8 64k;
    proxy_busy_buffers_size 128k; client_header_timeout 2s; client_body_timeout 2s; proxy_read_timeout 2s;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    upstream provider {{ server 127.0.0.1:{upstream} max_fails=0; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_next_upstream off; proxy_buffering off; }}
    }}
}}
"""

HAPROXY = """global
    tune.bufsize 65536
    tune.http.maxhdr 250
defaults
    mode http
    option http-no-delay
    http-reuse always
    retries 0
    timeout connect 5s
    timeout client 2s
    timeout server 2s
    timeout http-request 2s
frontend clients
    bind 127.0.0.1:{port}
    default_backend provider
backend provider
    server provider 127.0.0.1:{upstream}
"""

TOLLBOOK = """listen: 127.0.0.1:{port}
admin: 127.0.0.1:{admin}
database: "{database}"
data_dir: {folder}/data
default_upstream: provider
threads: 1
log: {{level: error}}
upstreams:
  provider: {{url: "http://127.0.0.1:{upstream}", provider: openai}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def program(*names):
    for name in names:
        found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
        if found:
            return found
    raise SystemExit(f"{names[0]} is not installed; run scripts/bootstrap")


class Proxy:
    """A running proxy; its words go to a file that is shown when it does not start."""

    def __init__(self, name, command, port, folder):
        self.name, self.port, self.log = name, port, Path(folder) / f"{name}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + 60
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{name} did not start:\n{self.log.read_text()}")
            time.sleep(0.02)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def nginx(upstream):
    folder, port = tempfile.mkdtemp(prefix="tollbook-nginx."), free_port()
    path = Path(folder) / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""
    path.write_text(NGINX.format(folder=folder, port=port, upstream=upstream, user=user))
    return Proxy("nginx", [program("nginx"), "-p", folder, "-c", str(path)], port, folder)


def haproxy(upstream):
    folder, port = tempfile.mkdtemp(prefix="tollbook-haproxy."), free_port()
    path = Path(folder) / "haproxy.cfg"
    path.write_text(HAPROXY.format(port=port, upstream=upstream))
    return Proxy("haproxy", [program("haproxy"), "-db", "-f", str(path)], port, folder)


def tollbook(binary, upstream, more=""):
    folder, port, admin = tempfile.mkdtemp(prefix="tollbook-probe."), free_port(), free_port()
    path = Path(folder) / "tollbook.yaml"
    path.write_text(TOLLBOOK.format(
        folder=folder, port=port, admin=admin, upstream=upstream,
        database=os.environ["TOLLBOOK_TEST_DATABASE"]) + more)
    subprocess.run([binary, "migrate", "--config", str(path)], check=True, stdout=subprocess.DEVNULL)
    proxy = Proxy("tollbook", [binary, "serve", "--config", str(path)], port, folder)
    proxy.config, proxy.admin, proxy.folder = str(path), admin, folder
    return proxy
