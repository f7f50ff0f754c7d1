"""An archive as a job array on a Slurm of one node, from Debian's packages.

run.py PROGRAM FIXTURES [--requeue]: starts munged, slurmctld and slurmd on configuration of
its own, runs archive.sbatch as an array, and compares the rows with those of one run.  With
--requeue a task is requeued in its midst too, which takes some minutes.  Skips (77) where
Slurm is not installed or cannot run.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from common import comparable, make_archive, read_lines, run  # noqa: E402

PROGRAM, FIXTURES = sys.argv[1], sys.argv[2]
REQUEUE = "--requeue" in sys.argv[3:]
HERE = pathlib.Path(__file__).resolve().parent
SHARDS = 4

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={top}/munge.socket
CredType=cred/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={top}/state
SlurmdSpoolDir={top}/spool
SlurmctldPidFile={top}/slurmctld.pid
SlurmdPidFile={top}/slurmd.pid
SlurmctldLogFile={top}/slurmctld.log
SlurmdLogFile={top}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SchedulerParameters=sched_interval=2,batch_sched_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def skip(why):
    print(why)
    sys.exit(77)


def free_ports(n):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Slurm:
    def __init__(self, top):
        self.top = top
        self.servers = []
        for folder in ("state", "spool"):
            (top / folder).mkdir()
        host = socket.gethostname().split(".")[0]
        (top / "slurm.conf").write_text(CONFIGURATION.format(
            host=host, user=os.environ.get("USER") or "root", top=top, ports=free_ports(2),
            cores=len(os.sched_getaffinity(0))))
        (top / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        self.environment = {**os.environ, "SLURM_CONF": str(top / "slurm.conf")}
        key = top / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self.start("munged", "--foreground", "--force", f"--key-file={key}",
                   f"--socket={top}/munge.socket", f"--pid-file={top}/munged.pid",
                   f"--seed-file={top}/munge.seed", f"--log-file={top}/munged.log")
        time.sleep(1)
        self.start("slurmctld", "-D", "-i")
        self.start("slurmd", "-D", "-N", host)
        self.wait_until_idle()

    def start(self, *command):
        self.servers.append(subprocess.Popen(command, env=self.environment,
                                             stdout=subprocess.DEVNULL,
                                             stderr=subprocess.DEVNULL))

    def call(self, *command, check=True):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True,
                              check=check, cwd=self.top)

    def wait_until_idle(self):
        for _ in range(60):
            told = self.call("sinfo", "-h", "-o", "%t", check=False).stdout.strip()
            if told in ("idle", "idle*"):
                return
            time.sleep(0.5)
        logs = "".join((self.top / name).read_text() for name in ("slurmctld.log", "slurmd.log")
                       if (self.top / name).exists())
        self.stop()
        skip(f"Slurm does not come up here:\n{logs[-2000:]}")

    def wait_for(self, job, seconds):
        for _ in range(seconds * 2):
            if not self.call("squeue", "-h", "-j", job, check=False).stdout.strip():
                return
            time.sleep(0.5)
        raise AssertionError(self.call("squeue", "-a").stdout)

    def stop(self):
        for server in reversed(self.servers):
            server.terminate()
            server.wait()


def submit(slurm, array, archive, rows, **extra):
    environment = ",".join(["ALL", f"EXPDIAG={PROGRAM}",
                            *(f"{key}={value}" for key, value in extra.items())])
    return slurm.call("sbatch", "--parsable", f"--array={array}", f"--export={environment}",
                      HERE / "archive.sbatch", archive, rows).stdout.strip()


def gather(rows):
    together = {}
    for path in sorted(rows.glob("*.ndjson")):
        for name, row in read_lines(path).items():
            assert name not in together, f"{name} is in two shards"
            together[name] = row
    return together


def array_of_tasks(slurm, archive, top, wanted):
    rows = top / "rows"
    slurm.wait_for(submit(slurm, f"1-{SHARDS}", archive, rows), 120)
    assert len(list(rows.glob("*.ndjson"))) == SHARDS, list(rows.iterdir())
    assert gather(rows) == wanted
    # one task again, alone: it must not take the whole archive for its shard
    before = read_lines(rows / "2.ndjson")
    (rows / "2.ndjson").unlink()
    slurm.wait_for(submit(slurm, "2", archive, rows, SHARDS=SHARDS), 120)
    assert read_lines(rows / "2.ndjson") == before


def requeued_task(slurm, archive, top, wanted):
    rows = top / "requeued"
    job = submit(slurm, f"1-{SHARDS}", archive, rows)
    first = rows / "1.ndjson"
    for _ in range(600):
        if first.exists() and b"\n" in first.read_bytes():
            break
        time.sleep(0.05)
    told = slurm.call("scontrol", "requeue", f"{job}_1", check=False)
    print("requeued" if told.returncode == 0 else told.stderr.strip(), flush=True)
    slurm.wait_for(job, 600)
    assert gather(rows) == wanted
    return told.returncode == 0


def main():
    for program in ("munged", "slurmctld", "slurmd", "sbatch"):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    if os.geteuid() != 0:
        skip("slurmd wants root")
    with tempfile.TemporaryDirectory(prefix="slurm") as name:
        top = pathlib.Path(name)
        top.chmod(0o755)
        archive = make_archive(top / "archive", FIXTURES, count=400 if REQUEUE else 40)
        status, out, words = run(PROGRAM, archive)
        assert status in (0, 1), words
        wanted = {row["case"]: comparable(row) for row in map(json.loads, out.splitlines())}
        slurm = Slurm(top)
        try:
            array_of_tasks(slurm, archive, top, wanted)
            if REQUEUE:
                assert requeued_task(slurm, archive, top, wanted), "nothing was requeued"
        finally:
            slurm.stop()
    print(f"{len(wanted)} cases by {SHARDS} tasks: the same rows")


if __name__ == "__main__":
    main()
