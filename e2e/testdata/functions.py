"""Serves the Python functions that recorded cases name, each under its source file's name.

    functions.py FOLDER      FOLDER/CATEGORY/NAME.json are the cases

Prints one line when it listens: {"url": "http://…", "functions": ["file name", …]}. A function
that raises answers 500 with the error as a JSON object, as the Lambda runtime words it.
"""

import glob
import http.server
import json
import linecache
import os
import sys
import traceback
import uuid

TASK_FILE = "/var/task/handler.py"


def sources(folder):
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "*", "*.json"))):
        with open(path) as fd:
            case = json.load(fd)
        for function in (case.get("lambdas") or {}).values():
            if function.get("source"):
                found.setdefault(function["file"], function["source"])
    return found


def compiled(source):
    scope = {}
    exec(compile(source, TASK_FILE, "exec"), scope)
    return scope["handler"]


def failure(error, source):
    linecache.cache[TASK_FILE] = (len(source), None, source.splitlines(True), TASK_FILE)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == TASK_FILE]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": str(uuid.uuid4()),
        "stackTrace": traceback.format_list(frames),
    }


class Functions(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sources = {}

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
        source = self.sources.get(self.path.lstrip("/"))
        status, body = 404, b"{}"
        if source is not None:
            try:
                result, status = compiled(source)(event, None), 200
                body = result if isinstance(result, bytes) else json.dumps(result).encode()
            except Exception as error:  # whatever a function raises is its answer
                status, body = 500, json.dumps(failure(error, source)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def main():
    Functions.sources = sources(sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Functions)
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_port}"
    print(json.dumps({"url": url, "functions": sorted(Functions.sources)}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
