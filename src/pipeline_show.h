/*
 * pipeline_show.h - which conversations `flows` shows.
 */
#ifndef EXPDIAG_PIPELINE_SHOW_H
#define EXPDIAG_PIPELINE_SHOW_H

#include "expdiag/pipeline.h"

/*
 * Leave what matches the filter among the conversations, and count what does not.  A
 * connection that was seen in several captures is several conversations, with other
 * addresses and another outcome each: each is matched by itself, and the ids of those that
 * go are taken out of the others' same_as.
 */
void xd_pipeline_show(struct xd_case *cs, const struct xd_flow_filter *f);

#endif
