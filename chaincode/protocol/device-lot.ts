/**
 * Devices whose ids differ in the last character only are a lot, as ids that are counted up make them: those that are
 * registered together are one record of the ledger, so that a fleet takes some operations for each lot and not for each
 * device. The ledger's order is that of the lots, and of the ids within each.
 */
export function lotOf(id: string): string {
  return id.length === 1 ? id : id.slice(0, -1);
}

/** Compares ids for the ledger's order: that of `DeviceContract:List`. */
export function byLot(left: string, right: string): number {
  return compare(lotOf(left), lotOf(right)) || compare(left, right);
}

/** Ids are ASCII: the order of their characters is that of the bytes in the ledger's keys. */
function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
