/*
 * entry.c - the reports' words for entries.
 */
#include "expdiag/entry.h"

const char *xd_entry_kind_name(enum xd_entry_kind kind)
{
    switch (kind) {
    case XD_ENTRY_SERVER_PEM:
        return "server-pem";
    case XD_ENTRY_CLIENT_PEM:
        return "client-pem";
    case XD_ENTRY_CA_PEM:
        return "ca-pem";
    case XD_ENTRY_PCAP:
        return "pcap";
    case XD_ENTRY_LOG:
        return "log";
    case XD_ENTRY_XCONF_TXT:
        return "xconf-txt";
    case XD_ENTRY_XCONF_XML:
        return "xconf-xml";
    case XD_ENTRY_XSTAT_TXT:
        return "xstat-txt";
    case XD_ENTRY_XSTAT_XML:
        return "xstat-xml";
    case XD_ENTRY_PEM:
    case XD_ENTRY_OTHER:
        break;
    }
    return "other";
}

const char *xd_entry_status_name(enum xd_entry_status status)
{
    switch (status) {
    case XD_ENTRY_READ:
        return "read";
    case XD_ENTRY_TRUNCATED:
        return "truncated";
    case XD_ENTRY_DAMAGED:
        return "damaged";
    case XD_ENTRY_SKIPPED:
        break;
    }
    return "skipped";
}
