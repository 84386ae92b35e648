import type { Request } from 'express';
import type { Logger } from 'pino';

import type { AuditEntry, AuditOutcome } from '../../chaincode/protocol/audit-entry.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import type { AuditTrail } from '../../network/anchoring/audit-trail.ts';
import { RefusalAudit } from '../../network/anchoring/refusal-audit.ts';
import type { Session } from '../auth/sessions.ts';
import type { Clock } from '../clock.ts';
import type { Fleet } from '../fleet.ts';
import { contextOf } from '../http/context.ts';
import { asBiotError } from '../http/errors.ts';
import { problemOf } from '../http/problem.ts';
import { type Facts, factsOf } from './facts.ts';

export interface RecorderParts {
  readonly trail: Pick<AuditTrail, 'record' | 'hasRoom'>;
  readonly fleet: Pick<Fleet, 'known'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
  /** How long an answer waits for its entry's commit, in milliseconds. */
  readonly patienceMs?: number;
}

/** What it needs to know of a route. */
interface AuditedRoute {
  readonly audited: boolean;
  readonly method: string;
  readonly operation: string;
  readonly path: string;
}

/** What was done for a member to devices, in one transaction. */
export interface Work {
  readonly member: Pick<Session['member'], 'name' | 'org'>;
  readonly action: string;
  readonly devices: readonly Pick<Device, 'id' | 'tenant'>[];
  readonly transaction: string;
  readonly details: AuditEntry['details'];
}

const PATIENCE_MS = 2_000;
const SERVER_FAULT = 500;
/** Of who did not prove to be anybody. */
const ANONYMOUS = 'anonymous';
/** What is refused to readers. An expired token is none: whoever comes with one gets the next and goes on. */
const REFUSED_READING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'TOKEN_INVALID',
  'FORBIDDEN',
  'TENANT_MISMATCH',
  'DEVICE_NOT_ACTIVE',
  'RATE_LIMITED',
]);

/**
 * Brings to the audit trail what people and services do here. The router tells it of each request that was served and of
 * each that was refused; no handler does.
 *
 * An answer to what changes something waits for its entry's commit, so nobody is told of a change that the trail could
 * still lose with this process. While the database is away it does not wait for ever: the ledger has the change under
 * its author's signature, and revoking a device must not hang on MariaDB. The entry stays in memory then, and when
 * there is no more room for entries nothing is changed any more. What is refused to readers, and to those who did not
 * say who they are, nobody waits for, and it is counted by the minute: who can cause it at will must not fill the trail.
 */
export class AuditRecorder {
  readonly #parts: RecorderParts;
  readonly #refusals: RefusalAudit;

  constructor(parts: RecorderParts) {
    const { clock, trail } = parts;
    this.#parts = parts;
    this.#refusals = new RefusalAudit({ now: clock, insert: (entries) => trail.record(entries) });
  }

  /** @throws BiotError DATABASE_UNAVAILABLE when what the route does could not be recorded */
  requireRoom({ audited }: Pick<AuditedRoute, 'audited'>): void {
    if (audited && !this.#parts.trail.hasRoom)
      throw new BiotError('DATABASE_UNAVAILABLE', 'the audit trail takes no more entries');
  }

  async served(route: AuditedRoute, request: Request, answer: unknown): Promise<void> {
    const { who, asked, added, id } = contextOf(request);
    // Who signs out without a session did nothing.
    if (!route.audited || who === undefined) return;
    const found = factsOf(route.path, asked, answer);
    const facts = { ...found, ...added, told: { ...found.told, ...added.told } };
    await this.#record(this.#entries(route, request, { facts, outcome: 'done', details: { request: id } }));
  }

  async refused(route: AuditedRoute, request: Request, thrown: unknown): Promise<void> {
    const error = asBiotError(thrown);
    const { who, claimed, asked, id } = contextOf(request);
    const { code, detail, status } = problemOf(error, id);
    const known = who ?? (code === 'RATE_LIMITED' ? undefined : claimed);
    if (route.audited && known !== undefined) {
      // Who is refused at the door was not read any further: the path alone says what it was about.
      const facts = factsOf(route.path, { params: request.params, ...asked }, undefined);
      const outcome = status < SERVER_FAULT ? 'refused' : 'failed';
      const details = { code, message: detail, request: id };
      await this.#record(this.#entries(route, request, { facts, outcome, details }).slice(0, 1));
    } else if (status < SERVER_FAULT && (route.method !== 'get' || REFUSED_READING.has(code)))
      this.#refusals.add({ ...this.#blank(route, request, who ?? ANONYMOUS), code, message: detail });
  }

  /** What goes on after its request was answered: one entry for each device. */
  async worked({ member, action, devices, transaction, details }: Work): Promise<void> {
    const whole = {
      at: this.#parts.clock(),
      actor: member.name,
      org: member.org,
      action,
      transaction,
      details,
    };
    await this.#record(
      devices.map(({ id: device, tenant }) => ({
        ...whole,
        ...{ outcome: 'done', tenant, device, subject: null, address: null },
      })),
    );
  }

  /** Writes what was counted. @throws BiotError DATABASE_UNAVAILABLE */
  flush({ all = false } = {}): Promise<void> {
    return this.#refusals.flush({ all });
  }

  #blank(
    { operation: action }: AuditedRoute,
    request: Request,
    actor: string,
  ): Omit<AuditEntry, 'at' | 'outcome' | 'details' | 'transaction'> {
    const address = request.socket.remoteAddress ?? null;
    return {
      actor,
      org: contextOf(request).org ?? null,
      action,
      tenant: null,
      device: null,
      subject: null,
      address,
    };
  }

  /** One for each device that was changed, so that each device's own trail is complete. */
  #entries(
    route: AuditedRoute,
    request: Request,
    { facts, outcome, details }: { facts: Facts; outcome: AuditOutcome; details: AuditEntry['details'] },
  ): AuditEntry[] {
    const { clock, fleet } = this.#parts;
    const { who, claimed } = contextOf(request);
    const { devices, subject, transaction, told } = facts;
    const whole: AuditEntry = {
      ...this.#blank(route, request, who ?? claimed ?? ANONYMOUS),
      at: clock(),
      tenant: facts.tenant,
      subject,
      transaction,
      outcome,
      details: { ...told, ...details, ...(devices.length > 1 ? { devices: devices.length } : {}) },
    };
    if (devices.length === 0) return [whole];
    return devices.map((device) => ({
      ...whole,
      device,
      tenant: fleet.known(device)?.tenant ?? facts.tenant,
    }));
  }

  async #record(entries: readonly AuditEntry[]): Promise<void> {
    const { log, patienceMs = PATIENCE_MS, trail } = this.#parts;
    const recorded = trail.record(entries).catch((error: unknown) => {
      log.warn({ err: error, entries }, 'not in the audit trail');
    });
    const { promise: patience, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, patienceMs, undefined);
    await Promise.race([recorded, patience]);
    clearTimeout(timer);
  }
}
