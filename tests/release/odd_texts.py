"""Texts that would act on what shows them, and a bundle that holds them in all places."""
import re
import struct

import make

# What turns, hides or ends text, and what acts on a terminal, on a page or in a script.
ODD = (
    "a\u202egpj.exe", "a\u2066b\u2069\u200f\u061c", "a\u200bb\u200c\u2060\ufeff\u00ad",
    "a\u2028b\u2029c\u0085d", "</script><script>x</script>", "<!--<script>", "]]><![CDATA[",
    "\x1b]8;;file:///etc/passwd\x1b\\x\x1b]8;;\x07", "\x1b[2J\x1b]0;t\x07\x1bP$q\"p\x1b\\",
    "\u009b2J\u009d0;t\u009c\u0090", "a\x00b\x08\x7f\x0b\x0c", "\U000e0041\U000e007f\ufff9\u034f",
    "\" onload=\"x", "' onclick='x'", "{{7*7}}${7*7}%s%n\\u001b\\", "\ufdfa" * 30, "e" + "\u0301" * 500,
    "=cmd|'/c x'!A0", "\ud7ff\ue000\U0010ffff",
)
RAW = (b"\x9b2J\x9d0;t\x9c", b"\xed\xa0\x80\xed\xb0\x80", b"\xc0\xaf\xe0\x80\x80\xf4\x90\x80\x80",
       b"\xff\xfe\x1b[0m", b"ok\xe2\x80", b"\xf8\x88\x80\x80\x80")
# A terminal, or a reader, must see none of these as they are; a line's end is no odd text.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e"
                    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U0010ffff]")
HOST = "x15.5-"


def texts():
    return [t.encode("utf-8", "surrogatepass") for t in ODD] + list(RAW)


def subject(tag, text):
    return make.der(0x30, make.der(0x31, make.der(0x30, make.oid("2.5.4.3"), make.der(tag, text))),
                    make.der(0x31, make.der(0x30, make.oid("2.5.4.10"), make.der(tag, text))))


def certificates():
    """Each text as subject, issuer and alternative names, in each string type of X.520."""
    for i, text in enumerate(texts()):
        word = text.decode("utf-8", "replace")
        for tag, data in ((12, text), (19, text), (20, text), (22, text), (30, word.encode("utf-16-be")),
                          (28, word.encode("utf-32-be"))):
            names = [make.der(0x82, text), make.der(0x81, text), make.der(0x86, text),
                     make.der(0xa0, make.oid("1.3.6.1.4.1.311.20.2.3"), make.der(0xa0, make.der(12, text)))]
            one = make.cert("?", "!", i * 10 + tag, [
                make.extension("2.5.29.17", make.der(0x30, *names)),
                make.extension("2.5.29.31", make.der(0x30, text))])
            _, tbs = cut(one)
            yield rename(tbs, tag, data)


def cut(data):
    """Tag and content of the DER at the begin, whatever its length is written as."""
    size, at = data[1], 2
    if size & 0x80:
        at += size & 0x7f
        size = int.from_bytes(data[2:at], "big")
    return data[0], data[at:at + size]


def rename(body, tag, text):
    """A certificate's content with another subject and issuer."""
    kind, tbs = cut(body)
    rest = body[len(make.der(kind, tbs)):]
    tbs = tbs.replace(make.name("?"), subject(tag, text)).replace(make.name("!"), subject(tag, text + b"!" * (4 if tag == 28 else 2)))
    return make.der(0x30, make.der(kind, tbs), rest)


def quoted(text):
    """As a dump writes it: on one line, within quotes."""
    return text.replace(b"\n", b" ").replace(b"\r", b" ").replace(b"\"", b"\\\"")


def settings():
    yield make.SYSTEM.replace(make.HOST.encode(), HOST.encode())
    for i, text in enumerate(map(quoted, texts()), 1):
        zone = b"*c xConfiguration Zones Zone %d " % i
        yield zone + b"Name: \"" + text + b"\"\n" + zone + b"Type: \"TraversalClient\"\n"
        yield zone + b"TraversalClient Peer 1 Address: \"" + text + b"\"\n"
        yield zone + b"TraversalClient Authentication UserName: \"" + text + b"\"\n"
        yield b"*c xConfiguration " + text + b": \"" + text + b"\"\n"
        yield b"*c xConfiguration Alternates Peer %d Address: \"" % i + text + b"\"\n"


def status():
    yield make.STATUS.replace(b"X15.5", b"X15.5" + quoted(texts()[0]))
    for i, text in enumerate(map(quoted, texts()), 1):
        yield make.block("Zones", b'    Zone %d:\n      Name: "%s"\n      Status: Failed\n      Cause: "%s"\n' %
                         (i, text, text))
        yield make.block("Tunnels", b'    Tunnel %d:\n      Target: "%s"\n      Domain: "%s"\n'
                         b'      Status: Failed\n      Cause: "%s"\n' % (i, text, text, text))
        yield make.block(f"Alarm {i}", b'    ID: 25%03d\n    Detail: "%s"\n' % (i, text))
        yield make.block("A" + text.decode("latin-1"), b'    "%s": "%s"\n' % (text, text)).replace(b"\0", b"")


def lines():
    for i, text in enumerate(map(quoted, texts())):
        yield make.tls_error(30000 + i, "@@", i).replace(b"@@", text)
        yield make.alarm("1", i).replace(b"\"d\"", b"\"" + text + b"\"")
        yield make.tls_error(30000 + i, "unsuitable certificate purpose", i).replace(
            b"10.106.80.16", text)
        yield make.log_line("tvcs: @@: Event=\"@@\" Module=\"@@\"", i).replace(b"@@", text)
        yield make.log_line("x").replace(make.HOST.encode(), text)


def extension(kind, data):
    return struct.pack(">HH", kind, len(data)) + data


def hello(text, number):
    """A client hello that asks for this name and this protocol."""
    names = b"\0" + struct.pack(">H", len(text)) + text
    protocols = bytes([len(text[:255])]) + text[:255]
    more = extension(0, struct.pack(">H", len(names)) + names) + \
        extension(16, struct.pack(">H", len(protocols)) + protocols)
    body = b"\3\3" + number.to_bytes(32, "big") + b"\0" + b"\0\2\xc0\x2f" + b"\1\0" + \
        struct.pack(">H", len(more)) + more
    return make.handshake(1, body)


def conversations():
    pcap = make.Pcap()
    shown = list(certificates())
    for i, text in enumerate(texts()):
        talk = make.Talk(pcap, 30000 + i)
        talk.send(0, make.records(22, hello(text, i)))
        asked = struct.pack(">H", len(subject(12, text))) + subject(12, text)
        talk.send(1, make.records(22, make.server_hello(i.to_bytes(32, "little")) + make.certificate(
            [shown[i * 6], shown[i * 6 + 4]]) + make.handshake(
                13, b"\1\1\0\2\4\3" + struct.pack(">H", len(asked)) + asked)))
        talk.send(0, make.records(21, b"\2\x2b"))
        talk.close()
        line = text.replace(b"\n", b" ")[:200]
        talk = make.Talk(pcap, 40000 + i, 2222)
        talk.send(0, b"SSH-2.0-" + line + b"\r\n" + make.kexinit(text, i.to_bytes(16, "big")))
        talk.send(1, line + b"\r\nSSH-2.0-" + line + b"\r\n" + make.kexinit(text, i.to_bytes(16, "little")))
        talk.close()
        pcap.udp(make.SERVER, make.CLIENT, (53, 40000), make.dns_answer(
            "a", b"\x0a\1\2" + bytes([i])).replace(b"\1a\0", bytes([len(text[:60])]) + text[:60] + b"\0"))
    return pcap.bytes()


def file_names():
    """For an archive; a folder of the test's cannot hold all of them."""
    for text in texts():
        name = text.decode("utf-8", "surrogateescape").replace("/", "_").replace("\0", "0")[:80]
        yield name, b"x"
        yield name + ".tar.gz", b"\x1f\x8b" + b"x"
        yield f"ca_{name}_{make.STAMP}.pem", b"-----BEGIN CERTIFICATE-----\nx\n"
        yield f"xconf_dump_{name}_{make.STAMP}.txt", make.SYSTEM


def everywhere():
    def of(kind):
        return make.name_of(kind, HOST)

    all_certificates = list(certificates())
    pems = [make.pem(c) for c in all_certificates]
    return {make.CAPTURE.replace(make.HOST, HOST): conversations(),
            of("server.pem"): pems[0], of("client.pem"): b"".join(pems[40:50]),
            of("ca.pem"): b"\n".join(t + b"\n" + p for t, p in zip(texts() * 6, pems)),
            of("xconf_dump.txt"): b"".join(settings()), of("xstat_dump.txt"): b"".join(status()),
            of("loggingsnapshot.txt"): b"".join(lines()),
            "a\x1b[2J\u202e</script>.tar": make.tar(list(file_names()))}
