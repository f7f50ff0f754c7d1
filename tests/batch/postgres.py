"""The same rows in PostgreSQL as in SQLite, on a real server of this machine's packages.

postgres.py PROGRAM FIXTURES: makes a cluster in a temporary folder that listens on a unix
socket in it alone, and stops it by its own process id.  Skips (77) without a server.
"""

import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from common import TABLES, comparable, make_archive, read_database, run

PROGRAM, FIXTURES = sys.argv[1], sys.argv[2]


def find_server():
    """The folder of initdb and postgres, as Debian keeps it."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return pathlib.Path(on_path).parent if on_path else None


def lower_rights():
    """A server never runs as root; Debian's package has a user for it."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Server:
    def __init__(self, programs, folder):
        self.folder = folder
        self.rights = lower_rights()
        if self.rights:
            os.chown(folder, self.rights["user"], self.rights["group"])
        data = folder / "data"
        subprocess.run([programs / "initdb", "-D", data, "-U", "expdiag", "-A", "trust",
                        "--no-sync", "-E", "UTF8", "--locale=C"], check=True, cwd=folder,
                       stdout=subprocess.DEVNULL, **self.rights)
        self.process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.rights)
        self.psql_program = programs / "psql"
        for _ in range(300):
            if self.psql("SELECT 1", check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("the server does not answer")

    @property
    def uri(self):
        return f"postgresql://expdiag@/postgres?host={self.folder}"

    def psql(self, sql, check=True):
        return subprocess.run([self.psql_program, "-XqAt", "-d", self.uri, "-c", sql],
                              capture_output=True, text=True, check=check)

    def read(self):
        """As read_database reads SQLite."""
        rows = {}
        for table in ["cases", *TABLES]:
            text = self.psql(f"SELECT row_to_json(t) FROM {table} t").stdout
            found = [json.loads(line) for line in text.splitlines()]
            if table == "cases":
                found = [comparable(row) for row in found]
            rows[table] = sorted(json.dumps(row, sort_keys=True) for row in found)
        return rows

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)


def tell_fleet(source):
    done = subprocess.run([PROGRAM, "fleet", "--at", "2026-11-22T00:00:00Z", "--format", "json",
                           source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (source, done.stderr)
    answer = json.loads(done.stdout)
    answer.pop("source")
    return answer


def same_rows(server, archive, top):
    sqlite = top / "rows.db"
    status, _, words = run(PROGRAM, "--db", f"sqlite:{sqlite}", archive)
    assert status == 1, (status, words)
    wanted = read_database(sqlite)
    answer = tell_fleet(f"sqlite:{sqlite}")
    status, _, words = run(PROGRAM, "--db", server.uri, archive)
    assert status == 1, (status, words)
    assert server.read() == wanted
    assert tell_fleet(server.uri) == answer
    # again, and by two shards at once: each row replaces itself
    both = [subprocess.Popen([PROGRAM, "batch", "--no-progress", "--db", server.uri, "--shard",
                              f"{k}/2", str(archive)]) for k in (1, 2)]
    assert sorted({process.wait() for process in both}) == [1]
    assert server.read() == wanted
    return wanted


def killed_runs(server, archive, wanted):
    """SIGKILL while rows are written, then --resume."""
    server.psql("TRUNCATE cases CASCADE")
    for delay in (0.02, 0.05, 0.1, 0.2):
        process = subprocess.Popen([PROGRAM, "batch", "--no-progress", "--resume", "--db",
                                    server.uri, str(archive)])
        time.sleep(delay)
        process.kill()
        process.wait()
    status, _, words = run(PROGRAM, "--resume", "--db", server.uri, archive)
    assert status == 1, (status, words)
    assert server.read() == wanted


def lost_server(server, archive, top):
    """Without a server: words and the right status, and no password in them."""
    server.stop()
    uri = f"postgresql://expdiag:secret-word@/postgres?host={server.folder}"
    status, _, words = run(PROGRAM, "--db", uri, "--ndjson", top / "lost.ndjson", archive)
    assert status == 2 and "secret-word" not in words and words, (status, words)


def main():
    programs = find_server()
    if programs is None:
        print("PostgreSQL is not installed")
        sys.exit(1 if os.environ.get("EXPDIAG_NO_SKIP") else 77)
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        top = pathlib.Path(name)
        os.chmod(top, 0o755)
        (top / "server").mkdir()
        archive = make_archive(top / "archive", FIXTURES)
        server = Server(programs, top / "server")
        try:
            wanted = same_rows(server, archive, top)
            killed_runs(server, archive, wanted)
        except BaseException:
            server.stop()
            raise
        lost_server(server, archive, top)
    print(f"{len(wanted['cases'])} cases, {len(wanted['findings'])} findings: the same in both")


if __name__ == "__main__":
    main()
