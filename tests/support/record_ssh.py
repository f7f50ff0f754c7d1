#!/usr/bin/env python3
"""Records an SSH dialogue with RFC 6187 certificates between PKIX-SSH's own client and
server, over loopback, for fixtures/transcripts.

  record_ssh.py PKIX_FOLDER MAKE_FIXTURES CLIENT SERVER CLIENT_CAS SERVER_CAS OUTPUT SECONDS
                [client:OPTION=VALUE] [server:OPTION=VALUE] [authorized:SUBJECT]

CLIENT and SERVER name certificates of the generator; *_CAS are the authorities that each
side has in its CA file (what it trusts, and what it can send behind its leaf).  What
follows replaces a line of a side's configuration, or the subject that may log in.  Keys
live in /dev/shm (memory) while the recording runs.
"""
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ALGORITHM = "x509v3-rsa2048-sha256"


def material(tool, name):
    return subprocess.run([tool, "--material", name], check=True, stdout=subprocess.PIPE).stdout


def write(path, data):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as f:
        f.write(data)
    return path


def subject(pem):
    text = subprocess.run(["openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253"],
                          check=True, input=pem, stdout=subprocess.PIPE).stdout.decode()
    return text.split("=", 1)[1].strip()


def change(config, side, extra):
    """The configuration with lines replaced by those that were asked for."""
    for word in extra:
        if word.startswith(side + ":"):
            option, value = word[len(side) + 1:].split("=", 1)
            config = "".join(line + "\n" for line in config.splitlines()
                             if line.split(" ", 1)[0] != option) + f"{option} {value}\n"
    return config.encode()


def configure(folder, args, extra):
    _, _, tool, client, server, client_cas, server_cas = args[:7]
    cert = material(tool, client)
    write(f"{folder}/host", material(tool, server))
    write(f"{folder}/user", cert)
    write(f"{folder}/client-cas", b"".join(material(tool, n) for n in client_cas.split()))
    write(f"{folder}/server-cas", b"".join(material(tool, n) for n in server_cas.split()))
    admitted = [word.split(":", 1)[1] for word in extra if word.startswith("authorized:")]
    write(f"{folder}/authorized",
          f"{ALGORITHM} Subject: {(admitted or [subject(cert)])[0]}\n".encode())
    write(f"{folder}/sshd_config", change(f"""HostKey {folder}/host
HostKeyAlgorithms {ALGORITHM}
KexAlgorithms ecdh-sha2-nistp256
Ciphers aes256-ctr
MACs umac-64@openssh.com
CACertificateFile {folder}/server-cas
CACertificatePath {folder}/none
AuthorizedKeysFile {folder}/authorized
PubkeyAlgorithms {ALGORITHM}
AcceptedAlgorithms {ALGORITHM}
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel DEBUG1
PidFile none
""", "server", extra))
    write(f"{folder}/ssh_config", change(f"""IdentityFile {folder}/user
IdentitiesOnly yes
HostKeyAlgorithms {ALGORITHM}
KexAlgorithms ecdh-sha2-nistp256
Ciphers aes256-ctr
MACs umac-64@openssh.com
CACertificateFile {folder}/client-cas
CACertificatePath {folder}/none
UserCACertificateFile {folder}/none
UserCACertificatePath {folder}/none
GlobalKnownHostsFile {folder}/none
UserKnownHostsFile {folder}/none
StrictHostKeyChecking no
PubkeyAlgorithms {ALGORITHM}
PreferredAuthentications publickey
ServerAliveInterval 4
ExitOnForwardFailure no
LogLevel VERBOSE
""", "client", extra))


def relay(client, server, seconds):
    """Chunks (by, milliseconds since the one before, bytes); joins what one side says."""
    chunks = []
    end = time.monotonic() + seconds
    last = time.monotonic()
    open_ends = {client: ("client", server), server: ("server", client)}
    while open_ends and time.monotonic() < end:
        ready, _, _ = select.select(list(open_ends), [], [], 0.2)
        for sock in ready:
            by, other = open_ends[sock]
            try:
                data = sock.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                return chunks
            now = time.monotonic()
            if chunks and chunks[-1][0] == by and now - last < 0.5:
                chunks[-1][2].extend(data)
            else:
                chunks.append([by, int((now - last) * 1000), bytearray(data)])
            last = now
            other.sendall(data)
    return chunks


def main():
    pkix = os.path.abspath(sys.argv[1])
    out, seconds = sys.argv[7], float(sys.argv[8])
    folder = tempfile.mkdtemp(dir="/dev/shm")
    try:
        configure(folder, [None, None, *sys.argv[2:]], sys.argv[9:])
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        ssh = subprocess.Popen([f"{pkix}/ssh", "-F", f"{folder}/ssh_config", "-p", str(port), "-N",
                                "-R", "127.0.0.1:0:127.0.0.1:8443", "-l", "root", "127.0.0.1"],
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        client, _ = listener.accept()
        ours, theirs = socket.socketpair()
        sshd = subprocess.Popen([f"{pkix}/sshd", "-i", "-e", "-f", f"{folder}/sshd_config"],
                                stdin=theirs, stdout=theirs, stderr=subprocess.PIPE)
        theirs.close()
        chunks = relay(client, ours, seconds)
        ssh.kill()
        ours.close()
        client.close()
        client_log = ssh.communicate()[1].decode(errors="replace")
        sshd.kill()
        server_log = sshd.communicate()[1].decode(errors="replace")
    finally:
        shutil.rmtree(folder)
    with open(out, "w", encoding="ascii") as f:
        f.write(f"# client {sys.argv[3]}, server {sys.argv[4]}; see README\n")
        for line in client_log.splitlines() + server_log.splitlines():
            if "ssh_verify" in line or "x509store_cb" in line or "denied" in line \
                    or "Host key ver" in line or line.startswith("Accepted") \
                    or "no matching" in line or "algorithm" in line and "debug" not in line:
                f.write("# " + line.replace("\r", "") + "\n")
        for by, pause, data in chunks:
            f.write(f"{by} {pause if pause >= 500 else 0} {data.hex()}\n")
    sys.stderr.write(client_log + "\n" + server_log + "\n")


main()
