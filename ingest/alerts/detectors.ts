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

/**
 * The detectors of anomalies, one for each rule of that kind and each device that it looks at. What they have learnt is
 * written to a file now and then: a crash costs some minutes of learning, and no alert.
 */
export class Detectors {
  readonly #file: string;
  readonly #detectors = new Map<string, Detector>();
  #saved: Readonly<Record<string, unknown>>;

  constructor(file: string) {
    this.#file = file;
    this.#saved = savedIn(file);
  }

  /** Looks at a device's readings for a rule, and says nothing when there are too many others already. */
  of({ definition: { id }, version }: AlertRule, device: string): Surprise {
    return (condition, observation) => {
      const detector = this.#detector(`${id} ${version} ${device}`, condition.threshold);
      return detector && surprising(detector, condition, observation);
    };
  }

  /** @throws Error when the file cannot be written */
  save(): void {
    if (this.#detectors.size === 0) return;
    const snapshots = [...this.#detectors].map(([key, detector]) => [key, detector.snapshot()] as const);
    writeFileAtomically(this.#file, JSON.stringify({ ...this.#saved, ...Object.fromEntries(snapshots) }));
  }

  /** Forgets those of rules, or versions of rules, that are no more. */
  keep(rules: readonly AlertRule[]): void {
    const kept = new Set(rules.map(({ definition: { id }, version }) => `${id} ${version}`));
    const isKept = (key: string): boolean => kept.has(key.slice(0, key.lastIndexOf(' ')));
    for (const key of this.#detectors.keys()) if (!isKept(key)) this.#detectors.delete(key);
    this.#saved = Object.fromEntries(Object.entries(this.#saved).filter(([key]) => isKept(key)));
  }

  #detector(key: string, threshold: number): Detector | undefined {
    const known = this.#detectors.get(key);
    if (known !== undefined || this.#detectors.size >= MOST) return known;
    const detector = restored(this.#saved[key]) ?? createDetector({ threshold });
    this.#detectors.set(key, detector);
    return detector;
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
