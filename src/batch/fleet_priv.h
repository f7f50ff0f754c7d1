/*
 * fleet_priv.h - adding rows up.
 */
#ifndef EXPDIAG_FLEET_PRIV_H
#define EXPDIAG_FLEET_PRIV_H

#include "expdiag/fleet.h"

#include "row.h"

struct xd_fleet_sum;

struct xd_fleet_sum *xd_fleet_sum_new(struct xd_fleet *f);
void xd_fleet_sum_row(struct xd_fleet_sum *s, const struct xd_row *row);
/* Fills what sums leave open in the fleet, and frees s. */
void xd_fleet_sum_done(struct xd_fleet_sum *s);

#endif
