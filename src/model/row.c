/*
 * row.c - words of a batch's rows.
 */
#include "expdiag/batch.h"

const char *xd_row_status_name(enum xd_row_status s)
{
    static const char *const names[XD_ROW_COUNT] = {"ok",      "damaged", "failed",
                                                    "crashed", "timeout", "memory"};

    return s < XD_ROW_COUNT ? names[s] : "failed";
}
