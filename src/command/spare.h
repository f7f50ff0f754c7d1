/*
 * spare.h - no report takes the place of evidence.
 */
#ifndef EXPDIAG_SPARE_H
#define EXPDIAG_SPARE_H

#include "expdiag/base.h"

/*
 * XD_BAD where an archive, a capture, certificates, a log or a dump stands at the path: an
 * option that takes the name of a report was given that of a bundle.  Nothing is changed.
 */
XD_MUST_USE enum xd_rc xd_spare_evidence(const char *path, struct xd_err *err);

#endif
