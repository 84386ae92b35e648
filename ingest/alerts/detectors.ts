import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { createDetector, type Detector, restoreDetector } from '../../chaincode/protocol/anomaly/detector.ts';
import { surprising } from '../../chaincode/protocol/anomaly/surprise.ts';
import type { Surprise } from '../../chaincode/protocol/alerts/evaluation.ts';
import type { AlertRule } from '../../chaincode/protocol/alerts/rule.ts';
import { writeFileAtomically } from '../../network/home/files.ts';

/** Each takes some 15 KiB. */
const MOST = 2_000;

const savedSchema = z.record(z.string(), z.unknown());

/** What one version of a rule has learnt, by device. */
interface Learnt {
  readonly version: number;
  readonly detectors: Map<string, Detector>;
}

/**
 * The detectors of anomalies, one for each rule of that kind and each device that it looks at. What they have learnt is
 * written to a file now and then: a crash costs some minutes of learning, and no alert.
 */
export class Detectors {
  readonly #file: string;
  /** By rule, then by device: a key of both would have to be made, and hashed, for each reading. */
  readonly #learnt = new Map<string, Learnt>();
  #count = 0;
  #saved: Readonly<Record<string, unknown>>;

  constructor(file: string) {
    this.#file = file;
    this.#saved = savedIn(file);
  }

  /** Looks at a device's readings for a rule, and says nothing when there are too many others already. */
  of(rule: AlertRule, device: string): Surprise {
    return (condition, observation) => {
      const detector = this.#detector(rule, device, condition.threshold);
      return detector && surprising(detector, condition, observation);
    };
  }

  /** @throws Error when the file cannot be written */
  save(): void {
    if (this.#count === 0) return;
    const snapshots = [...this.#learnt].flatMap(([id, { version, detectors }]) =>
      [...detectors].map(
        ([device, detector]) => [`${id} ${version} ${device}`, detector.snapshot()] as const,
      ),
    );
    writeFileAtomically(this.#file, JSON.stringify({ ...this.#saved, ...Object.fromEntries(snapshots) }));
  }

  /** Forgets those of rules, or versions of rules, that are no more. */
  keep(rules: readonly AlertRule[]): void {
    const kept = new Set(rules.map(({ definition: { id }, version }) => `${id} ${version}`));
    for (const [id, { version }] of [...this.#learnt]) if (!kept.has(`${id} ${version}`)) this.#forget(id);
    const isKept = (key: string): boolean => kept.has(key.slice(0, key.lastIndexOf(' ')));
    this.#saved = Object.fromEntries(Object.entries(this.#saved).filter(([key]) => isKept(key)));
  }

  #detector(rule: AlertRule, device: string, threshold: number): Detector | undefined {
    const { detectors, version } = this.#of(rule);
    const known = detectors.get(device);
    if (known !== undefined || this.#count >= MOST) return known;
    const saved = this.#saved[`${rule.definition.id} ${version} ${device}`];
    const detector = restored(saved) ?? createDetector({ threshold });
    detectors.set(device, detector);
    this.#count += 1;
    return detector;
  }

  #of({ definition: { id }, version }: AlertRule): Learnt {
    const known = this.#learnt.get(id);
    if (known?.version === version) return known;
    this.#forget(id);
    const learnt = { version, detectors: new Map<string, Detector>() };
    this.#learnt.set(id, learnt);
    return learnt;
  }

  #forget(id: string): void {
    this.#count -= this.#learnt.get(id)?.detectors.size ?? 0;
    this.#learnt.delete(id);
  }
}

function savedIn(file: string): Readonly<Record<string, unknown>> {
  try {
    return savedSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Not there yet, or damaged: the detectors begin anew.
    return {};
  }
}

function restored(snapshot: unknown): Detector | undefined {
  try {
    return snapshot === undefined ? undefined : restoreDetector(snapshot);
  } catch {
    return undefined;
  }
}
