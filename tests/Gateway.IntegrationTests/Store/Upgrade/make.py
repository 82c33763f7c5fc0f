#!/usr/bin/env python3
"""Makes the upgrade fixtures with the gateway of the version before: make.py OLD_GATEWAY_DLL OUT. Needs redis-server, redis-cli, dotnet."""
import base64, http.server, json, os, shutil, signal, socket, subprocess, sys, tarfile, threading, time, urllib.error, urllib.request

DLL, OUT = sys.argv[1], sys.argv[2]
KEY = base64.b64encode(bytes(range(7, 39))).decode()
ADMIN = "fixture-admin-key-0123456789abcdef"
mode = {}            # connection mark (from its refresh token) -> "ok" | "dead" | "fail" | "hang"
arrived = threading.Event(); release = threading.Event()

class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status); self.send_header("Content-Type", "application/json"); self.send_header("Content-Length", str(len(data)))
        self.end_headers(); self.wfile.write(data)
    def do_GET(self): self.answer(200, {"ok": True})
    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()))
        if form.get("grant_type") == "client_credentials":
            return self.answer(200, {"access_token": "cc-token-1", "expires_in": 3600 * 24 * 365 * 10})
        mark = form["refresh_token"].split("-")[1]
        what = mode.get(mark, "ok")
        if what == "dead": return self.answer(400, {"error": "invalid_grant"})
        if what == "fail": return self.answer(503, {})
        if what == "hang": arrived.set(); time.sleep(60)
        if what == "late": arrived.set(); release.wait(60)
        n = int(form["refresh_token"].split("-")[2]) + 1
        try: self.answer(200, {"access_token": f"access-{mark}-{n}", "refresh_token": f"refresh-{mark}-{n}", "expires_in": 3600 * 24 * 365 * 10, "scope": "read"})
        except OSError: pass
import urllib.parse
def port():
    s = socket.socket(); s.bind(("127.0.0.1", 0)); p = s.getsockname()[1]; s.close(); return p
def serve():
    s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider); threading.Thread(target=s.serve_forever, daemon=True).start(); return s.server_address[1]
P = serve(); O = f"http://127.0.0.1:{P}"
CONFIG = {"Providers": {
    "oauth": {"Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": O, "AuthorizationEndpoint": O + "/authorize", "TokenEndpoint": O + "/token", "ClientId": "client", "ClientSecret": "secret"},
    "machine": {"Kind": "OAuth2", "Grant": "ClientCredentials", "Origin": O, "TokenEndpoint": O + "/token", "ClientId": "client", "ClientSecret": "secret"},
    "static": {"Kind": "Secret", "Origin": O, "Inject": {"Headers": {"Authorization": "Bearer {token}"}}},
    "pair": {"Kind": "Secret", "Origin": O, "Secrets": {"secretKey": "application-secret"}, "Inject": {"Headers": {"X-Api-Key": "{apiKey}", "X-Secret-Key": "{secretKey}"}}}},
  "ReverseProxy": {"Routes": {p: {"ClusterId": "api", "Match": {"Path": f"/{p}/{{**path}}"}, "Transforms": [{"PathPattern": "/{**path}"}, {"Credential": p}]} for p in ("oauth", "machine", "static", "pair")},
                   "Clusters": {"api": {"Destinations": {"api": {"Address": O + "/"}}}}}}
json.dump(CONFIG, open("gateway.json", "w"))

class Gateway:
    def __init__(self, *settings):
        self.admin, self.proxy, connect = port(), port(), port()
        self.process = subprocess.Popen(["dotnet", "exec", DLL, "--config", "gateway.json", f"Admin:Key={ADMIN}", f"Kestrel:Endpoints:Proxy:Url=http://127.0.0.1:{self.proxy}",
            f"Kestrel:Endpoints:Admin:Url=http://127.0.0.1:{self.admin}", f"Kestrel:Endpoints:Connect:Url=http://127.0.0.1:{connect}", *settings], stdout=open("gateway.log", "a"), stderr=subprocess.STDOUT)
        for _ in range(300):
            try:
                if self.call("GET", "/health/ready")[0] == 200: return
            except OSError: pass
            time.sleep(0.1)
        raise SystemExit("not ready: see gateway.log")
    def call(self, method, path, body=None, timeout=20):
        r = urllib.request.Request(f"http://127.0.0.1:{self.admin}{path}", method=method, data=None if body is None else json.dumps(body).encode(), headers={"Authorization": "Bearer " + ADMIN, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(r, timeout=timeout) as a: return a.status, a.read().decode()
        except urllib.error.HTTPError as e: return e.code, e.read().decode()
    def get(self, path, connection):
        r = urllib.request.Request(f"http://127.0.0.1:{self.proxy}{path}", headers={"Gateway-Connection": connection})
        try:
            with urllib.request.urlopen(r, timeout=20) as a: return a.status
        except urllib.error.HTTPError as e: return e.code
    def put(self, path, body): s = self.call("PUT", "/connections/" + path, body); assert s[0] in (201, 204), (path, s)
    def refresh(self, path): return self.call("POST", f"/connections/{path}/refresh")
    def kill(self): self.process.kill(); self.process.wait()

def fill(g):
    oauth = lambda mark, left=3600 * 24 * 365 * 10: {"refreshToken": f"refresh-{mark}-1", "accessToken": f"access-{mark}-1", "expiresIn": left, "scope": "read"}
    for mark in ("ready", "rotated", "dead", "backoff", "open", "unsaved"): g.put("oauth/" + mark, oauth(mark))
    g.put("machine/machine", {"fields": {}})
    g.put("static/static", {"fields": {"token": "static-token"}}); g.put("pair/pair", {"fields": {"apiKey": "pair-key"}})
    mode.update(dead="dead", backoff="fail")
    print("rotated", g.refresh("oauth/rotated")); print("dead", g.refresh("oauth/dead")); print("backoff", g.refresh("oauth/backoff"))
    print("machine", g.get("/machine/x", "machine"), g.get("/static/x", "static"), g.get("/pair/x", "pair"))

def hang(g, mark, how):
    mode[mark] = how; arrived.clear(); release.clear()
    threading.Thread(target=lambda: _quiet(lambda: g.refresh("oauth/" + mark)), daemon=True).start(); assert arrived.wait(20)
def _quiet(f):
    try: f()
    except Exception: pass

def embedded():
    shutil.rmtree("data", ignore_errors=True)
    g = Gateway("Store:Path=data"); fill(g); print(g.call("GET", "/connections")[1])
    hang(g, "open", "hang"); g.kill()
    for lock in ("data/gateway.lock", "data/encryption.lock"):
        if os.path.exists(lock): os.remove(lock)
    with tarfile.open(os.path.join(OUT, "embedded.tar.gz"), "w:gz") as t: t.add("data", arcname=".")

def redis():
    shutil.rmtree("journal", ignore_errors=True); p = port()
    server = subprocess.Popen(["redis-server", "--port", str(p), "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)
        g = Gateway(f"Store:Redis=127.0.0.1:{p}", f"Store:EncryptionKeys:0={KEY}", "Store:Path=journal"); fill(g); print(g.call("GET", "/connections")[1])
        hang(g, "open", "hang"); hang(g, "unsaved", "late"); time.sleep(1)
        cli = lambda *a: subprocess.run(["redis-cli", "-p", str(p), *a], capture_output=True, check=True).stdout
        entries = []
        for key in sorted(cli("--scan").decode().split("\n")):
            if not key: continue
            kind = cli("TYPE", key).decode().strip()
            if kind == "string": entries.append({"key": key, "string": cli("GET", key)[:-1].decode()})
            elif kind == "set": entries.append({"key": key, "set": cli("SMEMBERS", key).decode().split()})
            elif kind == "zset":
                a = cli("ZRANGE", key, "0", "-1", "WITHSCORES").decode().split(); entries.append({"key": key, "zset": {a[i]: a[i + 1] for i in range(0, len(a), 2)}})
            elif kind == "hash": entries.append({"key": key, "skipped": kind})
        json.dump([e for e in entries if "skipped" not in e and not e["key"].endswith(":lease")], open(os.path.join(OUT, "redis.json"), "w"), indent=1)
        # Dumped before the answer arrives: a write that a frozen Redis has in its socket would still be done.
        server.send_signal(signal.SIGSTOP); release.set()
        for _ in range(100):
            if any(f.endswith(".grant") for _, _, fs in os.walk("journal") for f in fs): break
            time.sleep(0.1)
        time.sleep(2); g.kill()
        for root, _, fs in os.walk("journal"):
            for f in fs:
                if f.endswith(".grant"): shutil.copy(os.path.join(root, f), os.path.join(OUT, f))
    finally: server.kill()
shutil.rmtree(OUT, ignore_errors=True); os.makedirs(OUT); embedded(); mode.clear(); redis()
