import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';

/** Where figures were taken: they are of this machine, and of no other. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  /** P-256 signatures that one core checks: virtual processors of one name are not all as fast, nor at all times. */
  readonly p256_verify_per_second: number;
  readonly memory_gb: number;
  readonly kernel: string;
  readonly node: string;
  /** Of the folder in which instances are made: what a commit costs is mostly what a flush to it costs. */
  readonly filesystem: string;
}

const GIBIBYTE = 2 ** 30;

/** statfs(2). */
const FILESYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x5846_5342, 'xfs'],
  [0x9123_683e, 'btrfs'],
  [0x2fc1_2fc1, 'zfs'],
  [0x794c_7630, 'overlayfs'],
  [0x0102_1994, 'tmpfs'],
]);

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? 'unknown',
    p256_verify_per_second: checksPerSecond(),
    memory_gb: Math.round(totalmem() / GIBIBYTE),
    kernel: release(),
    node: process.versions.node,
    filesystem: filesystemName(statfsSync(tmpdir()).type),
  };
}

const CHECKING_MS = 200;

function checksPerSecond(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const message = Buffer.alloc(100);
  const signature = sign('sha256', message, privateKey);
  const began = performance.now();
  let checked = 0;
  for (; performance.now() - began < CHECKING_MS; checked += 1)
    verify('sha256', message, publicKey, signature);
  return Math.round((checked * 1000) / CHECKING_MS);
}

export function filesystemName(type: number): string {
  return FILESYSTEMS.get(type) ?? `0x${type.toString(16)}`;
}

export function describeMachine(machine: Machine): string {
  const { cores, processor, p256_verify_per_second, memory_gb, kernel, node, filesystem } = machine;
  const warning = filesystem === 'tmpfs' ? ', which is memory: nothing is flushed to a disk' : '';
  const speed = `${p256_verify_per_second} P-256 signatures checked a second on one`;
  return `${cores} × ${processor} (${speed}), ${memory_gb} GiB, Linux ${kernel}, Node.js ${node}, data on ${filesystem}${warning}`;
}
