/** How one server of an instance is run. The same shape serves Fabric's, MariaDB, Mosquitto and our own. */
export interface ProcessSpec {
  /** Unique in the instance; names the log, the record and the line in the status table. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What the process gets beside the few variables named in `INHERITED_VARIABLES`. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The TCP port people connect to, or null when it has none. */
  readonly port: number | null;
  /** Further TCP ports that must be free before it can start. */
  readonly otherPorts?: readonly number[];
  /** Asked again and again after the start until it says yes. A probe never throws. */
  readonly ready: Probe;
  /** Default 120 s. */
  readonly readyWithinMs?: number;
  /** What asks the process to end in an orderly way. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to end before it is killed. Default 15 s. */
  readonly stopWithinMs?: number;
}

export type Probe = () => Promise<boolean>;

/** One line of `npm run status`. */
export interface ProcessStatus {
  readonly name: string;
  /** `crashed`: it was started, nobody stopped it, and it is gone. */
  readonly state: 'running' | 'stopped' | 'crashed';
  readonly pid: number | null;
  readonly port: number | null;
  /** Resident memory in MiB, as the kernel counts it. */
  readonly memoryMb: number | null;
  /** ISO 8601 instant of the start. */
  readonly since: string | null;
}

/**
 * All that a process inherits from whoever starts it, so that it runs the same from every shell: a terminal that
 * acts as an organisation carries `CORE_…` variables, which would turn the peers started from it.
 */
const INHERITED_VARIABLES = /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|XDG_.*|BIOT_.*)$/;

export function environmentOf(
  spec: ProcessSpec,
  inherited: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && INHERITED_VARIABLES.test(name)) environment[name] = value;
  }
  return { ...environment, ...spec.env };
}
