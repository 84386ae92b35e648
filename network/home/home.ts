import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { PRIVATE_FOLDER, writeFileAtomically } from './files.ts';
import { type Instance, instanceFile, LEDGER_LAYOUT, readInstance } from './instance.ts';
import { claimPortBase, DEFAULT_PORT_BASE } from './port-base.ts';
import { PORT_SPAN, type Ports, portsFrom } from './ports.ts';

/** One instance: the folder with all its state, and its ports. */
export interface Home {
  readonly root: string;
  readonly ports: Ports;
  /** A path inside the home: `home.path('logs', 'gateway.log')`. */
  path(...segments: string[]): string;
}

/** The checkout this code runs from. */
export const CHECKOUT = resolve(import.meta.dirname, '..', '..');

const DEFAULT_ROOT = join(CHECKOUT, '.biot');

/** Where the instance lives: `BIOT_HOME`, or `.biot` in the checkout. */
export function homeDirectory(): string {
  const chosen = process.env['BIOT_HOME'];
  return chosen === undefined || chosen === '' ? DEFAULT_ROOT : resolve(chosen);
}

/** @throws BiotError NOT_SET_UP when nothing was ever created there. */
export function openHome(root: string = homeDirectory()): Home {
  const instance = readInstance(root);
  if (instance === undefined)
    throw new BiotError('NOT_SET_UP', `there is no BIoT-DM instance in ${root}: run npm start first`);
  return homeAt(root, instance);
}

/**
 * Opens the home, making it with a free range of ports when it is not there yet.
 *
 * @throws BiotError SETUP_FAILED when its ledger is one that this version cannot go on with
 */
export function createHome(root: string = homeDirectory()): Home {
  const instance = readInstance(root) ?? makeInstance(root);
  if (instance.layout !== LEDGER_LAYOUT)
    throw new BiotError(
      'SETUP_FAILED',
      `the ledger in ${root} was begun by another version of BIoT-DM, and this one cannot read it: go on with that version, or delete it by npm run reset`,
    );
  return homeAt(root, instance);
}

function makeInstance(root: string): Instance {
  mkdirSync(root, { recursive: true, mode: PRIVATE_FOLDER });
  const first = root === DEFAULT_ROOT ? DEFAULT_PORT_BASE : DEFAULT_PORT_BASE + PORT_SPAN;
  const instance: Instance = { portBase: claimPortBase(root, first), layout: LEDGER_LAYOUT };
  writeFileAtomically(instanceFile(root), JSON.stringify(instance));
  return instance;
}

function homeAt(root: string, instance: Instance): Home {
  return { root, ports: portsFrom(instance.portBase), path: (...segments) => join(root, ...segments) };
}
