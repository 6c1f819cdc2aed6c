"""The provider behind the proxies: it writes down every byte that arrives and answers what it is told to."""
import socket
import threading

import readings

# The most forgiving way to see that a message is complete; what arrives is judged later, by all readers.
FORGIVING = readings.LENIENT


class Upstream:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.arrived = []           # one bytearray for each connection that had bytes since `forget`
        self.canned = None          # (bytes, closes): the answer to the next request
        self.served = 0             # connections that got the canned answer and then another request
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def forget(self, canned=None):
        with self.lock:
            self.arrived = []
            self.canned = canned
            self.spent = None
            self.reused = False

    def taken(self):
        """What has arrived since `forget`, by connection, without the canaries."""
        with self.lock:
            return [bytes(part) for part in self.arrived if part]

    def serve(self, client):
        record, epoch, waiting = None, None, b""
        try:
            while data := client.recv(1 << 20):
                with self.lock:
                    if epoch is not self.arrived:
                        epoch, record = self.arrived, bytearray()
                        self.arrived.append(record)
                    record += data
                waiting += data
                waiting = self.answer(client, waiting)
                if waiting is None:
                    break
        except OSError:
            pass
        finally:
            client.close()

    def answer(self, client, waiting):
        """Answers all complete requests of a connection; returns what is left, `None` when it is to be closed."""
        while waiting:
            try:
                start, fields, at = readings.head_at(waiting, 0, FORGIVING)
                body, at = readings.body_at(waiting, at, fields, FORGIVING, False)
            except readings.Short:
                return waiting
            except readings.Refused:
                return None
            waiting = waiting[at:]
            words = start.split(b" ")
            target = words[1] if len(words) > 1 else b"?"
            if target.startswith(b"/canary"):
                with self.lock:
                    self.reused = self.reused or self.spent is client
                client.sendall(answer(target, words[0]))
                continue
            with self.lock:
                canned, self.canned = self.canned, None
                if canned:
                    self.spent = client
            if canned:
                client.sendall(canned[0])
                if canned[1]:
                    return None
            else:
                client.sendall(answer(target, words[0]))
        return b""


def answer(target, method):
    body = b'{"upstream":"' + target[:200].replace(b'"', b"'") + b'"}'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Upstream: yes\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head if method == b"HEAD" else head + body
