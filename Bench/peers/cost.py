"""Processor time of the processes that a drain keeps busy, from /proc."""
import os

TICKS = os.sysconf("SC_CLK_TCK")


def _fields(process):
    """The fields of /proc/PROCESS/stat behind the name: state, parent, group, session, …; None if it has ended."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None


def parent(process):
    return int(_fields(process)[1])


def seconds(servers, sessions):
    """User and system time so far of the servers with their children, living and ended, and of whole sessions."""
    total = 0
    for process in filter(str.isdigit, os.listdir("/proc")):
        fields = _fields(process)
        if fields is None:
            continue
        if int(process) in servers or int(fields[1]) in servers or int(fields[3]) in sessions:
            total += sum(int(ticks) for ticks in fields[11:15])
    return total / TICKS
