"""Inputs that hold n of something, for complexity.py: each function below @grows gives the
files of a case by their names."""
import make

INPUTS = {}


def grows(n, command="analyze"):
    """An input by its number of parts; n is the smallest number."""
    def keep(build):
        INPUTS[build.__name__] = (build, n, command)
        return build
    return keep


def capture(pcap):
    return {make.CAPTURE: pcap.bytes()}


def log(*lines):
    return {make.name_of("loggingsnapshot.txt"): b"".join(lines)}
