/*
 * count_frames.c - the yardstick: an empty loop over pcap_dispatch.
 */
#include <stdio.h>
#include <stdlib.h>

#include <pcap/pcap.h>

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    unsigned long long *n = (unsigned long long *)(void *)user;

    (void)header;
    (void)bytes;
    ++*n;
}

int main(int argc, char **argv)
{
    char why[PCAP_ERRBUF_SIZE];
    unsigned long long n = 0;
    pcap_t *in = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;

    if (in == NULL) {
        (void)fprintf(stderr, "count_frames: cannot open the capture\n");
        return EXIT_FAILURE;
    }
    (void)pcap_dispatch(in, -1, count, (u_char *)&n);
    (void)printf("%llu frames\n", n);
    pcap_close(in);
    return EXIT_SUCCESS;
}
