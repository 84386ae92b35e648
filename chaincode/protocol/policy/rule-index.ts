import type { ReadyRule } from './ready-rule.ts';
import type { Resource, Subject } from './request.ts';

/** Takes rules that may match, in the order of their ranks. */
export type Visitor = (rules: readonly ReadyRule[]) => void;

type Bucket<T> = Map<string, T>;

/** The lists of one rule that an index goes by: the most telling field that it states, or none. */
interface Place<T> {
  readonly bucket: Bucket<T>;
  readonly values: readonly string[];
}

function place<T>(bucket: Bucket<T>, values: readonly string[] | undefined): Place<T> | undefined {
  return values && { bucket, values };
}

/**
 * A rule stands once for each value that it states. One that names 100 members and 100 devices would stand 10,000 times,
 * and a few of those would fill the memory of every peer: beyond this many it is found by `what` alone.
 */
const MOST_PLACES = 100;

/** The rules for some subjects, by the most telling field of `what` that they state. */
class WhatIndex {
  readonly #devices: Bucket<ReadyRule[]> = new Map();
  readonly #groups: Bucket<ReadyRule[]> = new Map();
  readonly #types: Bucket<ReadyRule[]> = new Map();
  readonly #tenants: Bucket<ReadyRule[]> = new Map();
  readonly #any: ReadyRule[] = [];

  static places({ rule: { what } }: ReadyRule): number {
    return (what.devices ?? what.groups ?? what.types ?? what.tenants)?.length ?? 1;
  }

  add(ready: ReadyRule): void {
    const { devices, groups, types, tenants } = ready.rule.what;
    const found =
      place(this.#devices, devices) ??
      place(this.#groups, groups) ??
      place(this.#types, types) ??
      place(this.#tenants, tenants);
    if (found === undefined) this.#any.push(ready);
    else for (const value of found.values) entry(found.bucket, value, () => []).push(ready);
  }

  visit({ device, groups, type, tenant }: Resource, visitor: Visitor): void {
    if (this.#any.length > 0) visitor(this.#any);
    visitFound(this.#tenants, tenant, visitor);
    visitFound(this.#types, type, visitor);
    visitFound(this.#devices, device, visitor);
    if (this.#groups.size === 0 || groups === undefined) return;
    for (const group of groups) visitFound(this.#groups, group, visitor);
  }
}

function visitFound(bucket: Bucket<ReadyRule[]>, value: string | undefined, visitor: Visitor): void {
  if (bucket.size === 0 || value === undefined) return;
  const rules = bucket.get(value);
  if (rules !== undefined) visitor(rules);
}

function entry<T>(bucket: Bucket<T>, key: string, make: () => T): T {
  const known = bucket.get(key);
  if (known !== undefined) return known;
  const made = make();
  bucket.set(key, made);
  return made;
}

/** The rules for one action, by the most telling field of `who` that they state, and below it of `what`. */
export class RuleIndex {
  readonly #members: Bucket<WhatIndex> = new Map();
  readonly #roles: Bucket<WhatIndex> = new Map();
  readonly #organisations: Bucket<WhatIndex> = new Map();
  readonly #any = new WhatIndex();

  /** Rules have to come in the order of their ranks. */
  add(ready: ReadyRule): void {
    const { members, roles, organisations } = ready.rule.who;
    const found =
      place(this.#members, members) ?? place(this.#roles, roles) ?? place(this.#organisations, organisations);
    if (found === undefined || found.values.length * WhatIndex.places(ready) > MOST_PLACES)
      this.#any.add(ready);
    else for (const value of found.values) entry(found.bucket, value, () => new WhatIndex()).add(ready);
  }

  /** Shows each rule that the request's fields do not rule out at once; one for several groups more than once. */
  visit({ name, role, org }: Subject, resource: Resource, visitor: Visitor): void {
    this.#any.visit(resource, visitor);
    this.#roles.get(role)?.visit(resource, visitor);
    this.#organisations.get(org)?.visit(resource, visitor);
    this.#members.get(name)?.visit(resource, visitor);
  }
}
